"""The order of the house: which room may import which, and what is found nowhere."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A module imports only from layers below its own.
LAYERS = [
    {"ae_models.__main__"},
    {"ae_models.commands"},
    {"ae_models.schedule"},
    {"ae_models.making", "ae_models.take_away"},
    {"ae_models.evaluation", "ae_models.previews"},
    {"ae_models.recipes", "ae_models.listing", "ae_models.studies"},
    {
        "ae_models.tasks.few_labels_making",
        "ae_models.tasks.anomaly_making",
        "ae_models.tasks.clustering_making",
    },
    {"ae_models.tasks.few_labels", "ae_models.tasks.anomaly", "ae_models.tasks.clustering"},
    {"ae_models.tasks"},
    {"ae_models.enlargement", "ae_models.tuning"},
    {"ae_models.live.worker"},
    {"ae_models.live.job"},
    {"ae_models.live.alone"},
    {"ae_models.live.keeping", "ae_models.live.plain_code"},
    {"ae_models.live.plain_text"},
    {"ae_models.live.trainee"},
    {"ae_models.live.pictures", "ae_models.live.seeded", "ae_models.live.presets"},
    {"ae_models.live"},
    {"ae_models.training", "ae_models.gallery", "ae_models.grouping"},
    {"ae_models.players", "ae_models.validation", "ae_models.recipe", "ae_models.distributed"},
    {"ae_models.run", "ae_models.images.augmentation", "ae_models.executor"},
    {"ae_models.phases"},
    {"ae_models.study", "ae_models.images.classical"},
    {
        "ae_models.checkpoint",
        "ae_models.inference",
        "ae_models.images.damages",
        "ae_models.images.labelled_set",
    },
    {"ae_models.data", "ae_models.metrics", "ae_models.noise", "ae_models.spreading"},
    {
        "ae_models.images.filters",
        "ae_models.images.picture",
        "ae_models.images.export",
        "ae_models.images.film",
        "ae_models.optimizers",
        "ae_models.outliers",
        "ae_models.images.resizing",
        "ae_models.images.sharpening",
        "ae_models.uncovering",
    },
    {"ae_models.variants"},
    {
        "ae_models.backbones",
        "ae_models.causal",
        "ae_models.flow",
        "ae_models.invariance",
        "ae_models.judge",
        "ae_models.images.patches",
    },
    {"ae_models.base", "ae_models.card", "ae_models.images.attributes"},
    {"ae_models.images.overlay", "ae_models.segmenter"},
    {"ae_models.words", "ae_models.images"},
]
# The one step up: `data.load` falls back to the gallery where the original files are missing.
UPWARDS = {("ae_models.data", "ae_models.gallery")}
ROOMS = ["ae_models", "ui", "pages", "app"]  # each may import itself and those before it
BANNED_NAMES = {"utils", "util", "helpers", "common", "manager", "misc", "v2", "new"}


def sources(*rooms: str) -> list[Path]:
    """The Python files of rooms of the house, or of all of them."""
    files = [ROOT / "app.py"] if not rooms or "app" in rooms else []
    for room in rooms or ROOMS:
        files += sorted((ROOT / room).rglob("*.py"))
    return files


def module(path: Path) -> str:
    """`ae_models/tasks/__init__.py` -> `ae_models.tasks`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def exists(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere in it, functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if exists(whole) else str(node.module)


def layer(name: str) -> int:
    """How high a module of `ae_models` stands; the lowest has the largest number."""
    for number, names in enumerate(LAYERS):
        if any(name == each or name.startswith(each + ".") for each in names):
            return number
    raise AssertionError(f"{name} stands in no layer: put it into LAYERS")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_rooms_import_only_what_stands_below_them(path: Path) -> None:
    room = ROOMS.index(module(path).split(".")[0])
    above = {name for name in imported(path) if name.split(".")[0] in ROOMS[room + 1 :]}
    assert not above


@pytest.mark.parametrize("path", sources("ae_models")[1:], ids=shown)  # without the public names
def test_modules_import_only_lower_layers(path: Path) -> None:
    name = module(path)
    for other in imported(path):
        if not other.startswith("ae_models.") or (name, other) in UPWARDS:
            continue
        inside = layer(other) == layer(name) and name.startswith("ae_models.variants")
        assert layer(other) > layer(name) or inside, f"{name} imports {other}"


def test_variants_import_each_other_without_a_circle() -> None:
    for path in sources("ae_models/variants"):
        if path.stem == "__init__":
            continue
        for other in imported(path):
            assert other != "ae_models.variants"
            if other.startswith("ae_models.variants."):
                back = set(imported(ROOT / (other.replace(".", "/") + ".py")))
                assert module(path) not in back


def test_pages_never_import_each_other() -> None:
    names = {path.stem for path in sources("pages")}
    for path in sources("pages", "ui", "app"):
        assert not {n for n in imported(path) if n.split(".")[0] == "pages"}
        if path.parent.name == "pages":
            assert not names & set(imported(path)), path


@pytest.mark.parametrize("path", sources("ae_models"), ids=shown)
def test_the_models_know_no_browser(path: Path) -> None:
    assert not {"streamlit", "plotly"} & {name.split(".")[0] for name in imported(path)}


def test_caches_are_kept_in_one_place() -> None:
    caching = [p for p in sources() if "st.cache_" in p.read_text(encoding="utf-8")]
    assert {path.parent for path in caching} == {ROOT / "ui" / "cached"}


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_no_raw_html_and_nothing_unpickled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("unsafe_allow_html", "torch.load", "torch.save", "weights_only"):
        assert word not in text
    picklers = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    assert not picklers & {name.split(".")[0] for name in imported(path)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant) and node.value.value is False


@pytest.mark.parametrize("path", sources(), ids=shown)
def test_every_module_says_what_it_is_for_and_has_a_telling_name(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert not BANNED_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize(
    ("importing", "spared"),
    [
        ("ae_models, ae_models.card, ae_models.data", ["torch", "torchvision", "streamlit"]),
        ("ae_models.previews, ae_models.images.picture", ["torch", "torchvision", "streamlit"]),
        ("ui.figures", ["torch", "torchvision", "streamlit"]),
        ("app", ["torch", "torchvision"]),
        ("ae_models.schedule, ae_models.__main__", ["torchvision", "streamlit", "plotly"]),
        ("ae_models.schedule, ae_models.training", ["lightning_fabric", "sklearn"]),
    ],
)
def test_imports_are_as_light_as_promised(importing: str, spared: list[str]) -> None:
    code = f"import sys, {importing}; print(*(set({spared}) & sys.modules.keys()))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
