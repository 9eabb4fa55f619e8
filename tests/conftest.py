"""What the tests share: small images, a folder for checkpoints, and the rule for missing things.

Where the variable CI is set, a test that lacks data or a browser fails; elsewhere it is
skipped with a line that says why.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

# Tests are small: threads that wait for each other slow them. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from ae_models import datasets
from ae_models.artifacts import card, checkpoint
from ae_models.pipeline import build

torch.set_num_threads(1)


def missing(what: str) -> NoReturn:
    """Fail in CI, skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
def lacking() -> Callable[[str], NoReturn]:
    """`missing`, for tests that find out themselves what they lack."""
    return missing


@pytest.fixture
def original() -> Callable[[str, datasets.Split], datasets.Images]:
    """`data.original`, where the files are on disk."""

    def read(dataset: str, split: datasets.Split) -> datasets.Images:
        try:
            return datasets.original(dataset, split)
        except datasets.DataMissing as error:
            missing(f"needs the original files (AE_DATA_DIR): {error}")

    return read


@pytest.fixture
def any_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept a test's own small files as the original ones, without an MD5 check."""
    for key, record in datasets.DATASETS.items():
        monkeypatch.setitem(datasets.DATASETS, key, replace(record, md5={}))


@pytest.fixture
def images() -> Callable[..., torch.Tensor]:
    """Smooth blobs (count, 1, 28, 28) with the exact zeros and ones that real images have."""

    def draw(count: int, seed: int = 0) -> torch.Tensor:
        noise = torch.rand((count, 1, 28, 28), generator=torch.Generator().manual_seed(seed))
        return (torch.nn.functional.avg_pool2d(noise, 5, 1, 2) * 8 - 3).clamp(0, 1)

    return draw


@pytest.fixture(scope="session")
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The 1,797 small digits that come with scikit-learn, at 28×28, and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    small = torch.from_numpy(found.images).float().unsqueeze(1) / 16  # (N, 1, 8, 8)
    x = torch.nn.functional.interpolate(small, size=(20, 20), mode="bilinear")
    return torch.nn.functional.pad(x, (4,) * 4), torch.from_numpy(found.target).long()


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder where checkpoints are looked for and put during a test."""
    monkeypatch.setattr(card, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(build, "RUNS", tmp_path / "runs")
    return tmp_path / "checkpoints"


# What `put` says a variant is for; a card may say otherwise.
FAMILY = {"judge": "service", "pca": "linear", "vae": "variational", "cvae": "conditional"}


@pytest.fixture
def put(checkpoints: Path) -> Callable[..., torch.nn.Module]:
    """Puts a checkpoint with random weights of four dimensions into that folder."""

    def write(
        name: str,
        variant: str = "plain",
        dataset: str = "mnist",
        sizes: dict[str, object] | None = None,
        **changes: object,
    ) -> torch.nn.Module:
        torch.manual_seed(0)
        kind = checkpoint.KINDS[variant]
        small = {"latent_dim": 4} if "latent_dim" in kind.Config.model_fields else {}
        config = small | (sizes or {})
        model = checkpoint.as_shipped(kind(kind.Config.model_validate(config)).eval())
        weights = checkpoint.to_bytes(model.state_dict())
        about = {
            "name": name,
            "dataset": dataset,
            "variant": variant,
            "family": FAMILY.get(variant, "bottleneck"),
            "config": config,
            "phases": [],
            "trained_with": {},
            "seed": 0,
            "epochs": 1,
            "parameters": 100,
            "latent_dim": 4,
            "training_seconds": 1.0,
            "device": "none",
            "history": [],
            "sha256": checkpoint.write(dataset, name, "model.safetensors", weights),
        }
        checkpoint.write_card(card.Card.model_validate(about | changes))
        return model

    return write
