"""What the routes for the browser's models serve, to whom, and what they never serve."""

import asyncio
import gzip
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.types import Message

import app
from ae_models.artifacts import card
from ui.browser_inference import browser_model, checkpoint_files, runtime_files
from ui.browser_inference.routes import ROUTES, WORKER_POLICY
from ui.cache import models

MODEL = ("mnist", "vae-2d")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, headers: Mapping[str, str] | None = None, routes: tuple = ROUTES) -> Answer:
    """What the routes answer; nothing is normalised on the way, as a hostile client would not."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    asyncio.run(Starlette(routes=list(routes))(scope, receive, send))
    found = {k.decode(): v.decode() for k, v in messages[0]["headers"]}
    return Answer(messages[0]["status"], found, b"".join(m.get("body", b"") for m in messages))


@pytest.fixture
def installed(lacking: Callable[[str], NoReturn]) -> None:
    """What npm installs, which a machine without make app may lack."""
    if not runtime_files.installed():
        lacking("needs the browser runtime: python -m ui.browser_inference.install")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of one checkpoint, to damage."""
    place = tmp_path.joinpath(*MODEL)
    shutil.copytree(card.folder(*MODEL), place)
    monkeypatch.setattr(card, "CHECKPOINTS", tmp_path)
    models.card_of.clear()
    yield place
    models.card_of.clear()


def runtime_path(file: str) -> str:
    return f"/browser_inference/{runtime_files.version()}/{file}"


def model_path(file: str) -> str:
    sha256 = checkpoint_files.locate(*MODEL, file)[1]
    return f"/browser_models/{'/'.join(MODEL)}/{sha256}/{file}"


@pytest.mark.parametrize("file", [*runtime_files.RUNTIME, *runtime_files.SCRIPTS])
def test_the_runtime_is_served_compressed_and_for_good(installed: None, file: str) -> None:
    packed = get(runtime_path(file), {"accept-encoding": "gzip, br"})
    assert packed.status == 200
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["vary"] == "Accept-Encoding"
    kind = "application/wasm" if file.endswith(".wasm") else "text/javascript"
    assert packed.headers["content-type"].startswith(kind)
    assert packed.headers["content-security-policy"] == WORKER_POLICY
    plain = get(runtime_path(file))
    source = runtime_files.DIST if file in runtime_files.RUNTIME else runtime_files.HERE
    assert plain.headers["content-encoding"] == "identity"
    assert plain.body == gzip.decompress(packed.body) == (source / file).read_bytes()
    again = get(runtime_path(file), {"if-none-match": packed.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("file", ["decode.onnx", "model.safetensors"])
def test_files_of_a_model_are_those_on_its_card(file: str) -> None:
    answer = get(model_path(file), {"accept-encoding": "identity"})
    path, sha256 = checkpoint_files.locate(*MODEL, file)
    assert (answer.status, answer.body) == (200, path.read_bytes())
    assert answer.headers["etag"] == f'"{sha256}"'
    assert "immutable" in answer.headers["cache-control"]
    assert get(model_path(file), {"if-none-match": f'"{sha256}"'}).status == 304
    packed = get(model_path(file), {"accept-encoding": "gzip"})
    whole = packed.body
    if packed.headers["content-encoding"] == "gzip":
        whole = gzip.decompress(whole)
    assert whole == answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/browser_inference/0000000000000000/worker.js",
        "/browser_inference/{version}/package.json",
        "/browser_inference/{version}/../install.py",
        "/browser_inference/{version}/..",
        "/browser_inference/{version}/ort.all.min.mjs",
        "/browser_models/mnist/vae-2d/{sha256}/card.json",
        "/browser_models/mnist/vae-2d/{sha256}/../card.json",
        "/browser_models/mnist/../{sha256}/model.safetensors",
        "/browser_models/mnist/..%2fmnist/{sha256}/model.safetensors",
        "/browser_models/../checkpoints/{sha256}/model.safetensors",
        "/browser_models/letters/vae-2d/{sha256}/model.safetensors",
        "/browser_models/mnist/none/{sha256}/model.safetensors",
        "/browser_models/mnist/vae-2d/{sha256}/classify.onnx",
        "/browser_models/mnist/vae-2d/" + "0" * 64 + "/model.safetensors",
        "/browser_models/fashion/vae-2d/{sha256}/model.safetensors",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    sha256 = checkpoint_files.locate(*MODEL, "model.safetensors")[1]
    assert get(path.format(version=runtime_files.version(), sha256=sha256)).status == 404


@pytest.mark.parametrize("file", ["decode.onnx", "model.safetensors"])
def test_a_damaged_file_is_not_served_and_is_named(
    installed: None, copied: Path, file: str
) -> None:
    address = model_path(file)
    sound = browser_model.browser_model(*MODEL, "decode")
    assert sound.model is not None and sound.model["graphs"]["decode"].startswith("browser_models/")
    content = bytearray((copied / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / file).write_bytes(content)
    answer = get(address)
    assert answer.status == 500
    assert answer.body.decode().startswith(f"{file} is damaged (its sha256 is not the card's)")
    damaged = browser_model.browser_model(*MODEL, "decode")
    assert damaged.model is None
    assert damaged.reason.startswith(f"checkpoints/mnist/vae-2d/{file} is damaged")
    (copied / file).unlink()
    assert get(address).status == 404
    assert browser_model.browser_model(*MODEL, "decode").reason.startswith(
        f"checkpoints/mnist/vae-2d/{file} is missing"
    )


def test_without_a_graph_or_a_runtime_the_server_computes_and_says_so(
    installed: None, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no graph" in browser_model.browser_model(*MODEL, "classify").reason
    about = json.loads((copied / "card.json").read_text())
    (copied / "card.json").write_text(json.dumps(about | {"graphs": {}}))
    models.card_of.clear()
    assert "no graph" in browser_model.browser_model(*MODEL, "decode").reason
    monkeypatch.setattr(runtime_files, "DIST", copied)
    answer = browser_model.browser_model(*MODEL, "decode")
    assert answer.model is None and "not installed" in answer.reason
    assert get(runtime_path("ort.wasm.min.mjs")).status == 404


@pytest.mark.parametrize("base", ["", "below/here", "/below/here/"])
def test_routes_are_also_below_the_base_path(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    routes = tuple(app.under_base_path(ROUTES))
    assert get(runtime_path("worker.js"), routes=routes).status == 200
    wanted = 200 if base else 404
    assert get("/below/here" + runtime_path("worker.js"), routes=routes).status == wanted
    assert get("/below/here" + model_path("decode.onnx"), routes=routes).status == wanted
