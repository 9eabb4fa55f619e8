"""The ONNX graphs in checkpoints/: each computes what its model computes, from the same weights."""

from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors.numpy
import torch
from torch import Tensor

import ae_models
from ae_models import datasets, inference
from ae_models.artifacts import card, checkpoint, graph, image_source
from ae_models.base import Codes, Inpaints, Model, Reconstructs, Samples, TakesAttributes
from ae_models.pipeline import onnx_graphs
from ae_models.pipeline.graph_functions import NOT_EXPORTED
from ae_models.variants import VARIANTS

SHIPPED = sorted(
    path.parent.relative_to(card.CHECKPOINTS).as_posix()
    for path in card.CHECKPOINTS.glob("*/*/card.json")
)
COUNT = 100
LARGEST_GRAPH = 200_000  # bytes; the weights of the smallest model are as many
TOLERANCE = 1e-3


@pytest.fixture(params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> card.Card:
    return card.read_card(*request.param.split("/"))


@cache
def labelled(dataset: str) -> tuple[Tensor, Tensor]:
    """A hundred test images and their labels: original files where they are, else the gallery."""
    found = image_source.load(dataset, "test")
    images = datasets.to_tensor(found.pixels[:COUNT])
    return images, torch.from_numpy(found.labels[:COUNT].copy()).long()


def inputs(model: Model, dataset: str, wanted: dict[str, str]) -> dict[str, Tensor]:
    """A hundred rows for the inputs of a graph, by name."""
    x, label = labelled(dataset)
    generator = torch.Generator().manual_seed(1)
    found = {
        "x": lambda: x,
        "label": lambda: label,
        "z": lambda: inference.encode(model, x, label),
        "noise": lambda: torch.randn((COUNT, numbers(wanted["noise"])), generator=generator),
        "component": lambda: torch.arange(COUNT) % model.config.components,
        "temperature": lambda: torch.tensor([0.8]),
        "attributes": lambda: attributes(model),
        "hidden": lambda: torch.rand(x.shape, generator=generator) < x * 0.05,
    }
    return {name: found[name]() for name in wanted}


def numbers(described: str) -> int:
    """D of "float32 (B, D)"."""
    return int(described.removesuffix(")").split(", ")[-1])


def attributes(model: TakesAttributes) -> Tensor:
    """Some as measured on average, some a standard deviation more, some left to the class."""
    rows = model.centre + model.scale * (torch.arange(COUNT) % 2)[:, None]
    return torch.where((torch.arange(COUNT) % 3 == 0)[:, None], torch.nan, rows)


def expected(model: Model, file: str, given: dict[str, Tensor]) -> tuple[Tensor, ...]:
    """What the model says by its public methods."""
    x, z, label = given.get("x"), given.get("z"), given.get("label")
    with torch.no_grad():
        match file:
            case "reconstruct.onnx":
                return (inference.reconstruct(model, x, label),)
            case "encode.onnx":
                code = inference.encode(model, x, label)
                if not hasattr(model, "posterior") or model.posterior(x, label) is None:
                    return (code,)
                return code, model.posterior(x, label).variance.log()
            case "decode.onnx":
                return (inference.decode(model, z, label),)
            case "classify.onnx":
                return (model(x),)
            case "inpaint.onnx":
                return (model.inpaint(x, given["hidden"]),)
    return (drawn(model, **given),)


def drawn(model: Model, noise: Tensor, temperature: Tensor, **more: Tensor) -> Tensor:
    """What `sample` gives where its standard normal draw is `noise`."""
    labels = more.get("label", torch.zeros(COUNT, dtype=torch.long))
    extra = {"attributes": more["attributes"]} if "attributes" in more else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "randn", lambda shape, generator: noise.reshape(shape))
        if "component" in more:
            patch.setattr(torch, "multinomial", lambda *_, **__: more["component"])
        return model.sample(labels, torch.Generator(), temperature.item(), **extra)


def run(
    content: bytes, files: dict[str, bytes], given: dict[str, Tensor]
) -> tuple[list[np.ndarray], onnxruntime.InferenceSession]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if files:
        options.add_external_initializers_from_files_in_memory(
            list(files), list(files.values()), [len(each) for each in files.values()]
        )
    session = onnxruntime.InferenceSession(content, options)
    return session.run(None, {name: tensor.numpy() for name, tensor in given.items()}), session


