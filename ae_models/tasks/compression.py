"""Compression: how many bytes a picture takes as a code, and as PCA, JPEG and PNG.

A code of D numbers is kept at 8 bits a number, as the bundled gallery keeps its own.
"""

from __future__ import annotations

WIDTHS = (2, 4, 8, 16, 32, 64)


def dense(width: int) -> str:
    """The name of the dense autoencoder with a code of `width` numbers."""
    return {2: "undercomplete-2d", 32: "undercomplete"}.get(width, f"undercomplete-{width}")


def pca(width: int) -> str:
    """The name of the PCA with a code of `width` numbers."""
    return f"pca-{width}"
