"""Pages without a browser: Streamlit's AppTest on the app as it ships."""

import base64
import json
import math
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import streamlit as st
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

import app
from ae_models import datasets
from ae_models.artifacts import card, checkpoint, gallery
from ae_models.live.job import Runnable
from ae_models.live.worker import Ticket, Worker
from ae_models.metric_key import Metric, from_records
from ae_models.tasks.augmentation import methods
from ui.base import pages
from ui.cache import live_training
from ui.shell import warmup
from ui.views.few_labels import cache

ROOT = Path(__file__).resolve().parents[2]
PAGES = list(pages.PAGES)
PATIENCE = 300.0  # seconds; a first page decodes the gallery, and a machine may be busy
RESULTS = ("bidi_component", "plotly_chart", "table", "code")  # not the times of a data frame
FRAME = ("copy_link", "chart_formats", "stepping")  # is on every page and shows no result

MODES = ("original", "gallery")

Visit = Callable[..., AppTest]


@pytest.fixture(params=MODES)
def mode(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    lacking: Callable[[str], NoReturn],
) -> str:
    """Original files on disk, or the bundled gallery instead of them."""
    needs(request.param, monkeypatch, lacking)
    return str(request.param)


# Where images come from and which data set is shown do not depend on each other: a test that
# looks at both sees each of them once.
EACH_MODE = pytest.mark.parametrize(
    ("mode", "dataset"), [*zip(MODES, datasets.DATASETS, strict=True)], indirect=["mode"]
)


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch, lacking: Callable[[str], NoReturn]) -> None:
    """The original files, which not every machine has."""
    needs("original", monkeypatch, lacking)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch, lacking: Callable[[str], NoReturn]) -> None:
    """The bundled gallery, which every machine has."""
    needs("gallery", monkeypatch, lacking)


