"""How long each recipe trains on this machine, without training it.

    python -m benchmarks.training --threads 2

Every phase of every recipe runs one epoch on a tenth of the training images, a first one to
warm up and a second one that is timed; a recipe's estimate is that, times ten, times its
epochs and seeds. Measuring the finished model and its t-SNE map are not counted. A phase with a
closed form runs on all images, once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import torch

from ae_models.artifacts import checkpoint
from ae_models.datasets import DATASETS
from ae_models.training import recipe, recipes
from ae_models.training.loop import train
from ae_models.training.phases import Fit, Phase, TrainingSet
from ae_models.training.state import TrainingState

PART = 10


def seconds(dataset: str, name: str, data: TrainingSet) -> float:
    """The estimate for a recipe, all of its seeds."""
    current = recipes.recipe(dataset, name)
    few = data._replace(images=data.images[::PART], labels=data.labels[::PART])
    total = 0.0
    for phase in current.phases:
        model = recipe.build(dataset, current, 0)
        if isinstance(phase, Fit):
            total += sum(_epochs(model, [phase], data))
            continue
        once = phase._replace(epochs=1)
        *_, timed = _epochs(model, [once, once], few)
        total += timed * PART * phase.epochs
    return total * len(current.seeds)


def _epochs(model: torch.nn.Module, phases: list[Phase], data: TrainingSet) -> Iterator[float]:
    run = TrainingState(model, phases, 0, checkpoint.best_device())
    return (epoch.seconds for epoch in train(run, data))


def main() -> None:
    """Print an estimate for each recipe, and the total."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    torch.set_num_threads(options.parse_args().threads)
    total = 0.0
    for dataset in DATASETS:
        data = recipe.training_set(dataset)
        for name in recipes.RECIPES:
            estimate = seconds(dataset, name, data)
            total += estimate
            print(f"{dataset:8} {name:20} {estimate / 60:6.1f} min", flush=True)
    print(f"{'everything':29} {total / 3600:6.1f} h on {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
