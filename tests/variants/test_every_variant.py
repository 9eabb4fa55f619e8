"""What holds for every variant, whatever its idea: run over VARIANTS."""

import inspect
from collections.abc import Callable

import pytest
import torch

from ae_models.base import Autoencoder, Codes, FillsIn, LacksAbility, Reconstructs, Samples
from ae_models.variants import VARIANTS

LABELS = torch.tensor([0, 1, 2, 9])
CODING = [name for name, kind in VARIANTS.items() if issubclass(kind, Autoencoder)]
SAMPLING = [name for name, kind in VARIANTS.items() if issubclass(kind, Samples)]


def built(name: str) -> torch.nn.Module:
    """One of each, with eight dimensions and random weights."""
    torch.manual_seed(0)
    kind = VARIANTS[name]
    config = {"latent_dim": 8} if "latent_dim" in kind.Config.model_fields else {}
    model = kind(kind.Config(**config))
    with torch.no_grad():  # what starts at zero would hide a mistake
        for tensor in model.state_dict().values():
            if tensor.is_floating_point() and not tensor.any():
                tensor.normal_(std=0.1)
    return model.eval()


@pytest.fixture(params=CODING)
def model(request: pytest.FixtureRequest) -> torch.nn.Module:
    return built(request.param)


@pytest.fixture(params=SAMPLING)
def sampler(request: pytest.FixtureRequest) -> torch.nn.Module:
    return built(request.param)


def test_forward_gives_what_the_interface_says(model, images) -> None:
    output = model(images(4), LABELS)
    assert output.x_hat.shape == output.logits.shape == (4, 1, 28, 28)
    assert output.z.shape == (4, *model.latent_shape)
    assert output.x_hat.min() >= 0 and output.x_hat.max() <= 1
    assert output.logits.dtype == torch.float32
    assert torch.allclose(output.logits.sigmoid(), output.x_hat, atol=1e-5)
    assert all(term.ndim == 0 for term in output.terms.values())


def test_logits_stay_float32_in_low_precision(model, images) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert model(images(4), LABELS).logits.dtype == torch.float32


def test_forward_is_encode_then_decode_in_eval_mode(model, images) -> None:
    x = images(4)
    output = model(x, LABELS)
    z = model.encode(x, LABELS)
    assert torch.allclose(z, output.z)
    assert torch.allclose(model.decode(z, LABELS), output.x_hat, atol=1e-5)


def test_eval_is_deterministic_and_ignores_every_generator(model, images) -> None:
    x = images(4)
    first = model(x, LABELS)
    torch.manual_seed(5)
    again = model(x, LABELS, generator=torch.Generator().manual_seed(3))
    assert torch.equal(first.x_hat, again.x_hat) and torch.equal(first.z, again.z)


def test_images_do_not_see_each_other_in_eval_mode(model, images) -> None:
    x = images(4)
    alone = torch.cat([model(x[i : i + 1], LABELS[i : i + 1]).x_hat for i in range(4)])
    assert torch.allclose(model(x, LABELS).x_hat, alone, atol=1e-5)


def test_training_samples_from_the_given_generator_alone(model, images) -> None:
    model.train()
    x = images(4)

    def z(seed: int, elsewhere: int) -> torch.Tensor:
        torch.manual_seed(elsewhere)
        return model(x, LABELS, generator=torch.Generator().manual_seed(seed)).z

    assert torch.equal(z(1, elsewhere=0), z(1, elsewhere=1))
    is_random = model.posterior(x, LABELS) is not None
    assert torch.equal(z(1, elsewhere=0), z(2, elsewhere=0)) is not is_random


def test_loss_terms_are_named_weighted_scalars(model, images) -> None:
    x = images(4)
    output = model(x, LABELS)
    terms = model.loss_terms(output, x)
    assert list(terms) == ["reconstruction", *output.terms]
    assert all(term.ndim == 0 and term.isfinite() for term in terms.values())
    for name, weight in model.weights().items():
        assert terms[name].item() == pytest.approx(weight * output.terms[name].item())


@pytest.mark.parametrize("name", VARIANTS)
def test_abilities_are_claimed_where_their_methods_are(name: str) -> None:
    kind = VARIANTS[name]
    methods = {Reconstructs: "loss_terms", Codes: "encode", Samples: "sample", FillsIn: "fill"}
    for ability, method in methods.items():
        assert issubclass(kind, ability) == hasattr(kind, method), ability
    assert issubclass(kind, Samples) or not getattr(kind, "samples_by_label", False)


def test_a_model_that_needs_a_label_says_so_in_every_call(model, images) -> None:
    x, z = images(4), torch.zeros(4, *model.latent_shape)
    calls: list[Callable[[], object]] = [
        lambda: model(x),
        lambda: model.encode(x),
        lambda: model.decode(z),
    ]
    for call in calls:
        if model.needs_label:
            with pytest.raises(LacksAbility, match="needs a label"):
                call()
        else:
            call()


def test_samples_are_images_that_a_seed_repeats(sampler) -> None:
    def draw(seed: int, temperature: float) -> torch.Tensor:
        return sampler.sample(LABELS, torch.Generator().manual_seed(seed), temperature)

    images = draw(1, 1.0)
    assert images.shape == (4, 1, 28, 28) and images.min() >= 0 and images.max() <= 1
    assert torch.equal(images, draw(1, 1.0))
    assert not torch.equal(images, draw(2, 1.0))
    assert torch.equal(draw(1, 0.0), draw(2, 0.0))  # the centre of the prior has no spread


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_cpu_and_gpu_agree(model, images) -> None:
    x = images(4)
    on_cpu = model(x, LABELS)
    on_gpu = model.cuda()(x.cuda(), LABELS.cuda())
    assert torch.allclose(on_gpu.x_hat.cpu(), on_cpu.x_hat, atol=1e-3)
    assert torch.allclose(on_gpu.z.cpu(), on_cpu.z, atol=1e-2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_cpu_and_gpu_draw_the_same(sampler) -> None:
    seeded = [torch.Generator().manual_seed(0) for _ in range(2)]
    samples = sampler.cuda().sample(LABELS.cuda(), seeded[0]).cpu()
    assert torch.allclose(sampler.cpu().sample(LABELS, seeded[1]), samples, atol=1e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_names_its_paper_and_repeats_no_forward(name: str) -> None:
    kind = VARIANTS[name]
    if name in CODING:
        assert "forward" not in vars(kind) and "loss_terms" not in vars(kind)
    source = inspect.getmodule(kind)
    assert source is not None and source.__doc__
    assert any(year in source.__doc__ for year in map(str, range(1901, 2027)))
