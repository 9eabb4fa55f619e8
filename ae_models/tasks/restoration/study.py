"""Blind restoration compared with a specialist for each corruption.

A specialist is the blind network fine-tuned on one corruption alone. Its weights are kept in
`runs/` and do not ship; where they are missing, the figures measured with them are kept.
Classical methods are slow: they and what they are compared with are measured on fewer images.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models import datasets, inference, metrics
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import CheckpointError
from ae_models.base import Model
from ae_models.images import classical_restoration
from ae_models.images.corruptions import CORRUPTIONS
from ae_models.metric_key import Metric
from ae_models.training import recipe
from ae_models.training.loop import train
from ae_models.training.phases import Corruption, GradientPhase, TrainingSet
from ae_models.training.state import TrainingState

NAME, BLIND = "restoration", "unet"
NEEDS: tuple[str, ...] = (BLIND,)
RUNS = Path(__file__).parents[3] / "runs"
Report = Callable[[int, int, str, float], None]
FURTHER = GradientPhase(1, 1e-3, precision="bfloat16")  # of each specialist
SEED = 0
TEST_SEED = 7  # of the corruptions that the figures are measured on
IMAGES = 20_000  # training images of each specialist
WATCHED = 500  # validation images, for the progress report alone
BATCH = 125
INPUT, BLIND_METHOD, SPECIALIST = "input", "blind", "specialist"  # methods, in keys
FEW = 300  # test images for what takes hundredths of a second each


class Case(NamedTuple):
    """A corruption that is measured and that a specialist is trained on."""

    kind: str  # a key of CORRUPTIONS
    strength: float

    @property
    def phase(self) -> GradientPhase:
        return FURTHER._replace(corruptions=(Corruption(self.kind, self.strength),))

    def metric(self, method: str, *, first_images: bool = False) -> Metric:
        """The key of a method's PSNR, of all images or of the first FEW."""
        return Metric(
            "psnr",
            method=method,
            corruption=self.kind,
            strength=self.strength,
            condition="first_images" if first_images else "",
        )


CASES: dict[str, Case] = {
    f"{kind} {strength:g}": Case(kind, strength)
    for kind, strength in (
        ("Gaussian", 0.5),
        ("salt & pepper", 0.3),
        ("masking", 0.5),
        ("speckle", 0.5),
        ("block", 0.25),
        ("half", 0.5),
        ("low resolution", 0.5),
        ("low resolution", 0.75),
        ("blur", 1.0),
        ("blur", 2.0),
    )
}


def describe(dataset: str) -> str:
    """The training of the specialists in words, with every setting."""
    return (
        f"{BLIND} fine-tuned on one corruption, {len(CASES)} times, each from the same "
        f"weights and on the first {IMAGES:,} training images: "
        f"{'; '.join(case.phase.describe() for case in CASES.values())}; seed {SEED}; "
        f"classical methods on {FEW:,} images"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """Train the missing specialists; returns no file, as none ships.

    Raises `datasets.DataMissing`.
    """
    training = recipe.training_set(dataset)
    training = TrainingSet(
        training.images[:IMAGES],
        training.labels[:IMAGES],
        training.validation_images[:WATCHED],
        training.validation_labels[:WATCHED],
    )
    taken: list[float] = []
    for done, (name, case) in enumerate(CASES.items(), start=1):
        specialist = TrainingState(
            blind(dataset, frozen=False), [case.phase], SEED, checkpoint.best_device()
        )
        specialist.restore(place(dataset, name))
        for epoch in train(specialist, training):
            specialist.save(place(dataset, name))
            taken.append(epoch.seconds)
            left = sum(taken) / len(taken) * (len(CASES) - done)
            report(done, len(CASES), f"{name}: MSE {epoch.validation['mse']:.4g}", left)
    return {}


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """PSNR in dB of each case on the first `images` test images, mean over them.

    Measured are the input itself, the blind model, the specialist, and on the first FEW images
    each classical method and the blind model once more.
    """
    x = datasets.to_tensor(datasets.original(dataset, "test").pixels[:images])
    model, values = blind(dataset), dict[Metric, float]()
    for name, case in CASES.items():
        corrupted = CORRUPTIONS[case.kind](
            x, case.strength, torch.Generator().manual_seed(TEST_SEED)
        )
        answers = {INPUT: corrupted, BLIND_METHOD: restored(model, corrupted)}
        if (specialist := trained(dataset, name)) is not None:
            answers[SPECIALIST] = restored(specialist, corrupted)
        few = CORRUPTIONS[case.kind](
            x[:FEW], case.strength, torch.Generator().manual_seed(TEST_SEED)
        )
        of_few = {BLIND_METHOD: restored(model, few)}
        of_few |= classical_restoration.answers(few, case.kind, case.strength, TEST_SEED)
        for found, first in ((answers, False), (of_few, True)):
            for method, answer in found.items():
                psnr = metrics.psnr(answer, x[: len(answer)]).mean().item()
                values[case.metric(method, first_images=first)] = psnr
    return known(dataset, images) | values


def restored(model: nn.Module, corrupted: Tensor) -> Tensor:
    """The restored images (N, 1, 28, 28), in batches that fit a processor's cache."""
    return inference.in_batches(model, lambda m, x: m(x).x_hat, corrupted, batch=BATCH)


def known(dataset: str, images: int) -> dict[Metric, float]:
    """The figures of specialists in the study on disk, if it was made from the same weights."""
    try:
        account = study.read(dataset, NAME)
        if account.origin != study.origin(dataset, NEEDS):
            return {}
    except CheckpointError:
        return {}
    of = (account.test, account.check)
    of_images = [each.values for each in of if each and each.images == images]
    figures = of_images[0] if of_images else {}
    return {key: value for key, value in figures.items() if key.method == SPECIALIST}


def trained(dataset: str, name: str) -> nn.Module | None:
    """The specialist of a case, in eval mode, from `runs/`; None where it is missing."""
    specialist = TrainingState(
        blind(dataset, frozen=False), [CASES[name].phase], SEED, torch.device("cpu")
    )
    if not specialist.restore(place(dataset, name)):
        return None
    return specialist.model.requires_grad_(False).eval()


def place(dataset: str, name: str) -> Path:
    """The path of a specialist's state, which names the weights that it started from."""
    sha256 = study.origin(dataset, NEEDS)[BLIND]
    return RUNS / dataset / NAME / f"{name} from {sha256[:12]}"


def blind(dataset: str, *, frozen: bool = True) -> Model:
    """The shipped blind model; not frozen, a copy to fine-tune."""
    model = checkpoint.load(dataset, BLIND)
    return model if frozen else model.requires_grad_(True)
