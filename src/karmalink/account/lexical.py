"""Words as evidence: sparse TF-IDF rows over a vocabulary learnt from a background."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Vocabulary", "stem", "strip_leaks", "tokens"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms and in how many of the background's texts each occurs.

    Attributes
    ----------
    terms : tuple of str
        Stemmed words, sorted; column j of every matrix is ``terms[j]``.
    frequency : ndarray of int64, shape (n_terms,)
        Number of background texts that hold the term.
    texts : int
        Number of background texts.
    contributors : tuple of str
        The people whose texts it was learnt from; it dies with their data.
    """

    terms: tuple[str, ...]
    frequency: npt.NDArray[np.int64]
    texts: int
    contributors: tuple[str, ...] = ()

    @classmethod
    def learn(
        cls, background: Iterable[str], *, least: int = 1, contributors: Iterable[str] = (), language: str = "en"
    ) -> Vocabulary:
        """Return the vocabulary of a background corpus; terms in fewer than `least` texts are left out."""
        raise NotImplementedError

    def idf(self) -> npt.NDArray[np.float64]:
        """Return the rarity of each term, ``log((1 + N) / (1 + df)) + 1``, shape (n_terms,)."""
        raise NotImplementedError

    def rows(self, texts: Sequence[str], *, language: str = "en") -> csr_array:
        """Return unit TF-IDF rows, float32, shape (n_texts, n_terms); a text without a known term is a zero row."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, never the terms (rare ones can name a person)."""
        return {"terms": len(self.terms), "texts": self.texts, "contributors": len(self.contributors)}


def tokens(text: str, *, language: str = "en", stop_words: bool = False, stemmed: bool = True) -> list[str]:
    """Return the words of a text, case-folded and lightly stemmed; stop words only on request."""
    raise NotImplementedError


def stem(token: str) -> str:
    """Return the token without its plainest English endings."""
    raise NotImplementedError


def strip_leaks(text: str, *, labels: Iterable[str] = ()) -> str:
    """Return the text without what gives its origin away: dates, entry numbers, `labels` (series, ids)."""
    raise NotImplementedError
