"""Properties of every variant in VARIANTS, by ability."""

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import cache

import pytest
import torch
from torch import nn

from ae_models import inference
from ae_models.base import Autoencoder, Codes, Inpaints, LacksAbility, Reconstructs, Samples
from ae_models.tasks import generation
from ae_models.variants import VARIANTS

LABELS = torch.tensor([0, 1, 2, 9])
METHODS = {Codes: "encode", Samples: "sample", Inpaints: "inpaint"}  # every module has a `forward`


def having(*abilities: type[nn.Module]) -> pytest.MarkDecorator:
    """Runs a test with a model of each variant that has all these abilities."""
    names = [n for n, kind in VARIANTS.items() if all(issubclass(kind, a) for a in abilities)]
    assert names
    return pytest.mark.parametrize("model", names, indirect=True)


@cache
def built(variant: str) -> nn.Module:
    """One with random weights, of eight dimensions where it may choose."""
    torch.manual_seed(0)
    kind = VARIANTS[variant]
    fields = kind.Config.model_fields  # type: ignore[attr-defined]
    made = kind(kind.Config(**({"latent_dim": 8} if "latent_dim" in fields else {})))
    with torch.no_grad():  # what starts at zero would hide a mistake
        for tensor in made.state_dict().values():
            if tensor.is_floating_point() and not tensor.any():
                tensor.normal_(std=0.1)
    return made.eval()


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Iterator[nn.Module]:
    """A variant that all tests share and none changes."""
    shared = built(request.param)
    yield shared
    assert not any(module.training for module in shared.modules())


@having()
def test_every_variant_has_an_ability_and_is_asked_for_no_other(model, images) -> None:
    able = {ability for ability in (Reconstructs, *METHODS) if isinstance(model, ability)}
    assert able
    for ability, method in METHODS.items():
        assert (ability in able) == hasattr(model, method)
    x = images(4)
    asking: dict[type[nn.Module], Callable[[], object]] = {
        Reconstructs: lambda: inference.reconstruct(model, x, LABELS),
        Codes: lambda: inference.encode(model, x, LABELS),
        Samples: lambda: generation.draw(model, LABELS, seed=0),
    }
    for ability, ask in asking.items():
        if ability in able:
            assert torch.is_tensor(ask())
        else:
            with pytest.raises(LacksAbility):
                ask()


@having(Reconstructs)
def test_forward_gives_what_the_interface_says(model, images) -> None:
    output = model(images(4), LABELS)
    assert output.x_hat.shape == output.logits.shape == (4, 1, 28, 28)
    assert output.z.shape == (4, *(model.latent_shape if isinstance(model, Codes) else (0,)))
    assert output.x_hat.min() >= 0 and output.x_hat.max() <= 1
    assert output.logits.dtype == torch.float32
    assert torch.allclose(output.logits.sigmoid(), output.x_hat, atol=1e-5)
    assert all(term.ndim == 0 for term in output.terms.values())


@having(Reconstructs)
def test_logits_stay_float32_in_low_precision(model, images) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert model(images(4), LABELS).logits.dtype == torch.float32


@having(Reconstructs, Codes)
def test_forward_is_encode_then_decode_in_eval_mode(model, images) -> None:
    x = images(4)
    output = model(x, LABELS)
    z = model.encode(x, LABELS)
    assert torch.allclose(z, output.z)
    assert torch.allclose(model.decode(z, LABELS), output.x_hat, atol=1e-5)


@having(Reconstructs)
def test_eval_is_deterministic_and_ignores_every_generator(model, images) -> None:
    x = images(4)
    first = model(x, LABELS)
    torch.manual_seed(5)
    again = model(x, LABELS, generator=torch.Generator().manual_seed(3))
    assert torch.equal(first.x_hat, again.x_hat) and torch.equal(first.z, again.z)


@having(Reconstructs)
def test_images_do_not_affect_each_other_in_eval_mode(model, images) -> None:
    x = images(4)
    alone = torch.cat([model(x[i : i + 1], LABELS[i : i + 1]).x_hat for i in range(4)])
    assert torch.allclose(model(x, LABELS).x_hat, alone, atol=1e-5)


@having(Reconstructs)
def test_training_samples_from_the_given_generator_alone(model, images) -> None:
    x = images(4)

    def x_hat(seed: int, elsewhere: int) -> torch.Tensor:
        torch.manual_seed(elsewhere)
        training = copy.deepcopy(model).train()  # a forward may change what it has counted
        return training(x, LABELS, generator=torch.Generator().manual_seed(seed)).x_hat

    assert torch.equal(x_hat(1, elsewhere=0), x_hat(1, elsewhere=1))
    if isinstance(model, Autoencoder):
        is_random = model.posterior(x, LABELS) is not None
        assert torch.equal(x_hat(1, elsewhere=0), x_hat(2, elsewhere=0)) is not is_random


