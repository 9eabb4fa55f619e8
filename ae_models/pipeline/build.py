"""From recipe to checkpoint: train every seed, measure, write weights and card.

The state of an unfinished training is kept in `runs/` after every epoch, so that the
same call resumes it.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ValidationError
from torch import Tensor

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, gallery
from ae_models.artifacts.card import Card, Epoch, Figures, folder, read_card
from ae_models.base import Autoencoder, Model
from ae_models.pipeline import evaluation
from ae_models.tasks import projection
from ae_models.training import recipe, recipes
from ae_models.training.executor import SINGLE_PROCESS, SingleProcess
from ae_models.training.loop import train
from ae_models.training.phases import Fit, TrainingSet
from ae_models.training.recipe import Recipe
from ae_models.training.state import TrainingState

RUNS = Path(__file__).parents[2] / "runs"
Report = Callable[[int, int, str, float], None]


def is_made(dataset: str, name: str) -> bool:
    """Whether the checkpoint on disk was trained by the current recipe, and evaluated."""
    return seeds_made(dataset, name) == len(recipes.recipe(dataset, name).seeds)


def seeds_made(dataset: str, name: str) -> int:
    """Number of the recipe's seeds that the checkpoint on disk has been trained and evaluated with.

    0 where it was trained by another recipe, or is not usable.
    """
    current = recipes.recipe(dataset, name)
    try:
        card = read_card(dataset, name)
        origin = _origin(dataset, current)
    except (OSError, ValueError):
        return 0
    same = card.phases == current.records() and same_config(current.config, card.config)
    same = same and card.seed == current.seeds[0] and card.origin == origin
    if not same or card.test is None:
        return 0
    return min(map(len, card.spread.values()), default=1)


def same_config(expected: BaseModel, found: dict[str, Any]) -> bool:
    """Whether a card's configuration is the expected one; missing fields have their default."""
    try:
        return type(expected).model_validate(found) == expected
    except ValidationError:
        return False


def make(
    dataset: str,
    name: str,
    *,
    report: Report,
    fresh: bool = False,
    executor: SingleProcess = SINGLE_PROCESS,
) -> Card:
    """Train and evaluate a recipe, and write its weights and card."""
    saved = RUNS / dataset / name
    if fresh:
        executor.on_main_process(lambda: shutil.rmtree(saved, ignore_errors=True))
    current = recipes.recipe(dataset, name)
    training = recipe.training_set(dataset)
    made = executor.on_main_process(lambda: seeds_made(dataset, name))
    if not fresh and 0 < made < len(current.seeds):  # seeds were added: keep the others
        card = executor.on_main_process(lambda: read_card(dataset, name))
    else:
        state = run_seed(dataset, name, current.seeds[0], training, report, executor)
        device = executor.describe()
        card = executor.on_main_process(
            lambda: write(dataset, name, state, current.seeds[0], device)
        )
        made = 1
    for seed in current.seeds[made:]:
        model = run_seed(dataset, name, seed, training, report, executor).model.eval()
        measure = partial(evaluation.measure, dataset, name, model, images=10_000)
        figures = executor.on_main_process(measure)
        card = executor.on_main_process(partial(add_seed, card, figures))
    executor.on_main_process(lambda: project(dataset, name))
    executor.on_main_process(lambda: shutil.rmtree(saved, ignore_errors=True))
    return card


def add_seed(card: Card, figures: Figures) -> Card:
    """Add the test figures of a further seed to the card, on disk as well."""
    assert card.test is not None
    before = card.spread or {key: [value] for key, value in card.test.values.items()}
    spread = {key: [*values, figures.values[key]] for key, values in before.items()}
    card = card.model_copy(update={"spread": spread})
    checkpoint.write_card(card)
    return card


def run_seed(
    dataset: str,
    name: str,
    seed: int,
    training: TrainingSet,
    report: Report,
    executor: SingleProcess = SINGLE_PROCESS,
) -> TrainingState[Model]:
    """Train one seed to the end, from its saved state if there is one."""
    current = recipes.recipe(dataset, name)
    model = recipe.build(dataset, current, seed)
    state = TrainingState(model, current.phases, seed, executor.device)
    folder = RUNS / dataset / name / str(seed)
    state.restore(folder)
    if executor.on_main_process(lambda: len(state.history)) != len(state.history):
        raise RuntimeError(f"{folder} is not on a file system that all processes share")
    total = sum(phase.epochs for phase in current.phases)
    for epoch in train(state, training, executor):
        executor.on_main_process(lambda: state.save(folder))
        if executor.is_main_process:
            report(len(state.history), total, _shown(epoch), _seconds_left(state.history, total))
    return state


