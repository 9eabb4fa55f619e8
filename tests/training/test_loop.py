"""Training: records in order, exact resumption, and divergence."""

import contextlib
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from ae_models import inference
from ae_models.base import AutoencoderConfig
from ae_models.i18n import Sentence
from ae_models.networks.backbones import BackboneConfig, Conv, Dense
from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig
from ae_models.training.loop import NOT_FINITE, Diverged, Step, train
from ae_models.training.optimizers import SCHEDULES
from ae_models.training.phases import Adversarial, Corruption, Fit, GradientPhase, TrainingSet
from ae_models.training.state import TrainingState
from ae_models.variants.cvae import Cvae, CvaeConfig
from ae_models.variants.gan import Gan, GanConfig
from ae_models.variants.mixture import Mixture, MixtureConfig
from ae_models.variants.pca import Pca
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.stacked import Stacked, StackedConfig
from ae_models.variants.vae import Vae, VaeConfig

CPU = torch.device("cpu")
SMALL = Dense(hidden=(16,))


def fit_pca(model: nn.Module, data: TrainingSet) -> None:
    assert isinstance(model, Pca)
    model.fit(data.images)


def fit_mixture(model: nn.Module, data: TrainingSet) -> None:
    assert isinstance(model, Mixture)
    model.fit(inference.encode(model, data.images))


def plain(backbone: Dense | Conv = SMALL) -> nn.Module:
    return PlainAutoencoder(BackboneConfig(latent_dim=4, backbone=backbone))


CASES = {
    "noise": (plain, [GradientPhase(4, corruptions=(Corruption("Gaussian", 0.5),), batch_size=16)]),
    "convolutions": (
        lambda: plain(Conv(channels=(4, 6), hidden=16)),
        [GradientPhase(4, weight_decay=0.1, batch_size=16, precision="bfloat16")],
    ),
    "sampled codes": (
        lambda: Vae(VaeConfig(latent_dim=4, backbone=SMALL)),
        [GradientPhase(4, batch_size=16)],
    ),
    "dropout": (
        lambda: ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12)),
        [GradientPhase(4, target="label", shift=2, flip=True, batch_size=16)],
    ),
    "damages of a range": (
        plain,
        [
            GradientPhase(
                4,
                corruptions=(Corruption("Gaussian", 0.1, 0.9), Corruption("block", 0.2)),
                batch_size=16,
            )
        ],
    ),
    "dropped units and normed batches": (
        lambda: plain(Dense(hidden=(16, 8), dropout=0.3, batch_norm=True, activation="tanh")),
        [
            GradientPhase(
                4, batch_size=16, optimizer="momentum", learning_rate=1e-4, schedule="cosine"
            )
        ],
    ),
    "RMSprop": (plain, [GradientPhase(4, batch_size=16, optimizer="RMSprop", schedule="step")]),
    "plain descent": (
        plain,
        [GradientPhase(4, batch_size=16, optimizer="SGD", learning_rate=1e-3, schedule="constant")],
    ),
    "two phases": (
        lambda: Cvae(CvaeConfig(latent_dim=4, backbone=SMALL)),
        [GradientPhase(2, batch_size=16), GradientPhase(2, batch_size=16, part="prior")],
    ),
    "parts": (
        lambda: Stacked(StackedConfig(latent_dim=3, hidden=(8,))),
        [
            GradientPhase(1, batch_size=16, part="layer 1"),
            GradientPhase(2, batch_size=16, part="layer 2"),
            GradientPhase(1, batch_size=16),
        ],
    ),
    "duel": (
        lambda: Gan(GanConfig(latent_dim=4, channels=4, hidden=8)),
        [Adversarial(4, batch_size=16, shift=1)],
    ),
    "mixture": (
        lambda: Mixture(MixtureConfig(latent_dim=2, components=2, backbone=SMALL)),
        [GradientPhase(3, batch_size=16), Fit("a mixture on the codes", fit_mixture)],
    ),
    "closed form": (lambda: Pca(AutoencoderConfig(latent_dim=4)), [Fit("closed form", fit_pca)]),
}


@pytest.fixture
def data(images) -> TrainingSet:
    """64 images and 20 to validate on."""
    x, labels = images(84), torch.arange(84) % 10
    return TrainingSet(x[:64], labels[:64], x[64:], labels[64:])


def fresh(case: str, seed: int = 0) -> TrainingState:
    build, phases = CASES[case]
    torch.manual_seed(seed)
    return TrainingState(build(), phases, seed, CPU)


STRAIGHT: dict[str, TrainingState] = {}  # case -> trained without a stop