@having(Reconstructs)
def test_loss_terms_are_named_scalars(model, images) -> None:
    x = images(4)
    output = model(x, LABELS)
    terms = model.loss_terms(output, x)
    assert list(terms) == ["reconstruction", *output.terms]
    assert all(term.ndim == 0 and term.isfinite() for term in terms.values())


@having(Autoencoder)
def test_penalties_are_weighted_in_the_loss_alone(model, images) -> None:
    x = images(4)
    output = model(x, LABELS)
    terms, weights = model.loss_terms(output, x), model.weights()
    assert weights.keys() >= output.terms.keys()
    for name, term in output.terms.items():
        assert terms[name].item() == pytest.approx(weights[name] * term.item())


@having(Autoencoder)
def test_extra_metrics_are_numbers_with_a_name(model, images) -> None:
    figures = inference.extra_metrics(model, images(12), torch.arange(12) % 10)
    assert all(isinstance(value, float) for value in figures.values())
    assert torch.tensor(list(figures.values())).isfinite().all()


@having()
def test_a_model_that_does_not_reconstruct_has_validation_terms(model, images) -> None:
    if isinstance(model, Reconstructs):
        with pytest.raises(LacksAbility):
            model.validation_terms(images(4), LABELS, generator=torch.Generator())
        return
    terms = model.validation_terms(images(4), LABELS, generator=torch.Generator().manual_seed(0))
    assert terms and all(term.ndim == 0 and term.isfinite() for term in terms.values())


@having()
def test_a_model_that_needs_a_label_says_so_in_every_call(model, images) -> None:
    x = images(4)
    calls: list[Callable[[], object]] = []
    if isinstance(model, Reconstructs):
        calls.append(lambda: model(x))
    if isinstance(model, Codes):
        z = torch.zeros(4, *model.latent_shape)
        calls += [lambda: model.encode(x), lambda: model.decode(z)]
    for call in calls:
        if model.needs_label:
            with pytest.raises(LacksAbility, match="needs a label"):
                call()
        else:
            call()


@having(Samples)
def test_samples_are_images_that_a_seed_repeats(model) -> None:
    def draw(seed: int, temperature: float) -> torch.Tensor:
        return model.sample(LABELS, torch.Generator().manual_seed(seed), temperature)

    with torch.no_grad():
        images = draw(1, 1.0)
        assert images.shape == (4, 1, 28, 28) and images.min() >= 0 and images.max() <= 1
        assert torch.equal(images, draw(1, 1.0))
        assert not torch.equal(images, draw(2, 1.0))
        assert torch.equal(draw(1, 0.0), draw(2, 0.0))  # the centre of the prior has no spread


@having()
def test_only_samplers_can_sample_by_label(model) -> None:
    assert isinstance(model, Samples) or not hasattr(model, "samples_by_label")


@having(Inpaints)
def test_what_is_filled_in_comes_from_what_is_visible(model, images) -> None:
    x, hidden = images(4), torch.zeros(4, 1, 28, 28, dtype=torch.bool)
    hidden[:, :, 8:20, 4:16] = True
    with torch.no_grad():
        filled = model.inpaint(x, hidden)
        other = model.inpaint(torch.where(hidden, 1 - x, x), hidden)
    assert filled.shape == x.shape and filled.min() >= 0 and filled.max() <= 1
    assert torch.equal(filled[~hidden], x[~hidden]) and not torch.equal(filled, x)
    assert torch.equal(filled, other)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
@having()
def test_cpu_and_gpu_agree(model, images) -> None:
    x = images(4)
    elsewhere = copy.deepcopy(model).cuda()
    if isinstance(model, Reconstructs):
        on_cpu, on_gpu = model(x, LABELS), elsewhere(x.cuda(), LABELS.cuda())
        assert torch.allclose(on_gpu.x_hat.cpu(), on_cpu.x_hat, atol=1e-3)
        assert torch.allclose(on_gpu.z.cpu(), on_cpu.z, atol=1e-2)
    if isinstance(model, Samples):
        seeded = [torch.Generator().manual_seed(0) for _ in range(2)]
        samples = elsewhere.sample(LABELS.cuda(), seeded[0]).cpu()
        assert torch.allclose(model.sample(LABELS, seeded[1]), samples, atol=1e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_names_its_paper_and_repeats_no_forward(name: str) -> None:
    kind = VARIANTS[name]
    if issubclass(kind, Autoencoder):
        assert "forward" not in vars(kind) and "loss_terms" not in vars(kind)
    source = inspect.getmodule(kind)
    assert source is not None and source.__doc__
    assert any(year in source.__doc__ for year in map(str, range(1901, 2027)))
