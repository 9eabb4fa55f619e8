"""Compression: how many bytes a picture takes as a code, and as PCA, JPEG and PNG.

A code of D numbers is kept at 8 bits a number, as the bundled gallery keeps its own: each is
scaled to the range that it has over training pictures, and rounded. What all pictures share
(the decoder, the components of PCA) is not counted; of JPEG and PNG files it is said how
much of them is not the picture.

JPEG: Wallace 1991, "The JPEG still picture compression standard"; PNG: ISO/IEC 15948.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ae_models import datasets, inference, metrics
from ae_models.artifacts import gallery

WIDTHS = (2, 4, 8, 16, 32, 64)
QUALITIES = range(1, 101)  # of JPEG, as Pillow counts
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"


class Kept(NamedTuple):
    """One way to keep pictures: what one takes on average, and how close it comes."""

    bytes: float  # everything, or all but what every decoder knows
    picture_bytes: float  # of the picture alone, without headers and tables
    psnr: float  # dB, mean over the pictures
    setting: int  # numbers in the code, or the quality of JPEG; 0 where there is none


def dense(width: int) -> str:
    """The name of the dense autoencoder with a code of `width` numbers."""
    return {2: "undercomplete-2d", 32: "undercomplete"}.get(width, f"undercomplete-{width}")


def pca(width: int) -> str:
    """The name of the PCA with a code of `width` numbers."""
    return f"pca-{width}"


def at_8_bits(model: nn.Module, x: Tensor, training: Tensor) -> Tensor:
    """The codes (N, D) of x (N, 1, 28, 28) after their rounding to 8 bits a number.

    The range of each number is the one that it has over `training` (T, 1, 28, 28).
    """
    seen = inference.encode(model, training)
    low, high = seen.amin(0), seen.amax(0)
    return gallery.restore(gallery.quantise(inference.encode(model, x), low, high), low, high)


def as_code(model: nn.Module, x: Tensor, training: Tensor) -> Kept:
    """x kept as codes of a byte a number."""
    z = at_8_bits(model, x, training)
    quality = metrics.psnr(inference.decode(model, z), x).mean().item()
    return Kept(z.shape[1], z.shape[1], quality, z.shape[1])


def as_pca(model: nn.Module, x: Tensor, training: Tensor, psnr: float) -> Kept:
    """x kept as the fewest leading coefficients of PCA, a byte each, that reach a mean PSNR.

    Where all of the model's do not reach it, all are kept, and the result's PSNR is less.
    Those that are left out count as 0: the picture is projected on the others.
    """
    z = at_8_bits(model, x, training)
    count, quality = 0, 0.0
    while quality < psnr and count < z.shape[1]:
        count += 1
        leading = torch.cat([z[:, :count], torch.zeros_like(z[:, count:])], dim=1)
        quality = metrics.psnr(inference.decode(model, leading), x).mean().item()
    return Kept(count, count, quality, count)


def as_jpeg(pixels: NDArray[np.uint8], psnr: float) -> Kept:
    """Pictures (N, 28, 28) at the lowest quality of JPEG that reaches a mean PSNR.

    The file is the smallest that Pillow writes, with Huffman tables made for its picture;
    the picture alone is what the standard's own tables, which need not be sent, make of it.
    """
    quality = lowest_quality(pixels, psnr)
    files = [jpeg(picture, quality, optimize=True) for picture in pixels]
    scans = [scan_bytes(jpeg(picture, quality)) for picture in pixels]
    return Kept(_mean_length(files), float(np.mean(scans)), jpeg_psnr(pixels, quality), quality)


def lowest_quality(pixels: NDArray[np.uint8], psnr: float) -> int:
    """The lowest quality of JPEG that reaches a mean PSNR in dB; the highest where none does.

    Found by halving, as PSNR rises with quality.
    """
    low, high = QUALITIES[0], QUALITIES[-1]
    while low < high:
        middle = (low + high) // 2
        if jpeg_psnr(pixels, middle) >= psnr:
            high = middle
        else:
            low = middle + 1
    return low


def jpeg(picture: NDArray[np.uint8], quality: int, *, optimize: bool = False) -> bytes:
    """A grey picture (28, 28) as a JPEG file."""
    return _file(picture, "JPEG", quality=quality, optimize=optimize)


def jpeg_psnr(pixels: NDArray[np.uint8], quality: int) -> float:
    """Mean PSNR in dB of pictures (N, 28, 28) after JPEG."""
    files = (jpeg(picture, quality) for picture in pixels)
    seen = np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])
    return metrics.psnr(datasets.to_tensor(seen), datasets.to_tensor(pixels)).mean().item()


def scan_bytes(file: bytes) -> int:
    """How many bytes of a JPEG file are the picture: those between scan header and end."""
    begin = file.index(START_OF_SCAN) + len(START_OF_SCAN)
    header = int.from_bytes(file[begin : begin + 2], "big")
    return file.rindex(END_OF_IMAGE) - (begin + header)


def as_png(pixels: NDArray[np.uint8]) -> Kept:
    """Pictures (N, 28, 28) as PNG files, the smallest that Pillow writes: nothing is lost."""
    files = [_file(picture, "PNG", optimize=True) for picture in pixels]
    parts = [data_bytes(file) for file in files]
    return Kept(_mean_length(files), float(np.mean(parts)), metrics.MAX_PSNR, 0)


def data_bytes(file: bytes) -> int:
    """How many bytes of a PNG file are the picture: what its IDAT chunks hold."""
    at, total = 8, 0  # after the signature
    while at < len(file):
        length = int.from_bytes(file[at : at + 4], "big")
        total += length if file[at + 4 : at + 8] == b"IDAT" else 0
        at += 12 + length  # with the chunk's length, name and checksum
    return total


def _file(picture: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **options)
    return stream.getvalue()


def _mean_length(files: list[bytes]) -> float:
    return float(np.mean([len(file) for file in files]))
