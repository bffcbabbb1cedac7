"""Encoders of texts, by name. No sound p-value may need a particular one; every result names the one it used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from karmalink.account.language.lexical import Vocabulary
from karmalink.errors import UsageError, suggest

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["ENCODERS", "Encoder", "EncoderInfo", "EncoderRow", "LexicalEncoder", "load_encoder"]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What a result says about the encoder it used.

    Attributes
    ----------
    name, title : str
        Name in options, and what it is.
    licence : str
        Licence of code and weights.
    speed : str
        Measured, with the machine.
    note : str
        What to know before using it.
    sparse : bool
        Rows come as ``csr_array`` instead of an array.
    extra : str
        Optional part of the package that it needs; empty for none.
    version : str
        Of the package, the vocabulary or the weights; filled in when it is loaded.
    """

    name: str
    title: str
    licence: str
    speed: str
    note: str
    sparse: bool
    extra: str = ""
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "name": self.name,
            "title": self.title,
            "licence": self.licence,
            "speed": self.speed,
            "note": self.note,
            "sparse": self.sparse,
            "extra": self.extra,
            "version": self.version,
        }


class Encoder(Protocol):
    """Texts to rows of length 1 (a text in which nothing is known: a zero row)."""

    @property
    def info(self) -> EncoderInfo:
        """Return what a result says about this encoder."""
        ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32] | csr_array:
        """Return unit rows, float32, shape (n_texts, d)."""
        ...


@dataclass(frozen=True, slots=True)
class LexicalEncoder:
    """TF-IDF rows over a vocabulary (:class:`karmalink.account.Vocabulary`)."""

    vocabulary: Vocabulary
    info: EncoderInfo

    def encode(self, texts: Sequence[str]) -> csr_array:
        """Return unit TF-IDF rows, float32, shape (n_texts, n_terms)."""
        return self.vocabulary.rows(texts)


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """A row of the registry: what the encoder is, and how it is loaded from a background and a path."""

    info: EncoderInfo
    load: Callable[[EncoderInfo, Sequence[str] | None, Path | None], Encoder]


def load_encoder(
    name: str = "lexical", *, background: Sequence[str] | None = None, path: str | Path | None = None
) -> Encoder:
    """Return an encoder by its name in :data:`ENCODERS`.

    Parameters
    ----------
    name : str
        A key of :data:`ENCODERS`.
    background : sequence of str, optional
        Texts from which ``lexical`` learns how rare a word is; needed by it, ignored by the others.
    path : str or Path, optional
        ``minilm``: the ONNX file, with ``tokenizer.json`` beside it, or the folder of both.

    Raises
    ------
    UsageError
        No such encoder, or `background` or `path` is missing.
    MissingExtra
        The encoder's packages are not installed.
    ReadError
        The model's files are not where they should be, or cannot be read.
    """
    row = ENCODERS.get(name)
    if row is None:
        near = suggest(name, ENCODERS)
        raise UsageError(f"there is no encoder {name!r}{'; ' + near if near else ''}", allowed=tuple(ENCODERS))
    return row.load(row.info, background, None if path is None else Path(path))


def _lexical(info: EncoderInfo, background: Sequence[str] | None, path: Path | None) -> Encoder:
    if not background:
        raise UsageError(
            "the lexical encoder needs a background to learn from how rare a word is",
            next_step="give the texts that are compared, accounts and entries together",
        )
    vocabulary = Vocabulary.learn(background)
    version = f"{len(vocabulary.terms)} terms of {vocabulary.texts} texts"
    return LexicalEncoder(vocabulary, replace(info, version=version))


def _wordllama(info: EncoderInfo, background: Sequence[str] | None, path: Path | None) -> Encoder:
    from karmalink.account.features.dense_encoders import load_wordllama

    return load_wordllama(info)


def _minilm(info: EncoderInfo, background: Sequence[str] | None, path: Path | None) -> Encoder:
    from karmalink.account.features.dense_encoders import load_minilm

    return load_minilm(info, path)


ENCODERS: dict[str, EncoderRow] = {
    row.info.name: row
    for row in (
        EncoderRow(
            EncoderInfo(
                name="lexical",
                title="TF-IDF of lightly stemmed words",
                licence="Apache-2.0 (this package)",
                speed="3,000 dreams a second on 2 cores",
                note="built in; knows no synonyms; every script",
                sparse=True,
            ),
            _lexical,
        ),
        EncoderRow(
            EncoderInfo(
                name="wordllama",
                title="WordLlama l2_supercat, 256 dimensions",
                licence="code MIT; weights made from token embeddings of Llama 2 70B (its licence), Phi 3 (MIT) …",
                speed="840 dreams a second on 2 cores",
                note="word vectors without context; English above all; never downloads",
                sparse=False,
                extra="encoders",
            ),
            _wordllama,
        ),
        EncoderRow(
            EncoderInfo(
                name="minilm",
                title="all-MiniLM-L6-v2 on onnxruntime, 384 dimensions",
                licence="weights Apache-2.0",
                speed="about 90 dreams a second on 2 cores (int8 per channel)",
                note="reads the first 256 word pieces of a text; English; the model's files are yours to fetch",
                sparse=False,
                extra="encoders",
            ),
            _minilm,
        ),
    )
}
