"""The download, from a mirror of four tiny files on this machine."""

import errno
import gzip
import hashlib
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from ae_models import datasets as ae_models_datasets

SHAPES = {
    "train-images-idx3-ubyte": (20, 28, 28),
    "train-labels-idx1-ubyte": (20,),
    "t10k-images-idx3-ubyte": (6, 28, 28),
    "t10k-labels-idx1-ubyte": (6,),
}


class Server(SimpleHTTPRequestHandler):
    """Serves a folder; from /torn/ only half of each file, from /rude/ no HTTP."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        fault, _, name = self.path.strip("/").rpartition("/")
        content = (Path(self.directory) / name).read_bytes() if fault else b""
        if fault == "torn":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
        elif fault == "rude":
            self.wfile.write(b"220 mail.example.com\r\n")
        else:
            super().do_GET()


class Mirror:
    """A folder behind a server, which torchvision takes for the internet."""

    def __init__(self, folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.address, self.monkeypatch = folder, address, monkeypatch
        folder.mkdir()
        for name, shape in SHAPES.items():
            head = b"".join(n.to_bytes(4, "big") for n in (0x800 + len(shape), *shape))
            self.put(f"{name}.gz", gzip.compress(head + bytes(int(np.prod(shape)))))
        self.trust()
        self.reach(address)

    def put(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def trust(self) -> None:
        """Make the files that lie there now the ones with the right MD5."""
        sums = [
            (f"{name}.gz", hashlib.md5((self.folder / f"{name}.gz").read_bytes()).hexdigest())
            for name in SHAPES
        ]
        for source in (datasets.MNIST, datasets.FashionMNIST):
            self.monkeypatch.setattr(source, "resources", sums)

    def reach(self, *addresses: str) -> None:
        for source in (datasets.MNIST, datasets.FashionMNIST):
            self.monkeypatch.setattr(source, "mirrors", list(addresses))


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, any_content: None) -> Iterator[Mirror]:
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "*")
    handler = partial(Server, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        yield Mirror(tmp_path / "mirror", address, monkeypatch)
        server.shutdown()


def nobody() -> str:
    """An address without a server."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}/"


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, the hidden ones as well."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def fails(dataset: str = "mnist") -> str:
    """Download, which must fail; returns what is said."""
    with pytest.raises(ae_models_datasets.DataMissing) as caught:
        list(ae_models_datasets.download(dataset))
    return str(caught.value)


@pytest.mark.parametrize("dataset", ae_models_datasets.DATASETS)
def test_all_files_arrive_unpacked_and_nothing_else(dataset: str, mirror: Mirror) -> None:
    assert list(ae_models_datasets.download(dataset)) == [0, 0.25, 0.5, 0.75, 1]
    folder = ae_models_datasets.DATASETS[dataset].folder
    assert set(everything(ae_models_datasets.root())) == {f"{folder}/raw/{name}" for name in SHAPES}
    assert len(ae_models_datasets.original(dataset, "train").pixels) == 20
    assert len(ae_models_datasets.original(dataset, "test").pixels) == 6


def test_nothing_is_in_place_before_all_of_it_is(mirror: Mirror) -> None:
    for done in ae_models_datasets.download("mnist"):
        if done < 1:
            assert not (ae_models_datasets.root() / "MNIST").exists()
    assert ae_models_datasets.on_disk("mnist")


@pytest.mark.parametrize("fault", ["gone/", "torn/", "rude/"])
def test_the_second_mirror_serves_where_the_first_does_not(fault: str, mirror: Mirror) -> None:
    mirror.reach(nobody(), mirror.address + fault, mirror.address)
    assert list(ae_models_datasets.download("mnist"))[-1] == 1
    assert set(everything(ae_models_datasets.root())) == {f"MNIST/raw/{name}" for name in SHAPES}


@pytest.mark.parametrize("fault", ["gone/", "torn/", "rude/"])
def test_a_broken_line_leaves_nothing(fault: str, mirror: Mirror) -> None:
    mirror.reach(mirror.address + fault)
    assert fails().startswith("MNIST could not be downloaded: ")
    assert everything(ae_models_datasets.root()) == {}


def test_offline_is_one_sentence(mirror: Mirror) -> None:
    mirror.reach(nobody(), nobody())
    assert fails("fashion").startswith("Fashion-MNIST could not be downloaded: ")
    assert everything(ae_models_datasets.root()) == {}


@pytest.mark.parametrize("number", [0, 3])
def test_a_wrong_hash_leaves_nothing(number: int, mirror: Mirror) -> None:
    mirror.put(f"{list(SHAPES)[number]}.gz", gzip.compress(b"somebody else's file"))
    assert "could not be downloaded" in fails()
    assert everything(ae_models_datasets.root()) == {}


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(bytes(9999))[:-9], gzip.compress(b"")[:10] + b"\xff" * 40],
    ids=["not gzip", "cut", "broken deflate"],
)
def test_a_bad_gzip_leaves_nothing(content: bytes, mirror: Mirror) -> None:
    mirror.put(f"{list(SHAPES)[2]}.gz", content)
    mirror.trust()
    assert "could not be downloaded" in fails()
    assert everything(ae_models_datasets.root()) == {}


def test_a_full_disk_leaves_nothing(mirror: Mirror, monkeypatch) -> None:
    from torchvision.datasets import utils

    def fill(source, target):
        Path(target).write_bytes(b"a part of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(utils, "_urlretrieve", fill)
    assert "No space left on device" in fails()
    assert everything(ae_models_datasets.root()) == {}


def test_a_read_only_folder_is_one_sentence(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    assert "could not be downloaded" in fails()


def test_a_visitor_who_leaves_takes_the_partial_files_along(mirror: Mirror) -> None:
    download = ae_models_datasets.download("mnist")
    next(download)
    next(download)
    assert everything(ae_models_datasets.root())
    download.close()
    assert everything(ae_models_datasets.root()) == {}


@pytest.mark.parametrize("error", [ImportError("no"), RuntimeError("operator nms does not exist")])
def test_without_torchvision_only_the_download_says_so(error, mirror: Mirror, monkeypatch) -> None:
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "torchvision":
                raise error

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    assert fails() == f"torchvision could not be imported: {error}"


class TestWhatIsThereAlready:
    @pytest.fixture
    def before(self, mirror: Mirror) -> dict[str, bytes]:
        """A data set on disk, with a file of the visitor's own beside it."""
        list(ae_models_datasets.download("mnist"))
        (ae_models_datasets.root() / "MNIST" / "notes.txt").write_text("mine")
        return everything(ae_models_datasets.root())

    def test_stays_where_the_mirror_is_gone(self, before, mirror: Mirror) -> None:
        mirror.reach(nobody())
        fails()
        assert everything(ae_models_datasets.root()) == before

    def test_stays_where_the_last_move_fails(self, before, mirror: Mirror, monkeypatch) -> None:
        rename = Path.rename

        def refuse(self: Path, target: Path) -> Path:
            if self.parent.name.startswith(".download-") and self.name == "raw":
                raise OSError("refused")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", refuse)
        assert "refused" in fails()
        assert everything(ae_models_datasets.root()) == before

    def test_is_replaced_by_a_download_that_succeeds(self, before, mirror: Mirror) -> None:
        raw = ae_models_datasets.root() / "MNIST" / "raw"
        (raw / "t10k-images-idx3-ubyte").write_bytes(b"damaged")
        shutil.copy(raw / "train-labels-idx1-ubyte", raw / "old")
        list(ae_models_datasets.download("mnist"))
        assert everything(ae_models_datasets.root()) == before
