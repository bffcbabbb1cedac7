"""A stager small enough to write by hand: the mean of the EEG, in µV, times weights plus a bias, as ONNX protobuf."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "account"))  # where the ONNX encoding is written down

from tiny_onnx import FLOAT, INT_ATTRIBUTE, block, integer, value_info

SAMPLES = 300
# Logits of the five stages: 0 µV is W, 10 µV N1 … 40 µV R, by the nearest of five points on a line.
CENTRES = np.array([0, 10, 20, 30, 40], dtype=np.float32)
WEIGHTS = (2 * CENTRES / 10)[None].astype(np.float32)
BIAS = (-(CENTRES**2) / 10).astype(np.float32)


def _tensor(name: str, array: np.ndarray) -> bytes:
    dims = b"".join(integer(1, size) for size in array.shape)
    return block(5, dims + integer(2, FLOAT) + block(8, name) + block(9, array.astype(np.float32).tobytes()))


def _node(kind: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    named = b"".join(block(1, name) for name in inputs)
    return block(1, named + block(2, output) + block(4, kind) + attributes)


def model(input_name: str = "eeg", columns: int = 5) -> bytes:
    """Return logits = mean(eeg, axis=1) @ WEIGHTS + BIAS for the first `columns` stages."""
    axes = block(5, block(1, "axes") + integer(8, 1) + integer(20, 7))
    keep = block(5, block(1, "keepdims") + integer(3, 1) + integer(20, INT_ATTRIBUTE))
    graph = _node("ReduceMean", [input_name], "mean", axes + keep)
    graph += _node("MatMul", ["mean", "weights"], "product") + _node("Add", ["product", "bias"], "stages")
    graph += block(2, "tiny") + _tensor("weights", WEIGHTS[:, :columns]) + _tensor("bias", BIAS[:columns])
    graph += block(11, value_info(input_name, FLOAT, ["epochs", SAMPLES]))
    graph += block(12, value_info("stages", FLOAT, ["epochs", columns]))
    return integer(1, 8) + block(7, graph) + block(8, block(1, "") + integer(2, 13))


def write(folder: Path, **rest: object) -> Path:
    """Write the network into a folder and return its path."""
    path = folder / "stager.onnx"
    path.write_bytes(model(**rest))  # type: ignore[arg-type]
    return path
