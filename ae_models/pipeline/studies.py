"""STUDIES: name -> the module of `tasks/` that makes a study.

A study is made and evaluated by the same commands as a checkpoint: `train` and `evaluate`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ae_models.artifacts import study
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.artifacts.checkpoint import best_device
from ae_models.artifacts.study import Study
from ae_models.datasets import DATASETS
from ae_models.metric_key import Metric, rounded
from ae_models.tasks import segmentation, simclr
from ae_models.tasks.anomaly import study as anomaly_study
from ae_models.tasks.augmentation import study as augmentation_study
from ae_models.tasks.clustering import study as clustering_study
from ae_models.tasks.few_labels import study as few_labels_study
from ae_models.tasks.restoration import study as restoration_study

Report = Callable[[int, int, str, float], None]  # done, total, what was done, seconds left
TEST_IMAGES = 10_000
CHECK_IMAGES = 1_000
SEED = 7  # of everything that is drawn while a study is measured


class Making(Protocol):
    """The interface of the modules in STUDIES."""

    NEEDS: tuple[str, ...]  # checkpoints of the same data set that it is made from

    def describe(self, dataset: str) -> str:
        """The method in words, with every setting; a study with another text is made anew."""
        ...

    def make(self, dataset: str, report: Report) -> dict[str, bytes]:
        """The files of the study, by name: fitted and chosen on the training split alone."""
        ...

    def measure(self, dataset: str, images: int) -> dict[Metric, float]:
        """Figures of the shipped files on the first `images` test images."""
        ...


STUDIES: dict[str, Making] = {
    "segmentation": segmentation,
    "invariant": simclr,
    "few-labels": few_labels_study,
    "anomaly": anomaly_study,
    "clusters": clustering_study,
    "augmentation": augmentation_study,
    "restoration": restoration_study,
}


def datasets(name: str) -> tuple[str, ...]:
    """The data sets that a study is made for: all, unless its module has a `made_for`."""
    made_for: Callable[[str], bool] = getattr(STUDIES[name], "made_for", lambda dataset: True)
    return tuple(dataset for dataset in DATASETS if made_for(dataset))


def needs(dataset: str, name: str) -> tuple[str, ...]:
    """Checkpoints that a study is made from: `NEEDS`, unless its module has a `needs`."""
    making = STUDIES[name]
    of: Callable[[str], tuple[str, ...]] = getattr(making, "needs", lambda dataset: making.NEEDS)
    return of(dataset)


def is_made(dataset: str, name: str) -> bool:
    """Whether the study on disk is up to date, and was evaluated."""
    making = STUDIES[name]
    try:
        found = study.read(dataset, name)
        origin = study.origin(dataset, needs(dataset, name))
    except CheckpointError:
        return False
    described = found.method == making.describe(dataset)
    return described and found.origin == origin and found.test is not None


def make(dataset: str, name: str, report: Report) -> Study:
    """Make a study, write its files, and evaluate it."""
    making = STUDIES[name]
    origin = study.origin(dataset, needs(dataset, name))
    started = time.perf_counter()
    files = making.make(dataset, report)
    account = Study(
        name=name,
        dataset=dataset,
        method=making.describe(dataset),
        origin=origin,
        seconds=round(time.perf_counter() - started, 1),
        device=best_device().type.upper(),
        files={},
    )
    study.write(account, files)
    return evaluate(dataset, name)


def evaluate(dataset: str, name: str) -> Study:
    """Evaluate a study and write the figures into its description."""
    measured = study.read(dataset, name).model_copy(
        update={
            "test": measure(dataset, name, TEST_IMAGES),
            "check": measure(dataset, name, CHECK_IMAGES),
        }
    )
    study.write_account(measured)
    return measured


def measure(dataset: str, name: str, images: int) -> Figures:
    """The figures of a shipped study on the first `images` test images."""
    values = STUDIES[name].measure(dataset, images)
    return Figures(images=images, seed=SEED, values=rounded(values))
