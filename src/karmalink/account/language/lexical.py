"""Words as evidence: sparse rows over a vocabulary learnt from a background, rare words weighing more.

TF-IDF after Salton & Buckley (1988) with sublinear counts; BM25 after Robertson & Zaragoza (2009), k1 = 1.5, b = .75.
Scripts without spaces between words are read as overlapping pairs of written clusters: no dictionary is needed.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from karmalink.account.language.words import MONTHS, NUMBER_WORDS, STOP_WORDS, UNSPACED_RUN, WEEKDAYS, WORD, clusters
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["WEIGHTINGS", "Vocabulary", "stem", "strip_leaks", "tokens"]

_K1 = 1.5
_B = 0.75

_NO_EVIDENCE = STOP_WORDS | NUMBER_WORDS.keys()

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Terms, and in how many of the background's texts each occurs.

    Attributes
    ----------
    terms : tuple of str
        Stemmed words, sorted; column j of every matrix is ``terms[j]``.
    frequency : ndarray of int64, shape (n_terms,)
        Number of background texts that hold the term.
    texts : int
        Number of background texts.
    mean_length : float
        Mean number of tokens of a background text (BM25).
    contributors : tuple of str
        The people whose texts it was learnt from; it dies with their data.
    """

    terms: tuple[str, ...]
    frequency: npt.NDArray[np.int64]
    texts: int
    mean_length: float = 1.0
    contributors: tuple[str, ...] = ()

    @classmethod
    def learn(cls, background: Iterable[str], *, least: int = 1, contributors: Iterable[str] = ()) -> Vocabulary:
        """Return the vocabulary of a background corpus; terms in fewer than `least` texts are left out.

        Parameters
        ----------
        background : iterable of str
            Texts of the kind and grain that are to be compared (entries, or units).
        least : int
            Least number of texts that hold a term.
        contributors : iterable of str
            The people whose texts these are.
        """
        counts: Counter[str] = Counter()
        texts = length = 0
        for text in background:
            found = tokens(text)
            counts.update(set(found))
            texts += 1
            length += len(found)
        terms = tuple(sorted(term for term, count in counts.items() if count >= least))
        frequency = np.array([counts[term] for term in terms], dtype=np.int64)
        return cls(terms, frequency, texts, max(length / max(texts, 1), 1.0), tuple(sorted(set(contributors))))

    def idf(self) -> Floats:
        """Return the rarity of each term, ``log((1 + N) / (1 + df)) + 1``, shape (n_terms,)."""
        rarity: Floats = np.log((1.0 + self.texts) / (1.0 + self.frequency)) + 1.0
        return rarity

    def rows(self, texts: Sequence[str], *, weighting: str = "tfidf") -> csr_array:
        """Return rows of length 1, float32, shape (n_texts, n_terms); a text without a known term is a zero row.

        Raises
        ------
        UsageError
            No such weighting.
        """
        from scipy.sparse import csr_array

        weigh = WEIGHTINGS.get(weighting)
        if weigh is None:
            raise UsageError(f"unknown weighting {weighting!r}", allowed=tuple(WEIGHTINGS))
        column = {term: index for index, term in enumerate(self.terms)}
        columns: list[int] = []
        counts: list[int] = []
        edges = [0]
        lengths: list[int] = []
        for text in texts:
            found = tokens(text)
            known = sorted(Counter(column[token] for token in found if token in column).items())
            columns.extend(index for index, _ in known)
            counts.extend(count for _, count in known)
            edges.append(len(columns))
            lengths.append(len(found))
        index = np.array(columns, dtype=np.int32)
        per_row = np.diff(edges)
        relative = np.repeat(np.array(lengths, dtype=np.float64), per_row) / self.mean_length
        values = weigh(np.array(counts, dtype=np.float64), relative) * self.idf()[index]
        row = np.repeat(np.arange(len(texts)), per_row)
        norms = np.sqrt(np.bincount(row, weights=values**2, minlength=len(texts)))
        values /= np.repeat(np.where(norms > 0, norms, 1.0), per_row)
        shape = (len(texts), len(self.terms))
        return csr_array((values.astype(np.float32), index, np.array(edges, dtype=np.int32)), shape=shape)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, never the terms (a rare one can name a person)."""
        return {"terms": len(self.terms), "texts": self.texts, "contributors": len(self.contributors)}

    def __repr__(self) -> str:
        """One-line summary, never the terms."""
        return f"Vocabulary({len(self.terms)} terms of {self.texts} texts)"


def _sublinear(counts: Floats, relative_length: Floats) -> Floats:
    return 1.0 + np.log(counts)


def _bm25(counts: Floats, relative_length: Floats) -> Floats:
    return counts * (_K1 + 1.0) / (counts + _K1 * (1.0 - _B + _B * relative_length))


# Name → (counts, length of the text relative to the mean) → weight before rarity.
WEIGHTINGS: dict[str, Callable[[Floats, Floats], Floats]] = {"tfidf": _sublinear, "bm25": _bm25}


def tokens(text: str, *, stop_words: bool = False, stemmed: bool = True) -> list[str]:
    """Return the words of a text in order, case-folded and lightly stemmed.

    Numbers, in figures or words, are left out: they are evidence of their own
    (:func:`karmalink.account.find_mentions`), and correlated parts are not counted twice.

    Parameters
    ----------
    text : str
        Any text.
    stop_words : bool
        Keep function words too.
    stemmed : bool
        Cut plain English endings.
    """
    found: list[str] = []
    for match in WORD.finditer(_spread(unicodedata.normalize("NFC", text))):
        word = match[0].casefold().replace("’", "'")
        if not stop_words and word in _NO_EVIDENCE:
            continue
        found.append(stem(word) if stemmed else word)
    found.extend(_pairs(text))
    return found


def _spread(text: str) -> str:
    """Return the text without its unspaced runs, which the pattern of words does not match."""
    return text if text.isascii() else UNSPACED_RUN.sub(" ", text)


def _pairs(text: str) -> list[str]:
    if text.isascii():
        return []
    pairs: list[str] = []
    for run in UNSPACED_RUN.findall(unicodedata.normalize("NFC", text)):
        signs = clusters(run)
        pairs.extend(first + second for first, second in itertools.pairwise(signs))
        if len(signs) == 1:
            pairs.extend(signs)
    return pairs


_VOWEL = re.compile("[aeiouy]")
_SHORTEST_STEM = 3


@lru_cache(maxsize=100_000)
def stem(token: str) -> str:
    """Return the token without its plainest English endings: possessive, plural, -ed, -ing, final e.

    Light on purpose: "ride, rides, riding" meet, "relate" and "relation" do not.
    """
    if not token.isascii():
        return token
    token = token.removesuffix("'s").replace("'", "")
    token = _without_plural(token)
    for ending in ("ing", "ed"):
        base = token.removesuffix(ending)
        if base != token and len(base) >= _SHORTEST_STEM and _VOWEL.search(base):
            doubled = base[-1] == base[-2] and base[-1] not in "lsz"
            return base[:-1] if doubled else base
    base = token.removesuffix("e")
    return base if len(base) >= _SHORTEST_STEM else token


def _without_plural(token: str) -> str:
    if len(token) <= _SHORTEST_STEM or token.endswith(("ss", "us", "is")) or not token.endswith("s"):
        return token
    if token.endswith("ies") and len(token) > _SHORTEST_STEM + 1:
        return token[:-3] + "y"
    return token[:-2] if token.endswith(("sses", "shes", "ches", "xes")) else token[:-1]


# Whole names or their three letters only: with any ending, "marched 3 miles" would be a date.
_MONTH = "(?:" + "|".join(sorted(MONTHS | {m[:3] for m in MONTHS} | {"sept"}, key=len, reverse=True)) + r")\b\.?"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
# Blanks are bounded: three runs of them in a row take the cube of their length on a page of blanks.
_LEAKS = re.compile(
    r"^[^\S\n]{0,40}\d{1,2}(?:st|nd|rd|th)\b(?:\s{0,9}\([^)\n]{1,30}\))?\.?"  # "27th (Lord's day)." heads an entry
    r"|^[^\S\n]{0,40}[#(\[]?(?:dream|entry|no\.?|number|nr\.?)?\s{0,9}[#:]?\s{0,9}\d{1,5}[)\]:.]+(?=\s)"  # "#12."
    r"|^[^\S\n]{0,40}(?:dream|entry)\s{0,9}#?\s{0,9}\d{1,5}\b"
    r"|\b(?:1[0-9]|2[0-5])\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b"
    r"|\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d){1,2}\b"
    rf"|\b{_ORDINAL}(?:\s{{1,9}}of)?\s{{1,9}}{_MONTH}(?:,?\s{{1,9}}\d{{4}})?\b"
    rf"|\b{_MONTH}\s{{1,9}}{_ORDINAL}\b(?:,?\s{{1,9}}\d{{4}}\b)?"
    rf"|\b(?:{'|'.join(sorted(WEEKDAYS))})\b"
    r"|\b[a-z]+(?:[-_]\d+){2,}\b",  # identifiers such as entry-1660-6-7
    re.IGNORECASE | re.MULTILINE,
)


def strip_leaks(text: str, *, labels: Iterable[str] = ()) -> str:
    """Return the text with what gives its origin or date away blanked: headings, dates, weekdays, ids and `labels`.

    The length stays the same, so that offsets into the text remain true.

    Parameters
    ----------
    text : str
        An account or entry.
    labels : iterable of str
        Names of the series, the source, the file, whatever stands in every text of one origin.
    """
    kept = _LEAKS.sub(_blank, text)
    named = sorted({label for label in labels if label.strip()}, key=len, reverse=True)
    if not named:
        return kept
    pattern = r"(?<!\w)(?:" + "|".join(re.escape(label) for label in named) + r")(?!\w)"
    return re.sub(pattern, _blank, kept, flags=re.IGNORECASE)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
