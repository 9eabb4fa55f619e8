"""The VQ-VAE: nearest entries, straight-through gradients, its terms, restarts, its prior."""

import math

import pytest
import torch

from ae_models.artifacts.checkpoint import as_shipped
from ae_models.metric_key import Metric
from ae_models.variants.vqvae import Vqvae, VqvaeConfig

LABELS = torch.arange(10)


@pytest.fixture
def model() -> Vqvae:
    torch.manual_seed(0)
    return Vqvae(VqvaeConfig(latent_dim=3, entries=7, channels=8)).eval()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_place_gets_the_nearest_entry(model: Vqvae, images) -> None:
    x = images(5)
    grid, chosen, z = model.continuous(x), model.indices(x), model.encode(x)
    assert chosen.shape == (5, 49) and z.shape == (5, 3, 7, 7)
    for n in range(5):
        for place in range(49):
            row, column = divmod(place, 7)
            vector = grid[n, :, row, column]
            distances = [(vector - entry).square().sum().item() for entry in model.codebook]
            assert chosen[n, place] == min(range(7), key=distances.__getitem__)
            entry = model.codebook[chosen[n, place]]
            assert torch.allclose(z[n, :, row, column], entry, atol=1e-6)
            assert torch.equal(model.entries(chosen)[n, :, row, column], entry)


def test_gradients_go_straight_through_the_choice(model: Vqvae, images) -> None:
    """The encoder gets the decoder's gradient at the entries, as if there were no choice."""
    x = images(4)
    grid = model.continuous(x).detach()
    at = model.entries(model.nearest(grid)).detach().requires_grad_()
    (wanted,) = torch.autograd.grad(model.decode_logits(at).square().sum(), at)
    encoder = list(model.encoder.parameters())
    expected = torch.autograd.grad(model.continuous(x), encoder, grad_outputs=wanted)
    found = torch.autograd.grad(model.decode_logits(model.encode(x)).square().sum(), encoder)
    for one, other in zip(found, expected, strict=True):
        assert other.any() and torch.allclose(one, other, rtol=1e-4, atol=1e-4)


def test_terms_are_squared_distances_with_separate_gradients(model: Vqvae, images) -> None:
    x = images(4)
    output = model(x)
    grid = model.continuous(x)
    chosen = model.entries(model.indices(x))
    expected = (grid - chosen).square().sum().item() / 4
    terms = model.loss_terms(output, x)
    assert terms["codebook"].item() == pytest.approx(expected, rel=1e-5)
    assert terms["commitment"].item() == pytest.approx(0.25 * expected, rel=1e-5)
    (moves,) = torch.autograd.grad(terms["codebook"], model.codebook, retain_graph=True)
    by_hand = torch.zeros_like(moves)  # 2 (entry - vector) of each place that chose it
    by_hand.index_add_(
        0, model.indices(x).flatten(), 2 * (chosen - grid).flatten(2).transpose(1, 2).flatten(0, 1)
    )
    assert torch.allclose(moves, by_hand / 4, atol=1e-4)
    reached = torch.autograd.grad(
        terms["commitment"], [model.codebook, model.encoder[1].weight], allow_unused=True
    )
    assert reached[0] is None and reached[1] is not None and reached[1].any()


def test_the_first_batch_makes_the_codebook_and_dead_entries_start_anew(images) -> None:
    torch.manual_seed(0)
    model = Vqvae(VqvaeConfig(latent_dim=3, entries=7, channels=8)).train()
    x = images(16)
    assert not model.usage.any()
    model.encode(x)
    vectors = model.continuous(x).transpose(0, 1).flatten(1).T
    assert (torch.cdist(model.codebook, vectors).min(1).values < 1e-3).all()
    with torch.no_grad():
        model.codebook[2] = 1e3  # nothing is near it
        model.codebook[4] += 0.01
        moved = model.codebook[4].clone()
    rounds = 0
    while (model.codebook[2] == 1e3).all():
        model.encode(x)
        rounds += 1
        assert rounds < 1_000
    assert rounds > 10 and torch.cdist(model.codebook[2:3], vectors).min() < 1e-3
    assert torch.equal(model.codebook[4], moved)
    assert model.usage.sum().item() == pytest.approx(1, abs=0.2)


def test_eval_changes_nothing(model: Vqvae, images) -> None:
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model(images(3))
    model.sample(LABELS, seeded())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    shipped = as_shipped(model)
    assert "usage" not in shipped.state_dict()
    assert shipped(images(3)).x_hat.shape == (3, 1, 28, 28)


def test_training_the_prior_leaves_the_rest_alone(images) -> None:
    model = Vqvae(VqvaeConfig(latent_dim=3, entries=7, channels=8)).train()
    before = model.codebook.clone()
    terms = model.part_terms("prior", images(10), LABELS, generator=seeded())
    sum(terms.values()).backward()
    reached = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None}
    assert reached == {"prior"} and torch.equal(model.codebook, before) and not model.usage.any()
    expected = model.prior.negative_log_likelihood(model.indices(images(10)), LABELS)
    assert terms["prior"].item() == pytest.approx(expected.item())


def test_extra_metrics_are_perplexity_and_bits(model: Vqvae, images) -> None:
    x = images(10)
    figures = model.extra_metrics(x, LABELS)
    shares = torch.bincount(model.indices(x).flatten(), minlength=7).double() / 490
    entropy = -sum(p * math.log(p) for p in shares.tolist() if p)
    assert figures[Metric("perplexity")] == pytest.approx(math.exp(entropy), rel=1e-4)
    assert 1 <= figures[Metric("perplexity")] <= 7
    assert figures[Metric("bits", condition="without_prior")] == pytest.approx(49 * math.log2(7))
    nats = model.prior.negative_log_likelihood(model.indices(x), LABELS).item()
    assert figures[Metric("bits")] == pytest.approx(nats / math.log(2))
    assert set(model.extra_metrics(x)) == {
        Metric("perplexity"),
        Metric("bits", condition="without_prior"),
    }


def test_samples_are_decoded_draws_of_the_prior(model: Vqvae) -> None:
    drawn = model.sample(LABELS, seeded(3), 0.7)
    indices = model.prior.draw(LABELS, seeded(3), 0.7)
    assert torch.equal(drawn, model.decode(model.entries(indices)))
    still = [model.sample(LABELS, seeded(seed), 0.0) for seed in (1, 2)]
    assert torch.equal(*still)
