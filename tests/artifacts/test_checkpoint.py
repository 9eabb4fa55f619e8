"""Checkpoints: a round trip, and detection of damaged files."""

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ae_models.artifacts import card, checkpoint
from ae_models.artifacts.card import read_card
from ae_models.artifacts.checkpoint import KINDS, CheckpointError
from ae_models.base import Codes, Reconstructs, Samples
from ae_models.variants import VARIANTS

RESTORE = "restore it with: git checkout checkpoints, or python -m ae_models train"


@pytest.mark.parametrize("variant", KINDS)
def test_what_was_saved_comes_back_frozen_in_eval_mode(variant, put, images) -> None:
    model = put("some", variant)
    loaded = checkpoint.load("mnist", "some", torch.device("cpu"))
    assert type(loaded) is type(model) and not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    state, expected = loaded.state_dict(), model.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[key], expected[key]) for key in state)
    x, labels = images(4), torch.arange(4)
    for part in getattr(model, "training_only", ()):
        assert not hasattr(loaded, part)
    if variant == "judge":
        assert torch.equal(loaded(x, labels), model(x, labels))
    if isinstance(model, Reconstructs):
        assert torch.equal(loaded(x, labels).x_hat, model(x, labels).x_hat)
    if isinstance(model, Samples):
        drawn = [m.sample(labels, torch.Generator().manual_seed(0)) for m in (loaded, model)]
        assert torch.equal(*drawn)


def test_available_lists_what_is_compared_simple_ones_first(put) -> None:
    for name, variant, family, parameters, noises in [
        ("judge", "judge", "service", 1, {}),
        ("gallery", "plain", "service", 1, {}),
        ("b-vae", "vae", "variational", 1, {}),
        ("a-gan", "gan", "sampler", 1, {}),
        ("a-noisy", "plain", "restorer", 2, {"Gaussian": (0.5, 0.5)}),
        ("a-noisier", "plain", "restorer", 2, {"Gaussian": (0.5, 0.9)}),
        ("a-big", "plain", "bottleneck", 9, {}),
        ("z-small", "plain", "bottleneck", 2, {}),
        ("pca", "pca", "linear", 99, {}),
    ]:
        put(name, variant, family=family, parameters=parameters, trained_with=noises)
    put("elsewhere", dataset="fashion")
    plain = ["pca", "z-small", "a-big", "a-noisy", "a-noisier"]
    assert checkpoint.available("mnist") == [*plain, "b-vae", "a-gan"]
    assert checkpoint.available("mnist", having=Codes) == [*plain, "b-vae"]
    assert checkpoint.available("mnist", having=Samples) == ["b-vae", "a-gan"]
    assert checkpoint.available("fashion") == ["elsewhere"]
    assert checkpoint.available("no such data set") == []


