"""ONNX graphs beside the weights: reading, verification, and joining with the weights.

A graph holds operations alone. Its weights are ONNX external data: an offset and a length in the
`model.safetensors` of the same folder, or, for weights that a checkpoint inherits, in
`<name>/model.safetensors` of the checkpoint that they come from. They are shipped once. Graphs are
made by `pipeline.onnx_graphs`; reading and joining them needs neither onnx nor onnxruntime.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ae_models.artifacts import onnx_message
from ae_models.artifacts.card import WEIGHTS, Graph, folder, read_card, verified_content
from ae_models.artifacts.checkpoint import unusable


def read(dataset: str, name: str, file: str) -> bytes:
    """A graph, verified against its card. Raises `CheckpointError`."""
    path = folder(dataset, name) / file
    return _verified(path, _record(dataset, name, file).sha256)


def weights(dataset: str, name: str, file: str) -> dict[str, bytes]:
    """The files that hold a graph's weights, by location.

    Raises `CheckpointError` where one is missing, damaged, or newer than the graph.
    """
    return {
        location: _verified(weights_path(dataset, name, location), sha256)
        for location, sha256 in _record(dataset, name, file).weights.items()
    }


def weights_path(dataset: str, name: str, location: str) -> Path:
    """The path of a location of a graph's external data."""
    return folder(dataset, weights_owner(name, location)) / WEIGHTS


def weights_owner(name: str, location: str) -> str:
    """The checkpoint that holds a location of a graph of `name`: its folder, or `name` itself."""
    return PurePosixPath(location).parent.name or name


def self_contained(dataset: str, name: str, file: str) -> bytes:
    """A graph with its weights inside: one ONNX file. Raises `CheckpointError`."""
    return onnx_message.with_weights(read(dataset, name, file), weights(dataset, name, file))


def _record(dataset: str, name: str, file: str) -> Graph:
    try:
        graphs = read_card(dataset, name).graphs
    except (OSError, ValueError) as error:
        raise unusable(folder(dataset, name) / "card.json", error) from error
    if file not in graphs:
        path = folder(dataset, name) / file
        raise unusable(path, FileNotFoundError("its card does not name it"))
    return graphs[file]


def _verified(path: Path, sha256: str) -> bytes:
    try:
        return verified_content(path, sha256)
    except (OSError, ValueError) as error:
        raise unusable(path, error) from error
