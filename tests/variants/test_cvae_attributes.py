"""The CVAE with attributes: measured attributes in the code, and requested ones."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ae_models.images.attributes import measure
from ae_models.networks.backbones import Dense
from ae_models.variants.cvae_attributes import CvaeAttributes, CvaeAttributesConfig

LABELS = torch.arange(40) % 10


@pytest.fixture
def model(images) -> CvaeAttributes:
    torch.manual_seed(0)
    config = CvaeAttributesConfig(latent_dim=4, backbone=Dense(hidden=(16,)))
    built = CvaeAttributes(config).eval()
    built.fit(images(40), LABELS)
    with torch.no_grad():
        for parameter in built.prior.parameters():  # zeros would make every flow the identity
            parameter.normal_(std=0.2)
    return built


def test_the_last_numbers_of_a_code_are_the_measured_attributes(model, images) -> None:
    x = images(40)
    z = model.encode(x, LABELS)
    assert z.shape == (40, 6) and model.latent_shape == (6,)
    found = measure(("thickness", "slant"), x)
    expected = (found - found.mean(0)) / found.std(0)
    assert torch.allclose(z[:, 4:], expected, atol=1e-4)


def test_kl_is_that_of_the_learned_components_alone(model, images) -> None:
    x = images(40)
    q = model.posterior(x, LABELS)
    learnt = Normal(q.mean[:, :4], q.stddev[:, :4])
    expected = kl_divergence(learnt, Normal(0.0, 1.0)).sum(1).mean()
    assert model(x, LABELS).terms["kl"].item() == pytest.approx(expected.item(), rel=1e-4)


def test_the_decoder_depends_on_label_and_attributes(model) -> None:
    z = torch.zeros(1, 6)
    thicker = z.clone()
    thicker[0, 4] = 2.0
    three, four = torch.tensor([3]), torch.tensor([4])
    plain = model.decode(z, three)
    assert not torch.allclose(plain, model.decode(z, four))
    assert not torch.allclose(plain, model.decode(thicker, three))


def test_a_style_is_undone_exactly(model) -> None:
    style = torch.randn((40, 6), generator=torch.Generator().manual_seed(1))
    z = model.from_style(style, LABELS)
    assert torch.allclose(model.to_style(z, LABELS), style, atol=1e-3)


def test_attributes_that_are_not_given_follow_those_of_the_class(model) -> None:
    labels = torch.full((4000,), 3)
    style = torch.randn((4000, 6), generator=torch.Generator().manual_seed(1))
    _, found = model.split(model.from_style(style, labels))
    spread = model.class_spread[3]
    assert torch.allclose(found.mean(0), model.class_centre[3], atol=0.1)
    assert torch.allclose(found.T.cov(), spread @ spread.T, atol=0.2)


def test_an_attribute_that_is_nan_follows_that_of_the_class(model) -> None:
    style = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    unset = torch.full((40, 2), torch.nan)
    assert torch.equal(model.from_style(style, LABELS, unset), model.from_style(style, LABELS))
    one = unset.clone()
    one[:, 0] = 3.0  # pixels
    z = model.from_style(style, LABELS, one)
    assert torch.allclose(z[:, 4], (3.0 - model.centre[0]) / model.scale[0])
    assert torch.equal(z[:, 5], model.from_style(style, LABELS)[:, 5])


def test_what_is_asked_for_is_in_the_code_that_is_decoded(model) -> None:
    asked = torch.tensor([[2.5, 10.0]]).expand(40, 2)
    style = torch.randn((40, 6), generator=torch.Generator().manual_seed(1))
    _, given = model.split(model.from_style(style, LABELS, asked))
    assert torch.allclose(given * model.scale + model.centre, asked, atol=1e-4)
    seeds = [torch.Generator().manual_seed(5) for _ in range(2)]
    plain, thick = (
        model.sample(LABELS, seed, attributes=a)
        for seed, a in zip(seeds, (None, asked), strict=True)
    )
    assert plain.shape == thick.shape == (40, 1, 28, 28) and not torch.allclose(plain, thick)


def test_the_prior_is_trained_alone(model, images) -> None:
    generator = torch.Generator().manual_seed(0)
    sum(model.part_terms("prior", images(40), LABELS, generator=generator).values()).backward()
    assert all(p.grad is not None for p in model.part("prior").parameters())
    assert all(p.grad is None for p in [*model.encoder.parameters(), *model.decoder.parameters()])


def test_the_attributes_of_the_output_are_compared_with_the_requested(model, images) -> None:
    x = images(40)
    output = model(x, LABELS)
    names = model.config.attributes
    scaled = (measure(names, output.x_hat) - measure(names, x)) / model.scale
    expected = 20 * scaled.square().sum(1).mean()
    assert model.loss_terms(output, x)["attributes"].item() == pytest.approx(expected.item(), 1e-3)


@pytest.mark.parametrize("value", [-30.0, 0.0, 30.0])
def test_flat_pictures_have_finite_gradients(value: float, model) -> None:
    """A stroke's outline has no slope where nothing changes, and training must not notice."""
    logits = torch.full((4, 1, 28, 28), value, requires_grad=True)
    z = torch.zeros(4, 6)
    sum(model.output_penalties(logits, z, LABELS[:4]).values()).backward()
    assert logits.grad is not None and logits.grad.isfinite().all()