def needs(mode: str, monkeypatch: pytest.MonkeyPatch, lacking: Callable[[str], NoReturn]) -> None:
    """Set a data mode, or skip the test with the reason."""
    for dataset in datasets.DATASETS:
        if mode == "original" and not datasets.on_disk(dataset):
            lacking(f"needs the original files of {dataset}")
        if mode == "gallery" and not card.folder(dataset, gallery.NAME).exists():
            lacking(f"needs the gallery of {dataset}")
    if mode == "gallery":
        monkeypatch.setenv("AE_DATA_DIR", "/nonexistent")


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """Skip the search for components in installed packages, half of the time of a visit."""
    with pytest.MonkeyPatch.context() as patch:
        found = manifest_scanner.scan_component_manifests()
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: list(found))
        yield


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are as they are a moment after the server's start."""
    monkeypatch.setattr(warmup, "ready", lambda: True)


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the live trainings of pages; their quality is tested elsewhere."""
    monkeypatch.setattr(cache, "POOL", 2_000)
    monkeypatch.setattr(cache, "QUERIES", 500)
    monkeypatch.setattr(methods, "BATCHES", 8)
    monkeypatch.setattr(methods, "phases", lambda real: [(8, ""), (8, "prior")])


class AtOnce(Worker):
    """A queue without a thread, in which a short job is over when it has been started."""

    def start(self, runnable: Runnable, subject: object, former: Ticket | None = None) -> Ticket:
        ticket = super().start(runnable, subject, former)
        while self.jobs[ticket.id].short and self.tick():
            pass
        return ticket


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """The training queue of the pages."""
    made = AtOnce(lambda: 1000.0)  # no owner is absent, however long a machine takes
    monkeypatch.setattr(live_training, "worker", lambda: made)
    yield made
    made.close()


@pytest.fixture
def visit() -> Visit:
    """Opens a page by its address in a session of its own: `visit("denoise", seed="3")`."""

    def open_page(page: str, **query: str | list[str]) -> AppTest:
        at = AppTest.from_file(ROOT / "ui" / "shell" / "front.py", default_timeout=PATIENCE)
        for name, value in query.items():
            at.query_params[name] = value
        if page != "start":
            at.switch_page(f"../../pages/{page}.py")
        return at.run()

    return open_page


SEEN: dict[tuple[str, str], AppTest] = {}  # page and data set -> its first visit


@pytest.fixture
def at_first(visit: Visit, decoded: None) -> Visit:
    """A page on a first visit, shared by all tests, which must not change it."""

    def see(page: str, dataset: str = "mnist") -> AppTest:
        if (page, dataset) not in SEEN:
            SEEN[page, dataset] = visit(page, data=dataset)
        return SEEN[page, dataset]

    return see


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handle exceptions of a page as app.py does, since AppTest has no handler."""
    born = LocalScriptRunner.__init__

    def with_handler(self: LocalScriptRunner, *args: Any, **kwargs: Any) -> None:
        born(self, *args, **kwargs)
        self._on_script_error = app.show_error

    monkeypatch.setattr(LocalScriptRunner, "__init__", with_handler)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the checkpoints that may be damaged, and empty caches."""
    copy = tmp_path / "checkpoints"
    shutil.copytree(card.CHECKPOINTS, copy)
    monkeypatch.setattr(card, "CHECKPOINTS", copy)
    forget()
    yield copy
    forget()
    shutil.rmtree(copy)  # pytest would keep the 70 MB of each such test


@pytest.fixture
def changed_card(copied: Path) -> Callable[..., None]:
    """Puts another value into a copied card; the next visit reads it.

    `changed_card("vae", ["test", "values", Metric("kl")], 12.3)`; a number among the keys
    counts along a list: `["history", -1, "gradients", "down.0"]`.
    """

    def change(
        name: str, keys: list[str | int | Metric], value: object, dataset: str = "mnist"
    ) -> None:
        path = copied / dataset / name / "card.json"
        whole = inner = json.loads(path.read_text(encoding="utf-8"))
        for key in keys[:-1]:
            inner = inner[key]
        last = keys[-1]
        if isinstance(last, Metric):
            (inner,) = (each for each in inner if from_records([each], "value").keys() == {last})
            last = "value"
        assert inner[last] != value  # a figure that the card lacks is no figure
        inner[last] = value
        path.write_text(json.dumps(whole), encoding="utf-8")
        forget()

    return change


def put_untrained(name: str, variant: str, config: BaseModel, **about: object) -> None:
    """An untrained MNIST model as a checkpoint in the copied folder; `about` is for its card."""
    torch.manual_seed(0)
    model = checkpoint.as_shipped(checkpoint.KINDS[variant](config).eval())
    weights = checkpoint.to_bytes(model.state_dict())
    entry = {
        "name": name,
        "dataset": "mnist",
        "variant": variant,
        "family": "bottleneck",
        "config": config.model_dump(mode="json"),
        "phases": [],
        "trained_with": {},
        "seed": 0,
        "epochs": 0,
        "parameters": 0,
        "latent_dim": getattr(config, "latent_dim", None),
        "training_seconds": 0,
        "device": "none",
        "history": [],
        "sha256": checkpoint.write("mnist", name, "model.safetensors", weights),
    }
    checkpoint.write_card(card.Card.model_validate(entry | about))


def forget() -> None:
    """Empties the caches of the pages; decoded pictures stay, they take seconds."""
    st.cache_data.clear()
    st.cache_resource.clear()


def keys(at: AppTest, kind: str = "bidi_component") -> list[str]:
    """The keys of all elements of a kind."""
    return [element.key for element in at.get(kind) if element.key not in FRAME]


def result(at: AppTest) -> dict[str, str]:
    """Everything that a page shows as its result, as a digest each, for comparison."""
    shown = {}
    for kind in RESULTS:
        for number, element in enumerate(at.main.get(kind)):
            if element.key not in FRAME:
                content = element.proto.SerializeToString(deterministic=True)
                shown[element.key or f"{kind} {number}"] = sha256(content).hexdigest()[:12]
    return shown


def sheet(at: AppTest, key: str) -> list[tuple[dict[str, Any], NDArray[np.uint8]]]:
    """The rows of a picture sheet: what is said of each, and its pictures (N, 28, 28[, 3])."""
    (found,) = (element for element in at.get("bidi_component") if element.key == key)
    message = found.proto.bytes
    begin = 4 + int.from_bytes(message[:4], "little")
    rows = []
    for row in json.loads(message[4:begin])["rows"]:
        shape = (row["count"], 28, 28) if row["channels"] == 1 else (row["count"], 28, 28, 3)
        end = begin + math.prod(shape)
        rows.append((row, np.frombuffer(message[begin:end], np.uint8).reshape(shape)))
        begin = end
    assert begin == len(message)
    return rows


def chart(at: AppTest, key: str) -> list[dict[str, Any]]:
    """The traces of a chart as plotly gets them, packed numbers unpacked to arrays."""
    (found,) = (element for element in at.get("plotly_chart") if element.key == key)
    traces: list[dict[str, Any]] = json.loads(found.proto.spec, object_hook=_unpacked)["data"]
    return traces


def _unpacked(value: dict[str, Any]) -> Any:
    if value.keys() - {"shape"} != {"dtype", "bdata"}:
        return value
    array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
    return (
        array.reshape([int(side) for side in value["shape"].split(",")])
        if "shape" in value
        else array
    )


def sentences(at: AppTest) -> list[str]:
    """Warnings and errors on the screen."""
    return [element.value for element in (*at.warning, *at.error)]
