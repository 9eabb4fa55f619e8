"""The objectives of a phase: weights, inputs and targets."""

import pytest
import torch

from ae_models.images.corruptions import CORRUPTIONS
from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig
from ae_models.training import augmentation, objectives
from ae_models.training.executor import SINGLE_PROCESS, SingleProcess
from ae_models.training.phases import Adversarial, Corruption, GradientPhase
from ae_models.variants.gan import Gan, GanConfig
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.stacked import Stacked, StackedConfig
from ae_models.variants.vae import Vae, VaeConfig

LABELS = torch.arange(12) % 10
RANGES = (
    Corruption("Gaussian", 0.2, 0.6),
    Corruption("masking", 0.1),
    Corruption("speckle", 0.0, 1.0),
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class LastThird(SingleProcess):
    """One of three processes."""

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        return batch[2 * len(batch) // 3 :]


@pytest.fixture
def corruptions(monkeypatch) -> list[tuple[str, float]]:
    """What each call of `corrupted` does: a kind of noise and its strength."""
    done: list[tuple[str, float]] = []
    for kind in CORRUPTIONS:
        monkeypatch.setitem(
            CORRUPTIONS, kind, lambda x, strength, _, kind=kind: done.append((kind, strength)) or x
        )
    return done


def test_without_noise_nothing_is_corrupted_or_drawn(images) -> None:
    x, generator = images(3), seeded()
    before = generator.get_state()
    assert objectives.corrupted(x, GradientPhase(1), generator) is x
    assert torch.equal(generator.get_state(), before)


def test_every_corruption_is_used_at_any_strength_of_its_range(corruptions, images) -> None:
    x, phase, generator = images(1), GradientPhase(1, corruptions=RANGES), seeded()
    for _ in range(600):
        objectives.corrupted(x, phase, generator)
    for corruption in RANGES:
        strengths = [strength for kind, strength in corruptions if kind == corruption.kind]
        assert 150 < len(strengths) < 250  # a third each
        most = corruption.min if corruption.max is None else corruption.max
        assert corruption.strength(0) == corruption.min and corruption.strength(1) == most
        width = most - corruption.min
        assert corruption.min <= min(strengths) <= corruption.min + 0.05 * width
        assert most - 0.05 * width <= max(strengths) <= most
        assert sum(strengths) / len(strengths) == pytest.approx(corruption.strength(0.5), abs=0.05)


def test_a_seed_repeats_the_corruption(images) -> None:
    x, phase = images(4), GradientPhase(1, corruptions=RANGES)
    one, other = (objectives.corrupted(x, phase, seeded(3)) for _ in range(2))
    assert torch.equal(one, other) and not torch.equal(one, x)
    assert not torch.equal(objectives.corrupted(x, phase, seeded(5)), one)


def test_a_range_is_described_in_words() -> None:
    assert GradientPhase(1, corruptions=RANGES).describe().count("noise") == 3
    assert "Gaussian noise 0.2 to 0.6" in GradientPhase(1, corruptions=RANGES).describe()
    assert RANGES[0].strength(0.5) == pytest.approx(0.4) and RANGES[1].strength(0.5) == 0.1
    assert Corruption("blur", 1, 2).record().sentence() == "blur 1 to 2"
    assert "part" not in GradientPhase(1, corruptions=RANGES).describe()
    assert "4 parts" in GradientPhase(1, corruptions=RANGES, chunks=4).describe()


def test_each_chunk_of_a_batch_has_its_own_corruption(corruptions, images) -> None:
    x, phase = images(12), GradientPhase(1, corruptions=RANGES, chunks=6)
    assert torch.equal(objectives.corrupted(x, phase, seeded()), x)
    assert len(corruptions) == len(set(corruptions)) + corruptions.count(("masking", 0.1)) - 1 == 6
    assert len({kind for kind, _ in corruptions}) > 1


def test_the_target_of_a_shifted_image_is_the_shifted_image(images, monkeypatch) -> None:
    model = PlainAutoencoder(BackboneConfig(latent_dim=4))
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(model, "loss_terms", lambda output, target: seen.append(target) or {})
    x = images(12)
    phase = GradientPhase(1, shift=2, flip=True, corruptions=(Corruption("masking", 0.5),))
    (player,) = objectives.objectives(model, phase, seeded(), SINGLE_PROCESS)
    player.terms(x, LABELS)
    assert torch.equal(seen[0], augmentation.augmented(x, phase, seeded()))
    assert player.module is model


def test_a_classifier_is_trained_on_the_label(images, monkeypatch) -> None:
    judge = ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12))
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(judge, "loss_terms", lambda output, target: seen.append(target) or {})
    objectives.objectives(judge, GradientPhase(1, target="label"), seeded(), SINGLE_PROCESS)[
        0
    ].terms(images(12), LABELS)
    assert torch.equal(seen[0], LABELS)