def described(values: list[onnxruntime.NodeArg]) -> dict[str, str]:
    """As a card writes types and shapes."""
    types = {"tensor(float)": "float32", "tensor(int64)": "int64", "tensor(bool)": "bool"}
    return {v.name: f"{types[v.type]} {tuple(v.shape)}".replace("'", "") for v in values}


def test_every_graph_agrees_with_its_model(shipped: card.Card) -> None:
    if shipped.sha256 is None:
        assert shipped.graphs == {}
        return
    model = ae_models.load(shipped.dataset, shipped.name)
    for file, record in shipped.graphs.items():
        given = inputs(model, shipped.dataset, record.inputs)
        want = expected(model, file, given)
        content = graph.read(shipped.dataset, shipped.name, file)
        files = graph.weights(shipped.dataset, shipped.name, file)
        found, session = run(content, files, given)
        assert described(session.get_inputs()) == record.inputs
        assert described(session.get_outputs()) == record.outputs
        for array, tensor in zip(found, want, strict=True):
            assert array.shape == tuple(tensor.shape)
            np.testing.assert_allclose(array, tensor.numpy(), rtol=TOLERANCE, atol=TOLERANCE)
        one = {name: tensor[:1] for name, tensor in given.items()}  # any number of images
        alone, _ = run(graph.self_contained(shipped.dataset, shipped.name, file), {}, one)
        for first, all_of_them in zip(alone, found, strict=True):
            np.testing.assert_allclose(first, all_of_them[:1], rtol=TOLERANCE, atol=TOLERANCE)


def test_a_checkpoint_has_every_graph_or_the_reason_is_given(shipped: card.Card) -> None:
    kind = checkpoint.KINDS[shipped.variant]
    promised = {
        file
        for file, able in {
            "reconstruct.onnx": issubclass(kind, Reconstructs),
            "encode.onnx": issubclass(kind, Codes),
            "decode.onnx": issubclass(kind, Codes),
            "sample.onnx": issubclass(kind, Samples),
            "inpaint.onnx": issubclass(kind, Inpaints),
            "classify.onnx": shipped.variant == "judge",
        }.items()
        if able
    }
    lacking = onnx_graphs.not_made(shipped)
    assert all(lacking.values())
    if shipped.sha256 is None:
        assert lacking.keys() == {"graph"} and not shipped.graphs
    else:
        assert promised == shipped.graphs.keys() | lacking.keys()
        assert not shipped.graphs.keys() & lacking.keys()
    on_disk = {path.name for path in card.folder(shipped.dataset, shipped.name).glob("*.onnx")}
    assert on_disk == shipped.graphs.keys()


def test_weights_lie_in_the_checkpoint_and_nowhere_else(shipped: card.Card) -> None:
    for file in shipped.graphs:
        content = graph.read(shipped.dataset, shipped.name, file)
        assert len(content) < LARGEST_GRAPH
        files = graph.weights(shipped.dataset, shipped.name, file)
        tensors = {location: safetensors.numpy.load(each) for location, each in files.items()}
        initializers = onnx.load_model_from_string(content).graph.initializer
        outside = [each for each in initializers if each.external_data]
        assert outside or not files
        for each in outside:
            where = {entry.key: entry.value for entry in each.external_data}
            start, length = int(where["offset"]), int(where["length"])
            stored = tensors[where["location"]][each.name]
            assert files[where["location"]][start : start + length] == stored.tobytes()
            assert tuple(each.dims) == stored.shape
            assert onnx.helper.tensor_dtype_to_np_dtype(each.data_type) == stored.dtype


def test_the_table_of_what_has_no_graph_names_what_there_is() -> None:
    for (variant, file), reason in NOT_EXPORTED.items():
        assert variant in VARIANTS and file.endswith(".onnx") and reason


def test_a_self_contained_file_is_a_valid_model(shipped: card.Card) -> None:
    for file in shipped.graphs:
        whole = graph.self_contained(shipped.dataset, shipped.name, file)
        model = onnx.load_model_from_string(whole)
        onnx.checker.check_model(model)
        assert not any(each.external_data for each in model.graph.initializer)
