"""Making graphs: recorded in the card, weights outside, and refused where that cannot be."""

import hashlib
import sys
from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest
import torch

from ae_models.__main__ import main
from ae_models.artifacts import card
from ae_models.cli import commands
from ae_models.pipeline import onnx_graphs
from ae_models.pipeline.graph_functions import GraphFunction, graph_functions


@pytest.fixture
def only(monkeypatch) -> Callable[[str], None]:
    """Leaves one graph of every model: each takes two seconds."""

    def leave(file: str) -> None:
        monkeypatch.setattr(
            onnx_graphs, "graph_functions", lambda model: {file: graph_functions(model)[file]}
        )

    return leave


def test_a_graph_of_float32_weights_is_recorded_and_runs(put, images, only) -> None:
    model = put("some", "vae").requires_grad_(False)
    only("encode.onnx")
    before = card.read_card("mnist", "some")
    made = onnx_graphs.write("mnist", "some")
    assert made == card.read_card("mnist", "some")
    assert made == before.model_copy(update={"graphs": made.graphs})
    assert list(made.graphs) == ["encode.onnx"]
    record = made.graphs["encode.onnx"]
    assert record.inputs == {"x": "float32 (B, 1, 28, 28)"}
    assert record.outputs == {"z": "float32 (B, 4)", "log_variance": "float32 (B, 4)"}
    assert record.weights == {"model.safetensors": before.sha256}
    path = card.folder("mnist", "some") / "encode.onnx"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256
    session = onnxruntime.InferenceSession(path)  # finds the weights beside it
    for count in (1, 5):
        x = images(count)
        z, log_variance = session.run(None, {"x": x.numpy()})
        posterior = model.posterior(x)
        np.testing.assert_allclose(z, posterior.mean, atol=1e-4)
        np.testing.assert_allclose(log_variance, posterior.variance.log(), atol=1e-4)


def test_made_again_it_is_the_same_file_and_one_of_an_earlier_model_is_gone(put) -> None:
    put("some", "gan")
    made = onnx_graphs.write("mnist", "some")
    old = card.folder("mnist", "some") / "encode.onnx"
    old.write_bytes(b"of another model")
    assert onnx_graphs.write("mnist", "some") == made
    assert not old.exists()


def test_stored_tensors_are_found_where_they_lie(put) -> None:
    model = put("some")
    content = (card.folder("mnist", "some") / "model.safetensors").read_bytes()
    found = dict(onnx_graphs.stored_tensors(card.read_card("mnist", "some")))
    assert found.keys() == model.state_dict().keys()
    for key, tensor in model.state_dict().items():
        where = found[key]
        assert (where.location, where.dtype, where.shape) == (card.WEIGHTS, "F32", tensor.shape)
        piece = content[where.offset : where.offset + where.length]
        assert piece == tensor.numpy().tobytes()


def test_weights_that_would_lie_inside_are_refused(put) -> None:
    model = put("some")
    function = graph_functions(model)["decode.onnx"]
    with pytest.raises(ValueError, match="weights were computed in advance"):
        onnx_graphs.export(model, function, stored={})


def test_a_fixed_number_of_images_is_refused(put) -> None:
    model = put("some")
    stored = dict(onnx_graphs.stored_tensors(card.read_card("mnist", "some")))
    x = torch.rand(3, 1, 28, 28)
    function = GraphFunction(lambda x: model.encode(x) * len(x), {"x": x}, ("z",))
    with pytest.raises(ValueError, match="takes 3 images only"):
        onnx_graphs.export(model, function, stored)


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_without_the_packages_it_says_what_to_install(put, monkeypatch, capsys, package) -> None:
    put("undercomplete")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(onnx_graphs.GraphsNeedOnnx, match=r"pip install -r requirements-train\.txt"):
        onnx_graphs.write("mnist", "undercomplete")
    assert main(["graphs", "undercomplete", "--dataset", "mnist"]) == 1
    assert "pip install -r requirements-train.txt" in capsys.readouterr().err
    commands.write_graphs("mnist", "undercomplete")  # a training is not lost for it
    said = capsys.readouterr().err
    assert "then python -m ae_models graphs undercomplete --dataset mnist" in said
    assert card.read_card("mnist", "undercomplete").graphs == {}


def test_the_command_makes_graphs_and_says_what_has_none(put, capsys, only) -> None:
    only("decode.onnx")
    put("vqvae", "vqvae")
    put("stacked-random", "stacked", sha256=None)
    assert main(["graphs", "vqvae", "stacked-random", "--dataset", "mnist"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("mnist vqvae: decode.onnx; no sample.onnx: ")
    assert "autoregressive prior" in first
    assert second.startswith("mnist stacked-random: none; no graph: the checkpoint ships its card")


def test_without_names_only_what_is_on_disk_is_made(put, monkeypatch, capsys) -> None:
    put("pca-2", "pca", dataset="fashion")
    seen = []

    def write(dataset: str, name: str) -> card.Card:
        seen.append((dataset, name))
        return card.read_card(dataset, name)

    monkeypatch.setattr(onnx_graphs, "write", write)
    assert main(["graphs"]) == 0
    assert seen == [("fashion", "pca-2")]
    assert main(["graphs", "pca-2", "nothing"]) == 1
    assert "no recipe is called 'nothing'" in capsys.readouterr().err
