"""The parts in which two texts are compared: a registry, and the space that they are measured in.

A cosine depends on how long and how ordinary both texts are, so each is put on the scale of what the text scores with
texts of other people (symmetric cohort normalisation, Auckenthaler et al. 2000). A feature enters twice: the product
says whether both are rare in the same direction, the difference how far they are apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account.features.feature_registry import FEATURES, Reading
from karmalink.account.features.writing import WritingSpace
from karmalink.account.language.lexical import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["COSINES", "Comparison", "PairSpace", "part_groups"]

_FARTHEST = 6.0


@dataclass(frozen=True, slots=True)
class _Cosine:
    """One table of unit rows: its group in a waterfall, whether it needs style, and how its rows are learnt."""

    group: str
    of_style: bool
    learn: Callable[[Sequence[str]], Callable[[Sequence[str]], Any]]


def _words(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    return Vocabulary.learn(texts).rows


def _written(*blocks: str) -> Callable[[Sequence[str]], Callable[[Sequence[str]], Any]]:
    def learn(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
        return WritingSpace.learn(texts, blocks=blocks)[0].rows

    return learn


COSINES: dict[str, _Cosine] = {
    "words": _Cosine("words", False, _words),
    "word-pieces": _Cosine("words", False, _written("pieces")),
    "written-words": _Cosine("written", True, _written("words")),
    "written-pairs": _Cosine("written", True, _written("pairs")),
}
_STYLE_FREE = "style-removed"
# Lengths and rates are skewed: a text with three brackets is not three times as odd as one with one.
_SKEWED = re.compile(r"per 100 words|words|letters|mentions")


def _features(view: str) -> tuple[str, ...]:
    kinds = {"content"} if view == _STYLE_FREE else {"content", "style"}
    return tuple(name for name, feature in FEATURES.items() if feature.kind in kinds)


def _cosines(view: str) -> tuple[str, ...]:
    return tuple(name for name, cosine in COSINES.items() if view != _STYLE_FREE or not cosine.of_style)


def part_groups(view: str) -> tuple[str, ...]:
    """Return the group of each part of a view, in the order of the last axis of :meth:`Comparison.parts`."""
    features = [FEATURES[name].kind for name in _features(view) for _ in range(2)]
    return tuple([COSINES[name].group for name in _cosines(view)] + features)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Cosines of all pairs, shape (n_first, n_second, n_cosines), and features of each side, (n, n_features)."""

    cosines: Floats
    left: Floats
    right: Floats

    def parts(self, first: Any, second: Any) -> Floats:
        """Return the parts of pairs ``(first[p], second[p])`` by their indices, shape (n_pairs, n_parts)."""
        a, b = self.left[first], self.right[second]
        features = np.stack([np.clip(a * b, -_FARTHEST, _FARTHEST), -np.abs(a - b)], axis=2)
        return np.concatenate([self.cosines[first, second], features.reshape(len(a), -1)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class PairSpace:
    """Rows, rarities and spreads learnt from the texts of many people."""

    view: str
    _rows: tuple[Callable[[Sequence[str]], Any], ...]
    _cohort: tuple[Any, ...]
    _centre: Floats
    _spread: Floats
    _known: dict[str, Floats]

    @classmethod
    def learn(cls, texts: Sequence[str], view: str, known: dict[str, Floats] | None = None) -> PairSpace:
        """Return the space of these texts, which are in this view already.

        `known` keeps the features of each text; give the same mapping to learn again from texts that overlap.
        """
        kept = {} if known is None else known
        rows = tuple(COSINES[name].learn(texts) for name in _cosines(view))
        measured = _measured(texts, view, kept)
        spread = measured.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        return cls(view, rows, tuple(of(texts) for of in rows), measured.mean(axis=0), spread, kept)

    def compare(self, first: Sequence[str], second: Sequence[str]) -> Comparison:
        """Return the comparison of two lists of texts, from which the parts of any pair can be had."""
        cosines = [
            self._normed(of(first), of(second), cohort) for of, cohort in zip(self._rows, self._cohort, strict=True)
        ]
        left, right = (
            (_measured(texts, self.view, self._known) - self._centre) / self._spread for texts in (first, second)
        )
        return Comparison(np.stack(cosines, axis=2), left, right)

    def _normed(self, first: Any, second: Any, cohort: Any) -> Floats:
        scores = _product(first, second)
        found = np.zeros_like(scores)
        for rows, transpose in ((first, False), (second, True)):
            others = _product(rows, cohort)
            middle, width = others.mean(axis=1), others.std(axis=1)
            width = np.where(width > 1e-9, width, 1.0)
            own = scores.T if transpose else scores
            part = (own - middle[:, None]) / width[:, None]
            found += 0.5 * (part.T if transpose else part)
        return found


def _product(first: Any, second: Any) -> Floats:
    return np.asarray((first @ second.T).toarray(), dtype=np.float64)


def _measured(texts: Sequence[str], view: str, known: dict[str, Floats]) -> Floats:
    names = _features(view)
    for text in texts:
        if text not in known:
            reading = Reading(text)
            known[text] = np.array([FEATURES[name].measure(reading) for name in names])
    found = np.array([known[text] for text in texts]).reshape(len(texts), len(names))
    skewed = np.array([_SKEWED.fullmatch(FEATURES[name].unit) is not None for name in names])
    long = np.array([name == "length" for name in names])
    return np.where(long, np.log1p(found), np.where(skewed, np.sqrt(found), found))