def test_a_copied_folder_goes_by_its_own_name(put, checkpoints) -> None:
    put("vae", "vae")
    (checkpoints / "mnist" / "copy").mkdir()
    for file in (checkpoints / "mnist" / "vae").iterdir():
        (checkpoints / "mnist" / "copy" / file.name).write_bytes(file.read_bytes())
    assert checkpoint.available("mnist") == ["copy", "vae"]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes, at: int) -> bytes:
    """One bit of one byte."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


CORRUPTIONS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": cut,
    "one bit flipped": lambda content: flipped(content, 0),
    "text": lambda content: b"version https://git-lfs.github.com/spec/v1\n",
}


@pytest.mark.parametrize("file", ["model.safetensors", "card.json"])
@pytest.mark.parametrize("damage", CORRUPTIONS)
def test_a_damaged_file_is_named_with_what_restores_it(
    damage, file, put, checkpoints, images
) -> None:
    put("broken")
    put("whole")
    path = checkpoints / "mnist" / "broken" / file
    path.write_bytes(CORRUPTIONS[damage](path.read_bytes()))
    with pytest.raises(CheckpointError, match=RESTORE) as caught:
        checkpoint.load("mnist", "broken")
    assert str(caught.value).startswith(f"checkpoints/mnist/broken/{file} is damaged")
    assert str(caught.value).endswith("train broken --dataset mnist")
    assert "\n" not in str(caught.value)
    whole = checkpoint.load("mnist", "whole", torch.device("cpu"))
    assert whole(images(2)).x_hat.shape == (2, 1, 28, 28)  # others work on


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_any_bit_flipped_in_the_weights_is_noticed(part: float, put, checkpoints) -> None:
    put("some")
    path = checkpoints / "mnist" / "some" / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(flipped(content, int(part * len(content))))
    with pytest.raises(CheckpointError, match="sha256"):
        checkpoint.load("mnist", "some")


@pytest.mark.parametrize("file", ["model.safetensors", "card.json"])
def test_a_missing_file_is_named_with_what_restores_it(file, put, checkpoints) -> None:
    put("some")
    (checkpoints / "mnist" / "some" / file).unlink()
    with pytest.raises(CheckpointError, match=f"mnist/some/{file} is missing; {RESTORE}"):
        checkpoint.load("mnist", "some")


def test_a_failure_is_not_remembered(put, checkpoints) -> None:
    put("some")
    path = checkpoints / "mnist" / "some" / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(cut(content))
    with pytest.raises(CheckpointError):
        checkpoint.load("mnist", "some")
    path.write_bytes(content)
    checkpoint.load("mnist", "some")


def resealed(content: bytes) -> None:
    """Give a file of weights to the checkpoint "some", with the sha256 that fits it."""
    card = read_card("mnist", "some")
    sha256 = checkpoint.write("mnist", "some", "model.safetensors", content)
    checkpoint.write_card(card.model_copy(update={"sha256": sha256}))


def first_key(tensors: dict[str, torch.Tensor]) -> str:
    return next(key for key in sorted(tensors) if tensors[key].ndim == 2)


def without(tensors):
    return {k: t for k, t in tensors.items() if k != first_key(tensors)}


CHANGES = {
    "a missing key": (without, "missing or not expected"),
    "an extra key": (lambda t: t | {"extra": torch.zeros(1)}, "missing or not expected: extra"),
    "a wrong shape": (lambda t: t | {first_key(t): torch.zeros(2, 2)}, "wrong shape or type"),
    "a wrong type": (lambda t: t | {first_key(t): t[first_key(t)].double()}, "wrong shape or type"),
    "another half": (lambda t: t | {first_key(t): t[first_key(t)].bfloat16()}, "shape or type"),
    "too large for half": (
        lambda t: checkpoint.halved({k: v + 1e5 for k, v in t.items()}),
        "not finite",
    ),
    "NaN": (lambda t: t | {first_key(t): t[first_key(t)] * torch.nan}, "not finite"),
    "infinity": (lambda t: t | {first_key(t): t[first_key(t)] + torch.inf}, "not finite"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_weights_are_checked_even_where_the_sha256_matches(change, put) -> None:
    model = put("some")
    altered, reason = CHANGES[change]
    resealed(checkpoint.to_bytes(altered(model.state_dict())))
    with pytest.raises(CheckpointError, match=reason):
        checkpoint.load("mnist", "some")


def test_half_of_a_file_is_whole_in_memory(put, images) -> None:
    """Weights in half precision give a float32 model, of half the size on disk."""
    model = put("some")
    exact = checkpoint.to_bytes(model.state_dict())
    half = checkpoint.to_bytes(checkpoint.halved(model.state_dict()))
    assert len(half) < 0.6 * len(exact)
    resealed(half)
    loaded = checkpoint.load("mnist", "some", torch.device("cpu"))
    for key, tensor in loaded.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, model.state_dict()[key].half().float())
    assert torch.allclose(loaded(images(3)).x_hat, model(images(3)).x_hat, atol=1e-2)


def test_only_float32_is_halved() -> None:
    kinds = (torch.float32, torch.long, torch.float64)
    halved = checkpoint.halved({str(kind): torch.ones(2, dtype=kind) for kind in kinds})
    assert [t.dtype for t in halved.values()] == [torch.float16, torch.long, torch.float64]


def test_a_card_without_weights_is_listed_only_where_asked_for(put, checkpoints) -> None:
    put("with")
    put("without", sha256=None)
    (checkpoints / "mnist" / "without" / "model.safetensors").unlink()
    assert checkpoint.available("mnist") == ["with"]
    assert checkpoint.available("mnist", weightless=True) == ["with", "without"]
    with pytest.raises(CheckpointError, match=r"^without of mnist .*no weights to run$"):
        checkpoint.load("mnist", "without")


@pytest.mark.parametrize("variant", KINDS)
def test_what_only_training_needs_does_not_ship(variant: str) -> None:
    kind = KINDS[variant]
    model = kind(kind.Config())  # type: ignore[attr-defined]
    parts = getattr(model, "training_only", ())
    before = set(model.state_dict())
    shipped = checkpoint.as_shipped(model)
    left = before - set(shipped.state_dict())
    assert all(key.split(".")[0] in parts for key in left)
    assert not any(key.split(".")[0] in parts for key in shipped.state_dict())
    assert checkpoint.as_shipped(shipped) is shipped  # nothing is left to take off


@pytest.mark.parametrize("claimed", [2**20, 2**40, 2**63, 2**64 - 1])
def test_a_huge_header_is_refused_without_reading_it(claimed: int, put) -> None:
    put("some")
    resealed(claimed.to_bytes(8, "little") + b"{}" + bytes(100))
    with pytest.raises(CheckpointError, match="is damaged"):
        checkpoint.load("mnist", "some")


def test_a_file_larger_than_any_checkpoint_is_not_read(put, monkeypatch) -> None:
    put("some")
    monkeypatch.setattr(card, "LARGEST_FILE", 1000)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    with pytest.raises(CheckpointError, match="larger than any checkpoint"):
        checkpoint.load("mnist", "some")


class Bomb:
    """Unpickled, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


