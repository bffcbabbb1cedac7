"""What a list of statements is worth for each life: log-likelihood ratios, conditional on where and when a life was.

For a predicate k that fits life i to the degree d, with q the share of lives of i's own stratum that fit at least so
well, and ρ the reliability of a claimant's statement::

    w_k(i) = ln(ρ / q)              it fits
             ln((1 − ρ) / (1 − q))  the register denies it
             0                      the register is silent

Names of one country fit each other: the stratum (the country, where the register has one) counts once, by what the
whole list says of it. Of one statement the structured predicates are added, and its plain words count instead of them
where they tell more, since they say the same again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.claimants.fits import FitIndex
from karmalink.link.claimants.life_records import LifeRegister
from karmalink.link.claimants.predicates import Predicate

__all__ = ["ClaimScores", "Statements"]

Statements = Sequence[Sequence[Predicate]]

_RIGHT = 0.7  # of a claimant's statements, where the list is about the life
_RIGHT_WORDS = 0.5  # of plain words: a register lists few of the things and events of a life
_HEDGED = 0.6  # times that, of a statement that doubts itself
_SHRINK = 10.0  # lives: how strongly a stratum's share is drawn towards the whole register's
_LEAST_STRATUM = 15  # lives


@dataclass(frozen=True, eq=False)
class _Worth:
    """One predicate: ln ratio for every life, and what it says of each stratum."""

    ratio: Floats
    of_stratum: Floats
    source: Ints | None


class ClaimScores:
    """The worth of statements for every life of a register.

    Parameters
    ----------
    register : LifeRegister
    """

    def __init__(self, register: LifeRegister) -> None:
        self.register = register
        self.index = FitIndex(register)
        self._worths: dict[Predicate, _Worth] = {}

    @cached_property
    def stratum(self) -> Ints:
        """Number of each life's stratum: its country, where the register has at least two of 15 lives or more."""
        countries = [life.country.casefold() for life in self.register.lives]
        common = {name for name in countries if name and countries.count(name) >= _LEAST_STRATUM}
        names = sorted(common) if len(common) > 1 else []
        return np.array([names.index(name) + 1 if name in names else 0 for name in countries], dtype=np.int64)

    @cached_property
    def _sizes(self) -> Ints:
        return np.bincount(self.stratum)

    def of_list(self, statements: Statements) -> Floats:
        """Return the score of a list for each life, shape (N,)."""
        n = len(self.register)
        total, strata = np.zeros(n), np.zeros(self._sizes.size)
        for worth, of_stratum in self.of_statements(statements):
            total += worth
            strata += of_stratum
        share = np.maximum(self._sizes, 1) / n
        return np.asarray(total + np.minimum(strata, -np.log(share))[self.stratum])

    def of_statements(self, statements: Statements) -> Iterator[tuple[Floats, Floats]]:
        """Yield the worth of each statement for each life, and for each stratum.

        What was said before counts once: a predicate that stands in an earlier statement says nothing new, and of two
        statements about one fact of a life only what the second tells more.
        """
        said: set[Predicate] = set()
        told: list[tuple[Ints, Floats]] = []
        for predicates in statements:
            new = [predicate for predicate in predicates if predicate not in said]
            said.update(predicates)
            structured, words, source = np.zeros(len(self.register)), np.zeros(len(self.register)), None
            strata = np.zeros(self._sizes.size)
            for predicate in new:
                worth = self._worth(predicate)
                if worth.source is None:
                    structured += worth.ratio
                else:
                    words, source = worth.ratio, worth.source
                strata += worth.of_stratum
            if source is not None:
                before = np.zeros(len(self.register))
                for facts, amount in told:
                    before = np.maximum(before, np.where(facts == source, amount, 0.0))
                told.append((source, words))
                words = np.maximum(words - before, 0.0)
            yield np.where(words > np.maximum(structured, 0.0), words, structured), strata

    def of_statement(self, predicates: Sequence[Predicate]) -> tuple[Floats, Floats]:
        """Return the worth of one statement alone for each life, and for each stratum."""
        return next(self.of_statements([predicates]))

    def _worth(self, predicate: Predicate) -> _Worth:
        if predicate not in self._worths:
            self._worths[predicate] = self._computed(predicate)
        return self._worths[predicate]

    def _computed(self, predicate: Predicate) -> _Worth:
        fit = self.index.fit(predicate)
        right = (_RIGHT_WORDS if predicate.field == "words" else _RIGHT) * (_HEDGED if predicate.hedged else 1.0)
        overall = _share_at_least(fit.degree)
        # (N,): share of the life's own stratum that fits at least so well, drawn towards that of the whole register
        q = np.empty_like(overall)
        for number, size in enumerate(self._sizes.tolist()):
            own = np.flatnonzero(self.stratum == number)
            if size:
                counted = _share_at_least(fit.degree[own]) * size
                q[own] = (counted + _SHRINK * overall[own]) / (size + _SHRINK)
        fits = fit.degree > 0.0
        ratio = np.where(fits, np.maximum(np.log(right / q), 0.0 if fit.source is not None else -np.inf), 0.0)
        any_fit = np.where(fits.any(), overall[fits].max(initial=0.0), 0.0)
        ratio = np.where(fit.against, np.log((1.0 - right) / (1.0 - 0.9 * any_fit)), ratio)
        # (strata,): ln of how much commoner a fit is in the stratum than in the register
        size = np.maximum(self._sizes, 1)
        rate = (np.bincount(self.stratum, weights=fits, minlength=size.size) + _SHRINK * any_fit) / (size + _SHRINK)
        told = np.log(rate / any_fit) if any_fit > 0 else np.zeros(size.size)
        return _Worth(np.asarray(ratio), np.asarray(told if fit.source is None else 0.0 * told), fit.source)


def _share_at_least(degree: Floats) -> Floats:
    """Return for each life the share of lives that fit at least as well; half a life is added, so that none is 0."""
    order = np.sort(degree)
    return np.asarray((degree.size - np.searchsorted(order, degree, side="left") + 0.5) / (degree.size + 1.0))
