"""Encoders of texts, by name. No sound p-value may need a particular one; every result names the one it used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from karmalink.account.language.lexical import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Encoder", "EncoderInfo", "LexicalEncoder"]


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
