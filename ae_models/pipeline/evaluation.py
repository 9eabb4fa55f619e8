"""Evaluate a checkpoint on the test split: the figures of its card.

Figures depend on the abilities of a model. The same function evaluates the whole split and,
for a quick check, its first 1,000 images.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ae_models import datasets, inference, metrics
from ae_models.artifacts import checkpoint, gallery
from ae_models.artifacts.card import Card, Figures, read_card
from ae_models.base import Inpaints, Model, Reconstructs, Samples, TakesAttributes
from ae_models.images.noise import NOISES
from ae_models.metric_key import Metric, rounded
from ae_models.networks.classifier import ReferenceClassifier
from ae_models.tasks import attribute_conditioning, generation, inpainting
from ae_models.variants.pca import Pca

CHECK_IMAGES = 1_000
SEED = 7
STANDARD_NOISE = (
    *(("Gaussian", strength) for strength in (0.1, 0.3, 0.5, 0.7, 0.9)),
    ("salt & pepper", 0.3),
)
SAME = 2e-3  # relative: figures closer than this are shown as the same


def measure(dataset: str, name: str, model: Model, *, images: int, seed: int = SEED) -> Figures:
    """Figures of a model on the first `images` test images. Raises `datasets.DataMissing`."""
    test = datasets.original(dataset, "test")
    x = datasets.to_tensor(test.pixels[:images])
    labels = torch.from_numpy(test.labels[:images].copy())
    values: dict[Metric, float] = {}
    if isinstance(model, ReferenceClassifier):
        found = inference.class_probabilities(model, x).argmax(1)
        values[Metric("accuracy")] = (found == labels).float().mean().item()
    if isinstance(model, Reconstructs):
        values |= reconstruction_figures(model, x, labels)
        values |= denoising_figures(model, x, labels, seed)
        random_pixels = Metric("mse", condition="random_pixels")
        values[random_pixels] = random_pixels_error(model, labels, seed)
    if isinstance(model, Inpaints):
        pca = inference.require(checkpoint.load(dataset, inpainting.BASELINE), Pca)
        values |= inpainting.figures(model, pca, x, seed)
    values |= inference.extra_metrics(model, x, labels)
    if isinstance(model, Samples):
        classifier = inference.require(checkpoint.load(dataset, "judge"), ReferenceClassifier)
        each = max(1, len(x) // classifier.config.classes)
        values |= generation.figures(model, classifier, x, labels, each=each, seed=seed)
    if isinstance(model, TakesAttributes):
        values |= attribute_conditioning.figures(model, x, labels, seed=seed)
    if name == gallery.NAME:
        decoded, _ = gallery.pictures(dataset, "test", model)
        eight_bits = Metric("psnr", condition="8_bit_codes")
        values[eight_bits] = metrics.psnr(decoded[: len(x)], x).mean().item()
    return Figures(images=len(x), seed=seed, values=rounded(values))


def reconstruction_figures(model: nn.Module, x: Tensor, labels: Tensor) -> dict[Metric, float]:
    """MSE per pixel, PSNR in dB and SSIM, each the mean over images."""
    x_hat = inference.reconstruct(model, x, labels)
    return {
        Metric("mse"): metrics.mse(x_hat, x).mean().item(),
        Metric("psnr"): metrics.psnr(x_hat, x).mean().item(),
        Metric("ssim"): metrics.ssim(x_hat, x).mean().item(),
    }


def denoising_figures(
    model: nn.Module, x: Tensor, labels: Tensor, seed: int
) -> dict[Metric, float]:
    """PSNR in dB of the reconstructions of noisy images, against the clean ones."""
    result = {}
    for kind, strength in STANDARD_NOISE:
        noisy = NOISES[kind](x, strength, torch.Generator().manual_seed(seed))
        x_hat = inference.reconstruct(model, noisy, labels)
        noisy_psnr = Metric("psnr", corruption=kind, strength=strength)
        result[noisy_psnr] = metrics.psnr(x_hat, x).mean().item()
    return result


def random_pixels_error(model: nn.Module, labels: Tensor, seed: int) -> float:
    """MSE per pixel on images of uniform random pixels, low for a model that copies its input."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand((len(labels), 1, 28, 28), generator=generator)
    return metrics.mse(inference.reconstruct(model, x, labels), x).mean().item()


def same_figures(one: Figures, other: Figures | None) -> bool:
    """Whether two measurements of the same images agree up to the relative tolerance SAME."""
    return other is not None and all(
        math.isclose(value, other.values[key], rel_tol=SAME, abs_tol=SAME / 10)
        for key, value in one.values.items()
    )


def evaluate(dataset: str, name: str) -> Card:
    """Evaluate a checkpoint and write the figures into its card."""
    model = checkpoint.load(dataset, name)
    card = read_card(dataset, name)
    measured = card.model_copy(
        update={
            "test": measure(dataset, name, model, images=10_000),
            "check": measure(dataset, name, model, images=CHECK_IMAGES),
        }
    )
    checkpoint.write_card(measured)
    return measured
