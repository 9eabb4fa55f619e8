# Everything starts from a fresh clone with Python 3.11 or newer and a package registry.
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := ui/browser_inference/node_modules/.installed
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false

.PHONY: app test lint texts bench bench-tests clean

# Without the runtime for the browser the app still works, on the server alone.
app: .venv/.app
	-$(MAKE) --no-print-directory $(RUNTIME)
	$(BIN)/streamlit run app.py

# Two processes, each half of the tests in order, so that neighbours share what is loaded; the one
# that is through first takes over a part of what the other still has.
TEST := $(BIN)/pytest --numprocesses 2 --dist worksteal
test: .venv/.dev $(RUNTIME) lint
	$(TEST)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# New and changed texts into every catalogue; what they replace is marked as fuzzy.
texts: .venv/.app
	$(BIN)/pybabel extract --mapping babel.cfg --keywords N_ --add-location file --sort-by-file \
		--project "Autoencoder Explorer" --output locales/explorer.pot .
	$(BIN)/pybabel update --domain explorer --input-file locales/explorer.pot --output-dir locales \
		--ignore-obsolete --ignore-pot-creation-date --width 92
	rm locales/explorer.pot

bench: .venv/.dev $(RUNTIME)
	$(BIN)/python -m benchmarks.interaction
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.visitors

bench-tests: .venv/.dev $(RUNTIME)
	$(TEST) -p benchmarks.suite

clean:
	rm -rf .venv runs ui/browser_inference/node_modules

# A stamp a requirements file: what is installed already is not looked at again.
.venv/.app: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.dev: requirements-dev.txt requirements-train.txt .venv/.app
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# ONNX Runtime Web, which runs models in the visitor's browser.
$(RUNTIME): ui/browser_inference/package-lock.json .venv/.app
	$(BIN)/python -m ui.browser_inference.install
	touch $@
