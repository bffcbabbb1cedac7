"""Reliabilities learned without ground truth, from many witnesses who describe many places.

The spreads come from the distances between witnesses (`seek.answers.pooling`). What is left is how
far they err together. That is in no answer: if all of them are wrong alike, nothing shows it. One assumption stands
in for it, and everything follows from it: **the truth is to the others as their best witness is**. The best witness
is left out, what the others say of each place is compared with what that witness says, and the weights of the pool
are those under which that was most probable (expectation–maximisation for the weights, a search over κ). That nobody
names the place at all is as probable as that nobody else names the best witness's place (Good & Turing: Good 1953,
Biometrika 40, 237–264).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.seek.answers.answers import Answers
from karmalink.seek.answers.pooling import NEAR, WAYS, Clouds, Pool, Spreads, clouds, core, spreads, wide
from karmalink.seek.ground.sphere import distance_km, median_point, to_lonlat

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.clues.witnesses import Witness

__all__ = ["CHUNK", "KAPPAS", "RADIUS_POWERS", "LearnedWitnesses", "learn_reliabilities", "log_sum"]

KAPPAS = np.arange(0.2, 1.025, 0.05)
RADIUS_POWERS = (0.0, 0.25, 0.5, 1.0)
CHUNK = 128  # statements worked on at a time
_GROSS_START, _GROSS_WORTH = 0.05, 20.0  # before anything is known: one in twenty, worth twenty answers
_ROUNDS = 200
_COPIES = 0.5  # who gives the same answer this often copies
_PER_ANSWER = 40


@dataclass(frozen=True, eq=False, repr=False)
class LearnedWitnesses:
    """How far witnesses can be relied on, as their answers alone tell.

    Attributes
    ----------
    witnesses : tuple of str, length M
    answered : ndarray of int, shape (M,)
        Statements each answered.
    spread_km : ndarray, shape (M,)
        Usual (median) error.
    gross : ndarray, shape (M,)
        Share of answers that have nothing to do with the place.
    bias_km : ndarray, shape (M, 2)
        Median offset east and north from what the others say.
    bias_error_km : ndarray, shape (M,)
        Its standard error.
    correlation, copies : ndarray, shape (M, M)
        See `seek.answers.pooling.Spreads`.
    radius_power : float
        By which power of the claimed radius an answer is less certain: 0 claims say nothing, 1 all that they say.
    kappa : float
        Exponent of the pool: 1 were all errors independent.
    ways : ndarray, shape (4,)
        Weights of the four ways of `seek.answers.pooling`.
    held_out : str
        The best witness, who stood in for the truth.
    log_score : float
        Mean logarithm of the density (per km²) that the others gave that witness's answers.
    """

    witnesses: tuple[str, ...]
    answered: NDArray[np.int64]
    spread_km: Floats
    gross: Floats
    bias_km: Floats
    bias_error_km: Floats
    correlation: Floats
    copies: Floats
    radius_power: float
    kappa: float
    ways: Floats
    held_out: str
    log_score: float

    def pool(self, answers: Answers, given: NDArray[np.bool_] | None = None) -> Pool:
        """Return the pool of answers of these witnesses."""
        counts = answers.given if given is None else given
        return Pool.of(answers, counts, self.spread_km, self.correlation, self.gross, self.radius_power)

    def as_witnesses(self) -> list[Witness]:
        """Return them as witnesses of a case: right but for gross errors, worth the answers it was learned from."""
        from karmalink.seek.clues.witnesses import Witness

        return [
            Witness(name, reliability=float(1.0 - gross), strength=float(max(1, count)))
            for name, gross, count in zip(self.witnesses, self.gross, self.answered, strict=True)
        ]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per witness, the best first."""
        import pandas as pd

        return pd.DataFrame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "witness": self.witnesses[m],
                "answered": int(self.answered[m]),
                "spread_km": round(float(self.spread_km[m]), 3),
                "gross": round(float(self.gross[m]), 4),
                "east_km": round(float(self.bias_km[m, 0]), 3),
                "north_km": round(float(self.bias_km[m, 1]), 3),
                "bias_error_km": round(float(self.bias_error_km[m]), 3),
                "errs_with": [
                    self.witnesses[other] for other in np.flatnonzero(self.correlation[m]).tolist() if other != m
                ],
            }
            for m in np.argsort(self.spread_km, kind="stable").tolist()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return what was learned, ready for JSON."""
        return {
            "witnesses": self._rows(),
            "radius_power": self.radius_power,
            "kappa": round(self.kappa, 3),
            "ways": {way: round(float(weight), 4) for way, weight in zip(WAYS, self.ways, strict=True)},
            "held_out": self.held_out,
            "log_score": round(self.log_score, 4),
        }

    def __repr__(self) -> str:
        """One-line summary: who is best and by how much."""
        best, last = int(np.argmin(self.spread_km)), int(np.argmax(self.spread_km))
        return (
            f"LearnedWitnesses({len(self.witnesses)} witnesses; {self.witnesses[best]} is usually off by "
            f"{self.spread_km[best]:.2g} km, {self.witnesses[last]} by {self.spread_km[last]:.2g} km)"
        )


def learn_reliabilities(answers: Answers, *, progress: Callable[[int, int], None] | None = None) -> LearnedWitnesses:
    """Learn how far witnesses can be relied on from their answers alone.

    Parameters
    ----------
    answers : Answers
        Of three or more witnesses about some ten places or more. The truth is not asked for.
    progress : callable, optional
        Called with (steps done, steps).

    Raises
    ------
    CannotAnswer
        If no three witnesses can be compared with each other.
    """
    found = spreads(answers)
    away, east, north = _from_others(answers, found)
    gross = np.array([_gross(away[answers.given[:, m], m], found.km[m]) for m in range(len(answers.witnesses))])
    middle = [np.array([_median(axis[answers.given[:, m], m]) for axis in (east, north)]) for m in range(gross.size)]
    best = int(np.argmin(np.where(found.compared >= 2, found.km, np.inf)))
    others = answers.given.copy()
    others[:, (found.copies[best] >= _COPIES) | (np.arange(gross.size) == best)] = False
    unseen = _unseen(answers, others, best, found.km)
    fitted = []
    for done, power in enumerate(RADIUS_POWERS, start=1):
        fitted.append(_fitted(answers, others, found, gross, best, power, unseen))
        if progress is not None:
            progress(done, len(RADIUS_POWERS))
    score, power, kappa, ways = max(fitted, key=lambda one: one[0])
    answered = answers.given.sum(axis=0)
    return LearnedWitnesses(
        witnesses=answers.witnesses,
        answered=answered,
        spread_km=found.km,
        gross=gross,
        bias_km=np.array(middle),
        bias_error_km=1.2533 * 1.4826 * found.km / np.sqrt(np.maximum(answered, 1)),
        correlation=found.correlation,
        copies=found.copies,
        radius_power=power,
        kappa=kappa,
        ways=ways,
        held_out=answers.witnesses[best],
        log_score=score,
    )


def _from_others(answers: Answers, found: Spreads) -> tuple[Floats, Floats, Floats]:
    """Return km, km east and km north of each answer from where the others put the place, NaN where unknown."""
    shape = answers.given.shape
    away, east, north = (np.full(shape, np.nan) for _ in range(3))
    for m in range(shape[1]):
        weights = np.where(answers.given, found.km**-2.0, 0.0)
        weights[:, m] = 0.0
        usable = answers.given[:, m] & (weights.sum(axis=1) > 0)
        if not usable.any():
            continue
        middle = median_point(answers.points[usable], weights[usable])
        mine = answers.points[usable, m]
        away[usable, m] = distance_km(mine, middle)
        (lon, lat), (lon0, lat0) = to_lonlat(mine), to_lonlat(middle)
        degree = 111.195
        east[usable, m] = ((lon - lon0 + 180.0) % 360.0 - 180.0) * degree * np.cos(np.radians(lat0))
        north[usable, m] = (lat - lat0) * degree
    return away, east, north


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0


def _gross(km: Floats, spread: float) -> float:
    """Return the share of answers that fit "anywhere" better than the witness's own law, by EM with a Beta prior."""
    known = km[np.isfinite(km)]
    fits, anywhere, share = core(known, np.array(spread)), wide(known), _GROSS_START
    for _ in range(_ROUNDS):
        odd = share * anywhere / ((1.0 - share) * fits + share * anywhere)
        share = (float(odd.sum()) + _GROSS_START * _GROSS_WORTH) / (known.size + _GROSS_WORTH)
    return share


