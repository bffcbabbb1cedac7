"""How far two or more scorers agree, with bootstrap intervals by night."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.agreement.hypnodensity import (
    Disagreement,
    count_votes,
    disagreement_profile,
    majority,
    meet,
    rank_scorers,
)
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Agreement", "Interval", "ScorerAgreement", "agree", "bootstrap_by_night", "cohen_kappa", "compare_scorers"]

# A figure with its bootstrap interval by night.

_LEVELS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % interval; `low` and `high` are NaN where there is only one night."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return value, low and high; None instead of NaN."""
        return {name: None if np.isnan(getattr(self, name)) else getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        """Three digits and the interval: ``0.705 (0.683–0.724)``."""
        if np.isnan(self.value):
            return "not defined"
        return f"{self.value:.3f}" + ("" if np.isnan(self.low) else f" ({self.low:.3f}–{self.high:.3f})")


def bootstrap_by_night(
    figures: Callable[[NDArray[np.float64]], NDArray[np.float64]], n_nights: int, *, n_boot: int, seed: int
) -> list[Interval]:
    """Return intervals of `figures` by drawing nights with replacement (Efron 1979, percentiles).

    Parameters
    ----------
    figures : callable
        Takes how often each night counts, shape (n_nights,), and returns the figures, shape (k,); called with ones for
        the values themselves.
    n_nights : int
        Number of nights: the independent unit, since epochs of one night depend on each other.
    n_boot : int
        Number of bootstrap samples.
    seed : int
        The same seed gives the same intervals.
    """
    values = figures(np.ones(n_nights))
    if n_nights < 2:
        return [Interval(float(value), np.nan, np.nan) for value in values]
    rng = np.random.default_rng(seed)
    # Weights, shape (n_boot, n_nights): how often each night was drawn; figures, shape (n_boot, k).
    draws = rng.multinomial(n_nights, np.full(n_nights, 1 / n_nights), size=n_boot).astype(np.float64)
    table = np.array([figures(weights) for weights in draws])
    # Percentiles of each figure over the samples in which it is defined.
    bounds = [
        np.percentile(known, _LEVELS) if (known := column[np.isfinite(column)]).size else (np.nan, np.nan)
        for column in table.T
    ]
    return [Interval(float(value), float(low), float(high)) for value, (low, high) in zip(values, bounds, strict=True)]


# Agreement of two scorers of one night.


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """Agreement of two hypnograms over the epochs that both scored.

    Attributes
    ----------
    n_epochs : int
        Epochs that both scored.
    accuracy : float
        Share of them with the same stage.
    kappa : float or None
        Cohen 1960; None where both gave one and the same stage throughout, since κ is then undefined.
    confusion : ndarray of int, shape (5, 5)
        Rows: the first scorer's W N1 N2 N3 R; columns: the second's.
    notes : tuple of str
        What was done to lay them on each other.
    """

    n_epochs: int
    accuracy: float
    kappa: float | None
    confusion: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def to_dataframe(self) -> pd.DataFrame:
        """Return the confusion matrix with its stages."""
        import pandas as pd

        return pd.DataFrame(self.confusion, index=list(STAGES), columns=list(STAGES))

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "n_epochs": self.n_epochs,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "confusion": self.confusion.tolist(),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        kappa = "not defined" if self.kappa is None else f"{self.kappa:.3f}"
        return f"<Agreement κ {kappa}, same stage in {self.accuracy:.1%} of {counted(self.n_epochs, 'epoch')}>"


def agree(first: Hypnogram, second: Hypnogram, *, zone: ZoneInfo | None = None, by_clock: bool = True) -> Agreement:
    """Return the agreement of two hypnograms of the same recording.

    They are placed by the clocks they state. Where their epochs are of different length, or do not begin together, both
    are brought to the longer epochs, each with the stage that fills most of it; `Agreement.notes` says so.

    Parameters
    ----------
    first, second : Hypnogram
        Of one night.
    zone : ZoneInfo, optional
        Where the clock hung, for nights on which clocks change.
    by_clock : bool
        False takes both to count from one first sample, whatever their clocks say.

    Raises
    ------
    InputError
        They have no second in common.
    CannotAnswer
        No epoch was scored by both.
    """
    met, notes = meet({"the first": first, "the second": second}, zone=zone, by_clock=by_clock)
    a, b = (one.stages for one in met.values())
    both = (a != UNSCORED) & (b != UNSCORED)
    total = int(both.sum())
    if total == 0:
        raise CannotAnswer("no epoch was scored by both", next_step="look at which epochs each scorer left out")
    confusion = np.zeros((len(STAGES), len(STAGES)), dtype=np.int64)
    np.add.at(confusion, (a[both], b[both]), 1)
    return Agreement(total, float(np.trace(confusion)) / total, cohen_kappa(confusion), confusion, notes)


def cohen_kappa(confusion: NDArray[Any]) -> float | None:
    """Return Cohen's κ of a confusion matrix (Cohen 1960); None where it is empty or chance agreement is 1.

    Parameters
    ----------
    confusion : ndarray, shape (k, k)
        Rows: one scorer's classes; columns: the other's.
    """
    total = float(confusion.sum())
    if total == 0:
        return None
    observed = float(np.trace(confusion)) / total  # p_o = Σ_k n[k, k] / n
    expected = float(confusion.sum(axis=1) @ confusion.sum(axis=0)) / total**2  # p_e = Σ_k n[k, ·] n[·, k] / n²
    return None if expected == 1 else (observed - expected) / (1 - expected)


# Agreement of any number of scorers, people or machines, over any number of nights.


@dataclass(frozen=True, eq=False, repr=False)
class ScorerAgreement:
    """Agreement of several scorers over several nights, every figure with its interval by night.

    Epochs are pooled over nights before a κ is computed; epochs that a scorer left out do not count for that scorer.

    Attributes
    ----------
    scorers : tuple of str
        Names of the scorers.
    n_nights, n_epochs : int
        Nights, and epochs that at least two scorers have scored.
    pairwise : Interval
        Cohen's κ, mean over the pairs of scorers.
    pairs : ndarray, shape (s, s)
        Cohen's κ of each pair; 1 on the diagonal, NaN where it is not defined.
    against_others : Interval
        Cohen's κ of a scorer against the consensus of all others, mean over scorers.
    each : mapping of str to Interval
        The same for each scorer.
    f1 : mapping of str to Interval
        F1 by stage of a scorer against the consensus of all others, mean over scorers.
    f1_each : ndarray, shape (s, 5)
        The same for each scorer, columns W N1 N2 N3 R; NaN where neither gave the stage.
    fleiss : Interval
        Fleiss' κ, over epochs with two scorers or more.
    unanimous : Interval
        Share of a night's epochs to which all scorers gave the same stage; mean over nights.
    confusion : ndarray of int, shape (5, 5)
        Rows: the consensus of the others; columns: the scorer; summed over scorers and nights.
    disagreement : Disagreement
        Where they disagree.
    notes : tuple of str
        What was done to lay the scorings of each night on each other, and which nights could not be.
    """

    scorers: tuple[str, ...]
    n_nights: int
    n_epochs: int
    pairwise: Interval
    pairs: Floats
    against_others: Interval
    each: Mapping[str, Interval]
    f1: Mapping[str, Interval]
    f1_each: Floats
    fleiss: Interval
    unanimous: Interval
    confusion: NDArray[np.int64]
    disagreement: Disagreement = field(repr=False)
    notes: tuple[str, ...] = ()

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per scorer: κ against the others with its interval, and F1 by stage."""
        import pandas as pd

        rows = [
            {"scorer": name, "kappa": kappa.value, "low": kappa.low, "high": kappa.high}
            | {f"f1_{stage}": float(value) for stage, value in zip(STAGES, f1, strict=True)}
            for (name, kappa), f1 in zip(self.each.items(), self.f1_each, strict=True)
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready; None for what is not defined."""
        return {
            "scorers": list(self.scorers),
            "n_nights": self.n_nights,
            "n_epochs": self.n_epochs,
            "pairwise": self.pairwise.to_dict(),
            "pairs": [[None if np.isnan(value) else float(value) for value in row] for row in self.pairs],
            "against_others": self.against_others.to_dict(),
            "each": {name: kappa.to_dict() for name, kappa in self.each.items()},
            "f1": {stage: f1.to_dict() for stage, f1 in self.f1.items()},
            "fleiss": self.fleiss.to_dict(),
            "unanimous": self.unanimous.to_dict(),
            "confusion": self.confusion.tolist(),
            "disagreement": self.disagreement.to_dict(),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"<ScorerAgreement {counted(len(self.scorers), 'scorer')}, {counted(self.n_nights, 'night')}: "
            f"κ {self.pairwise} by pairs, {self.against_others} against the others>"
        )


def compare_scorers(
    nights: Mapping[str, Mapping[str, Hypnogram]],
    *,
    n_boot: int = 1000,
    seed: int = 0,
    zone: ZoneInfo | None = None,
    by_clock: bool = True,
) -> ScorerAgreement:
    """Compare every scorer with every other, and with the consensus of all others.

    Scorings of a night are placed by the clocks they state and brought to the longest epochs, each with the stage that
    fills most of it. A night whose scorings have no second in common is left out and named.

    Parameters
    ----------
    nights : mapping of str to mapping of str to Hypnogram
        Night → scorer → hypnogram. A scorer may be missing from a night.
    n_boot : int
        Bootstrap samples of nights for the intervals.
    seed : int
        Seed of the samples.
    zone : ZoneInfo, optional
        Where the clock hung, for nights on which clocks change.
    by_clock : bool
        False takes all to count from one first sample, whatever their clocks say.

    Raises
    ------
    InputError
        No night, fewer than two scorers, or no night whose scorings meet.
    CannotAnswer
        No epoch was scored by two scorers.
    """
    scorers = tuple(dict.fromkeys(name for night in nights.values() for name in night))
    if len(scorers) < 2:
        raise InputError(counted(len(scorers), "scorer"), rule="agreement needs at least two scorers")
    tables, notes = _tables(nights, scorers, zone, by_clock=by_clock)
    counts = _Counts.of(tables, len(scorers))
    if not counts.pairs.any():
        raise CannotAnswer("no epoch was scored by two scorers", next_step="look at which epochs each scorer left out")
    intervals = bootstrap_by_night(counts.figures, len(tables), n_boot=n_boot, seed=seed)
    # In the order of `_Counts.figures`: four figures, then κ of each scorer, then F1 of each stage.
    pairwise, against_others, fleiss, unanimous, *rest = intervals
    each, f1 = rest[: len(scorers)], rest[len(scorers) :]
    return ScorerAgreement(
        scorers=scorers,
        n_nights=len(tables),
        n_epochs=int(counts.scored.sum()),
        pairwise=pairwise,
        pairs=_square(counts.kappas(np.ones(len(tables))), len(scorers)),
        against_others=against_others,
        each=dict(zip(scorers, each, strict=True)),
        f1=dict(zip(STAGES, f1, strict=True)),
        f1_each=_f1(counts.others.sum(axis=0)),
        fleiss=fleiss,
        unanimous=unanimous,
        confusion=counts.others.sum(axis=(0, 1)).astype(np.int64),
        disagreement=disagreement_profile(tables),
        notes=notes,
    )


def _tables(
    nights: Mapping[str, Mapping[str, Hypnogram]], scorers: tuple[str, ...], zone: ZoneInfo | None, *, by_clock: bool
) -> tuple[list[NDArray[np.int8]], tuple[str, ...]]:
    """Return of each night one row per scorer, in one order; who did not score it is unscored."""
    tables: list[NDArray[np.int8]] = []
    notes: list[str] = []
    refused: InputError | None = None
    for night, scorings in nights.items():
        if len(scorings) < 2:
            continue
        try:
            met, said = meet(scorings, zone=zone, by_clock=by_clock)
        except InputError as error:
            refused = refused or error
            notes.append(f"{night} is left out: {error.what}")
            continue
        notes += [f"{night}: {note}" if len(nights) > 1 else note for note in said]
        table = np.full((len(scorers), next(iter(met.values())).n_epochs), UNSCORED, dtype=np.int8)
        for name, one in met.items():
            table[scorers.index(name)] = one.stages
        tables.append(table)
    if refused is not None and not tables:
        raise refused
    return tables, tuple(notes)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """What each night contributes, so that a bootstrap sample of nights is a weighted sum.

    Attributes
    ----------
    pairs : ndarray, shape (nights, pairs of scorers, 5, 5)
        Confusion of two scorers.
    others : ndarray, shape (nights, scorers, 5, 5)
        Confusion of the consensus of all others (rows) with a scorer (columns).
    fleiss : ndarray, shape (nights, 1 + 5)
        Agreement summed over epochs, then the share of each stage summed over epochs.
    scored, unanimous : ndarray, shape (nights,)
        Epochs that two scorers or more have scored; share of all epochs on which all scorers agree.
    """

    pairs: Floats
    others: Floats
    fleiss: Floats
    scored: Floats
    unanimous: Floats

    @classmethod
    def of(cls, tables: list[NDArray[np.int8]], count: int) -> _Counts:
        pairs = [[_confusion(codes[a], codes[b]) for a, b in combinations(range(count), 2)] for codes in tables]
        others = [[_against(codes, scorer) for scorer in range(count)] for codes in tables]
        fleiss = np.array([_fleiss(count_votes(codes)) for codes in tables]).reshape(len(tables), 2 + len(STAGES))
        unanimous = [float(((codes == codes[0]).all(axis=0) & (codes[0] != UNSCORED)).mean()) for codes in tables]
        shape = (len(tables), -1, len(STAGES), len(STAGES))
        return cls(
            np.array(pairs).reshape(shape),
            np.array(others).reshape(shape),
            fleiss[:, 1:],
            fleiss[:, 0],
            np.array(unanimous),
        )

    def kappas(self, weights: Floats) -> Floats:
        """Return Cohen's κ of each pair, shape (pairs,), of confusions summed over nights with `weights`, (nights,)."""
        return np.array([_kappa(confusion) for confusion in np.tensordot(weights, self.pairs, axes=1)])

    def figures(self, weights: Floats) -> Floats:
        """Return κ of pairs, κ against others, Fleiss, unanimous, then κ of each scorer and F1 of each stage."""
        others = np.tensordot(weights, self.others, axes=1)  # (scorers, 5, 5)
        each = np.array([_kappa(confusion) for confusion in others])
        agreement, *shares = weights @ self.fleiss
        total = float(weights @ self.scored)
        # Fleiss: p_e = Σ_s (mean share of stage s)², κ = (mean agreement − p_e) / (1 − p_e)
        chance = float(np.sum((np.array(shares) / total) ** 2)) if total else np.nan
        fleiss = (agreement / total - chance) / (1 - chance) if total and chance < 1 else np.nan
        head = [_mean(self.kappas(weights)), _mean(each), fleiss, float(weights @ self.unanimous / weights.sum())]
        return np.array([*head, *each, *(_mean(column) for column in _f1(others).T)])


def _confusion(first: NDArray[np.int8], second: NDArray[np.int8]) -> Floats:
    both = (first != UNSCORED) & (second != UNSCORED)
    table = np.zeros((len(STAGES), len(STAGES)))
    np.add.at(table, (first[both], second[both]), 1)
    return table


def _against(codes: NDArray[np.int8], scorer: int) -> Floats:
    """Return the confusion of one scorer (columns) with the consensus of all others (rows)."""
    others = np.delete(codes, scorer, axis=0)
    return _confusion(majority(others, rank_scorers(others)), codes[scorer])


def _fleiss(votes: Floats) -> Floats:
    """Return number of epochs with two scorers or more, their summed agreement, and the summed share of each stage.

    Fleiss 1971 for a number of scorers that differs from epoch to epoch: every epoch has the same weight.
    """
    scorers = votes.sum(axis=1)
    shared, n = votes[scorers > 1], scorers[scorers > 1]  # (epochs, 5), (epochs,)
    # Share of the pairs of scorers that agree: P_e = Σ_s v[e, s] (v[e, s] − 1) / (n[e] (n[e] − 1))
    agreement = (shared * (shared - 1)).sum(axis=1) / (n * (n - 1))
    return np.array([len(shared), agreement.sum(), *(shared / n[:, None]).sum(axis=0)])


def _kappa(confusion: Floats) -> float:
    kappa = cohen_kappa(confusion)
    return np.nan if kappa is None else kappa


def _f1(confusions: Floats) -> Floats:
    """Return F1 by stage, shape (scorers, 5); NaN where neither gave the stage."""
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    # F1 = 2 TP / (2 TP + FP + FN) = 2 n[s, s] / (n[s, ·] + n[·, s])
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * hits / (confusions.sum(axis=1) + confusions.sum(axis=2)))


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _square(kappas: Floats, count: int) -> Floats:
    """Return the κ of pairs as a symmetric matrix with ones on its diagonal, shape (count, count)."""
    table = np.eye(count)
    for (a, b), kappa in zip(combinations(range(count), 2), kappas, strict=True):
        table[a, b] = table[b, a] = kappa
    return table
