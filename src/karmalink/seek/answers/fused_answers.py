"""Where each place is, as all its witnesses together tell: points with weights, regions, and who is contradicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.answers.answers import Answers
from karmalink.seek.answers.learned_witnesses import CHUNK, LearnedWitnesses, learn_reliabilities, log_sum
from karmalink.seek.answers.pooling import Clouds, Pool, clouds
from karmalink.seek.ground.sphere import distance_km, from_lonlat, median_point, to_lonlat
from karmalink.seek.search.regions import check_share

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fused", "fuse"]

_PER_ANSWER = 64


@dataclass(frozen=True, eq=False, repr=False)
class Fused:
    """The place of each statement.

    Attributes
    ----------
    answers : Answers
    learned : LearnedWitnesses
    lon, lat : ndarray, shape (N,)
        The spot with the smallest expected distance to the truth; NaN where there are no answers.
    expected_km : ndarray, shape (N,)
        Median distance to the truth that is to be expected.
    reliability : ndarray, shape (N, M)
        Probability that each answer is not grossly wrong; NaN where there is none.
    """

    answers: Answers
    learned: LearnedWitnesses
    lon: Floats
    lat: Floats
    expected_km: Floats
    reliability: Floats

    def log_density(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Return the logarithm of the density (per km²) at one spot per statement, NaN where there are no answers."""
        return self._spots(lon, lat)[0]

    def level(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Return how large a region must be to hold one spot per statement: .5 lies on the edge of the 50 % region."""
        return self._spots(lon, lat)[1]

    def region_km2(self, mass: float) -> Floats:
        """Return the size of the smallest ground that holds a share of it, for every statement, shape (N,).

        Raises
        ------
        InputError
            If the share is not between 0 and 1.
        """
        check_share(mass)
        found = np.full(len(self.answers), np.nan)
        for part in _parts(self.answers, self.learned):
            order = np.argsort(-part.log_density, axis=1)
            held = np.cumsum(np.take_along_axis(part.weights, order, axis=1), axis=1)
            ground = np.exp(np.take_along_axis(part.cloud.log_km2, order, axis=1))
            inside = np.hstack([np.ones((len(held), 1), dtype=bool), held[:, :-1] < mass])
            found[part.rows] = np.where(inside, ground, 0.0).sum(axis=1)
        return found

    def contradicted(self, statement: str) -> list[tuple[str, float]]:
        """Return the witnesses of a statement with how far each is believed there, the least first.

        Raises
        ------
        UnknownName
            If there is no such statement.
        """
        if statement not in self.answers.statements:
            raise UnknownName(
                f"no statement is called {statement[:40]!r}", next_step=suggest(statement, self.answers.statements)
            )
        row = self.reliability[self.answers.statements.index(statement)]
        known = np.flatnonzero(np.isfinite(row))
        return [(self.answers.witnesses[m], float(row[m])) for m in known[np.argsort(row[known], kind="stable")]]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per statement."""
        import pandas as pd

        return pd.DataFrame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        least = [self._least(row) for row in self.reliability]
        return [
            {
                "statement": name,
                "lon": round(float(self.lon[row]), 6),
                "lat": round(float(self.lat[row]), 6),
                "expected_km": round(float(self.expected_km[row]), 3),
                "answers": int(self.answers.given[row].sum()),
                "contradicted": least[row],
            }
            for row, name in enumerate(self.answers.statements)
        ]

    def _least(self, reliability: Floats) -> str:
        if not (reliability < 0.5).any():
            return ""
        return self.answers.witnesses[int(np.nanargmin(reliability))]

    def to_dict(self) -> dict[str, Any]:
        """Return places and witnesses, ready for JSON; a place without answers is null."""
        rows = [
            {key: None if isinstance(value, float) and value != value else value for key, value in row.items()}
            for row in self._rows()
        ]
        return {"learned": self.learned.to_dict(), "statements": rows}

    def __repr__(self) -> str:
        """One-line summary: the usual distance that is to be expected."""
        placed = int(np.isfinite(self.lon).sum())
        usual = float(np.median(self.expected_km[np.isfinite(self.expected_km)])) if placed else float("nan")
        return f"Fused({placed} of {len(self.answers)} places, usually within {usual:.2g} km)"

    def _spots(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        spots = from_lonlat(lon, lat)
        if spots.shape != (len(self.answers), 3):
            raise InputError(f"spots of shape {spots.shape[:-1]}", rule=f"one per statement: {len(self.answers)}")
        density, level = (np.full(len(self.answers), np.nan) for _ in range(2))
        for part in _parts(self.answers, self.learned):
            density[part.rows] = part.score(spots[part.rows])
            denser = part.log_density > density[part.rows, None]
            held = np.where(denser, part.weights, 0.0).sum(axis=1)
            level[part.rows] = np.where(np.isnan(density[part.rows]), np.nan, held)
        return density, level


def fuse(
    answers: Answers,
    learned: LearnedWitnesses | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Fused:
    """Put the answers of many witnesses together.

    Parameters
    ----------
    answers : Answers
    learned : LearnedWitnesses, optional
        How far the witnesses can be relied on; without it, it is learned from these very answers.
    progress : callable, optional
        Called with (steps done, steps) while it is learned, which takes most of the time.

    Raises
    ------
    CannotAnswer
        See :func:`learn_reliabilities`.
    InputError
        If `learned` is of other witnesses.
    """
    known = learn_reliabilities(answers, progress=progress) if learned is None else learned
    if known.witnesses != answers.witnesses:
        raise InputError("what was learned is of other witnesses", rule="the same witnesses in the same order")
    best = np.full((len(answers), 3), np.nan)
    expected, right = np.full(len(answers), np.nan), np.full(answers.given.shape, np.nan)
    for part in _parts(answers, known):
        best[part.rows] = median_point(part.cloud.points, part.weights)
        away = distance_km(part.cloud.points, best[part.rows, None])
        expected[part.rows] = _median_distance(away, part.weights)
        right[part.rows] = np.einsum("nj,njm->nm", part.weights, part.pool.right(part.cloud.km))
    lon, lat = to_lonlat(best)
    return Fused(answers, known, lon, lat, expected, np.where(answers.given, right, np.nan))


def _median_distance(km: Floats, weights: Floats) -> Floats:
    order = np.argsort(km, axis=1)
    held = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    return np.asarray(np.take_along_axis(km, order, axis=1)[np.arange(len(km)), np.argmax(held >= 0.5, axis=1)])


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The probability of some of the statements."""

    rows: NDArray[np.intp]
    cloud: Clouds
    weights: Floats  # of the points, (rows, J)
    answers: Answers
    learned: LearnedWitnesses
    pool: Pool
    level: Floats  # of the four ways, (4, rows)

    @property
    def log_density(self) -> Floats:
        """Of the points, (rows, J)."""
        return np.log(np.maximum(self.weights, 1e-300)) - self.cloud.log_km2

    def score(self, spots: Floats) -> Floats:
        """Return the log density at one spot per statement."""
        there = self.pool.logs(distance_km(self.answers.points[self.rows], spots[:, None])[:, None])[:, :, 0]
        shares = np.log(np.maximum(self.learned.ways, 1e-300))[:, None]
        return log_sum((there * _powers(self.learned)[:, None] - self.level + shares).T)


def _parts(answers: Answers, learned: LearnedWitnesses) -> Iterator[_Part]:
    """Yield the probability for some statements at a time: a thousand of them would not fit into memory at once."""
    pool = learned.pool(answers)
    answered = np.flatnonzero(answers.given.any(axis=1))
    for start in range(0, answered.size, CHUNK):
        rows = answered[start : start + CHUNK]
        some = pool.rows(rows)
        cloud = clouds(answers.points[rows], answers.given[rows], _PER_ANSWER)
        logs = some.logs(cloud.km) * _powers(learned)[:, None, None] + cloud.log_km2
        level = log_sum(logs)
        weights = np.einsum("w,wnj->nj", learned.ways, np.exp(logs - level[..., None]))
        yield _Part(rows, cloud, weights, answers, learned, some, level)


def _powers(learned: LearnedWitnesses) -> Floats:
    return np.array([learned.kappa, 1.0, 1.0, 1.0])