def _unseen(answers: Answers, others: NDArray[np.bool_], best: int, spread: Floats) -> float:
    """Return the share of the best witness's answers that no other witness comes near."""
    usable = answers.given[:, best] & others.any(axis=1)
    km = distance_km(answers.points[usable], answers.points[usable, best : best + 1])
    near = NEAR * float(spread[others.any(axis=0)].min(initial=np.inf))
    alone = np.where(others[usable], km, np.inf).min(axis=1) > near
    return float((alone.sum() + _GROSS_START * _GROSS_WORTH) / (alone.size + _GROSS_WORTH))


def _fitted(
    answers: Answers, given: NDArray[np.bool_], found: Spreads, gross: Floats, best: int, power: float, unseen: float
) -> tuple[float, float, float, Floats]:
    """Return mean log score, radius power, κ and weights of the ways that fit the best witness's answers best."""
    usable = np.flatnonzero(answers.given[:, best] & given.any(axis=1))
    pool = Pool.of(answers, given, found.km, found.correlation, gross, power)
    logs: list[list[Floats]] = [[] for _ in KAPPAS]
    for start in range(0, usable.size, CHUNK):
        rows = usable[start : start + CHUNK]
        cloud = clouds(answers.points[rows], given[rows], _PER_ANSWER)
        there = distance_km(answers.points[rows], answers.points[rows, best : best + 1])
        for held, log in zip(logs, _scored(pool.rows(rows), cloud, there), strict=True):
            held.append(log)
    return max(
        (_em(np.concatenate(log, axis=1), power, kappa, unseen) for log, kappa in zip(logs, KAPPAS, strict=True)),
        key=lambda fitted: fitted[0],
    )


