"""The classical methods for each corruption, the baselines of blind restoration.

Unlike the blind model they are non-blind: filters are used for noise alone, the biharmonic
equation is given the mask, deconvolution the PSF.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models.i18n import N_
from ae_models.images import corruptions, deconvolution, filters, resizing
from ae_models.images.corruptions import CORRUPTIONS

COVERING = ("masking", "block", "half")  # set pixels to 0 and leave the others unchanged


def biharmonic(x: Tensor, hidden: Tensor) -> Tensor:
    """Inpainting by the biharmonic equation (Damelin & Hoang 2018).

    Images (N, 1, 28, 28), hidden (N, 1, 28, 28) of bool. Some hundredths of a second per image.
    """
    from skimage.restoration import inpaint_biharmonic  # half a second to import

    filled = [
        torch.from_numpy(inpaint_biharmonic(image.numpy(), where.numpy()))
        for image, where in zip(x.squeeze(1), hidden.squeeze(1), strict=True)
    ]
    return torch.stack(filled).unsqueeze(1).float().clamp(0, 1) if filled else x


def covered(count: int, kind: str, strength: float, generator: torch.Generator) -> Tensor:
    """The pixels that a corruption in COVERING hides, (count, 1, 28, 28) of bool."""
    white = torch.ones(count, 1, 28, 28)
    return CORRUPTIONS[kind](white, strength, generator) == 0


def answers(x: Tensor, kind: str, strength: float, seed: int) -> dict[str, Tensor]:
    """Restored images (N, 1, 28, 28) by method, for images corrupted with this seed."""
    if kind in COVERING:
        hidden = covered(len(x), kind, strength, torch.Generator().manual_seed(seed))
        return {N_("biharmonic equation"): biharmonic(x, hidden)}
    if kind == "low resolution":
        small = corruptions.reduced(x, corruptions.side(strength))
        return {name: enlarge(small) for name, enlarge in resizing.ENLARGERS.items()}
    if kind == "blur":
        return {name: sharpen(x, strength) for name, sharpen in deconvolution.SHARPENERS.items()}
    stack = x.squeeze(1).numpy()
    return {name: torch.from_numpy(f(stack)).unsqueeze(1) for name, f in filters.FILTERS.items()}