@pytest.fixture
def straight(case: str, data: TrainingSet) -> TrainingState:
    """A case trained without a stop: many tests compare with it, none changes it."""
    if case not in STRAIGHT:
        run = fresh(case)
        list(train(run, data))
        STRAIGHT[case] = run
    return STRAIGHT[case]


def same(one: TrainingState, other: TrainingState) -> bool:
    a, b = one.model.state_dict(), other.model.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def train_and_save(run: TrainingState, data: TrainingSet, folder: Path) -> None:
    for _ in train(run, data):
        run.save(folder)


def losses(run: TrainingState) -> list[object]:
    return [(e.phase, e.epoch, e.loss, e.validation) for e in run.history]


@pytest.mark.parametrize("case", CASES)
def test_a_record_comes_after_every_epoch_in_order(case: str, data: TrainingSet) -> None:
    run = fresh(case)
    records = list(train(run, data))
    expected = [
        (number, epoch, phase.epochs)
        for number, phase in enumerate(run.phases, start=1)
        for epoch in range(1, phase.epochs + 1)
    ]
    assert [(r.phase, r.epoch, r.epochs) for r in records] == expected
    assert records == run.history
    for record in records:
        assert all(map(math.isfinite, [*record.loss.values(), *record.validation.values()]))
        assert record.seconds >= 0 and record.validation
    assert list(train(run, data)) == []  # there is nothing left to do


@pytest.mark.parametrize("case", CASES)
def test_a_seed_repeats_exactly(case: str, data: TrainingSet) -> None:
    runs = [fresh(case) for _ in range(2)]
    for run in runs:
        torch.manual_seed(0)  # of the dropout
        list(train(run, data))
    assert same(*runs)


@pytest.mark.parametrize("stop", [1, 2, 3])
@pytest.mark.parametrize("case", CASES)
def test_resumed_is_exactly_as_if_never_stopped(
    case: str, stop: int, straight: TrainingState, data: TrainingSet, tmp_path: Path
) -> None:
    stopped = fresh(case)
    for _ in zip(range(stop), train(stopped, data), strict=False):
        stopped.save(tmp_path)
    torch.manual_seed(99)  # a new process starts from anywhere
    torch.rand(5)
    resumed = fresh(case, seed=5)
    assert resumed.restore(tmp_path)
    list(train(resumed, data))
    assert same(straight, resumed)
    assert losses(straight) == losses(resumed)


GRADUAL = [case for case, (_, phases) in CASES.items() if not isinstance(phases[0], Fit)]


@pytest.mark.parametrize("case", GRADUAL)
def test_interrupted_amid_an_epoch_it_goes_on_from_the_last_whole_one(
    case: str, straight: TrainingState, data: TrainingSet, tmp_path: Path, monkeypatch
) -> None:
    steps = iter(range(100))

    def interrupt(progress: float) -> float:
        if next(steps) == 6:  # the third batch of the second epoch
            raise KeyboardInterrupt
        return usual(progress)

    stopped = fresh(case)
    schedule = stopped.phases[0].schedule  # type: ignore[union-attr]
    usual = SCHEDULES[schedule]
    with monkeypatch.context() as patch:
        patch.setitem(SCHEDULES, schedule, interrupt)
        with pytest.raises(KeyboardInterrupt):
            train_and_save(stopped, data, tmp_path)
    assert len(stopped.history) == 1 and not same(stopped, straight)
    resumed = fresh(case, seed=5)
    assert resumed.restore(tmp_path)
    list(train(resumed, data))
    assert same(straight, resumed)
    assert losses(straight) == losses(resumed)


def test_nothing_saved_is_nothing_restored(tmp_path: Path) -> None:
    assert fresh("noise").restore(tmp_path) is False


@pytest.mark.parametrize("content", [b"", b"half a file", None], ids=["empty", "text", "cut"])
def test_a_damaged_state_is_named_with_what_helps(content, data, tmp_path: Path) -> None:
    run = fresh("noise")
    next(train(run, data))
    run.save(tmp_path)
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    with pytest.raises(ValueError, match=r"state\.safetensors.*--fresh"):
        fresh("noise").restore(tmp_path)


@pytest.mark.parametrize("other", ["dropout", "convolutions", "sampled codes"])
def test_a_state_of_another_recipe_is_not_taken_up(other: str, data, tmp_path: Path) -> None:
    run = fresh("noise")
    next(train(run, data))
    run.save(tmp_path)
    started = fresh(other)
    before = {key: value.clone() for key, value in started.model.state_dict().items()}
    with pytest.raises(ValueError, match="--fresh"):
        started.restore(tmp_path)
    assert all(torch.equal(before[k], v) for k, v in started.model.state_dict().items())
    assert started.history == []


