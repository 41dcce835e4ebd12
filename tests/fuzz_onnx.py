"""Damaged and hostile ONNX files for `onnx_dense`: a model or ForeignModelError, nothing else, in bounded time.

As a script: `python tests/fuzz_onnx.py 100000` tries that many files and prints what became of them.
"""

import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper

from triplicate.importers import onnx_dense
from triplicate.importers.onnx_operators import OPERATORS
from triplicate.runtime import ScoringModel
from triplicate.runtime.errors import TriplicateError

from dense_graphs import keras_style, torch_style
from fuzz_main import run_fuzzer

__all__ = ["attack", "fuzz", "outcome"]

SEEDS = tuple(
    model.SerializeToString()
    for model in (torch_style(), torch_style(1, "Sigmoid", "LeakyRelu"), keras_style(), keras_style(1, None))
)
LARGE = (0, 1, -1, 7, 2**20, 2**31 - 1, 2**31, 2**40, 2**62, -(2**63), 2**63 - 1)
PLACES = ("../../../etc/passwd", "case.onnx", "case.onnx", "", "nowhere", "/", "\x00")  # case.onnx is the file itself
ODD_FLOATS = (0.0, -0.0, 1e-45, -1.0, 3e38, float("inf"), float("nan"))
STRANGE = ("Conv", "If", "Loop", "Concat", "Squeeze", "ArgMax", "ZipMap", "", "\x00", "Gemm" * 40)


def attack(case: int) -> bytes:
    """Return a file: damaged bytes, or a graph whose parts were swapped, resized, renamed or retyped."""
    rng = np.random.default_rng(case)
    content = SEEDS[case % len(SEEDS)]
    if case % 3 == 0:
        return _damaged(content, rng)
    model = onnx.ModelProto.FromString(content)
    for _ in range(int(rng.integers(1, 4))):
        CHANGES[int(rng.integers(len(CHANGES)))](model, rng)
    content = model.SerializeToString()
    return _damaged(content, rng) if rng.random() < 0.1 else content


def _damaged(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(len(changed)))
        match int(rng.integers(4)):
            case 0:
                changed[at] = int(rng.integers(256))
            case 1:
                changed[at] ^= 1 << int(rng.integers(8))
            case 2:
                del changed[at : at + int(rng.integers(1, 40))]
            case _:
                changed[at:at] = bytes(changed[: int(rng.integers(1, 40))])
        if not changed:
            break
    return bytes(changed)


def _node(model: onnx.ModelProto, rng: np.random.Generator) -> onnx.NodeProto:
    nodes = model.graph.node
    return nodes[int(rng.integers(len(nodes)))] if nodes else nodes.add()


def _tensor(model: onnx.ModelProto, rng: np.random.Generator) -> TensorProto:
    tensors = model.graph.initializer
    return tensors[int(rng.integers(len(tensors)))] if tensors else tensors.add()


def _other_operator(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    names = (*OPERATORS, "Constant", "Transpose", *STRANGE)
    _node(model, rng).op_type = names[int(rng.integers(len(names)))]


def _other_edge(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    node = _node(model, rng)
    written = (output for node in model.graph.node for output in node.output)
    edges = ["", "x", "nowhere", *(tensor.name for tensor in model.graph.initializer), *written]
    ends = node.input if rng.random() < 0.7 else node.output
    if ends and rng.random() < 0.8:
        ends[int(rng.integers(len(ends)))] = edges[int(rng.integers(len(edges)))]
    else:
        ends.append(edges[int(rng.integers(len(edges)))])


def _other_attribute(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    node = _node(model, rng)
    names = ("alpha", "beta", "transA", "transB", "axis", "to", "perm", "epsilon", "training_mode", "value", "scale")
    attribute = node.attribute.add()
    attribute.name = names[int(rng.integers(len(names)))]
    match int(rng.integers(5)):
        case 0:
            attribute.type, attribute.i = AttributeProto.INT, LARGE[int(rng.integers(len(LARGE)))]
        case 1:
            attribute.type, attribute.f = AttributeProto.FLOAT, ODD_FLOATS[int(rng.integers(len(ODD_FLOATS)))]
        case 2:
            attribute.type = AttributeProto.INTS
            attribute.ints.extend(int(size) for size in rng.integers(-2, 4, 3))
        case 3:
            attribute.type = AttributeProto.TENSOR
            attribute.t.CopyFrom(_tensor(model, rng))
        case _:
            attribute.type = int(rng.integers(0, 15))


def _other_shape(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    tensor = _tensor(model, rng)
    size = LARGE[int(rng.integers(len(LARGE)))]
    if tensor.dims and rng.random() < 0.7:
        tensor.dims[int(rng.integers(len(tensor.dims)))] = size
    else:
        tensor.dims.extend([size] * int(rng.integers(1, 12)))


def _other_numbers(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    tensor = _tensor(model, rng)
    match int(rng.integers(4)):
        case 0:
            tensor.data_type = int(rng.integers(0, 24))
        case 1:
            tensor.raw_data = bytes(rng.integers(0, 256, len(tensor.raw_data), dtype=np.uint8))
        case 2:
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=PLACES[int(rng.integers(len(PLACES)))])
            if rng.random() < 0.5:
                tensor.external_data.add(key="offset", value=str(LARGE[int(rng.integers(len(LARGE)))]))
        case _:
            tensor.ClearField("raw_data")
            tensor.float_data.extend(ODD_FLOATS)


def _other_input(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    shape = model.graph.input[0].type.tensor_type.shape
    if shape.dim and rng.random() < 0.7:
        shape.dim[int(rng.integers(len(shape.dim)))].dim_value = LARGE[int(rng.integers(len(LARGE)))]
    elif rng.random() < 0.5:
        shape.dim.add().dim_value = LARGE[int(rng.integers(len(LARGE)))]
    else:
        model.graph.input[0].type.ClearField("tensor_type")


def _less_or_more(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    nodes = model.graph.node
    match int(rng.integers(4)):
        case 0 if nodes:
            del nodes[int(rng.integers(len(nodes)))]
        case 1:
            nodes.add().CopyFrom(_node(model, rng))
        case 2:
            again = nodes[int(rng.integers(len(nodes)))].output[:] if nodes else []
            nodes.append(helper.make_node("Relu", again, again))
        case _:
            model.opset_import[0].version = LARGE[int(rng.integers(len(LARGE)))]


CHANGES = (
    _other_operator,
    _other_edge,
    _other_attribute,
    _other_shape,
    _other_numbers,
    _other_input,
    _less_or_more,
)


def outcome(content: bytes, path: Path) -> str:
    """Read a file of this content: "model", or the kind of our error; any other exception passes through."""
    path.write_bytes(content)
    try:
        model = onnx_dense(path)
    except TriplicateError as reason:
        return type(reason).__name__
    assert isinstance(model, ScoringModel)
    return "model"


def fuzz(cases: range, folder: Path) -> Counter[str]:
    """Try these cases; warnings are errors. Returns how often each outcome came."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Counter(outcome(attack(case), folder / "case.onnx") for case in cases)


def main() -> None:
    """Fuzz as many cases as the command line says; warnings are errors."""
    warnings.simplefilter("error")
    run_fuzzer(lambda case, folder: outcome(attack(case), folder / "case.onnx"))


if __name__ == "__main__":
    main()
