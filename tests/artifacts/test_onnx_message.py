"""Joining a graph and its weights: as the onnx package does it, and nothing else is changed."""

import onnx
import pytest
from onnx import numpy_helper

from ae_models.artifacts import card, graph, onnx_message


@pytest.mark.parametrize("file", ["reconstruct.onnx", "encode.onnx", "decode.onnx"])
def test_the_joined_file_is_the_one_that_onnx_loads(file: str) -> None:
    content = graph.read("mnist", "conv", file)
    joined = onnx.load_model_from_string(
        onnx_message.with_weights(content, graph.weights("mnist", "conv", file))
    )
    loaded = onnx.load(card.folder("mnist", "conv") / file)  # follows the external data
    pairs = list(zip(joined.graph.initializer, loaded.graph.initializer, strict=True))
    assert any(one.data_type == onnx.TensorProto.FLOAT16 for one, _ in pairs)
    for one, other in pairs:
        assert one.name == other.name and one.data_location == onnx.TensorProto.DEFAULT
        assert not one.external_data
        assert (numpy_helper.to_array(one) == numpy_helper.to_array(other)).all()
    for model in (joined, loaded):
        model.graph.ClearField("initializer")
    assert joined == loaded


def test_a_model_without_external_data_comes_back_as_it_is() -> None:
    whole = graph.self_contained("mnist", "vae-2d", "decode.onnx")
    assert onnx_message.with_weights(whole, {}) == whole
