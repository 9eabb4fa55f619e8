"""The part of the ONNX format that refers to weights in other files, read and written by protobuf.

Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
A parsed message keeps every field that is not declared here, so that it is written back whole.
protobuf comes with Streamlit, while the onnx package is needed only where graphs are made.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

EXTERNAL = 1  # TensorProto.DataLocation
_FIELD = descriptor_pb2.FieldDescriptorProto
# Of each message the fields that are needed: (name, number, type or message, repeated).
_MESSAGES: dict[str, list[tuple[str, int, int | str, bool]]] = {
    "StringStringEntryProto": [
        ("key", 1, _FIELD.TYPE_STRING, False),
        ("value", 2, _FIELD.TYPE_STRING, False),
    ],
    "TensorProto": [
        ("name", 8, _FIELD.TYPE_STRING, False),
        ("raw_data", 9, _FIELD.TYPE_BYTES, False),
        ("external_data", 13, "StringStringEntryProto", True),
        ("data_location", 14, _FIELD.TYPE_INT32, False),
    ],
    "GraphProto": [("initializer", 5, "TensorProto", True)],
    "ModelProto": [("graph", 7, "GraphProto", False)],
}


def with_weights(graph: bytes, files: dict[str, bytes]) -> bytes:
    """An ONNX model whose external data, found in `files` by location, is inside it."""
    model = _model_class()()
    model.ParseFromString(graph)
    for tensor in model.graph.initializer:
        if tensor.data_location != EXTERNAL:
            continue
        where = {entry.key: entry.value for entry in tensor.external_data}
        start, length = int(where["offset"]), int(where["length"])
        tensor.raw_data = files[where["location"]][start : start + length]
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
    return model.SerializeToString(deterministic=True)


def _model_class() -> Any:
    """The class of ModelProto, in a pool of its own: the onnx package may be imported too."""
    file = descriptor_pb2.FileDescriptorProto(
        name="onnx_external_data.proto", package="ae_models", syntax="proto2"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            declared = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                declared.type, declared.type_name = _FIELD.TYPE_MESSAGE, f".ae_models.{kind}"
            else:
                declared.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("ae_models.ModelProto")
    return message_factory.GetMessageClass(found)
