"""The masked autoencoder: no leak of hidden patches, unchanged visible pixels."""

import pytest
import torch

from ae_models.base import Codes, Inpaints, Reconstructs
from ae_models.tasks.inpainting import hide_patches
from ae_models.variants.mae import (
    NOWHERE,
    PATCHES,
    Mae,
    MaeConfig,
    distance_bias,
    hide,
    positional_embedding,
)


@pytest.fixture
def model() -> Mae:
    torch.manual_seed(0)
    built = Mae(MaeConfig(width=16, depth=2, decoder_depth=2, heads=2))
    with torch.no_grad():  # small first weights would let a leak pass for a rounding error
        for parameter in built.parameters():
            parameter.mul_(3)
    return built.eval().requires_grad_(False)


@pytest.fixture
def hidden() -> torch.Tensor:
    """Half of the patches of four images."""
    return hide_patches(torch.zeros(4, 1, 28, 28), 0.5, torch.Generator().manual_seed(2))


def test_it_restores_and_fills_in_and_claims_no_code(model: Mae, images) -> None:
    output = model(images(4))
    assert output.x_hat.shape == output.logits.shape == (4, 1, 28, 28)
    assert output.logits.dtype == torch.float32
    assert torch.allclose(output.logits.sigmoid(), output.x_hat, atol=1e-6)
    assert output.z.shape == (4, 0) and output.terms == {}
    assert isinstance(model, Reconstructs) and isinstance(model, Inpaints)
    assert not isinstance(model, Codes)


def test_visible_pixels_come_back_exactly_and_hidden_ones_are_drawn(model, images, hidden) -> None:
    x = images(4)
    filled = model.inpaint(x, hidden)
    assert filled.shape == x.shape and filled.min() >= 0 and filled.max() <= 1
    assert torch.equal(filled[~hidden], x[~hidden])
    assert not torch.equal(filled[hidden], x[hidden])


@pytest.mark.parametrize("content", [0.0, 1.0, float("nan"), float("inf")])
def test_what_is_hidden_does_not_leak(model: Mae, images, hidden, content: float) -> None:
    x = images(4)
    assert torch.equal(
        model.inpaint(x.masked_fill(hidden, content), hidden), model.inpaint(x, hidden)
    )


def test_what_is_visible_matters(model: Mae, images, hidden) -> None:
    x = images(4)
    other = torch.where(hidden, x, 1 - x)
    assert (model.inpaint(other, hidden) - model.inpaint(x, hidden))[hidden].abs().max() > 0.01


def test_one_hidden_pixel_hides_its_patch(model: Mae, images) -> None:
    x = images(2)
    one = torch.zeros(2, 1, 28, 28, dtype=torch.bool)
    one[..., 9, 14] = True
    around = x.clone()
    around[..., 8:12, 12:16] = 0.5
    filled = model.inpaint(around, one)
    assert torch.equal(filled[one], model.inpaint(x, one)[one])
    assert torch.equal(filled[~one], around[~one])


def test_images_with_more_and_less_hidden_share_a_batch(model: Mae, images) -> None:
    x = images(4)
    generator = torch.Generator().manual_seed(0)
    parts = (0.0, 0.2, 0.7, 1.0)
    hidden = torch.cat([hide_patches(x[:1], part, generator) for part in parts])
    alone = torch.cat([model.inpaint(x[i : i + 1], hidden[i : i + 1]) for i in range(4)])
    assert torch.allclose(model.inpaint(x, hidden), alone, atol=1e-5)
    assert model.inpaint(x[:0], hidden[:0]).shape == (0, 1, 28, 28)


def test_in_eval_mode_nothing_is_hidden(model: Mae, images) -> None:
    x = images(3)
    nothing = torch.zeros(3, PATCHES, dtype=torch.bool)
    expected = model.logits(x, nothing)
    assert torch.equal(model(x, generator=torch.Generator().manual_seed(1)).logits, expected)
    assert torch.equal(model.inpaint(x, nothing.new_zeros(3, 1, 28, 28)), x)


def test_in_training_the_generator_hides_and_a_seed_repeats(model: Mae, images) -> None:
    x = images(3)
    model.train()

    def drawn(seed: int, elsewhere: int) -> torch.Tensor:
        torch.manual_seed(elsewhere)
        return model(x, generator=torch.Generator().manual_seed(seed)).logits

    assert torch.equal(drawn(1, elsewhere=0), drawn(1, elsewhere=1))
    assert not torch.allclose(drawn(1, elsewhere=0), drawn(2, elsewhere=0))
    assert not torch.allclose(drawn(1, elsewhere=0), model.eval()(x).logits)


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 1.0])
def test_as_many_patches_are_hidden_as_are_asked_for(part: float) -> None:
    hidden = hide(50, part, torch.Generator().manual_seed(0))
    assert hidden.shape == (50, PATCHES) and hidden.dtype == torch.bool
    assert (hidden.sum(1) == round(49 * part)).all()
    if 0 < part < 1:
        assert len(hidden.unique(dim=0)) == 50


@pytest.mark.parametrize("itself", [True, False])
def test_attention_is_the_one_of_torch(model: Mae, itself: bool) -> None:
    block = model.encoder[0]
    x, bias = torch.randn(2, 7, 16), torch.randn(2, 2, 7, 7)
    bias[1, :, :, 3:5] = float("-inf")
    context = block.before_asking(x) if itself else torch.randn(2, 7, 16)
    expected, _ = torch.nn.functional.multi_head_attention_forward(
        *(t.transpose(0, 1) for t in (block.before_asking(x), context, context)),
        embed_dim_to_check=16,
        num_heads=2,
        in_proj_weight=torch.cat([block.ask.weight, block.offer.weight]),
        in_proj_bias=torch.cat([block.ask.bias, block.offer.bias]),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=block.take.weight,
        out_proj_bias=block.take.bias,
        training=False,
        attn_mask=bias.flatten(0, 1),
    )
    taken = x + expected.transpose(0, 1)
    whole = taken + block.think(block.before_thinking(taken))
    found = block(x, bias) if itself else block(x, bias, context)
    assert torch.allclose(found, whole, rtol=1e-4, atol=1e-4)


def test_distance_lowers_the_attention_bias_and_hidden_patches_get_none() -> None:
    keys = torch.tensor([[0, 1, 48, NOWHERE]])
    seen = torch.tensor([[True, True, False, True]])
    bias = distance_bias(torch.tensor([[0, NOWHERE]]), keys, seen, heads=2)
    assert bias.shape == (1, 2, 2, 4)
    assert (bias[..., 2] == float("-inf")).all()
    assert bias[0, :, 0, 1].tolist() == [-2, -1]
    assert not bias[:, :, 1, [0, 1, 3]].any() and not bias[..., 3].any()
    everything = distance_bias(keys, keys, torch.ones_like(seen), heads=2)
    assert everything[0, 0, 0, 2].item() == pytest.approx(-2 * 72**0.5)


def test_positional_embeddings_of_all_patches_differ() -> None:
    found = positional_embedding(16)
    assert found.shape == (50, 16) and not found[NOWHERE].any()
    apart = torch.cdist(found[:NOWHERE], found[:NOWHERE])
    assert (apart + torch.eye(49)).min() > 0.3
    assert apart[24, 25] < apart[24, 27]  # a neighbour is more alike
