"""The layers of the code: which folder may import which, and forbidden constructs."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each row imports itself and the rows below it. A name is a folder or a module, found as the
# longest one that a module's own name starts with.
LAYERS = (
    ("app",),
    ("pages",),
    ("ui.views",),
    ("ui.shell",),
    ("ui.widgets",),
    ("ui.components", "ui.browser_inference"),
    ("ui.plots", "ui.cache"),
    ("ui.base",),
    ("ae_models.__main__",),
    ("ae_models.cli",),
    ("ae_models.pipeline",),
    ("ae_models.tasks", "ae_models.live"),
    ("ae_models.training",),
    ("ae_models.artifacts",),
    ("ae_models.variants",),
    ("ae_models.images", "ae_models.networks"),
    (
        "ae_models.base",
        "ae_models.datasets",
        "ae_models.i18n",
        "ae_models.inference",
        "ae_models.metric_key",
        "ae_models.metrics",
        "ae_models.original_files",
    ),
)
FOLDERS = ("app", "pages", "ui", "ae_models")
BANNED_NAMES = {"utils", "util", "helpers", "common", "manager", "misc", "v2", "new"}


def sources(*folders: str) -> list[Path]:
    """The Python files of some folders, or of all of them."""
    files = [ROOT / "app.py"] if not folders or "app" in folders else []
    for folder in folders or FOLDERS:
        files += sorted((ROOT / folder).rglob("*.py"))
    return files


def module(path: Path) -> str:
    """`ae_models/tasks/__init__.py` -> `ae_models.tasks`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def exists(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@cache
def imported(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it, functions included."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if exists(whole) else str(node.module)


def layer(name: str) -> tuple[int, str]:
    """The row of LAYERS that a module belongs to, and which of its folders or modules it is in."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ".".join(parts[:length])
        for row, places in enumerate(LAYERS):
            if place in places:
                return row, place
    raise AssertionError(f"{name} is in no layer: move it into a folder that LAYERS names")


@cache
def ours(path: Path) -> frozenset[str]:
    """The modules of this project that a file imports; a package without code does not count."""
    return frozenset(
        name
        for name in imported(path)
        if name.split(".")[0] in FOLDERS and (name not in packages() or has_code(name))
    ) - {"ae_models"}


@cache
def packages() -> frozenset[str]:
    inits = (path for path in sources() if path.stem == "__init__")
    return frozenset({"ae_models", *FOLDERS, *map(module, inits)})


def has_code(package: str) -> bool:
    return len(tree_of(ROOT / package.replace(".", "/") / "__init__.py").body) > 1


MODULES = [path for path in sources() if path != ROOT / "ae_models" / "__init__.py"]


def test_no_import_runs_upward() -> None:
    upward = []
    for path in MODULES:
        if path.stem == "__init__" and module(path) in ("ui", "ui.views"):
            upward += [f"{module(path)} imports {name}" for name in ours(path)]
            continue
        row, _ = layer(module(path))
        upward += [f"{module(path)} imports {n}" for n in ours(path) if layer(n)[0] < row]
    assert not upward


@pytest.mark.parametrize("depth", [None, 3, 2], ids=["modules", "folders", "layers"])
def test_no_import_runs_in_a_circle(depth: int | None) -> None:
    """Neither between modules, nor between folders, nor between what stands in one layer."""
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        here = place(module(path), depth)
        graph.setdefault(here, set()).update(place(name, depth) for name in ours(path))
    for node, targets in graph.items():
        targets.discard(node)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def place(name: str, depth: int | None) -> str:
    """A module's folder, cut off after so many names; a loose module stands for itself."""
    return name if depth is None else ".".join(name.split(".")[:depth])


def test_views_of_pages_never_import_each_other() -> None:
    for path in sources("ui/views"):
        page = module(path).split(".")[2:3]
        others = {name.split(".")[2] for name in ours(path) if name.startswith("ui.views.")}
        assert page == ["learn"] or others <= set(page), path


def test_pages_are_imported_by_nobody() -> None:
    names = {path.stem for path in sources("pages")}
    for path in sources("pages", "ui", "app"):
        assert not {n for n in imported(path) if n.split(".")[0] == "pages"}
        if path.parent.name == "pages":
            assert not names & set(imported(path)), path


def test_ae_models_imports_no_streamlit_or_plotly() -> None:
    for path in sources("ae_models"):
        assert not {"streamlit", "plotly"} & {name.split(".")[0] for name in imported(path)}, path


def test_caches_are_kept_in_cache_modules() -> None:
    for path in sources("app", "pages", "ui"):
        if "st.cache_" in text_of(path):
            assert "cache" in (path.parent.name, path.stem), path


def test_no_raw_html_and_nothing_unpickled() -> None:
    picklers = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    for path in sources():
        for word in ("unsafe_allow_html", "torch.load", "torch.save", "weights_only"):
            assert word not in text_of(path), path
        assert not picklers & {name.split(".")[0] for name in imported(path)}, path
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, path


def test_every_module_has_a_docstring_and_an_allowed_name() -> None:
    for path in sources():
        assert ast.get_docstring(tree_of(path)), path
        assert not BANNED_NAMES & set(path.relative_to(ROOT).with_suffix("").parts), path


@pytest.mark.parametrize(
    ("importing", "spared"),
    [
        (  # what a page needs before its first result, each module for itself light
            "ae_models, ae_models.artifacts.card, ae_models.datasets, ui.plots.basic,"
            "ae_models.pipeline.previews, ae_models.images.preparation",
            ["torch", "torchvision", "streamlit"],
        ),
        ("app", ["torch", "torchvision"]),
        (
            "ae_models.__main__, ae_models.pipeline.plan, ae_models.training.loop,"
            "ae_models.artifacts.graph, ae_models.pipeline.onnx_graphs",
            [
                *("torchvision", "streamlit", "plotly", "lightning_fabric", "sklearn"),
                *("onnx", "onnxscript"),
            ],
        ),
    ],
)
def test_imports_are_as_light_as_promised(importing: str, spared: list[str]) -> None:
    code = f"import sys, {importing}; print(*(set({spared}) & sys.modules.keys()))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
