"""Networks in whole numbers on any CPU: one without instructions for them adds products of signed weights wrongly."""

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from stylize.inference.int8 import is_exact
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device, Network

OFFSET = 128  # the byte that means 0 among the weights
WEIGHTS = ("whole.", "matrix.")


def int8_painter(folder) -> OnnxPainter:
    """The painter of a models folder in int8, with weights as unsigned bytes where signed ones would overflow."""
    painter = OnnxPainter(folder, Device("cpu"), "int8")
    if not is_exact():
        whole = painter._int8
        make, whole._model = whole.network, _unsigned(whole._model)
        whole.network = lambda initializers: make(_moved(initializers))
        whole._measuring = _Moved(Device("cpu"), _unsigned(whole._measuring._model))
    return painter


class _Moved(Network):
    def run(self, feeds, shrink=False):
        return super().run(_moved(feeds), shrink)


def _moved(arrays):
    return {
        name: (array.astype(np.int16) + OFFSET).astype(np.uint8) if name.startswith(WEIGHTS) else array
        for name, array in arrays.items()
    }


def _unsigned(network: bytes) -> bytes:
    model = onnx.load_from_string(network)
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.name.startswith(WEIGHTS):
            tensor.data_type = TensorProto.UINT8
        if tensor.name.startswith("even."):
            tensor.CopyFrom(numpy_helper.from_array(np.full(tensor.dims, OFFSET, np.uint8), tensor.name))
    for given in graph.input:
        if given.name.startswith(WEIGHTS):
            given.type.tensor_type.elem_type = TensorProto.UINT8
    graph.initializer.append(numpy_helper.from_array(np.array(OFFSET, np.uint8), "even"))
    for node in graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            node.input.append("even")
    return model.SerializeToString()
