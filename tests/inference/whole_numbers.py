"""Networks in whole numbers on any CPU: one without instructions for them adds products of signed weights wrongly."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from stylize.inference.int8 import is_fast
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device

OFFSET = 128  # the byte that means 0 among the weights


def int8_painter(folder) -> OnnxPainter:
    """The painter of a models folder in int8, with weights as unsigned bytes where signed ones would overflow."""
    painter = OnnxPainter(folder, Device("cpu"), "int8")
    if not is_fast():
        painter._int8_model = _unsigned(painter._int8_model)
    return painter


def _unsigned(network: bytes) -> bytes:
    model = onnx.load_from_string(network)
    graph = model.graph
    made = {node.output[0]: node for node in graph.node}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    graph.initializer.append(numpy_helper.from_array(np.float32(OFFSET), "offset"))
    for convolution in [node for node in graph.node if node.op_type == "QLinearConv"]:
        cast, zero = made[convolution.input[3]], constants[convolution.input[5]]
        moved = helper.make_node("Add", [cast.input[0], "offset"], [f"{cast.output[0]}_moved"])
        graph.node.insert(list(graph.node).index(cast), moved)
        cast.input[0], cast.attribute[0].i = moved.output[0], TensorProto.UINT8
        zero.CopyFrom(numpy_helper.from_array(np.full(zero.dims, OFFSET, np.uint8), zero.name))
    return model.SerializeToString()
