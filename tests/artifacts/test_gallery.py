"""The gallery: precision of 8-bit codes, and damaged files."""

import numpy as np
import pytest
import torch

from ae_models import base, datasets, metrics
from ae_models.artifacts import card, checkpoint, gallery, image_source
from ae_models.artifacts.checkpoint import CheckpointError

LEAST_PSNR = {"mnist": 28.0, "fashion": 24.0}  # dB


def test_eight_bits_are_off_by_half_a_level_at_most() -> None:
    z = torch.randn(500, 6) * torch.tensor([0.01, 0.1, 1, 10, 100, 0])
    low, high = z.amin(0), z.amax(0)
    codes = gallery.quantise(z, low, high)
    assert codes.dtype == torch.uint8 and codes[:, :5].amin() == 0 and codes[:, :5].amax() == 255
    off = (gallery.restore(codes, low, high) - z).abs()
    assert (off <= (high - low) / 255 / 2 * 1.01 + 1e-6).all()


def test_codes_beyond_the_range_are_held_at_its_ends() -> None:
    low, high = torch.zeros(2), torch.ones(2)
    codes = gallery.quantise(torch.tensor([[-9.0, 9.0], [0.0, 1.0]]), low, high)
    assert codes.tolist() == [[0, 255], [0, 255]]


def tensors() -> dict[str, torch.Tensor]:
    """What a gallery file of five and seven codes holds."""
    found = {"low": torch.zeros(3), "high": torch.ones(3)}
    for split, count in (("train", 5), ("test", 7)):
        found[f"{split}.codes"] = torch.randint(0, 256, (count, 3)).byte()
        found[f"{split}.labels"] = torch.arange(count).byte()
        found[f"{split}.index"] = torch.arange(count).int() * 2
    return found


class Codec(base.Codes):
    """Paints the mean of a code over the whole picture."""

    def decode(self, z: torch.Tensor, label: None = None) -> torch.Tensor:
        return z.mean(1)[:, None, None, None].expand(-1, 1, 28, 28)


def put(content: bytes) -> None:
    """A file of codes, and the card that vouches for it."""
    sha256 = checkpoint.write("mnist", gallery.NAME, gallery.FILE, content)
    checkpoint.write_card(
        card.Card(
            name=gallery.NAME,
            family="service",
            dataset="mnist",
            variant="plain",
            config={},
            phases=(),
            trained_with={},
            seed=0,
            epochs=1,
            parameters=1,
            latent_dim=3,
            training_seconds=1.0,
            device="none",
            history=[],
            sha256="",
            files={gallery.FILE: sha256},
        )
    )


def test_codes_are_decoded_with_their_labels(checkpoints) -> None:
    held = tensors()
    put(checkpoint.to_bytes(held))
    for split, count in (("train", 5), ("test", 7)):
        pictures, labels = gallery.pictures("mnist", split, Codec())
        assert labels.tolist() == list(range(count))
        expected = held[f"{split}.codes"].float().mean(1) / 255
        assert torch.allclose(pictures[:, 0, 3, 3], expected, atol=1e-6)
        assert gallery.index("mnist", split).tolist() == [2 * i for i in range(count)]


CORRUPTIONS = {
    "a missing key": lambda t: {k: v for k, v in t.items() if k != "test.labels"},
    "an extra key": lambda t: t | {"more": torch.zeros(1)},
    "a wrong type": lambda t: t | {"test.codes": t["test.codes"].float()},
    "fewer labels": lambda t: t | {"test.labels": t["test.labels"][1:]},
    "fewer dimensions": lambda t: t | {"train.codes": t["train.codes"][:, 1:]},
    "a label of 200": lambda t: t | {"train.labels": t["train.labels"] + 195},
    "NaN": lambda t: t | {"low": t["low"] * torch.nan},
}


@pytest.mark.parametrize("damage", CORRUPTIONS)
def test_codes_of_another_format_are_refused(damage: str, checkpoints) -> None:
    put(checkpoint.to_bytes(CORRUPTIONS[damage](tensors())))
    with pytest.raises(CheckpointError, match=r"gallery/codes\.safetensors is damaged.*restore"):
        gallery.pictures("mnist", "test", Codec())


@pytest.mark.parametrize("content", [b"", b"text", None], ids=["empty", "text", "cut"])
def test_a_damaged_file_is_named(content, checkpoints) -> None:
    put(checkpoint.to_bytes(tensors())[:-1] if content is None else content)
    with pytest.raises(CheckpointError, match=r"gallery/codes\.safetensors is damaged.*restore"):
        gallery.pictures("mnist", "test", Codec())


def test_one_flipped_bit_of_a_code_is_noticed(checkpoints) -> None:
    put(checkpoint.to_bytes(tensors()))
    path = card.folder("mnist", gallery.NAME) / gallery.FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"gallery/codes\.safetensors is damaged.*restore"):
        gallery.pictures("mnist", "test", Codec())


def test_a_missing_file_is_named(checkpoints) -> None:
    with pytest.raises(CheckpointError, match=r"gallery/codes\.safetensors is missing.*restore"):
        gallery.index("mnist", "test")


@pytest.fixture(params=datasets.DATASETS)
def dataset(request: pytest.FixtureRequest, lacking) -> str:
    """A data set whose gallery ships."""
    if not (card.folder(request.param, gallery.NAME) / gallery.FILE).exists():
        lacking(f"there is no gallery of {request.param} yet")
    return str(request.param)


class TestShipped:
    def test_stands_in_where_the_original_files_are_missing(
        self, dataset: str, monkeypatch, tmp_path
    ) -> None:
        monkeypatch.setenv("AE_DATA_DIR", str(tmp_path))
        for split, count in (("train", gallery.TRAINING_CODES), ("test", 10_000)):
            images = image_source.load(dataset, split)
            assert images.decoded is True
            assert images.pixels.shape == (count, 28, 28) and images.pixels.dtype == np.uint8
            assert set(images.labels.tolist()) == set(range(10))
            assert not images.pixels.flags.writeable and not images.labels.flags.writeable
            assert image_source.load(dataset, split) is images  # decoded once

    def test_is_about_a_megabyte(self, dataset: str) -> None:
        size = (card.folder(dataset, gallery.NAME) / gallery.FILE).stat().st_size
        assert size < 1.5 * 2**20

    @pytest.mark.data
    @pytest.mark.parametrize("split", ["train", "test"])
    def test_reconstructs_the_original_images_well_enough(self, dataset, split, original) -> None:
        images, index = original(dataset, split), gallery.index(dataset, split).numpy()
        decoded = gallery.load(dataset, split)
        assert np.array_equal(decoded.labels, images.labels[index])
        x, x_hat = (datasets.to_tensor(a) for a in (images.pixels[index], decoded.pixels))
        assert metrics.psnr(x_hat, x).mean() >= LEAST_PSNR[dataset]

    @pytest.mark.data
    def test_holds_no_validation_image(self, dataset: str, original) -> None:
        _, held = datasets.split_off_validation(len(original(dataset, "train").pixels))
        assert not set(held.tolist()) & set(gallery.index(dataset, "train").tolist())
        assert gallery.index(dataset, "test").tolist() == list(range(10_000))