def test_saving_is_atomic(data, tmp_path: Path, monkeypatch) -> None:
    run = fresh("noise")
    steps = train(run, data)
    next(steps)
    run.save(tmp_path)
    before = (tmp_path / "state.safetensors").read_bytes()
    next(steps)

    def fail(*_: object, **__: object) -> None:
        (tmp_path / "state.part").write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr("ae_models.training.state.save_file", fail)
    with pytest.raises(OSError, match="No space"):
        run.save(tmp_path)
    assert (tmp_path / "state.safetensors").read_bytes() == before
    assert fresh("noise").restore(tmp_path)


def finite(run: TrainingState) -> bool:
    return all(t.isfinite().all() for t in run.model.state_dict().values())


@pytest.mark.parametrize("case", ["noise", "convolutions", "sampled codes", "dropout", "duel"])
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_weights(
    case: str, data: TrainingSet
) -> None:
    run = fresh(case)
    steps = train(run, data)
    next(steps)
    good = {key: value.clone() for key, value in run.model.state_dict().items()}
    data.images[0] = torch.nan
    with pytest.raises(Diverged, match="epoch 2: the weights of epoch 1 were kept") as raised:
        list(steps)
    (sentence,) = raised.value.args  # with its parts, so that a page can translate it
    assert isinstance(sentence, Sentence) and isinstance(sentence.values["kept"], Sentence)
    assert sentence.values["reason"] == NOT_FINITE
    assert all(torch.equal(good[key], value) for key, value in run.model.state_dict().items())
    assert len(run.history) == 1


def test_an_absurd_learning_rate_never_leaves_weights_that_are_no_numbers(
    data: TrainingSet,
) -> None:
    run = fresh("sampled codes")
    run.phases = [GradientPhase(3, learning_rate=1e6, batch_size=16)]
    with contextlib.suppress(Diverged):  # a loss may become huge and stay a number
        list(train(run, data))
    assert finite(run)
    run.phases = [GradientPhase(3, learning_rate=1e30, batch_size=16)]
    run.history.clear()
    with pytest.raises(Diverged, match=r"A lower learning rate than 1e\+30"):
        list(train(run, data))
    assert finite(run)


def test_weights_are_checked_as_well_as_losses(data: TrainingSet, monkeypatch) -> None:
    run = fresh("noise")
    run.phases = [GradientPhase(1, batch_size=64)]  # one step: its loss was taken before it
    step = torch.optim.AdamW.step

    def explode(self: torch.optim.AdamW, *arguments: object) -> None:
        step(self, *arguments)
        self.param_groups[0]["params"][0].data.fill_(torch.inf)

    monkeypatch.setattr(torch.optim.AdamW, "step", explode)
    with pytest.raises(Diverged):
        list(train(run, data))
    assert finite(run)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_loss_that_grows_too_much_stops_as_well(
    resumed: bool, data: TrainingSet, tmp_path: Path, monkeypatch
) -> None:
    run = fresh("noise")
    steps = train(run, data)
    first = sum(next(steps).loss.values())
    if resumed:
        run.save(tmp_path)
        run = fresh("noise", seed=5)
        run.restore(tmp_path)
        steps = train(run, data)
    good = {key: value.clone() for key, value in run.model.state_dict().items()}
    loss_terms = type(run.model).loss_terms
    factor = 50.0

    def times(self: nn.Module, *arguments: object) -> dict[str, torch.Tensor]:
        return {k: factor * v for k, v in loss_terms(self, *arguments).items()}

    monkeypatch.setattr(type(run.model), "loss_terms", times)
    assert sum(next(steps).loss.values()) > 10 * first  # that alone is no reason to stop
    good = {key: value.clone() for key, value in run.model.state_dict().items()}
    factor = 200.0
    with pytest.raises(Diverged, match=r"grew to .* in epoch 3: the weights of epoch 2 were kept"):
        list(steps)
    assert all(torch.equal(good[key], value) for key, value in run.model.state_dict().items())
    assert len(run.history) == 2


def test_gradient_norms_are_those_of_a_plain_computation(data: TrainingSet) -> None:
    """Root mean square over two batches, of weight and bias together; the rate is 0, so that
    both see the same weights."""
    run = fresh("convolutions")
    run.phases = [GradientPhase(1, learning_rate=0.0, batch_size=32)]
    torch.manual_seed(0)
    model = plain(Conv(channels=(4, 6), hidden=16))
    order = torch.randperm(64, generator=torch.Generator().manual_seed(0))
    squares: dict[str, float] = {}
    for chosen in order.split(32):
        model.zero_grad()
        x = data.images[chosen]
        sum(model.loss_terms(model(x), x).values()).backward()  # type: ignore[operator, misc]
        for name, parameter in model.named_parameters():
            layer = name.removesuffix(".weight").removesuffix(".bias")
            squares[layer] = squares.get(layer, 0.0) + sum(
                g * g for g in parameter.grad.flatten().tolist()
            )
    (record,) = train(run, data)
    assert list(record.gradients) == list(squares) and len(squares) > 6
    for layer, square in squares.items():
        assert record.gradients[layer] == pytest.approx(math.sqrt(square / 2), rel=1e-4)