def write(dataset: str, name: str, state: TrainingState[Model], seed: int, device: str) -> Card:
    """Write the weights and the card of a finished run, with its figures."""
    current = recipes.recipe(dataset, name)
    model = checkpoint.as_shipped(state.model.cpu().eval())
    weights = model.state_dict()
    card = Card(
        name=name,
        dataset=dataset,
        variant=current.variant,
        family=current.family,
        config=current.config.model_dump(mode="json"),
        phases=current.records(),
        trained_with=recipe.corruption_ranges(current),
        seed=seed,
        epochs=sum(p.epochs for p in current.phases if not isinstance(p, Fit)),
        parameters=sum(t.numel() for t in weights.values() if t.is_floating_point()),
        latent_dim=math.prod(model.latent_shape) if isinstance(model, Autoencoder) else None,
        training_seconds=round(sum(epoch.seconds for epoch in state.history), 1),
        device=device,
        history=[_rounded(epoch) for epoch in state.history],
        sha256=None,
        origin=_origin(dataset, current),
        inherited=_unchanged(dataset, current, weights),
        files={gallery.FILE: gallery.write(dataset, model)} if name == gallery.NAME else {},
    )
    if current.ships_weights:
        ship(card, weights)  # the gallery is evaluated on codes that its card verifies
    check = evaluation.measure(dataset, name, model, images=evaluation.CHECK_IMAGES)
    if not current.ships_weights:
        test = evaluation.measure(dataset, name, model, images=10_000)
        card = card.model_copy(update={"test": test, "check": check})
        checkpoint.write_card(card)
        return card
    ship(card, checkpoint.halved(weights))
    measured = evaluation.evaluate(dataset, name)
    if not evaluation.same_figures(check, measured.check):
        ship(card, weights)
        measured = evaluation.evaluate(dataset, name)
    return measured


def ship(card: Card, weights: dict[str, Tensor]) -> None:
    """Write weights, without inherited tensors, and their sha256 into the card."""
    own = {key: tensor for key, tensor in weights.items() if key not in card.inherited}
    content = checkpoint.to_bytes(own)
    sha256 = checkpoint.write(card.dataset, card.name, "model.safetensors", content)
    checkpoint.write_card(card.model_copy(update={"sha256": sha256}))


def project(dataset: str, name: str) -> bool:
    """Make the t-SNE map of a checkpoint's test codes; False if its recipe has none."""
    if not recipes.recipe(dataset, name).mapped:
        (folder(dataset, name) / projection.FILE).unlink(missing_ok=True)  # of other weights
        return False
    model = checkpoint.load(dataset, name)
    card = read_card(dataset, name)
    test = datasets.original(dataset, "test")
    labels = torch.from_numpy(test.labels.copy()) if model.needs_label else None
    codes = inference.encode(model, datasets.to_tensor(test.pixels), labels).flatten(1).numpy()
    plane = projection.to_bytes(projection.tsne(codes, card.seed))
    checkpoint.write(dataset, name, projection.FILE, plane)
    return True


def _origin(dataset: str, current: Recipe) -> dict[str, str]:
    """The sha256 of the checkpoint that training starts from. Raises `OSError`, `ValueError`."""
    name = current.starts_from
    return {name: read_card(dataset, name).sha256 or ""} if name else {}


def _unchanged(dataset: str, current: Recipe, weights: dict[str, Tensor]) -> list[str]:
    """The tensors that are still those of the checkpoint that they were inherited from."""
    if not current.starts_from:
        return []
    origin = checkpoint.load(dataset, current.starts_from, torch.device("cpu")).state_dict()
    return [key for key, tensor in weights.items() if key in origin and origin[key].equal(tensor)]


def _rounded(epoch: Epoch) -> Epoch:
    def short(values: dict[str, float], digits: int = 5) -> dict[str, float]:
        return {key: float(f"{value:.{digits}g}") for key, value in values.items()}

    return epoch.model_copy(
        update={
            "loss": short(epoch.loss),
            "gradients": short(epoch.gradients, 3),
            "validation": short(epoch.validation),
        }
    )


def _shown(epoch: Epoch) -> str:
    return " ".join(f"{k} {v:.4g}" for k, v in (epoch.loss | epoch.validation).items())


def _seconds_left(history: list[Epoch], total: int) -> float:
    return sum(e.seconds for e in history) / len(history) * (total - len(history))
