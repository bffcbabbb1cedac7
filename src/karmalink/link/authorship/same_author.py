"""Are two texts one person's? A log-likelihood ratio from named parts, learnt from people whose texts are known.

A part compares two texts: words that they share, how they are written, how long they are, what they are about. A
logistic machine weighs the parts on pairs of one person and pairs of two; its log odds, less the odds of the pairs it
was shown, are the log-likelihood ratio (Brümmer & du Preez 2006, "Application-independent evaluation of speaker
detection"). Style carries most of it, so read the *style-removed* line before you speak of a memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account.language.views import view_named, viewed
from karmalink.errors import CannotAnswer, UsageError
from karmalink.link.authorship.pair_features import Comparison, PairSpace, part_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["FEWEST_PEOPLE", "SameLife", "across_people", "learn_same_life"]

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

    def _compared(self, first: Sequence[str], second: Sequence[str]) -> Comparison:
        return self.space.compare(viewed(first, self.view), viewed(second, self.view))

    def _contributions(self, compared: Comparison, first: Ints, second: Ints) -> Floats:
        found: Floats = (compared.parts(first, second) - self._mean) / self._scale * self._weights
        return found

    def __repr__(self) -> str:
        """Tell how much it was learnt from."""
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
        `first` and `second` differ in length, or there is no such view.
    """
    return _learn(first, second, view, seed, {})


def _learn(first: Sequence[str], second: Sequence[str], view: str, seed: int, known: dict[str, Floats]) -> SameLife:
    if len(first) != len(second):
        raise UsageError(f"{len(first)} first texts and {len(second)} second ones", rule="two texts a person")
    if len(first) < FEWEST_PEOPLE:
        raise CannotAnswer(
            f"{len(first)} people are too few to learn what two texts of one person share",
            next_step=f"give two texts each of {FEWEST_PEOPLE} people or more",
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