def _scored(pool: Pool, cloud: Clouds, km: Floats) -> list[Floats]:
    """Return, for every κ, the log density of the four ways at spots that are `km`, shape (N, M), from the answers."""
    around, there = pool.logs(cloud.km), pool.logs(km[:, None])[:, :, 0]
    level = np.array([log_sum(way + cloud.log_km2) for way in around[1:]])
    rest = there[1:] - level
    return [
        np.vstack([[kappa * there[0] - log_sum(kappa * around[0] + cloud.log_km2)], rest]) for kappa in KAPPAS.tolist()
    ]


def _em(logs: Floats, power: float, kappa: float, unseen: float) -> tuple[float, float, float, Floats]:
    """Return the score and the weights of the ways; the last one, that nobody names the place, is known."""
    densities = np.exp(logs)
    weights = np.append(np.full(len(logs) - 1, (1.0 - unseen) / (len(logs) - 1)), unseen)
    total = weights @ densities
    for _ in range(_ROUNDS):
        weights = np.mean(weights[:, None] * densities / np.maximum(total, 1e-300), axis=1)
        weights[:-1] *= (1.0 - unseen) / max(float(weights[:-1].sum()), 1e-300)
        weights[-1] = unseen
        total = weights @ densities
    return float(np.log(np.maximum(total, 1e-300)).mean()), float(power), float(kappa), weights


def log_sum(values: Floats) -> Floats:
    """Return the logarithm of the sum of exponentials over the last axis."""
    top = values.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray((top + np.log(np.exp(values - top).sum(axis=-1, keepdims=True)))[..., 0])
