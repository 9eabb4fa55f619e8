"""The preview: read by NumPy alone, and skipped if damaged."""

import numpy as np
import pytest

from ae_models.artifacts import card
from ae_models.pipeline import previews


@pytest.fixture
def preview(checkpoints) -> bytes:
    """The content of a whole preview of MNIST, which lies on disk."""
    folder = card.folder("mnist")
    folder.mkdir(parents=True)
    np.savez_compressed(
        folder / previews.FILE,
        number=np.arange(10),
        x=np.random.default_rng(0).integers(0, 256, (10, 28, 28)).astype(np.uint8),
        z=np.ones((10, 32), np.float32),
        x_hat=np.zeros((10, 28, 28), np.uint8),
    )
    return (folder / previews.FILE).read_bytes()


def test_a_whole_one_is_read(preview: bytes) -> None:
    found = previews.read("mnist")
    assert found is not None and found.x.shape == (10, 28, 28) and found.z.shape == (10, 32)
    assert previews.read("fashion") is None


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "keys"])
def test_a_damaged_one_is_left_out(damage: str, preview: bytes) -> None:
    path = card.folder("mnist") / previews.FILE
    if damage == "keys":
        np.savez_compressed(path, number=np.arange(10))
    else:
        middle = len(preview) // 2
        path.write_bytes(
            {
                "empty": b"",
                "text": b"not an archive",
                "cut": preview[:-50],
                "flipped": preview[:middle]
                + bytes([preview[middle] ^ 255])
                + preview[middle + 1 :],
            }[damage]
        )
    assert previews.read("mnist") is None


def test_the_first_of_each_class_is_found() -> None:
    labels = np.array([3, 3, 0, 1, 2, 4, 9, 5, 6, 7, 8, 0])
    assert previews.first_of_each_class(labels).tolist() == [2, 3, 4, 0, 5, 7, 8, 9, 10, 6]
