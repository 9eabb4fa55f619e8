"""The files of onnxruntime-web that a browser needs, and our scripts beside them.

npm installs the whole package; only what is named here is ever served.
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
DIST = HERE / "node_modules" / "onnxruntime-web" / "dist"
LOCK = HERE / "package-lock.json"
SCRIPTS = ("client.js", "ops.js", "worker.js")
# One build for every processor, and one that also uses WebGPU.
RUNTIME = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
LEVEL = 6  # of gzip; 9 takes three times as long for one part in a hundred


def compressed(file: str) -> Path:
    """Where a file of the runtime lies compressed; 14 MB of WebAssembly become 3.7 MB."""
    return DIST / f"{file}.gz"


def compress() -> None:
    """Compresses the installed files once, so that no visitor waits for it. Raises `OSError`."""
    for file in RUNTIME:
        content = gzip.compress((DIST / file).read_bytes(), LEVEL, mtime=0)
        compressed(file).write_bytes(content)


def installed() -> bool:
    """Whether everything that a browser needs is there."""
    return all(compressed(file).exists() for file in RUNTIME)


@cache
def version() -> str:
    """Changes with our scripts and with the locked version of the runtime."""
    files = (LOCK, *(HERE / name for name in SCRIPTS))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
