"""Trains and evaluates the SimCLR encoder.

It ships as a study: a model with a card would need a decoder.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.artifacts.checkpoint import best_device
from ae_models.metric_key import Metric
from ae_models.networks.seeded_init import Seeded
from ae_models.networks.simclr import SimClr, contrastive_loss, view, views_of
from ae_models.training import recipe
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase
from ae_models.training.state import TrainingState

NAME = "invariant"
FILE = "model.safetensors"
NEEDS: tuple[str, ...] = ()
SHIPPED_NAMES = {"comparison": "projection_head"}  # of submodules, in the file of version 1.0
SEED = 0
PHASE = GradientPhase(6, 4e-3, 512, weight_decay=0.01, precision="bfloat16", part="whole")


def made_for(dataset: str) -> bool:
    """Whether it is trained for the data set, as other codes separate its classes too little."""
    return datasets.DATASETS[dataset].contrastive


def describe(dataset: str) -> str:
    """The training and all settings in words."""
    settings = ", ".join(f"{name} {value:g}" for name, value in views_of(dataset)._asdict().items())
    return f"{PHASE.describe()}; two views of each image: {settings}; no label; seed {SEED}"


def make(dataset: str, report: Callable[[int, int, str, float], None]) -> dict[str, bytes]:
    """The trained network in half precision. Raises `DataMissing`."""
    with Seeded(SEED):
        net = SimClr(views_of(dataset))
    run = TrainingState(net, [PHASE], SEED, best_device())
    for epoch in train(run, recipe.training_set(dataset)):
        shown = " ".join(f"{k} {v:.4g}" for k, v in (epoch.loss | epoch.validation).items())
        left = epoch.seconds * (PHASE.epochs - len(run.history))
        report(len(run.history), PHASE.epochs, shown, left)
    return {FILE: checkpoint.to_bytes(checkpoint.halved(run.model.state_dict()))}


def load(dataset: str) -> SimClr:
    """The shipped net in eval mode. Raises `CheckpointError`."""
    model = SimClr(views_of(dataset))
    tensors = study.tensors(dataset, NAME, FILE)
    try:
        if not all(t.isfinite().all() for t in tensors.values()):
            raise ValueError("its weights are not finite")
        model.load_state_dict({_renamed(key): tensor for key, tensor in tensors.items()})
    except (RuntimeError, ValueError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error
    return model.requires_grad_(False).eval().to(best_device())


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """Contrastive accuracy and loss on the first test images; no label is used.

    The contrastive accuracy is the share of images whose second view is more similar than that
    of any other of 500 images; the contrastive loss is that of training, in nats.
    """
    model = load(dataset)
    generator = torch.Generator().manual_seed(SEED)
    x = datasets.to_tensor(datasets.original(dataset, "test").pixels[:images])
    found = loss = 0.0
    for part in x.split(500):
        one, other = (
            inference.in_batches(model, lambda m, seen: m.projection_head(m.body(seen)), seen)
            for seen in (view(part, model.views, generator) for _ in range(2))
        )
        loss += contrastive_loss(one, other).item() * len(part) / len(x)
        cosine = torch.nn.functional.normalize(one) @ torch.nn.functional.normalize(other).T
        hits = cosine.argmax(dim=1) == torch.arange(len(part))
        found += hits.float().sum().item() / len(x)
    return {Metric("contrastive_accuracy"): found, Metric("contrastive_loss"): loss}


def _renamed(key: str) -> str:
    """Today's key in the state dict of a tensor in the shipped file."""
    module, dot, rest = key.partition(".")
    return f"{SHIPPED_NAMES.get(module, module)}{dot}{rest}"
