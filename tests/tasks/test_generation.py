"""Generation: shapes, ranges and seeds, on a model with random weights and on shipped ones."""

import threading

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.base import LacksAbility, Samples
from ae_models.metric_key import Metric
from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig
from ae_models.tasks import generation
from ae_models.variants import VARIANTS
from ae_models.variants.cvae import Cvae, CvaeConfig
from ae_models.variants.gan import GanConfig
from ae_models.variants.vae import Vae, VaeConfig

LABELS = [2, 0, 2, 6]


@pytest.fixture
def model() -> Cvae:
    torch.manual_seed(0)
    built = Cvae(CvaeConfig(latent_dim=6))
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.normal_(std=0.1)
    return built.eval().requires_grad_(False)


def test_one_image_a_label_in_range_on_the_cpu(model: Cvae) -> None:
    images = generation.sample("mnist", LABELS, model=model)
    assert images.shape == (4, 1, 28, 28) and images.device.type == "cpu"
    assert images.min() >= 0 and images.max() <= 1
    assert torch.equal(generation.sample("mnist", torch.tensor(LABELS), model=model), images)
    assert generation.sample("mnist", [], model=model).shape == (0, 1, 28, 28)


def test_a_seed_repeats_exactly_whatever_else_is_random(model: Cvae) -> None:
    first = generation.sample("mnist", LABELS, seed=7, model=model)
    torch.manual_seed(3)
    assert torch.equal(generation.sample("mnist", LABELS, seed=7, model=model), first)
    assert not torch.equal(generation.sample("mnist", LABELS, seed=8, model=model), first)
    state = torch.get_rng_state()
    generation.sample("mnist", LABELS, model=model)
    assert torch.equal(torch.get_rng_state(), state)


def test_two_sessions_at_once_see_the_same_images(model: Cvae) -> None:
    labels = list(range(10)) * 30
    alone = generation.sample("mnist", labels, seed=7, model=model)
    found: dict[int, torch.Tensor] = {}
    begin = threading.Barrier(4)

    def visit(seed: int) -> None:
        begin.wait()
        for _ in range(5):
            found[seed] = generation.sample("mnist", labels, seed=seed, model=model)

    # Two with the seed, two with others, who must not disturb them.
    visitors = [threading.Thread(target=visit, args=(seed,)) for seed in (7, 7, 8, 9)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert torch.equal(found[7], alone)
    assert not torch.equal(found[8], alone)


def test_temperature_0_gives_each_class_one_image(model: Cvae) -> None:
    images = generation.sample("mnist", [4, 4, 5], seed=1, temperature=0.0, model=model)
    assert torch.equal(images[0], images[1]) and not torch.equal(images[0], images[2])
    other = generation.sample("mnist", [4, 4, 5], seed=2, temperature=0.0, model=model)
    assert torch.equal(images, other)


@pytest.mark.parametrize("dim", [2, 6, 16, 20])
def test_the_first_styles_are_the_same_for_every_count(dim: int) -> None:
    model = Cvae(CvaeConfig(latent_dim=dim))
    styles = {n: generation.styles("mnist", n, 5, model=model) for n in (1, 3, 8, 30)}
    for count, drawn in styles.items():
        assert drawn.shape == (count, dim) and torch.equal(drawn, styles[30][:count])
    assert styles[30].std().item() == pytest.approx(1, abs=0.3)


def test_the_style_of_an_image_is_what_from_style_started_from(model: Cvae, images) -> None:
    x, labels = images(4), torch.tensor(LABELS)
    style = generation.style_of("mnist", x, labels, model=model)
    assert style.shape == (4, 6)
    assert torch.allclose(model.from_style(style, labels), model.encode(x, labels), atol=1e-4)
    again = generation.in_styles("mnist", labels, style, model=model)
    assert torch.allclose(again, model(x, labels).x_hat, atol=1e-4)


@pytest.mark.parametrize("wrong", [[10], [-1], [0, 99]])
def test_labels_of_no_class_are_refused_before_the_model_sees_them(wrong, model: Cvae) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        generation.sample("mnist", wrong, model=model)


@pytest.mark.parametrize("temperature", [float("nan"), float("inf"), -0.1])
def test_a_temperature_that_is_none_is_refused(temperature: float, model: Cvae) -> None:
    with pytest.raises(ValueError, match="temperature"):
        generation.sample("mnist", LABELS, temperature=temperature, model=model)


def test_nearest_finds_the_image_itself_and_its_neighbour(images) -> None:
    among = images(50)
    assert generation.nearest(among[[7, 3, 3]], among).tolist() == [7, 3, 3]
    assert generation.nearest(among[[8]] * 0.99 + 0.005, among).tolist() == [8]


def test_the_nearest_of_many_is_found_part_by_part() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    asked = torch.rand((9, 1, 28, 28), generator=torch.Generator().manual_seed(1))
    whole = generation.nearest(asked, datasets.to_tensor(pixels))
    for part in (7, 50, 1_000):
        assert (generation.nearest_pixels(asked, pixels, part) == whole).all()


class Copies(Vae):
    """A sampler that returns given images of the requested labels."""

    samples_by_label = True

    def __init__(self, real: torch.Tensor) -> None:
        super().__init__(VaeConfig(latent_dim=2))
        self.real = real

    def sample(self, labels, generator, temperature=1.0):
        return self.real


class CopiesUnasked(Copies):
    samples_by_label = False


@pytest.fixture
def judge() -> ReferenceClassifier:
    torch.manual_seed(0)
    return ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12)).eval()


