"""From recipe to checkpoint: train every seed, measure, write weights and card.

The state of an unfinished training is kept in `runs/` after every epoch, so that the
same call goes on where it was interrupted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from ae_models import checkpoint, data, evaluation, gallery, inference, recipes
from ae_models.base import Codes
from ae_models.card import Card, Epoch, read_card
from ae_models.phases import Descent, TrainingSet
from ae_models.run import Run
from ae_models.tasks import projection
from ae_models.training import train

RUNS = Path(__file__).parent.parent / "runs"
Report = Callable[[int, int, str, float], None]


def is_made(dataset: str, name: str) -> bool:
    """Whether the checkpoint on disk came from today's recipe, and was measured."""
    try:
        card = read_card(dataset, name)
    except (OSError, ValueError):
        return False
    recipe = recipes.recipe(dataset, name)
    same = card.recipe == recipes.describe(recipe) and card.config == recipe.config.model_dump(
        mode="json"
    )
    spread = set(map(len, card.spread.values())) if len(recipe.seeds) > 1 else {1}
    return same and card.test is not None and spread == {len(recipe.seeds)}


def make(dataset: str, name: str, *, report: Report, fresh: bool = False) -> Card:
    """Train a recipe, measure it, and put weights and card in place."""
    if fresh:
        shutil.rmtree(RUNS / dataset / name, ignore_errors=True)
    recipe = recipes.recipe(dataset, name)
    training = recipes.training_set(dataset)
    run = run_seed(dataset, name, recipe.seeds[0], training, report)
    card = write(dataset, name, run, recipe.seeds[0])
    if len(recipe.seeds) > 1:
        assert card.test is not None
        spread = {key: [value] for key, value in card.test.values.items()}
        for seed in recipe.seeds[1:]:
            model = run_seed(dataset, name, seed, training, report).model.eval()
            figures = evaluation.measure(dataset, name, model, images=10_000)
            for key, value in figures.values.items():
                spread[key].append(value)
        card = card.model_copy(update={"spread": spread})
        checkpoint.write_card(card)
    project(dataset, name)
    shutil.rmtree(RUNS / dataset / name, ignore_errors=True)
    return card


def run_seed(dataset: str, name: str, seed: int, training: TrainingSet, report: Report) -> Run:
    """Train one seed to the end, from its saved state if there is one."""
    recipe = recipes.recipe(dataset, name)
    run = Run(recipes.build(recipe, seed), recipe.phases, seed, checkpoint.best_device())
    folder = RUNS / dataset / name / str(seed)
    run.restore(folder)
    total = sum(phase.epochs for phase in recipe.phases)
    for epoch in train(run, training):
        run.save(folder)
        report(len(run.history), total, _shown(epoch), _seconds_left(run.history, total))
    return run


def write(dataset: str, name: str, run: Run, seed: int) -> Card:
    """Put the weights and the card of a finished run in place, with measured figures."""
    recipe = recipes.recipe(dataset, name)
    model = run.model.cpu().eval()
    weights = checkpoint.to_bytes(model.state_dict())
    sha256 = checkpoint.write(dataset, name, "model.safetensors", weights)
    noises = [p.noise for p in recipe.phases if isinstance(p, Descent) and p.noise]
    config = recipe.config.model_dump(mode="json")
    card = Card(
        name=name,
        dataset=dataset,
        variant=recipe.variant,
        config=config,
        recipe=recipes.describe(recipe),
        trained_with=dict(noises),
        seed=seed,
        epochs=sum(p.epochs for p in recipe.phases if isinstance(p, Descent)),
        parameters=sum(t.numel() for t in model.state_dict().values() if t.is_floating_point()),
        latent_dim=config.get("latent_dim"),
        training_seconds=round(sum(epoch.seconds for epoch in run.history), 1),
        device=f"CPU, {torch.get_num_threads()} threads"
        if run.device.type == "cpu"
        else torch.cuda.get_device_name(run.device),
        history=[_rounded(epoch) for epoch in run.history],
        sha256=sha256,
        files={gallery.FILE: gallery.write(dataset, model)} if name == gallery.NAME else {},
    )
    checkpoint.write_card(card)
    return evaluation.evaluate(dataset, name)


def project(dataset: str, name: str) -> bool:
    """Make the t-SNE map of a checkpoint's test codes; False where it has no codes to map."""
    model = checkpoint.load(dataset, name)
    card = read_card(dataset, name)
    if not isinstance(model, Codes) or name == gallery.NAME or (card.latent_dim or 0) <= 2:
        return False
    test = data.original(dataset, "test")
    labels = torch.from_numpy(test.labels.copy()) if model.needs_label else None
    codes = inference.encode(model, data.to_tensor(test.pixels), labels).flatten(1).numpy()
    plane = projection.to_bytes(projection.tsne(codes, card.seed))
    checkpoint.write(dataset, name, projection.FILE, plane)
    return True


def _rounded(epoch: Epoch) -> Epoch:
    def short(values: dict[str, float]) -> dict[str, float]:
        return {key: float(f"{value:.5g}") for key, value in values.items()}

    return epoch.model_copy(
        update={"loss": short(epoch.loss), "validation": short(epoch.validation)}
    )


def _shown(epoch: Epoch) -> str:
    return " ".join(f"{k} {v:.4g}" for k, v in (epoch.loss | epoch.validation).items())


def _seconds_left(history: list[Epoch], total: int) -> float:
    return sum(e.seconds for e in history) / len(history) * (total - len(history))
