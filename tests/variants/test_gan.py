"""The GAN: loss terms by hand, trained parts, moving average, and exact resumption."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ae_models import inference
from ae_models.artifacts.checkpoint import as_shipped
from ae_models.base import Codes, LacksAbility, Reconstructs, Samples
from ae_models.training.loop import train
from ae_models.training.phases import Adversarial, TrainingSet
from ae_models.training.state import TrainingState
from ae_models.variants.gan import Gan, GanConfig

LABELS = torch.arange(10)
SMALL = GanConfig(latent_dim=6, channels=4, hidden=8)


def gan(**changes: object) -> Gan:
    torch.manual_seed(0)
    return Gan(SMALL.model_copy(update=changes))


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Brightness(torch.nn.Module):
    """A fixed discriminator: the score is the sum of the pixels, the class is always the third."""

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        classes = torch.zeros(len(x), 10)
        classes[:, 3] = 2.0
        return x.flatten(1).sum(1), classes


def cross_entropy_of_the_third(labels: Tensor) -> float:
    total = math.log(9 + math.exp(2.0))
    return sum(total - (2.0 if label == 3 else 0.0) for label in labels.tolist()) / len(labels)


def test_terms_are_those_of_the_papers(images) -> None:
    model, x = gan(class_weight=0.25, r1_weight=0.5), images(10)
    model.discriminator = Brightness()
    invented = model.generator(model.noise(10, seeded()), LABELS).detach()
    real, fake = (part.flatten(1).sum(1).tolist() for part in (x, invented))
    terms = model.adversarial_terms("discriminator", x, LABELS, generator=seeded())
    expected = sum(math.log1p(math.exp(-s)) for s in real) / 10  # -log D(x)
    expected += sum(s + math.log1p(math.exp(-s)) for s in fake) / 10  # -log(1 - D(G(z)))
    assert terms["discriminator"].item() == pytest.approx(expected, rel=1e-5)
    assert terms["class"].item() == pytest.approx(0.25 * cross_entropy_of_the_third(LABELS))
    assert terms["r1"].item() == pytest.approx(0.5 * 784)  # of a sum of 784 pixels
    terms = model.adversarial_terms("generator", x, LABELS, generator=seeded())
    expected = sum(math.log1p(math.exp(-s)) for s in fake) / 10  # -log D(G(z)): it never saturates
    assert terms["generator"].item() == pytest.approx(expected, rel=1e-4, abs=1e-12)
    by_class = 0.25 * cross_entropy_of_the_third(LABELS)
    assert terms["generated class"].item() == pytest.approx(by_class)


def test_the_r1_penalty_is_that_of_finite_differences(images) -> None:
    model, x = gan().double(), images(16).double()
    label = torch.zeros(16, dtype=torch.long)
    step, slopes = 1e-5, []
    for pixel in range(784):  # a sixteenth of 16 images is one
        nudge = torch.zeros(784, dtype=torch.double)
        nudge[pixel] = step
        nudge = nudge.view(1, 1, 28, 28)
        up, down = (model.discriminator.body(x[:1] + way * nudge) for way in (1, -1))
        slopes.append(model.discriminator.score(up - down).item() / (2 * step))
    bias = model.discriminator.score.bias.item()
    slopes = [slope - bias / (2 * step) for slope in slopes]
    expected = sum(slope**2 for slope in slopes)
    assert model.squared_gradient_norm(x, label).item() == pytest.approx(expected, rel=1e-3)


def test_each_adversary_is_trained_alone(images) -> None:
    model = gan()
    for name, other in [("discriminator", "generator"), ("generator", "discriminator")]:
        model.zero_grad()
        terms = model.adversarial_terms(name, images(10), LABELS, generator=seeded())
        sum(terms.values()).backward()
        moved = {n.split(".")[0] for n, p in model.named_parameters() if p.grad is not None}
        assert moved == {name} and other not in moved
        reached = getattr(model, name).named_parameters()
        assert all(p.grad is not None and p.grad.any() for n, p in reached if "0.bias" not in n)


def test_the_label_and_the_noise_change_the_picture() -> None:
    model = gan().eval()
    noise = model.noise(1, seeded())
    assert len(model.average(noise.expand(10, -1), LABELS).unique(dim=0)) == 10
    three = torch.full((10,), 3)
    assert len(model.average(model.noise(10, seeded()), three).unique(dim=0)) == 10
    assert len(model.sample(three, seeded(), temperature=0.0).unique(dim=0)) == 1


def test_the_average_follows_by_its_formula() -> None:
    model = gan(ema_decay=0.75)
    before = {key: value.clone() for key, value in model.average.state_dict().items()}
    with torch.no_grad():
        for tensor in model.generator.state_dict().values():
            tensor.add_(1)
    model.after_step()
    for key, value in model.average.state_dict().items():
        if value.is_floating_point():
            latest = model.generator.state_dict()[key]
            assert torch.allclose(value, 0.75 * before[key] + 0.25 * latest, atol=1e-6)


def test_it_only_samples_and_only_the_average_ships(images) -> None:
    model = gan().eval()
    assert isinstance(model, Samples) and not isinstance(model, Reconstructs | Codes)
    with pytest.raises(LacksAbility, match="Gan lacks the ability Codes"):
        inference.encode(model, images(2))
    with pytest.raises(LacksAbility, match="Gan lacks the ability Reconstructs"):
        inference.reconstruct(model, images(2))
    drawn = model.sample(LABELS, seeded())
    shipped = as_shipped(model)
    assert {key.split(".")[0] for key in shipped.state_dict()} == {"average"}
    assert torch.equal(shipped.sample(LABELS, seeded()), drawn)


@pytest.fixture
def data(images) -> TrainingSet:
    x, labels = images(84), torch.arange(84) % 10
    return TrainingSet(x[:64], labels[:64], x[64:], labels[64:])


def start(seed: int = 0) -> TrainingState:
    torch.manual_seed(seed)
    return TrainingState(
        Gan(SMALL), [Adversarial(3, 1e-2, batch_size=16)], seed, torch.device("cpu")
    )


@pytest.mark.parametrize("stop", [1, 2])
def test_adversarial_training_resumes_exactly(stop: int, data: TrainingSet, tmp_path: Path) -> None:
    straight = start()
    list(train(straight, data))
    stopped = start()
    for _ in zip(range(stop), train(stopped, data), strict=False):
        stopped.save(tmp_path)
    torch.manual_seed(99)
    resumed = start(seed=5)
    assert resumed.restore(tmp_path)
    list(train(resumed, data))
    expected, found = straight.model.state_dict(), resumed.model.state_dict()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    records = [(e.epoch, e.loss, e.validation) for e in straight.history]
    assert records == [(e.epoch, e.loss, e.validation) for e in resumed.history]
    first = straight.history[0]
    assert set(first.loss) == {"discriminator", "class", "r1", "generator", "generated class"}
    assert set(first.validation) == {"real", "generated"}
    assert all(0 < value < 1 for value in first.validation.values())


def test_it_generates_its_training_images() -> None:
    """Bright and dark images, a class each: the average draws them as bright as they are."""
    label = torch.arange(64) % 2
    shade = torch.where(label == 1, 0.8, 0.2)[:, None, None, None].expand(64, 1, 28, 28)
    data = TrainingSet(shade, label, shade[:20], label[:20])
    torch.manual_seed(0)
    model = Gan(SMALL.model_copy(update={"ema_decay": 0.9}))
    list(
        train(
            TrainingState(model, [Adversarial(60, 3e-3, batch_size=16)], 0, torch.device("cpu")),
            data,
        )
    )
    drawn = model.eval().sample(torch.tensor([0, 1]).repeat(10), seeded()).flatten(1).mean(1)
    assert drawn[::2].mean().item() == pytest.approx(0.2, abs=0.1)
    assert drawn[1::2].mean().item() == pytest.approx(0.8, abs=0.1)
