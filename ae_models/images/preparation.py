"""Preprocesses any image as the data sets were preprocessed: 28×28, light ink on black.

MNIST (LeCun et al. 1998): the ink is fitted into 20×20 pixels, keeping its aspect ratio,
and centred by mass. Fashion-MNIST (Xiao et al. 2017): the longest edge becomes 28 pixels,
centred by geometry. Both are light on black, so an image on a light background is inverted.

Uploads are untrusted: sizes are checked before anything is decoded, and every fault is raised
as a ``PictureError``, a sentence for the visitor.
"""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ae_models.datasets import DATASETS
from ae_models.i18n import N_

Pixels = NDArray[np.uint8]
Greys = NDArray[np.float32]

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 16_000_000  # photographs of phones have about 12 million
PAD = 56  # the drawing pad sends a raster of PAD×PAD bytes
TEXT_LENGTH = 523  # 784 pixels of 4 bits in base64 without padding

EMPTY = N_("The image is empty: nothing stands out from its ground.")
UNREADABLE = N_("This file could not be read as an image. PNG, JPEG and WebP work.")
TOO_MANY_BYTES = N_("The file is larger than 5 MB. Choose a smaller image.")
TOO_MANY_PIXELS = N_("The image has more than 16 million pixels. Choose a smaller one.")
BAD_DRAWING = N_("The drawing could not be read. Clear the pad and draw again.")
BAD_TEXT = N_("The link holds no readable image. Copy it again from the page.")

_FORMATS = ("PNG", "JPEG", "WEBP")
_WORKING = 1120  # longest edge while processing; a multiple of 28, to keep enlarged 28×28 exact
_FAINTEST = 24.0  # of 255: less contrast than this is an empty image


class PictureError(ValueError):
    """Why an image cannot be used, in one English sentence marked for translation."""


