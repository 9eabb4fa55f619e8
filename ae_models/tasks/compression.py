"""Compression: bytes per image as a latent code, and as PCA, JPEG and PNG.

A code of D numbers is stored at 8 bits per number, as in the bundled gallery: each is scaled to
its range over training images, and rounded. What all images share (the decoder, the components
of PCA) is not counted; of JPEG and PNG files the bytes of the image data are given as well.

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


class Encoded(NamedTuple):
    """One encoding of images: mean size and quality."""

    bytes: float  # mean over images, without what all images share
    data_bytes: float  # of the image data alone, without headers and tables
    psnr: float  # dB, mean over images
    setting: int  # dimension of the code, or the quality of JPEG; 0 for PNG


def dense(width: int) -> str:
    """The name of the dense autoencoder of latent dimension `width`."""
    return {2: "undercomplete-2d", 32: "undercomplete"}.get(width, f"undercomplete-{width}")


def pca(width: int) -> str:
    """The name of the PCA with `width` components."""
    return f"pca-{width}"


def at_8_bits(model: nn.Module, x: Tensor, training: Tensor) -> Tensor:
    """The codes (N, D) of x (N, 1, 28, 28), quantised to 8 bits per number.

    Each number is scaled to its range over `training` (T, 1, 28, 28).
    """
    seen = inference.encode(model, training)
    low, high = seen.amin(0), seen.amax(0)
    return gallery.restore(gallery.quantise(inference.encode(model, x), low, high), low, high)


def as_code(model: nn.Module, x: Tensor, training: Tensor) -> Encoded:
    """Latent codes at one byte per number."""
    z = at_8_bits(model, x, training)
    quality = metrics.psnr(inference.decode(model, z), x).mean().item()
    return Encoded(z.shape[1], z.shape[1], quality, z.shape[1])


def as_pca(model: nn.Module, x: Tensor, training: Tensor, psnr: float) -> Encoded:
    """The fewest leading coefficients of PCA, one byte each, that reach a mean PSNR in dB.

    Where all of the model's components do not reach it, all are used, and the PSNR is lower.
    """
    z = at_8_bits(model, x, training)
    count, quality = 0, 0.0
    while quality < psnr and count < z.shape[1]:
        count += 1
        leading = torch.cat([z[:, :count], torch.zeros_like(z[:, count:])], dim=1)
        quality = metrics.psnr(inference.decode(model, leading), x).mean().item()
    return Encoded(count, count, quality, count)


def as_jpeg(pixels: NDArray[np.uint8], psnr: float) -> Encoded:
    """Images (N, 28, 28) as JPEG of the lowest quality that reaches a mean PSNR in dB.

    File size: with Huffman tables optimised for each image, the smallest that Pillow writes.
    Data size: the scan with the standard's own tables, which need not be stored.
    """
    quality = lowest_quality(pixels, psnr)
    files = [jpeg(picture, quality, optimize=True) for picture in pixels]
    scans = [scan_bytes(jpeg(picture, quality)) for picture in pixels]
    return Encoded(_mean_length(files), float(np.mean(scans)), jpeg_psnr(pixels, quality), quality)


def lowest_quality(pixels: NDArray[np.uint8], psnr: float) -> int:
    """The lowest quality of JPEG that reaches a mean PSNR in dB; the highest where none does.

    Found by bisection, as PSNR rises with quality.
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
    """A greyscale image (28, 28) as a JPEG file."""
    return _file(picture, "JPEG", quality=quality, optimize=optimize)


def jpeg_psnr(pixels: NDArray[np.uint8], quality: int) -> float:
    """Mean PSNR in dB of images (N, 28, 28) after JPEG."""
    files = (jpeg(picture, quality) for picture in pixels)
    seen = np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])
    return metrics.psnr(datasets.to_tensor(seen), datasets.to_tensor(pixels)).mean().item()


def scan_bytes(file: bytes) -> int:
    """Bytes of the entropy-coded data of a JPEG file: those between scan header and end."""
    begin = file.index(START_OF_SCAN) + len(START_OF_SCAN)
    header = int.from_bytes(file[begin : begin + 2], "big")
    return file.rindex(END_OF_IMAGE) - (begin + header)


def as_png(pixels: NDArray[np.uint8]) -> Encoded:
    """Images (N, 28, 28) as PNG files, the smallest that Pillow writes; lossless."""
    files = [_file(picture, "PNG", optimize=True) for picture in pixels]
    parts = [data_bytes(file) for file in files]
    return Encoded(_mean_length(files), float(np.mean(parts)), metrics.MAX_PSNR, 0)


def data_bytes(file: bytes) -> int:
    """Bytes of the image data of a PNG file: the content of its IDAT chunks."""
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