@pytest.mark.parametrize("kind", [Copies, CopiesUnasked])
def test_figures_of_a_model_that_copies_are_those_of_real_images(kind, judge, images) -> None:
    """Its diversity is 1 and its distance 0."""
    real, labels = images(100), torch.arange(10).repeat(10)
    found = generation.figures(kind(real), judge, real, labels, each=10, seed=0)
    assert found[Metric("diversity")] == pytest.approx(1)
    assert found[Metric("frechet")] == pytest.approx(0, abs=1e-6) and found[generation.FLOOR] > 0
    assert (Metric("agreement") in found) == kind.samples_by_label
    if kind.samples_by_label:
        probabilities = judge(real).argmax(1)
        assert found[Metric("agreement")] == pytest.approx(
            (probabilities == labels).float().mean().item()
        )


def test_diversity_is_within_a_class_only_for_models_with_labels(judge, images) -> None:
    """One image a class, ten times: no variety under a label, much without labels."""
    real, labels = images(100), torch.arange(10).repeat(10)
    same = images(10).repeat(10, 1, 1, 1)
    by_label = generation.figures(Copies(same), judge, real, labels, each=10, seed=0)
    unasked = generation.figures(CopiesUnasked(same), judge, real, labels, each=10, seed=0)
    assert by_label[Metric("diversity")] == pytest.approx(0, abs=1e-6)
    pairs = torch.cdist(same.flatten(1).double(), same.flatten(1).double()).sum()
    real_pairs = torch.cdist(real.flatten(1).double(), real.flatten(1).double()).sum()
    assert unasked[Metric("diversity")] == pytest.approx((pairs / real_pairs).item(), rel=1e-4)


SAMPLERS = [name for name, kind in VARIANTS.items() if issubclass(kind, Samples)]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_draws_by_a_seed_in_any_number(name: str) -> None:
    torch.manual_seed(0)
    kind = VARIANTS[name]
    built = kind(kind.Config(latent_dim=8)).eval()
    labels = torch.tensor(LABELS)
    drawn = generation.draw(built, labels, seed=5)
    assert drawn.shape == (4, 1, 28, 28) and drawn.min() >= 0 and drawn.max() <= 1
    assert torch.equal(generation.draw(built, labels, seed=5), drawn)
    assert not torch.equal(generation.draw(built, labels, seed=6), drawn)
    assert generation.draw(built, labels[:0], seed=5).shape == (0, 1, 28, 28)
    assert generation.sample("mnist", LABELS, seed=5, model=built).shape == (4, 1, 28, 28)
    with pytest.raises(ValueError, match="temperature"):
        generation.draw(built, labels, seed=5, temperature=-1)
    if built.samples_by_label:
        with pytest.raises(ValueError, match="from 0 to 9"):
            generation.draw(built, labels + 8, seed=5)


def test_a_checkpoint_is_sampled_by_its_name(put) -> None:
    model = put("some", "vae", family="variational")
    expected = generation.draw(model, torch.tensor(LABELS), seed=2)
    assert torch.equal(generation.sample("mnist", LABELS, seed=2, model="some"), expected)
    put("other", "plain", family="bottleneck")
    with pytest.raises(LacksAbility, match="lacks the ability Samples"):
        generation.sample("mnist", LABELS, model="other")


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_reference_classifier_recognises_the_shipped_models_samples(
    dataset: str, lacking
) -> None:
    names = [path.parent.name for path in checkpoint.folder(dataset).glob("*/card.json")]
    if not {"judge", generation.SAMPLER} <= set(names):
        lacking(f"needs the judge and the {generation.SAMPLER} of {dataset}")
    labels = torch.arange(10).repeat(20)
    judge = checkpoint.load(dataset, "judge", torch.device("cpu"))
    probabilities = judge(generation.sample(dataset, labels, seed=3)).argmax(1)
    assert (probabilities == labels).float().mean() > {"mnist": 0.9, "fashion": 0.7}[dataset]


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_in_parts_come_the_same_images(model: Cvae, size: int) -> None:
    labels = torch.arange(10).repeat(3)
    whole = datasets.to_pixels(generation.sample("mnist", labels, seed=7, model=model))
    parts = list(generation.in_parts("mnist", labels, seed=7, model=model, size=size))
    assert {len(part) for part in parts[:-1]} <= {size}
    different = np.abs(np.concatenate(parts).astype(int) - whole)
    assert different.max() <= 1  # a batch of another size rounds another way
    torch.manual_seed(0)
    gan = VARIANTS["gan"](GanConfig()).eval().requires_grad_(False)
    whole = datasets.to_pixels(generation.sample("mnist", labels, seed=7, model=gan))
    (only,) = generation.in_parts("mnist", labels, seed=7, model=gan)
    assert np.array_equal(only, whole)


def test_parts_are_refused_as_the_whole_is(model: Cvae) -> None:
    with pytest.raises(ValueError, match="0 to 9"):
        next(generation.in_parts("mnist", torch.tensor([10]), seed=0, model=model))
    with pytest.raises(LacksAbility):
        next(generation.in_parts("mnist", torch.tensor([1]), seed=0, model=torch.nn.Identity()))
