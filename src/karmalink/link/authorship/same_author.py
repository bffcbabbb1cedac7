"""Are two texts one person's? A log-likelihood ratio from named parts, learnt from people whose texts are known.

A part compares two texts: words that they share, how they are written, how long they are, what they are about. A
logistic machine weighs the parts on pairs of one person and pairs of two; its log odds, less the odds of the pairs it
was shown, are the log-likelihood ratio (Brümmer & du Preez 2006, "Application-independent evaluation of speaker
detection"). Style carries most of it, so read the *style-removed* line before you speak of a memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from karmalink.account.features.feature_registry import FEATURES, Reading
from karmalink.account.features.writing import WritingSpace
from karmalink.account.language.lexical import Vocabulary
from karmalink.account.language.views import view_named, viewed
from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, UsageError

__all__ = [
    "COSINES",
    "FEWEST_PEOPLE",
    "PairSpace",
    "SameLife",
    "TextComparison",
    "across_people",
    "learn_same_life",
    "part_groups",
]

# The parts in which two texts are compared: a registry, and the space that they are measured in.
#
# A cosine depends on how long and how ordinary both texts are, so each is put on the scale of what the text scores with
# texts of other people (symmetric cohort normalisation, Auckenthaler et al. 2000). A feature enters twice: the product
# says whether both are rare in the same direction, the difference how far they are apart.

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
    """Return the group of each part of a view, in the order of the last axis of :meth:`TextComparison.parts`."""
    features = [FEATURES[name].kind for name in _features(view) for _ in range(2)]
    return tuple([COSINES[name].group for name in _cosines(view)] + features)


@dataclass(frozen=True, slots=True, eq=False)
class TextComparison:
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

    def compare(self, first: Sequence[str], second: Sequence[str]) -> TextComparison:
        """Return the comparison of two lists of texts, from which the parts of any pair can be had."""
        cosines = [
            self._normed(of(first), of(second), cohort) for of, cohort in zip(self._rows, self._cohort, strict=True)
        ]
        left, right = (
            (_measured(texts, self.view, self._known) - self._centre) / self._spread for texts in (first, second)
        )
        return TextComparison(np.stack(cosines, axis=2), left, right)

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


FEWEST_PEOPLE = 20
_STRANGERS = 30
_STRENGTH = 0.03
_FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class SameLife:
    """The weights of the parts.

    Attributes
    ----------
    view : str
        The view of the texts.
    n_people : int
        People learnt from.
    space : PairSpace
        What the parts were learnt from.
    """

    view: str
    n_people: int
    space: PairSpace
    _mean: Floats
    _scale: Floats
    _weights: Floats
    _intercept: float

    def log_ratios(self, first: Sequence[str], second: Sequence[str]) -> Floats:
        """Return natural log-likelihood ratios, shape (n_first, n_second): above 0 speaks for one person."""
        compared = self._compared(first, second)
        columns = np.arange(len(second))
        rows = [
            self._contributions(compared, np.full(columns.size, row), columns).sum(axis=1) for row in range(len(first))
        ]
        return np.array(rows).reshape(len(first), len(second)) + self._intercept

    def parts(self, first: str, second: str) -> dict[str, float]:
        """Return what each group of parts adds to the ratio of two texts; with ``prior`` they sum to it."""
        one = np.zeros(1, dtype=np.int64)
        own = self._contributions(self._compared([first], [second]), one, one)[0]
        groups = np.array(part_groups(self.view))
        found = {name: float(own[groups == name].sum()) for name in dict.fromkeys(groups.tolist())}
        return {**found, "prior": self._intercept}

    def _compared(self, first: Sequence[str], second: Sequence[str]) -> TextComparison:
        return self.space.compare(viewed(first, self.view), viewed(second, self.view))

    def _contributions(self, compared: TextComparison, first: Ints, second: Ints) -> Floats:
        found: Floats = (compared.parts(first, second) - self._mean) / self._scale * self._weights
        return found

    def __repr__(self) -> str:
        """One-line summary."""
        return f"SameLife({self.n_people} people, {self._weights.size} parts, {self.view})"


def learn_same_life(first: Sequence[str], second: Sequence[str], *, view: str = "all", seed: int = 0) -> SameLife:
    """Learn the weights of the parts from people who gave two texts each.

    Parameters
    ----------
    first, second : sequence of str, equally long
        ``first[i]`` and ``second[i]`` are person i's; ``first[i]`` and ``second[j]`` are two people's.
    view : str
        A name in :data:`karmalink.account.VIEWS`.
    seed : int
        Chooses the pairs of two people.

    Raises
    ------
    CannotAnswer
        Fewer than :data:`FEWEST_PEOPLE` people.
    UsageError
        `first` and `second` differ in length, or an unknown view.
    """
    return _learn(first, second, view, seed, {})


def _learn(first: Sequence[str], second: Sequence[str], view: str, seed: int, known: dict[str, Floats]) -> SameLife:
    if len(first) != len(second):
        raise UsageError(f"got {len(first)} first texts and {len(second)} second texts", rule="two texts per person")
    if len(first) < FEWEST_PEOPLE:
        raise CannotAnswer(
            f"{counted(len(first), 'person', 'people')} cannot show what two texts of one person share",
            next_step=f"give two texts each of at least {FEWEST_PEOPLE} people",
        )
    from sklearn.linear_model import LogisticRegression

    name = view_named(view).name
    texts = viewed(first, name), viewed(second, name)
    space = PairSpace.learn([*texts[0], *texts[1]], name, known)
    compared = space.compare(*texts)
    own, other = _pairs(len(first), seed)
    given = np.concatenate([compared.parts(own, own), compared.parts(other[:, 0], other[:, 1])])
    mean, scale = given.mean(axis=0), given.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    truth = np.repeat([1, 0], [own.size, len(other)])
    machine = LogisticRegression(C=_STRENGTH, max_iter=500).fit((given - mean) / scale, truth)
    shown = float(np.log(len(other) / own.size))
    return SameLife(name, len(first), space, mean, scale, machine.coef_[0], float(machine.intercept_[0]) + shown)


def across_people(
    first: Sequence[str], second: Sequence[str], *, view: str = "all", folds: int = _FOLDS, seed: int = 0
) -> tuple[Floats, Ints]:
    """Return log-likelihood ratios of people who had no part in the weights, and the fold of each person.

    Parameters
    ----------
    first, second : sequence of str, equally long
        Two texts of each person.
    view : str
        A name in :data:`karmalink.account.VIEWS`.
    folds : int
        Number of folds over people.
    seed : int
        Deals the people to folds.

    Returns
    -------
    (n, n) floats
        Ratio of ``first[i]`` and ``second[j]``; NaN where i and j are of different folds, since no machine has seen
        neither.
    (n,) ints
        Fold of each person.
    """
    n = len(first)
    fold = np.random.default_rng(seed).permutation(n) % folds
    found = np.full((n, n), np.nan)
    measured: dict[str, Floats] = {}
    for number in range(folds):
        known, unseen = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
        machine = _learn([first[i] for i in known], [second[i] for i in known], view, seed, measured)
        found[np.ix_(unseen, unseen)] = machine.log_ratios([first[i] for i in unseen], [second[i] for i in unseen])
    return found, fold.astype(np.int64)


def _pairs(n: int, seed: int) -> tuple[Ints, Any]:
    """Return people, and pairs of two people: 30 a person where there are so many."""
    rng = np.random.default_rng(seed)
    strangers = min(_STRANGERS, n - 1)
    steps = np.stack([1 + rng.choice(n - 1, strangers, replace=False) for _ in range(n)])
    people = np.arange(n)
    other = (people[:, None] + steps) % n
    return people, np.stack([np.repeat(people, strangers), other.ravel()], axis=1)
