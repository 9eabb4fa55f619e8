"""Segmentation: which pixels of an image belong to a digit, and which to the garment below it?

A small U-Net is trained on digits of MNIST overlaid on parts of garments from Fashion-MNIST, and
compared with thresholds: Otsu's (1979) on the brightness, Otsu's on a top-hat, which removes the
broad parts of the garment, and the best threshold of each image, chosen with the ground truth.
The net belongs to a pair of data sets and is stored with the one whose strokes it segments.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from torch import Tensor, nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.base import Trainable
from ae_models.images.overlay import CONTRASTS, Overlay, composite
from ae_models.metric_key import Metric
from ae_models.networks.seeded_init import Seeded
from ae_models.networks.segmenter import Segmenter, SegmenterConfig
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, Phase, TrainingSet
from ae_models.training.state import TrainingState

NAME, FILE = "segmentation", "model.safetensors"
NEEDS: tuple[str, ...] = ()

CONFIG = SegmenterConfig()
PAIRS = 30_000  # training images of each of the two data sets
PHASES: list[Phase] = [GradientPhase(8, 4e-3, weight_decay=0.01, precision="bfloat16")]
SEED = 0
TEST_SEED = 7  # of the overlays that the figures are measured on
Report = Callable[[int, int, str, float], None]
HAT = 5  # pixels per side of the structuring element; best of 5, 7, 9, 11 in validation


class TrainableSegmenter(Trainable):
    """The training side of a segmenter: digits are overlaid on other garments of the batch."""

    def __init__(self, net: Segmenter) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Digits and garments (B, 2, 28, 28) -> logits and mask, (B, 1, 28, 28) both."""
        digits, garments = x.split(1, dim=1)
        mixed = torch.randperm(len(x), generator=generator).to(x.device)
        overlay = composite(digits, garments[mixed], generator)
        return self.net(overlay.images), overlay.ink

    def loss_terms(self, output: tuple[Tensor, Tensor], target: Tensor) -> dict[str, Tensor]:
        """Binary cross-entropy, mean over pixels, and soft IoU loss, mean over images."""
        logits, ink = output
        predicted, truth = logits.sigmoid().flatten(1), ink.float().flatten(1)
        intersection = (predicted * truth).sum(1)
        union = predicted.sum(1) + truth.sum(1) - intersection
        return {
            "cross-entropy": F.binary_cross_entropy_with_logits(logits, ink.float()),
            "overlap": 1 - ((intersection + 1) / (union + 1)).mean(),
        }

    def validation_terms(
        self, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        logits, ink = self(x, generator=generator)
        return {"iou": iou(logits > 0, ink).mean()}


def made_for(dataset: str) -> bool:
    """Whether the images of a data set are strokes, which are overlaid on those of another."""
    return datasets.DATASETS[dataset].strokes


def pair(dataset: str) -> tuple[str, str]:
    """The data sets of foreground and background: a data set and its counterpart, in that order."""
    other = datasets.DATASETS[dataset].out_of_distribution
    return (other, dataset) if made_for(other) and not made_for(dataset) else (dataset, other)


def describe(dataset: str) -> str:
    """How the net is made, in words."""
    training = "; then ".join(phase.describe() for phase in PHASES).replace("the image", "the ink")
    return (
        f"U-Net of {CONFIG.channels} channels on {PAIRS:,} digits overlaid on as many garments, "
        f"drawn anew for every batch, contrast {CONTRASTS[0]:g} to {CONTRASTS[1]:g}; "
        f"cross-entropy and soft IoU loss; {training}; "
        f"seed {SEED}; top-hat of {HAT} pixels"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The trained net. Raises `datasets.DataMissing`."""
    with Seeded(SEED):
        net = Segmenter(CONFIG)
    run = TrainingState(TrainableSegmenter(net), PHASES, SEED, checkpoint.best_device())
    total = sum(phase.epochs for phase in PHASES)
    for epoch in train(run, pairs(dataset)):
        done = len(run.history)
        left = sum(e.seconds for e in run.history) / done * (total - done)
        report(done, total, f"IoU {epoch.validation['iou']:.4f}", left)
    weights = net.eval().state_dict()
    return {FILE: checkpoint.to_bytes(checkpoint.halved(weights))}


def pairs(dataset: str) -> TrainingSet:
    """Digits and garments, (N, 2, 28, 28), with the usual validation split."""
    digits, clothes = (datasets.original(name, "train") for name in pair(dataset))
    kept, held = datasets.split_off_validation(len(digits.pixels))
    parts = []
    for chosen in (kept[:PAIRS], held):
        both = [datasets.to_tensor(images.pixels[chosen]) for images in (digits, clothes)]
        parts += [torch.cat(both, 1), torch.from_numpy(digits.labels[chosen].copy())]
    return TrainingSet(*parts)


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """Mean IoU of the net and of each threshold on test digits over test garments."""
    digits, garments = (
        datasets.to_tensor(datasets.original(name, "test").pixels[:images])
        for name in pair(dataset)
    )
    overlay = composite(digits, garments, torch.Generator().manual_seed(TEST_SEED))
    found = {"U-Net": segment(load(dataset), overlay.images)} | thresholds(overlay)
    return {
        Metric("iou", method=name): iou(ink, overlay.ink).mean().item()
        for name, ink in found.items()
    }


def load(dataset: str) -> Segmenter:
    """The shipped segmentation network, in eval mode. Raises `CheckpointError`."""
    sha256 = study.read(dataset, NAME).files.get(FILE, "")
    net, path = Segmenter(CONFIG), folder(dataset, NAME) / FILE
    try:
        net.load_state_dict(checkpoint.verified(path, sha256, net.state_dict()))
    except (OSError, ValueError, SafetensorError) as error:
        raise checkpoint.unusable(path, error) from error
    return net.requires_grad_(False).eval().to(checkpoint.best_device())


def thresholds(overlay: Overlay) -> dict[str, Tensor]:
    """The masks (N, 1, 28, 28) of bool by each threshold; the last uses the ground truth."""
    return {
        "Otsu": otsu(overlay.images),
        "top-hat": top_hat(overlay.images),
        "best threshold": best_threshold(overlay),
    }


def segment(net: nn.Module, images: Tensor) -> Tensor:
    """Predicted masks of images (N, 1, 28, 28) in [0, 1]: (N, 1, 28, 28) of bool."""
    return inference.in_batches(net, lambda m, x: m(x) > 0, images)


def otsu(images: Tensor) -> Tensor:
    """Masks (N, 1, 28, 28) of bool: the smaller side of Otsu's threshold of each image.

    A digit may be lighter or darker than its background, but it covers fewer pixels. The mask of
    an image of one grey value is empty.
    """
    light = images > otsu_levels(images)
    mostly_light = light.float().mean((1, 2, 3), keepdim=True) > 0.5
    return light ^ mostly_light


def otsu_levels(images: Tensor) -> Tensor:
    """Otsu's threshold of each image, (N, 1, 1, 1); 1 for an image of one grey value."""
    from skimage.filters import threshold_otsu  # half a second to import

    pictures = images.squeeze(1).numpy()
    levels = [float(threshold_otsu(x)) if x.min() < x.max() else 1.0 for x in pictures]
    return torch.tensor(levels).view(-1, 1, 1, 1)


def top_hat(images: Tensor) -> Tensor:
    """Masks (N, 1, 28, 28) of bool: Otsu's threshold of a top-hat transform (Serra 1982).

    Of the white top-hat, which keeps light strokes narrower than HAT pixels, and the black one,
    which keeps dark ones, that of the larger sum over the image.
    """
    from scipy.ndimage import black_tophat, white_tophat

    x = images.squeeze(1).numpy()
    size = (1, HAT, HAT)
    light, dark = (
        torch.from_numpy(f(x, size=size)).unsqueeze(1) for f in (white_tophat, black_tophat)
    )
    lighter = light.sum((1, 2, 3), keepdim=True) >= dark.sum((1, 2, 3), keepdim=True)
    strokes = torch.where(lighter, light, dark)
    return strokes > otsu_levels(strokes)


def best_threshold(overlay: Overlay) -> Tensor:
    """Masks (N, 1, 28, 28) of bool: for each image the side of the threshold of highest IoU.

    All 256 levels are tried; the choice uses the ground truth.
    """
    level = (overlay.images * 255).round().long().flatten(1)  # (N, 784)
    ink = overlay.ink.flatten(1)
    count = torch.zeros(
        (2, len(level), 256)
    )  # pixels of the background and of the ink at each level
    count[0].scatter_add_(1, level, (~ink).float())
    count[1].scatter_add_(1, level, ink.float())
    below = count.cumsum(2)
    every = below[:, :, -1:]
    # (2, N, 256): the side up to each level, and the side above it
    background, marked = (
        torch.stack([part, whole - part]) for part, whole in zip(below, every, strict=True)
    )
    overlap = marked / (every[1] + background).clamp(min=1)
    best = overlap.transpose(0, 1).flatten(1).argmax(1)  # (N,)
    light = level > (best % 256)[:, None]
    found = torch.where((best < 256)[:, None], ~light, light)
    return found.view(overlay.ink.shape)


def iou(found: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of masks (N, 1, 28, 28) of bool: (N,); 1 where both are empty."""
    intersection = (found & truth).flatten(1).sum(1)
    union = (found | truth).flatten(1).sum(1)
    return torch.where(union > 0, intersection / union.clamp(min=1), torch.ones(()))