def from_upload(data: bytes, dataset: str) -> Pixels:
    """An uploaded PNG, JPEG or WebP file, prepared as ``dataset`` was.

    Returns (28, 28) uint8; raises ``PictureError``. The first frame of an
    animation is used; the EXIF orientation is applied.
    """
    if len(data) > MAX_BYTES:
        raise PictureError(TOO_MANY_BYTES)
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:  # the header only; nothing is decoded yet
                raise PictureError(TOO_MANY_PIXELS)
            image.draft(None, (_WORKING, _WORKING))  # lets JPEG decode at a fraction of its size
            grey, alpha = _grey_and_alpha(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(TOO_MANY_PIXELS) from error
    except Exception as error:  # malformed bytes raise many types from within the decoders
        raise PictureError(UNREADABLE) from error
    return _prepare(grey if alpha is None else _composited(grey, alpha), dataset)


def from_drawing(value: object, dataset: str) -> Pixels | None:
    """An image from the drawing pad: base64 text of 56×56 grey bytes, white ink on black.

    Returns (28, 28) uint8, or None where nothing is drawn; raises ``PictureError`` for
    invalid input.
    """
    # Check the length first, so that large input is never decoded.
    if not isinstance(value, str) or len(value) != 4 * -(-PAD * PAD // 3):
        raise PictureError(BAD_DRAWING)
    try:
        raster = np.frombuffer(base64.b64decode(value, validate=True), np.uint8)
        ink = raster.reshape(PAD, PAD).astype(np.float32)
    except ValueError as error:
        raise PictureError(BAD_DRAWING) from error
    # The background is known to be black here: ink along the border is still ink.
    return None if ink.max() < _FAINTEST else _framed(ink, dataset, faint=0)


def prepare(grey: NDArray[np.uint8] | NDArray[np.floating], dataset: str) -> Pixels:
    """A grey image (H, W), uint8 or float in [0, 1], as (28, 28) uint8.

    An image of 28×28 is at most inverted, so that an image of the data set is
    unchanged. Raises ``PictureError`` where the contrast is too low.
    """
    if grey.ndim != 2 or not np.isfinite(grey).all():
        raise ValueError(f"expected finite greys of shape (H, W), not {grey.shape}")
    pixels = grey.astype(np.float32)
    return _prepare(pixels if grey.dtype == np.uint8 else pixels.clip(0, 1) * 255, dataset)


def to_text(image: Pixels) -> str:
    """(28, 28) uint8 at 4 bits per pixel as 523 characters that are safe in a URL."""
    levels = ((image.astype(np.uint16) + 8) // 17).astype(np.uint8).reshape(-1, 2)
    packed = (levels[:, 0] << 4 | levels[:, 1]).tobytes()
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def from_text(text: str) -> Pixels:
    """The inverse of ``to_text``: (28, 28) uint8 in 16 levels; raises ``PictureError``."""
    if len(text) != TEXT_LENGTH:
        raise PictureError(BAD_TEXT)
    try:
        packed = np.frombuffer(base64.urlsafe_b64decode(text + "="), np.uint8).reshape(392)
    except ValueError as error:
        raise PictureError(BAD_TEXT) from error
    image = np.stack([packed >> 4, packed & 15], axis=1).reshape(28, 28) * np.uint8(17)
    if to_text(image) != text:  # exactly one text per image, as the decoder is lenient
        raise PictureError(BAD_TEXT)
    if not image.any():
        raise PictureError(EMPTY)
    return image


def _grey_and_alpha(image: Image.Image) -> tuple[Greys, Greys | None]:
    """Greys (H, W) in [0, 255] and, where there is transparency, alpha (H, W) in [0, 1]."""
    if image.mode.startswith("I"):  # 16 bits; convert("L") would clip them at 255
        grey = Image.fromarray((np.asarray(image) // 257).clip(0, 255).astype(np.uint8))
        grey.info = image.info  # holds the orientation
    elif image.has_transparency_data:
        grey = image.convert("RGBA").convert("LA")
    else:
        grey = image.convert("RGB").convert("L")
    grey.thumbnail((_WORKING, _WORKING), Image.Resampling.BOX)
    pixels: Greys = np.asarray(ImageOps.exif_transpose(grey), np.float32)
    alpha: Greys | None = None if pixels.ndim == 2 else pixels[..., 1] / np.float32(255)
    return (pixels if alpha is None else pixels[..., 0]), alpha


def _composited(grey: Greys, alpha: Greys) -> Greys:
    """Composites transparent pixels onto the colour of the background.

    Where the border is transparent too, the background is black or white, whichever has
    the higher contrast with the ink.
    """
    if not alpha.any():
        raise PictureError(EMPTY)
    opaque = _border(alpha) >= 0.5
    if opaque.mean() > 0.5:
        ground = float(np.median(_border(grey)[opaque]))
    else:
        ground = 0.0 if np.average(grey, weights=alpha) > 127.5 else 255.0
    return grey * alpha + ground * (1 - alpha)


def _border(pixels: Greys) -> Greys:
    """The outermost pixels of (H, W), in no particular order."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _prepare(pixels: Greys, dataset: str) -> Pixels:
    """Greys (H, W) in [0, 255] on any background -> (28, 28) uint8."""
    if not pixels.size:
        raise PictureError(EMPTY)
    ground = float(np.median(_border(pixels)))
    lighter, darker = (pixels - ground).clip(min=0), (ground - pixels).clip(min=0)
    # A dark photograph of paper has a grey background; there the ink decides the polarity.
    inverted = ground > 191 or (ground > 64 and bool(darker.sum() > lighter.sum()))
    ink = darker if inverted else lighter
    if (peak := float(ink.max())) < _FAINTEST:
        raise PictureError(EMPTY)
    if pixels.shape == (28, 28):
        own = np.rint(255 - pixels if inverted else pixels).astype(np.uint8)
        return _in_polarity(own, dataset)
    # Noise of paper or of JPEG; a median, because the content may reach the border.
    noise = min(8 * float(np.median(np.abs(_border(pixels) - ground))), peak / 4)
    return _framed(np.where(ink > noise, ink, 0), dataset, faint=max(2 * noise, peak / 10))


def _framed(ink: Greys, dataset: str, faint: float) -> Pixels:
    """Ink (H, W) on a background of 0, more than ``faint`` somewhere -> (28, 28) uint8."""
    peak = float(ink.max())
    content = ink > faint  # excludes JPEG artefacts from the bounding box
    rows, columns = np.flatnonzero(content.any(axis=1)), np.flatnonzero(content.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    framing = DATASETS[dataset].framing
    scale = framing.longest_edge / max(ink.shape)
    height, width = (max(1, round(edge * scale)) for edge in ink.shape)
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    ink = np.asarray(Image.fromarray(ink).resize((width, height), how))

    # Shrinking lowers the contrast of strokes: restore the peak, or for MNIST full contrast.
    ink = ink * ((255 if framing.full_contrast else peak) / ink.max())
    if framing.centre == "mass":
        top, left = _offset(ink.sum(axis=1)), _offset(ink.sum(axis=0))
    else:
        top, left = (29 - height) // 2, (29 - width) // 2  # odd: the wider margin comes first
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = np.rint(ink.clip(0, 255))
    return _in_polarity(image, dataset)


def _in_polarity(image: Pixels, dataset: str) -> Pixels:
    """A light image on black in the polarity of the data set, inverted if necessary."""
    dark = DATASETS[dataset].framing.polarity == "dark on light"
    return np.uint8(255) - image if dark else image


def _offset(mass: Greys) -> int:
    """Offset of a profile that moves its centre of mass to pixel 14, as in MNIST."""
    centre = float((mass * np.arange(mass.size)).sum() / mass.sum())
    return min(max(int(np.ceil(13.5 - centre)), 0), 28 - mass.size)
