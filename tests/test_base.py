"""The interface: losses on closed forms, and one named error for what a model lacks."""

import ast
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Normal

from ae_models import base
from ae_models.base import Codes, Inpaints, LacksAbility, Output, Reconstructs, Samples, Trainable
from ae_models.training.executor import SINGLE_PROCESS
from ae_models.training.objectives import objectives
from ae_models.training.phases import Adversarial
from ae_models.variants import VARIANTS


def test_reconstruction_errors_are_summed_over_pixels_and_averaged_over_images() -> None:
    logits, target = torch.zeros(4, 1, 28, 28), torch.ones(4, 1, 28, 28)  # x_hat is 1/2
    squared = base.reconstruction_error(logits, target, "squared error")
    assert squared.item() == pytest.approx(784 * 0.25)
    entropy = base.reconstruction_error(logits, target, "binary cross-entropy")
    assert entropy.item() == pytest.approx(784 * math.log(2), rel=1e-5)


def test_binary_cross_entropy_is_the_bernoulli_likelihood(images) -> None:
    logits, target = torch.randn(5, 1, 28, 28), images(5).round()
    likelihood = torch.distributions.Bernoulli(logits=logits).log_prob(target)
    expected = -likelihood.sum((1, 2, 3)).mean()
    found = base.reconstruction_error(logits, target, "binary cross-entropy")
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_reparameterised_codes_follow_the_posterior_and_the_generator() -> None:
    q = Normal(torch.full((20_000, 2), 3.0), torch.tensor([0.5, 2.0]).expand(20_000, 2))
    z = base.reparameterise(q, torch.Generator().manual_seed(1))
    assert z.mean(0).tolist() == pytest.approx([3, 3], abs=0.05)
    assert z.std(0).tolist() == pytest.approx([0.5, 2], rel=0.03)
    assert torch.equal(z, base.reparameterise(q, torch.Generator().manual_seed(1)))


def test_what_a_model_lacks_is_one_named_error() -> None:
    x, labels = torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.long)
    with pytest.raises(base.LacksAbility, match="Reconstructs has no reconstruction"):
        base.Reconstructs()(x)
    with pytest.raises(base.LacksAbility, match="no encoder"):
        base.Codes().encode(x)
    with pytest.raises(base.LacksAbility, match="no decoder"):
        base.Codes().decode(x)
    with pytest.raises(base.LacksAbility, match="no sampler"):
        base.Samples().sample(labels, torch.Generator())
    with pytest.raises(base.LacksAbility, match="Somebody needs a label"):
        base.one_hot(None, 10, "Somebody")


@pytest.mark.parametrize(
    "wrong", [{"latent_dim": 0}, {"latent_dim": 10**9}, {"reconstruction": "mse"}, {"beta": 1}]
)
def test_a_configuration_is_checked_and_frozen(wrong) -> None:
    with pytest.raises(ValidationError):
        base.AutoencoderConfig(**wrong)
    with pytest.raises(ValidationError):
        base.AutoencoderConfig().latent_dim = 2


class Bare(Codes, Samples, Inpaints, Reconstructs, Trainable):
    """Claims every ability and has none."""


LABEL = torch.zeros(2, dtype=torch.long)
GENERATOR = torch.Generator()
ASKED: dict[str, Callable[[Bare], object]] = {
    "forward": lambda m: m(LABEL),
    "loss_terms": lambda m: m.loss_terms(Output(LABEL, LABEL, LABEL, {}), LABEL),
    "part": lambda m: m.part("prior"),
    "part_terms": lambda m: m.part_terms("prior", LABEL, LABEL, generator=GENERATOR),
    "adversarial_terms": lambda m: m.adversarial_terms("", LABEL, LABEL, generator=GENERATOR),
    "validation_terms": lambda m: m.validation_terms(LABEL, LABEL, generator=GENERATOR),
    "latent_shape": lambda m: m.latent_shape,
    "encode": lambda m: m.encode(LABEL),
    "decode": lambda m: m.decode(LABEL),
    "sample": lambda m: m.sample(LABEL, GENERATOR),
    "inpaint": lambda m: m.inpaint(LABEL, LABEL),
}


@pytest.mark.parametrize("method", ASKED)
def test_what_a_model_lacks_raises_the_one_named_error(method: str) -> None:
    with pytest.raises(LacksAbility, match="Bare has no"):
        ASKED[method](Bare())


def test_a_network_without_own_steps_may_be_trained() -> None:
    bare = Bare()
    bare.after_step()
    assert bare.parts() == {} and bare.adversaries == () and bare.training_only == ()


def test_an_adversarial_phase_needs_adversaries() -> None:
    with pytest.raises(LacksAbility, match="adversarial"):
        objectives(Bare(), Adversarial(1), GENERATOR, SINGLE_PROCESS)


def test_the_interface_needs_no_exception_from_the_type_checker() -> None:
    files = (Path(__file__).parent.parent / "ae_models").rglob("*.py")
    kinds = ("operator", "attr-defined", "union-attr")
    found = [p.name for p in files for k in kinds if f"type: ignore[{k}" in p.read_text()]
    assert found == []


def test_no_page_asks_for_a_variant_by_its_class() -> None:
    files = (Path(__file__).parent.parent / "ui").rglob("*.py")
    classes = {kind.__name__ for kind in VARIANTS.values()}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name):
                assert node.id not in classes, f"{path} asks for {node.id}"
