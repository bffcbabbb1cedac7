"""A model small enough to write by hand: word pieces looked up in a table, in the ONNX protobuf encoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WORDS = {"[PAD]": 0, "[UNK]": 1, "gold": 2, "river": 3, "field": 4}
TABLE = np.array([[9, 9, 9], [0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=np.float32)

FLOAT, INT64, INT_ATTRIBUTE = 1, 7, 2


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def integer(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes | str) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(content)) + content


def value_info(name: str, kind: int, shape: list[int | str]) -> bytes:
    dims = b"".join(block(1, integer(1, dim) if isinstance(dim, int) else block(2, dim)) for dim in shape)
    return block(1, name) + block(2, block(1, integer(1, kind) + block(2, dims)))


def model() -> bytes:
    """Return a graph with one node: last_hidden_state = Gather(table, input_ids)."""
    axis = block(5, block(1, "axis") + integer(3, 0) + integer(20, INT_ATTRIBUTE))
    node = block(1, "table") + block(1, "input_ids") + block(2, "last_hidden_state") + block(4, "Gather") + axis
    table = integer(1, TABLE.shape[0]) + integer(1, TABLE.shape[1]) + integer(2, FLOAT)
    table += block(8, "table") + block(9, TABLE.tobytes())
    graph = block(1, node) + block(2, "tiny") + block(5, table)
    for name in ("input_ids", "attention_mask"):
        graph += block(11, value_info(name, INT64, ["batch", "sequence"]))
    graph += block(12, value_info("last_hidden_state", FLOAT, ["batch", "sequence", TABLE.shape[1]]))
    return integer(1, 8) + block(7, graph) + block(8, block(1, "") + integer(2, 13))


def write(folder: Path) -> Path:
    """Write the model and its tokenizer into a folder."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    (folder / "model.onnx").write_bytes(model())
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
