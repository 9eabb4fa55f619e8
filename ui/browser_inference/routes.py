"""What a browser fetches to run models: the runtime, our scripts, graphs and weights.

Every address holds a version or a sha256, so that what it names never changes and may be kept for
a year. `app.py` serves ROUTES.
"""

import gzip
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ae_models.artifacts.card import WEIGHTS, verified_content
from ui.browser_inference import checkpoint_files, runtime_files

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".safetensors": "application/octet-stream",
}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
# A worker has the policy of its own script: it may compile WebAssembly and fetch from here.
WORKER_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
    )
)


async def _runtime(request: Request) -> Response:
    version, file = request.path_params["version"], request.path_params["file"]
    known = file in runtime_files.RUNTIME or file in runtime_files.SCRIPTS
    if version != runtime_files.version() or not known:
        return Response(status_code=404)
    try:
        packed = await run_in_threadpool(_packed, file)
    except OSError:
        return Response(status_code=404)  # not installed
    policy = {"Content-Security-Policy": WORKER_POLICY}
    return _answer(request, packed, file, version, policy)


async def _model(request: Request) -> Response:
    dataset, name, sha256, file = (
        request.path_params[part] for part in ("dataset", "name", "sha256", "file")
    )
    try:
        path, wanted = await run_in_threadpool(checkpoint_files.locate, dataset, name, file)
        if sha256 != wanted:
            return Response(status_code=404)
        if request.headers.get("if-none-match") == f'"{sha256}"':
            return Response(status_code=304, headers=FOREVER | {"ETag": f'"{sha256}"'})
        if file == WEIGHTS:
            content = await run_in_threadpool(verified_content, path, wanted)
            # Compression gains one part in twelve: it would cost each visitor more than it saves.
            headers = FOREVER | {"ETag": f'"{sha256}"', "Content-Encoding": "identity"}
            return Response(content, media_type=_type(file), headers=headers)
        packed = await run_in_threadpool(_packed_graph, path, wanted)
    except FileNotFoundError:
        return Response(status_code=404)
    except (OSError, ValueError) as error:
        return PlainTextResponse(f"{file} is damaged ({error})", status_code=500)
    return _answer(request, packed, file, sha256, {})


def _answer(
    request: Request, packed: bytes, file: str, tag: str, headers: dict[str, str]
) -> Response:
    """A file that lies compressed; whoever cannot read that gets it as it is."""
    headers = FOREVER | headers | {"ETag": f'"{tag}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == f'"{tag}"':
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "identity"
        return Response(gzip.decompress(packed), media_type=_type(file), headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(packed, media_type=_type(file), headers=headers)


def _type(file: str) -> str:
    return TYPES[Path(file).suffix]


def _packed(file: str) -> bytes:
    if file in runtime_files.RUNTIME:
        return runtime_files.compressed(file).read_bytes()
    return gzip.compress((runtime_files.HERE / file).read_bytes(), mtime=0)


@lru_cache(maxsize=200)
def _packed_graph(path: Path, sha256: str) -> bytes:
    return gzip.compress(verified_content(path, sha256), mtime=0)


RUNTIME_PATH = "browser_inference"
MODEL_PATH = "browser_models"
ROUTES = (
    Route(f"/{RUNTIME_PATH}/{{version}}/{{file}}", _runtime),
    Route(f"/{MODEL_PATH}/{{dataset}}/{{name}}/{{sha256}}/{{file}}", _model),
)
