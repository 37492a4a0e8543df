"""Initialisers of an ONNX graph made its inputs, without the `onnx` package: they may then differ from run to run.

On a CPU a style with a picture's statistics is part of a session, which is made in ten milliseconds and folds it into
the weights. On a GPU making one takes far longer, and its convolutions are looked for anew; there one session
multiplies the weights by what it is given.

A message of protobuf may come in pieces: those that follow are merged into the first, and repeated fields grow
(https://protobuf.dev/programming-guides/encoding/#last-one-wins). So inputs are added by what is appended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Field numbers of onnx.proto3.
_MODEL_GRAPH = 7
_GRAPH_INPUT = 11
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR = 1
_TENSOR_ELEMENT, _TENSOR_SHAPE = 1, 2
_SHAPE_DIMENSION = 1
_DIMENSION_VALUE = 1
_FLOAT = 1  # TensorProto.FLOAT


def with_inputs(model: bytes, shapes: Mapping[str, Sequence[int]]) -> bytes:
    """`model`, in which the float32 initialisers of these names and shapes are inputs that need not be given."""
    return model + _field(_MODEL_GRAPH, b"".join(_field(_GRAPH_INPUT, _value(*named)) for named in shapes.items()))


def _value(name: str, shape: Sequence[int]) -> bytes:
    dimensions = b"".join(_field(_SHAPE_DIMENSION, _field(_DIMENSION_VALUE, length)) for length in shape)
    tensor = _field(_TENSOR_ELEMENT, _FLOAT) + _field(_TENSOR_SHAPE, dimensions)
    return _field(_VALUE_NAME, name.encode()) + _field(_VALUE_TYPE, _field(_TYPE_TENSOR, tensor))


def _field(number: int, value: int | bytes) -> bytes:
    """A field of a message: a whole number, or what has a length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """A whole number, seven bits a byte, the lowest first."""
    made = b""
    while value > 0x7F:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])
