"""Classical methods that are given the corruption improve the image."""

import pytest
import torch

from ae_models import metrics
from ae_models.images import classical_restoration
from ae_models.images.corruptions import CORRUPTIONS

STRENGTH = {"half": 0.3, "low resolution": 0.75, "blur": 2.0}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_has_classical_methods_that_improve_it(kind: str, digits) -> None:
    x, strength = digits[0][:6], STRENGTH.get(kind, 0.5)
    corrupted = CORRUPTIONS[kind](x, strength, seeded(4))
    answers = classical_restoration.answers(corrupted, kind, strength, 4)
    before = metrics.psnr(corrupted, x).mean()
    gained = {name: (metrics.psnr(y, x).mean() - before).item() for name, y in answers.items()}
    assert max(gained.values()) > 0
    for answer in answers.values():
        assert answer.shape == x.shape and answer.min() >= 0 and answer.max() <= 1


@pytest.mark.parametrize("kind", classical_restoration.COVERING)
def test_what_is_covered_is_known_to_the_pixel(kind: str, images) -> None:
    x = images(9).clamp(min=0.1)
    hidden = classical_restoration.covered(9, kind, 0.5, seeded(2))
    assert torch.equal(CORRUPTIONS[kind](x, 0.5, seeded(2)) == 0, hidden)
    (answer,) = classical_restoration.answers(x.masked_fill(hidden, 0.0), kind, 0.5, 2).values()
    assert torch.allclose(answer[~hidden], x[~hidden], atol=1e-6)