def test_a_part_is_trained_alone() -> None:
    model = Stacked(StackedConfig(latent_dim=3, hidden=(8, 5)))
    (player,) = objectives.objectives(
        model, GradientPhase(1, part="layer 2"), seeded(), SINGLE_PROCESS
    )
    moving = {id(p) for p in player.module.parameters()}
    expected = [*model.down[1].parameters(), *model.up[1].parameters()]
    assert moving == {id(p) for p in expected}


def test_each_adversary_is_trained_on_its_own_terms(images) -> None:
    model = Gan(GanConfig(latent_dim=4, channels=4, hidden=8))
    duel = objectives.objectives(model, Adversarial(1), seeded(), SINGLE_PROCESS)
    assert [player.module for player in duel] == [model.discriminator, model.generator]
    x = images(12)
    for player, name in zip(duel, ("discriminator", "generator"), strict=True):
        model.eval()  # so that batch normalisation counts nothing between the two
        terms = player.terms(x, LABELS)
        assert terms.keys() == model.adversarial_terms(name, x, LABELS, generator=seeded()).keys()


@pytest.mark.parametrize(
    "phase",
    [GradientPhase(1), GradientPhase(1, corruptions=RANGES, shift=2, flip=True, blur=1.0)],
    ids=str,
)
def test_a_share_is_of_the_batch_that_one_process_would_see(phase, images, monkeypatch) -> None:
    """Varied and corrupted as a whole, then shared: the rows are those of the whole batch."""
    torch.manual_seed(0)
    model = PlainAutoencoder(BackboneConfig(latent_dim=4, backbone=Dense(hidden=(8,))))
    x = images(12)
    met: list[torch.Tensor] = []
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda x, *rest, **more: met.append(x) or forward(x))
    for executor in (SINGLE_PROCESS, LastThird()):
        objectives.objectives(model, phase, seeded(), executor)[0].terms(x, LABELS)
    whole, third = met
    assert len(third) == 4 and torch.equal(third, whole[8:])


def test_a_share_of_an_adversary_and_of_a_part_has_its_own_labels(images, monkeypatch) -> None:
    met: list[tuple[int, list[int]]] = []

    def terms(name: str, x: torch.Tensor, label: torch.Tensor, **_: object) -> dict:
        met.append((len(x), label.tolist()))
        return {}

    gan, stack = Gan(GanConfig(latent_dim=4, channels=4, hidden=8)), Stacked(StackedConfig())
    monkeypatch.setattr(gan, "adversarial_terms", terms)
    monkeypatch.setattr(stack, "part_terms", terms)
    cases = ((gan, Adversarial(1)), (stack, GradientPhase(1, part="layer 1")))
    for model, phase in cases:
        for objective in objectives.objectives(model, phase, seeded(), LastThird()):
            objective.terms(images(12), LABELS)
    assert met == [(4, LABELS[8:].tolist())] * 3


def test_terms_of_a_variational_model_draw_from_the_generator_given(images) -> None:
    torch.manual_seed(0)
    model = Vae(VaeConfig(latent_dim=4)).train()
    found = [
        objectives.objectives(model, GradientPhase(1), seeded(seed), SINGLE_PROCESS)[0].terms(
            images(12), LABELS
        )
        for seed in (1, 1, 2)
    ]
    values = [terms["reconstruction"].item() for terms in found]
    assert values[0] == values[1] != values[2]
