"""Encoders by name: rows of length one, blank texts as zeros, missing parts said plainly, nothing from the network."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_onnx

from karmalink.account import ENCODERS, EncoderInfo, load_encoder
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
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        load_encoder(name)
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


def test_minilm_without_path_file_or_model(tiny: Path) -> None:
    with pytest.raises(UsageError, match="needs the path"):
        load_encoder("minilm")
    with pytest.raises(ReadError, match="cannot be read"):
        load_encoder("minilm", path=tiny / "other.onnx")
    (tiny / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ReadError, match="not a model that onnxruntime can load"):
        load_encoder("minilm", path=tiny)
