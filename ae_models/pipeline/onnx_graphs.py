"""Makes the ONNX graphs of a checkpoint: `torch.onnx.export`, with the weights left in their file.

Exporting writes weights into the model. Here they are taken out again: each becomes external data,
an offset and a length in the shipped safetensors file. While a graph is optimised its weights are
inputs, so that nothing is folded into them or computed from them in advance; a half-precision
tensor is followed by a Cast, as a model always has its weights in float32.

Needs the packages onnx and onnxscript (requirements-train.txt).
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import WEIGHTS, Card, Graph, folder, read_card
from ae_models.artifacts.graph import weights_path
from ae_models.pipeline.graph_functions import (
    NOT_EXPORTED,
    WITHOUT_WEIGHTS,
    GraphFunction,
    graph_functions,
)

if TYPE_CHECKING:
    import onnx_ir as ir

OPSET = 18  # the oldest that torch exports to: the more runtimes know it
INSTALL = "graphs need onnx and onnxscript: pip install -r requirements-train.txt"
MOST_INLINE = 64 * 2**10  # bytes of constants in a graph: more would be weights


class GraphsNeedOnnx(RuntimeError):
    """The packages that make graphs are not installed."""


class Stored(NamedTuple):
    """Where a tensor lies, and as what."""

    location: str  # as in `artifacts.graph`
    offset: int
    length: int  # bytes
    dtype: str  # as safetensors names it: "F16", "F32", "I64"
    shape: tuple[int, ...]


def write(dataset: str, name: str) -> Card:
    """Make the graphs of a checkpoint, put them in place and record them in its card.

    Raises `GraphsNeedOnnx`, and `CheckpointError` where the weights cannot be used.
    """
    card = read_card(dataset, name)
    made = {} if card.sha256 is None else _made(card)
    for path in folder(dataset, name).glob("*.onnx"):  # also those of an earlier model
        if path.name not in made:
            path.unlink()
    for file, (_, content) in made.items():
        checkpoint.write(dataset, name, file, content)
    card = card.model_copy(update={"graphs": {file: graph for file, (graph, _) in made.items()}})
    checkpoint.write_card(card)
    return card


def not_made(card: Card) -> dict[str, str]:
    """Which graphs a checkpoint cannot have, by file name, with the reason; "graph" for any."""
    if card.sha256 is None:
        return {"graph": WITHOUT_WEIGHTS}
    found = NOT_EXPORTED.items()
    return {file: reason for (variant, file), reason in found if variant == card.variant}


def _made(card: Card) -> dict[str, tuple[Graph, bytes]]:
    """Each graph of a checkpoint, by file name: how it is recorded, and its content."""
    ir = _onnx_ir()
    model = checkpoint.load(card.dataset, card.name, torch.device("cpu"))
    stored = dict(stored_tensors(card))
    found = {}
    for file, function in graph_functions(model).items():
        exported = export(model, function, stored)
        exported.graph.name = f"{card.name} of {card.dataset}: {file.removesuffix('.onnx')}"
        content = ir.to_proto(exported).SerializeToString(deterministic=True)
        locations = {str(tensor.location) for tensor in _external(exported)}
        record = Graph(
            sha256=hashlib.sha256(content).hexdigest(),
            inputs={value.name: _described(value) for value in exported.graph.inputs},
            outputs={value.name: _described(value) for value in exported.graph.outputs},
            weights={location: _seal(card, location) for location in sorted(locations)},
        )
        found[file] = record, content
    return found


def export(model: nn.Module, function: GraphFunction, stored: dict[str, Stored]) -> ir.Model:
    """One graph, optimised, its weights external.

    Raises `ValueError` where weights would lie inside, or the number of images would be fixed.
    """
    from onnx_ir.passes import common
    from onnxscript import optimizer

    rows = torch.export.Dim("B")
    batched = {key: {} if key == "temperature" else {0: rows} for key in function.inputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own deprecations
        program = torch.onnx.export(
            _Call(model, function),
            tuple(function.inputs.values()),
            dynamo=True,
            optimize=False,
            verbose=False,
            opset_version=OPSET,
            input_names=list(function.inputs),
            output_names=list(function.outputs),
            dynamic_shapes={"inputs": tuple(batched.values())},
        )
    assert program is not None
    made = program.model
    weights = _as_inputs(made, stored)
    optimizer.optimize(made)
    _as_external(made, weights, stored)
    for tidy in (
        common.RemoveUnusedNodesPass(),
        common.TopologicalSortPass(),
        common.ClearMetadataAndDocStringPass(),  # the exporter's: stack traces, file names
    ):
        tidy(made)
    made.producer_name, made.producer_version = "ae_models", ""
    constants = [value.const_value for value in made.graph.initializers.values()]
    outside = _external(made)
    inside = [
        tensor
        for tensor in constants
        if tensor is not None and all(tensor is not each for each in outside)
    ]
    if sum(tensor.nbytes for tensor in inside) > MOST_INLINE:
        raise ValueError(f"weights were computed in advance: {[tensor.name for tensor in inside]}")
    for value in [*made.graph.inputs, *made.graph.outputs]:
        assert value.shape is not None
        if value.name != "temperature" and str(value.shape[0]) != "B":
            raise ValueError(f"{value.name} takes {value.shape[0]} images only")
    return made


class _Call(nn.Module):
    """A graph's function as a module; the names of its tensors are the model's with "model."."""

    def __init__(self, model: nn.Module, function: GraphFunction) -> None:
        super().__init__()
        self.model = model
        self.call = function.call

    def forward(self, *inputs: Tensor) -> Any:
        return self.call(*inputs)


def _as_inputs(made: ir.Model, stored: dict[str, Stored]) -> dict[str, ir.Value]:
    """Turn stored weights into inputs without a value; returns them by their name in the model."""
    found = {}
    for name in list(made.graph.initializers):
        key = name.removeprefix("model.")
        if key in stored:
            value = made.graph.initializers.pop(name)
            value.const_value = None
            made.graph.inputs.append(value)
            found[key] = value
    return found


def _as_external(made: ir.Model, weights: dict[str, ir.Value], stored: dict[str, Stored]) -> None:
    """Turn the inputs `weights` into external initialisers; unused ones go."""
    ir = _onnx_ir()
    types = {"F16": ir.DataType.FLOAT16, "F32": ir.DataType.FLOAT, "I64": ir.DataType.INT64}
    for key, value in weights.items():
        made.graph.inputs.remove(value)
        if not value.uses():
            continue
        where = stored[key]
        tensor = ir.ExternalTensor(
            where.location,
            where.offset,
            where.length,
            types[where.dtype],
            shape=ir.Shape(where.shape),
            name=key,
        )
        initializer = ir.Value(
            name=key, shape=tensor.shape, type=ir.TensorType(tensor.dtype), const_value=tensor
        )
        made.graph.initializers.add(initializer)
        if tensor.dtype == value.dtype:
            value.replace_all_uses_with(initializer)
            continue
        cast = ir.node("Cast", [initializer], {"to": value.dtype})
        cast.outputs[0].name = f"{key}.float32"
        made.graph.insert_before(made.graph[0], cast)
        value.replace_all_uses_with(cast.outputs[0])


def _external(made: ir.Model) -> list[ir.ExternalTensor]:
    ir = _onnx_ir()
    constants = [value.const_value for value in made.graph.initializers.values()]
    return [tensor for tensor in constants if isinstance(tensor, ir.ExternalTensor)]


def stored_tensors(card: Card) -> Iterator[tuple[str, Stored]]:
    """Where each tensor of a checkpoint lies, also those that it inherits."""
    yield from _in_file(card, WEIGHTS)
    for origin in card.origin:
        for key, where in _in_file(card, f"{origin}/{WEIGHTS}"):
            if key in card.inherited:
                yield key, where


def _in_file(card: Card, location: str) -> Iterator[tuple[str, Stored]]:
    """The header of a safetensors file: its length in 8 bytes, then JSON."""
    with weights_path(card.dataset, card.name, location).open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    for key, entry in header.items():
        if key != "__metadata__":
            start, end = entry["data_offsets"]
            offset = 8 + length + start
            yield key, Stored(location, offset, end - start, entry["dtype"], tuple(entry["shape"]))


def _seal(card: Card, location: str) -> str:
    """The sha256 of a file of weights, as a card has it."""
    sha256 = card.sha256 if location == WEIGHTS else card.origin[location.split("/")[0]]
    assert sha256 is not None
    return sha256


def _described(value: ir.Value) -> str:
    """The type and shape of an input or output: "float32 (B, 1, 28, 28)", "int64 (B,)"."""
    assert value.dtype is not None and value.shape is not None
    axes = [str(axis) for axis in value.shape]
    shape = f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"
    return f"{value.dtype.numpy().name} {shape}"


def _onnx_ir() -> Any:
    """The module `onnx_ir`, if all that makes graphs is installed."""
    try:
        import onnx  # noqa: F401
        import onnx_ir
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise GraphsNeedOnnx(INSTALL) from error
    return onnx_ir
