"""What it costs to stage live: κ of the live scoring against the truth, minus κ of one that knew the whole night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, UnknownName, UsageError, suggest
from karmalink.night.agreement.scorers import Interval, agree, bootstrap_by_night, cohen_kappa
from karmalink.night.hypnograms.hypnogram import Hypnogram

__all__ = ["LiveCost", "live_costs"]


@dataclass(frozen=True, slots=True)
class LiveCost:
    """κ of a live scoring and of another, and their difference, each with its interval by night.

    Attributes
    ----------
    live, offline, truth : str
        The scorers.
    live_kappa, offline_kappa, difference : Interval
        Cohen's κ against the truth, epochs pooled over nights; the difference is negative where being live costs.
    n_nights : int
        Nights that all three scored.
    """

    live: str
    offline: str
    truth: str
    live_kappa: Interval
    offline_kappa: Interval
    difference: Interval
    n_nights: int

    def to_dict(self) -> dict[str, object]:
        """Return everything, JSON-ready."""
        names = ("live_kappa", "offline_kappa", "difference")
        return {name: getattr(self, name) for name in ("live", "offline", "truth", "n_nights")} | {
            name: getattr(self, name).to_dict() for name in names
        }

    def __str__(self) -> str:
        """One line: both κ and the difference."""
        figures = f"κ {self.live_kappa} live, {self.offline_kappa} by {self.offline}"
        return f"Against {self.truth}: {figures}; being live changes κ by {self.difference}"


def live_costs(
    nights: Mapping[str, Mapping[str, Hypnogram]],
    *,
    live: str,
    truth: str,
    n_boot: int = 1000,
    seed: int = 0,
    zone: ZoneInfo | None = None,
    by_clock: bool = True,
) -> list[LiveCost]:
    """Return what being live costs against each other scorer, over the nights that both and the truth scored.

    Parameters
    ----------
    nights : mapping of str to mapping of str to Hypnogram
        Night → scorer → hypnogram.
    live, truth : str
        The live scorer, and the one that is right.
    n_boot, seed
        Bootstrap samples over nights, and their seed.
    zone, by_clock
        As in `agree`.

    Raises
    ------
    UnknownName
        A scorer that is not there.
    UsageError
        Both are one scorer.
    CannotAnswer
        No third scorer, or no night that all three scored.
    """
    scorers = sorted({name for scorings in nights.values() for name in scorings})
    for name in (live, truth):
        if name not in scorers:
            raise UnknownName(f"unknown scorer {name!r}", allowed=scorers, next_step=suggest(name, scorers))
    if live == truth:
        raise UsageError("the live scorer and the truth are one", rule="two different scorers")
    costs = []
    for other in (name for name in scorers if name not in {live, truth}):
        chosen = [one for one in nights.values() if {live, truth, other} <= set(one)]
        tables = [
            [agree(one[name], one[truth], zone=zone, by_clock=by_clock).confusion for name in (live, other)]
            for one in chosen
        ]
        if tables:
            costs.append(_cost((live, other, truth), np.array(tables), n_boot, seed))
    if not costs:
        raise CannotAnswer(
            "nothing to hold the live scoring against", rule="a night scored live, by another scorer, and by the truth"
        )
    return costs


def _cost(names: tuple[str, str, str], tables: NDArray[np.int64], n_boot: int, seed: int) -> LiveCost:
    """Return the figures of confusion matrices of shape (nights, 2, 5, 5): live, then the other scorer."""

    def figures(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        pooled = np.tensordot(weights, tables, axes=1)  # (2, 5, 5)
        first, second = (np.nan if (kappa := cohen_kappa(one)) is None else kappa for one in pooled)
        return np.array([first, second, first - second])

    live, offline, apart = bootstrap_by_night(figures, len(tables), n_boot=n_boot, seed=seed)
    return LiveCost(*names, live, offline, apart, len(tables))