def test_gradients_go_by_the_layers_of_the_whole_model(data: TrainingSet) -> None:
    """Also where a part is trained, and where two players have layers of the same name."""
    parts = [set(record.gradients) for record in train(fresh("parts"), data)]
    assert parts[0] == {"down.0", "up.0"} and parts[1] == parts[2] == {"down.1", "up.1"}
    assert parts[3] == {"down.0", "up.0", "down.1", "up.1"}
    duel = next(train(fresh("duel"), data)).gradients
    assert {name.split(".")[0] for name in duel} == {"discriminator", "generator"}
    layers = {n.rpartition(".")[0] for n, _ in fresh("duel").model.named_parameters()}
    assert duel.keys() < layers


WATCHED = [case for case in GRADUAL if case != "mixture"]


@pytest.mark.parametrize("case", CASES)
def test_yielding_steps_changes_nothing(case: str, data: TrainingSet) -> None:
    straight, watched = fresh(case), fresh(case)
    torch.manual_seed(0)
    list(train(straight, data))
    torch.manual_seed(0)
    records = list(train(watched, data, every=1))
    assert same(straight, watched) and losses(straight) == losses(watched)
    assert [r for r in records if not isinstance(r, Step)] == watched.history
    steps = [(r.phase, r.epoch, r.batch) for r in records if isinstance(r, Step)]
    assert steps == [
        (number, epoch, batch)
        for number, phase in enumerate(watched.phases, start=1)
        if not isinstance(phase, Fit)
        for epoch in range(1, phase.epochs + 1)
        for batch in range(1, 5)  # 64 images in batches of 16
    ]


def test_a_step_says_what_the_epoch_has_given_so_far(data: TrainingSet) -> None:
    records = list(train(fresh("two phases"), data, every=2))
    assert [r.batch if isinstance(r, Step) else "epoch" for r in records[:3]] == [2, 4, "epoch"]
    half, whole, record = records[:3]
    assert isinstance(whole, Step) and not isinstance(record, Step)
    assert whole.loss == record.loss and whole.gradients == record.gradients
    assert isinstance(half, Step) and half.batches == 4 and half.loss.keys() == whole.loss.keys()
    assert half.loss != whole.loss


@pytest.mark.parametrize("stop", [1, 3, 4, 7])
@pytest.mark.parametrize("case", WATCHED)
def test_stopped_amid_an_epoch_it_goes_on_from_that_very_batch(
    case: str, stop: int, straight: TrainingState, data: TrainingSet, tmp_path: Path
) -> None:
    stopped = fresh(case)
    steps = train(stopped, data, every=1)
    for _ in range(stop):  # the fifth is the record of the first epoch
        next(steps)
    stopped.model.eval()  # somebody looked
    stopped.save(tmp_path)
    torch.manual_seed(99)
    resumed = fresh(case, seed=5)
    assert resumed.restore(tmp_path)
    rest = train(resumed, data, every=1)
    assert isinstance(next(rest), Step) == (stop != 4)
    list(rest)
    assert same(straight, resumed)
    assert [e.validation for e in straight.history] == [e.validation for e in resumed.history]


def test_amid_an_epoch_the_weights_of_a_good_batch_are_kept(data: TrainingSet) -> None:
    run = fresh("noise")
    run.phases = [GradientPhase(1, batch_size=1)]
    order = torch.randperm(64, generator=torch.Generator().manual_seed(0))
    data.images[order[45]] = torch.nan
    steps = train(run, data, every=1)
    for record in steps:
        assert isinstance(record, Step)
        if record.batch == 40:
            good = {key: value.clone() for key, value in run.model.state_dict().items()}
        if record.batch == 45:
            break
    with pytest.raises(Diverged, match="the weights of batch 40 of epoch 1 were kept"):
        next(steps)
    assert all(torch.equal(good[key], value) for key, value in run.model.state_dict().items())


def test_a_loss_that_grows_too_much_within_the_first_epoch_stops(data: TrainingSet) -> None:
    run = fresh("sampled codes")
    run.phases = [GradientPhase(1, batch_size=1, learning_rate=1e3, schedule="constant")]
    with pytest.raises(Diverged, match=r"no longer finite|grew to .* at first"):
        list(train(run, data, every=1))
    assert finite(run)