def test_nothing_in_a_renamed_pickle_runs(put, tmp_path) -> None:
    put("some")
    trace = tmp_path / "it ran"
    content = pickle.dumps(Bomb(trace))
    resealed(content)
    with pytest.raises(CheckpointError, match="is damaged"):
        checkpoint.load("mnist", "some")
    assert not trace.exists()
    pickle.loads(content)
    assert trace.exists()  # it would have


@pytest.mark.parametrize(
    "changes",
    [
        {"variant": "transformer"},
        {"config": {"latent_dim": -1}},
        {"config": {"latent_dim": 4, "surprise": 1}},
        {"config": {"latent_dim": 4, "backbone": {"kind": "dense", "hidden": [-5]}}},
        {"config": {"latent_dim": 4, "backbone": {"kind": "dense", "hidden": [10**15]}}},
    ],
    ids=str,
)
def test_a_card_that_describes_no_model_is_refused(changes, put) -> None:
    put("some")
    checkpoint.write_card(read_card("mnist", "some").model_copy(update=changes))
    with pytest.raises(CheckpointError, match=f"mnist/some/card.json is damaged.*{RESTORE}"):
        checkpoint.load("mnist", "some")


def test_available_leaves_out_a_card_that_cannot_be_read(put, checkpoints) -> None:
    for name in ("good", "cut", "binary", "deep", "list", "folder"):
        put(name)
    cards = {
        name: checkpoints / "mnist" / name / "card.json" for name in checkpoint.available("mnist")
    }
    cards["cut"].write_bytes(cut(cards["cut"].read_bytes()))
    cards["binary"].write_bytes(bytes(range(256)))
    cards["deep"].write_text("[" * 100_000)
    cards["list"].write_text("[1, 2]")
    cards["folder"].unlink()
    cards["folder"].mkdir()
    assert checkpoint.available("mnist") == ["good"]


@pytest.mark.parametrize("fault", [OSError("No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_midway_leaves_the_old_file_and_no_other(
    fault, put, checkpoints, monkeypatch
) -> None:
    put("some")
    folder = checkpoints / "mnist" / "some"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(type(fault)):
        checkpoint.write("mnist", "some", "card.json", b"half a card")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_write_gives_the_sha256_and_a_file_that_others_may_read(checkpoints) -> None:
    assert checkpoint.write("mnist", "some", "x", b"abc") == hashlib.sha256(b"abc").hexdigest()
    path = checkpoints / "mnist" / "some" / "x"
    assert path.read_bytes() == b"abc" and path.stat().st_mode & 0o777 == 0o644


def test_a_card_goes_through_json(put, checkpoints) -> None:
    put("some")
    text = (checkpoints / "mnist" / "some" / "card.json").read_text()
    assert json.loads(text) == read_card("mnist", "some").model_dump(mode="json")


def test_variants_and_kinds_share_their_names() -> None:
    assert set(KINDS) == {*VARIANTS, "judge"}
