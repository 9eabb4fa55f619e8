"""Uploads, drawings and links: prepared as 28×28, or refused."""

import base64
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ae_models import datasets
from ae_models.images import preparation
from ae_models.images.preparation import PictureError

DATASETS = ("mnist", "fashion")


def two(ground: int = 255, ink: int = 0, size: tuple[int, int] = (120, 90)) -> NDArray[np.uint8]:
    """A figure without symmetry, so that turning or mirroring it shows: an L with a foot."""
    pixels = np.full(size, ground, np.uint8)
    pixels[20:100, 30:42] = ink
    pixels[88:100, 30:70] = ink
    return pixels


def encoded(image: Image.Image | NDArray[np.uint8], kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn(raster: NDArray[np.uint8]) -> str:
    return base64.b64encode(raster.tobytes()).decode()


def refused(expected: str, data: bytes) -> None:
    for dataset in DATASETS:
        with pytest.raises(PictureError) as caught:
            preparation.from_upload(data, dataset)
        assert str(caught.value) == expected


def alike(a: NDArray[np.uint8], b: NDArray[np.uint8], within: float = 0.004) -> bool:
    """Mean squared error on [0, 1]; one pixel's shift of `two` costs .05."""
    return bool(np.square(a.astype(float) - b).mean() / 255**2 < within)


@pytest.fixture(params=DATASETS)
def dataset(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def plain(dataset: str) -> NDArray[np.uint8]:
    """`two` as it should come out, whatever file it was in."""
    return preparation.prepare(two(), dataset)


def test_mnist_is_fitted_into_20_pixels_and_centred_by_mass() -> None:
    image = preparation.prepare(two(), "mnist")
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert len(rows) == 20 and len(columns) == 10  # 80×40 keeps its aspect ratio
    assert image.max() == 255 and image[0].max() == 0
    centre = [np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0)]
    assert all(13.5 <= c < 14.5 for c in centre)  # where the data set's own images have it


def test_fashion_fills_the_frame_and_is_centred_by_geometry() -> None:
    image = preparation.prepare(two(ink=100), "fashion")
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (rows[0], rows[-1]) == (0, 27) and (columns[0], columns[-1]) == (7, 20)
    assert image.max() == 155  # greys of cloth stay: only the ground is taken away


def test_light_and_dark_ground_give_the_same_picture(
    plain: NDArray[np.uint8], dataset: str
) -> None:
    assert np.array_equal(preparation.prepare(two(0, 255), dataset), plain)
    dim = preparation.prepare(two(110, 20), dataset)  # a dim photograph of paper is still paper
    assert np.array_equal(dim > 0, plain > 0)


def test_a_data_set_that_is_dark_on_light_gets_its_own_polarity(
    plain: NDArray[np.uint8], dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = datasets.DATASETS[dataset]
    framing = record.framing._replace(polarity="dark on light")
    monkeypatch.setitem(datasets.DATASETS, dataset, replace(record, framing=framing))
    for drawn in (two(), two(0, 255)):
        assert np.array_equal(preparation.prepare(drawn, dataset), 255 - plain)
    assert np.array_equal(preparation.prepare(255 - plain, dataset), 255 - plain)


def test_floats_count_as_grey_from_0_to_1(plain: NDArray[np.uint8], dataset: str) -> None:
    assert np.array_equal(preparation.prepare(two() / 255, dataset), plain)
    with pytest.raises(ValueError, match="finite"):
        preparation.prepare(np.full((5, 5), np.nan), dataset)


def test_grainy_paper_leaves_no_speckles(plain: NDArray[np.uint8], dataset: str) -> None:
    grain = np.random.default_rng(0).normal(0, 4, two().shape)
    photo = (two(200, 40) + grain).clip(0, 255).astype(np.uint8)
    image = preparation.from_upload(encoded(photo, "JPEG", quality=60), dataset)
    away_from_the_ink = ndimage.maximum_filter(plain, size=3) == 0
    assert image[away_from_the_ink].max() < 10  # of 255
    assert ((image > 80) != (plain > 80)).mean() < 0.05  # an edge may move by one pixel


@pytest.mark.data
def test_images_of_the_data_set_arrive_unchanged(dataset: str) -> None:
    pixels = datasets.original(dataset, "test").pixels[:300]
    for original in pixels:
        for file in (encoded(original), encoded(255 - original)):
            assert np.array_equal(preparation.from_upload(file, dataset), original)


@pytest.mark.data
def test_enlarged_images_of_the_data_set_are_framed_as_before(dataset: str) -> None:
    pixels = datasets.original(dataset, "test").pixels[:200]
    enlarged = pixels.repeat(10, axis=1).repeat(10, axis=2)
    back = np.stack([preparation.from_upload(encoded(image), dataset) for image in enlarged])
    error = np.square(back.astype(float) - pixels).mean(axis=(1, 2)) / 255**2
    assert np.median(error) < 0.001
    assert error.mean() < 0.008


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photographs_are_turned_upright(kind: str, orientation: int) -> None:
    upright = Image.fromarray(two())
    turned_back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turned_back[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = encoded(stored, kind, exif=exif)
    assert alike(preparation.from_upload(file, "mnist"), preparation.prepare(two(), "mnist"))


def test_a_turned_16_bit_png_is_turned_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    stored = np.rot90(two(), 2).astype(np.uint16) * 257
    file = encoded(Image.fromarray(stored), exif=exif)
    assert alike(preparation.from_upload(file, "mnist"), preparation.prepare(two(), "mnist"))


def every_kind() -> dict[str, bytes]:
    """The same figure in files of every awkward kind."""
    grey = Image.fromarray(two())
    other = Image.fromarray(two()[::-1].copy())
    mask = Image.fromarray(255 - two())  # opaque where there is ink
    dark, light = Image.new("L", grey.size, 30), Image.new("L", grey.size, 225)
    palette = Image.merge("RGBA", (dark, dark, dark, mask)).quantize(8)
    keyed = grey.convert("RGB").quantize(4)
    corners = mask.copy()  # a page with a rounded, transparent corner
    corners.paste(255, (0, 0, *grey.size))
    corners.paste(0, (0, 0, 12, 12))
    return {
        "one bit": encoded(grey.convert("1")),
        "RGB": encoded(grey.convert("RGB")),
        "16 bits": encoded(Image.fromarray(two().astype(np.uint16) * 257)),
        "CMYK": encoded(grey.convert("RGB").convert("CMYK"), "JPEG", quality=95),
        "progressive": encoded(grey, "JPEG", quality=90, progressive=True),
        "animated WebP": encoded(
            grey.convert("RGB"), "WEBP", save_all=True, append_images=[other], lossless=True
        ),
        "animated PNG": encoded(grey, save_all=True, append_images=[other]),
        "dark ink on nothing": encoded(Image.merge("LA", (dark, mask))),
        "light ink on nothing": encoded(Image.merge("LA", (light, mask))),
        "WebP on nothing": encoded(Image.merge("RGBA", (dark, dark, dark, mask)), "WEBP"),
        "palette with alpha": encoded(palette),
        "transparent palette colour": encoded(
            keyed, transparency=keyed.getpixel((0, 0)), optimize=False
        ),
        "transparent corner": encoded(Image.merge("LA", (grey, corners))),
        "huge": encoded(grey.resize((2700, 3600), Image.Resampling.NEAREST)),
    }


@pytest.mark.parametrize("kind", every_kind())
def test_every_kind_of_file_gives_the_same_picture(kind: str) -> None:
    expected = preparation.prepare(two(), "mnist")
    image = preparation.from_upload(every_kind()[kind], "mnist")
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert alike(image, expected), np.square(image.astype(float) - expected).mean() / 255**2


def bomb(side: int) -> bytes:
    """A one-bit PNG that claims side² pixels, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    rows = zlib.compress(bytes((side // 8 + 1) * min(side, 12_000)), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [4_001, 12_000, 60_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    file = bomb(side)
    assert len(file) < 100_000
    with memory_below(1_000_000):
        refused(preparation.TOO_MANY_PIXELS, file)


def test_a_webp_bomb_is_refused_as_well() -> None:
    file = encoded(Image.new("L", (9000, 4000)).convert("RGB"), "WEBP", lossless=True, method=0)
    assert len(file) < 100_000
    refused(preparation.TOO_MANY_PIXELS, file)


def test_a_file_over_the_limit_is_refused_unread() -> None:
    refused(preparation.TOO_MANY_BYTES, encoded(two()) + bytes(preparation.MAX_BYTES))


UNREADABLE = {
    "empty": b"",
    "text": b"not an image",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": encoded(two(), "GIF"),  # readable, but not among the three kinds
    "tiff": encoded(two(), "TIFF"),
    "signature alone": b"\x89PNG\r\n\x1a\n",
    "png header alone": encoded(two())[:33],
    "truncated png": encoded(np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8))[:5000],
    "truncated jpeg": encoded(two(), "JPEG")[:-400],
    "truncated webp": encoded(two(), "WEBP", lossless=True)[:-30],
    "flipped bit": encoded(two()).replace(b"IDAT", b"IDAU"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_image_is_refused(name: str) -> None:
    refused(preparation.UNREADABLE, UNREADABLE[name])


EMPTY = {
    "all black": np.zeros((50, 60), np.uint8),
    "all white": np.full((50, 60), 255, np.uint8),
    "1×1": np.full((1, 1), 255, np.uint8),
    "1×10000": np.full((1, 10_000), 255, np.uint8),
    "10000×1": np.zeros((10_000, 1), np.uint8),
    "28×28 black": np.zeros((28, 28), np.uint8),
    "28×28 white": np.full((28, 28), 255, np.uint8),
    "white paper": np.random.default_rng(0).integers(240, 256, (80, 80), np.uint8),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_image_is_called_empty(name: str) -> None:
    refused(preparation.EMPTY, encoded(EMPTY[name]))


def test_what_is_wholly_transparent_is_empty() -> None:
    refused(preparation.EMPTY, encoded(Image.new("RGBA", (40, 40), (200, 10, 10, 0))))


@pytest.mark.parametrize("shape", [(1, 10_000), (10_000, 1), (1, 3), (2, 2), (3, 700)])
def test_odd_shapes_with_ink_give_a_picture(shape: tuple[int, int], dataset: str) -> None:
    pixels = np.zeros(shape, np.uint8)
    pixels.flat[: max(1, pixels.size // 3)] = 255
    image = preparation.from_upload(encoded(pixels), dataset)
    assert image.shape == (28, 28) and image.max() > 200


def test_a_hairline_in_a_large_picture_stays_visible(dataset: str) -> None:
    pixels = np.zeros((1000, 1000), np.uint8)
    np.fill_diagonal(pixels, 255)
    assert preparation.from_upload(encoded(pixels), dataset).max() > 200


def test_a_drawing_is_prepared_like_a_picture(dataset: str) -> None:
    raster = np.zeros((56, 56), np.uint8)
    raster[3:40, 10:16] = 255
    raster[34:40, 10:30] = 255
    image = preparation.from_drawing(drawn(raster), dataset)
    assert image is not None
    assert np.array_equal(image, preparation.prepare(raster, dataset))


def test_ink_along_the_border_of_a_drawing_is_no_ground(dataset: str) -> None:
    raster = np.full((56, 56), 255, np.uint8)
    raster[20:30, 20:30] = 0
    image = preparation.from_drawing(drawn(raster), dataset)
    assert image is not None
    assert image[14, 8] == 255 and image[12, 12] == 0


def test_a_drawing_of_nothing_is_none(dataset: str) -> None:
    assert preparation.from_drawing(drawn(np.zeros((56, 56), np.uint8)), dataset) is None


DRAWINGS = {
    "not text": 42,
    "nothing": None,
    "bytes": drawn(np.ones((56, 56), np.uint8)).encode(),
    "list": ["AAAA"],
    "empty": "",
    "not base64": "!" * 4184,
    "base64 with spaces": " " * 4 + "A" * 4178 + "==",
    "not ASCII": "é" * 4184,
    "783 bytes": base64.b64encode(bytes(783)).decode(),
    "785 bytes": base64.b64encode(bytes(785)).decode(),
    "one byte less": base64.b64encode(bytes(3135)).decode(),
    "one byte more": base64.b64encode(bytes(3137)).decode(),
    "two bytes more": base64.b64encode(bytes(3138)).decode(),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_any_other_drawing_value_is_refused(name: str, dataset: str) -> None:
    with pytest.raises(PictureError) as caught:
        preparation.from_drawing(DRAWINGS[name], dataset)
    assert str(caught.value) == preparation.BAD_DRAWING


def test_30_megabytes_of_drawing_are_not_decoded() -> None:
    value = "A" * 30_000_000
    with memory_below(100_000), pytest.raises(PictureError):
        preparation.from_drawing(value, "mnist")


def test_a_link_holds_a_picture_at_4_bits(plain: NDArray[np.uint8]) -> None:
    text = preparation.to_text(plain)
    assert len(text) == 523 and set(text) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
    image = preparation.from_text(text)
    assert np.abs(image.astype(int) - plain).max() <= 8  # half a step of 17
    assert preparation.to_text(image) == text
    assert np.array_equal(preparation.from_text(preparation.to_text(image)), image)


def test_all_256_greys_round_to_the_nearest_of_16() -> None:
    greys = np.resize(np.arange(256, dtype=np.uint8), (28, 28))
    image = preparation.from_text(preparation.to_text(greys))
    assert np.array_equal(image, np.rint(greys / 17) * 17)


@pytest.mark.parametrize(
    "text",
    ["", "A" * 522, "B" * 524, "!" * 523, "é" * 523, "+" * 523, "B" * 522 + "B", "B" * 600_000,
     "B" * 521 + "\n\n", "\ud800" * 523, "<script>" + "B" * 515],
    ids=str.__len__,
)  # fmt: skip
def test_any_other_link_text_is_refused(text: str) -> None:
    with pytest.raises(PictureError) as caught:
        preparation.from_text(text)
    assert str(caught.value) == preparation.BAD_TEXT


def test_a_black_link_is_empty() -> None:
    with pytest.raises(PictureError, match="empty"):
        preparation.from_text("A" * 523)
