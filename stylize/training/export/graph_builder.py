"""An ONNX graph built node by node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stylize.imaging import atomic_path

OPSET = 18
IR_VERSION = 10  # read by every ONNX Runtime from 1.18 on

Array = NDArray[Any]


def write_model(model: onnx.ModelProto, path: Path) -> None:
    """Write a model, whole or not at all."""
    with atomic_path(path) as part:
        part.write_bytes(model.SerializeToString())


def make_external(initializer: onnx.TensorProto) -> None:
    """Say that the values are elsewhere (in no file: they must be given); ONNX Runtime replaces only such ones."""
    external = {"location": "style", "offset": "0", "length": str(len(initializer.raw_data))}
    initializer.ClearField("raw_data")
    initializer.data_location = TensorProto.EXTERNAL
    for key, value in external.items():
        initializer.external_data.add(key=key, value=value)


class Graph:
    """A graph under construction: every call adds a node and returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Array) -> str:
        """A named initialiser."""
        self.initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        """An int64 vector."""
        return self.constant(f"i{len(self.initializers)}", np.array(values, np.int64))

    def number(self, value: float) -> str:
        """A float32 scalar."""
        return self.constant(f"f{len(self.initializers)}", np.array(value, np.float32))

    def floats(self, *values: float) -> str:
        """A float32 vector."""
        return self.constant(f"f{len(self.initializers)}", np.array(values, np.float32))

    def add(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """One node with one output."""
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output

    def model(
        self, name: str, inputs: Sequence[Any], outputs: Sequence[Any], about: dict[str, str], *domains: Any
    ) -> onnx.ModelProto:
        """The finished, checked model with string metadata; `domains` are opsets beside ONNX's own."""
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", OPSET), *domains]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="stylize")
        model.ir_version = IR_VERSION
        helper.set_model_props(model, about)
        onnx.checker.check_model(model, full_check=True)
        return model
