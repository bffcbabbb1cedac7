"""Whole teams for whole shifts: a plan that can be carried out, and what the rounding loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.planning.plans import Task
from karmalink.seek.planning.schedules import Schedule
from karmalink.seek.search.detection_laws import miss

__all__ = ["WholeTeams", "whole_teams"]

_SWAPS = 200


@dataclass(frozen=True, eq=False, repr=False)
class WholeTeams:
    """Shifts of every asset on every day in every segment.

    Attributes
    ----------
    shifts : ndarray of int, shape (A, D, S)
    shift_hours : float
    value : float
        Probability that it is found.
    loss : float
        How much less than with divisible hours.
    upper_bound : float
        No plan, of whole or divided shifts, finds it with a higher probability.
    """

    shifts: NDArray[np.int64]
    shift_hours: float
    value: float
    loss: float
    upper_bound: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "shift_hours": self.shift_hours,
            "shifts": int(self.shifts.sum()),
            "value": round(self.value, 9),
            "loss": round(self.loss, 9),
            "upper_bound": round(self.upper_bound, 9),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        shifts = counted(int(self.shifts.sum()), "shift")
        return (
            f"WholeTeams({shifts} of {self.shift_hours:g} h find it with {percent(self.value)}, "
            f"{percent(self.loss)} less than divided hours)"
        )


def whole_teams(task: Task, shift_hours: float, best: Schedule | None = None) -> WholeTeams:
    """Round a schedule to whole shifts: down first, then shift by shift to where one finds most, then by swaps.

    Parameters
    ----------
    task : Task
    shift_hours : float
        A team stays in one segment for that long.
    best : Schedule, optional
        The schedule to round, where it is there already.

    Raises
    ------
    InputError
        A shift that is not above 0 hours.
    """
    if not (np.isfinite(shift_hours) and shift_hours > 0):
        raise InputError(f"shift_hours must be above 0, got {shift_hours}")
    divided = task.solve() if best is None else best
    room = np.floor(task.budget / shift_hours + 1e-9).astype(np.int64)
    shifts = np.floor(divided.hours / shift_hours + 1e-9).astype(np.int64)
    rounds = _Rounds(task, shift_hours, shifts, room)
    rounds.fill()
    for _ in range(_SWAPS):
        if not rounds.swap():
            break
    value = rounds.value()
    return WholeTeams(rounds.shifts, shift_hours, value, max(0.0, divided.value - value), divided.upper_bound)


class _Rounds:
    """Shifts that are given out, one at a time."""

    def __init__(self, task: Task, hours: float, shifts: NDArray[np.int64], room: NDArray[np.int64]) -> None:
        self.task, self.hours, self.shifts = task, hours, shifts
        self.left = room - shifts.sum(axis=2)
        rates = np.array([asset.rate_m2 for asset in task.assets])
        size = np.where(task.ground.m2 > 0, task.ground.m2, np.inf)
        self.step = hours * rates[:, None] / size  # coverage of one shift, (A, S)
        self.risk = hours * task.risk
        self.allowed = np.inf if task.risk_budget is None else task.risk_budget

    def coverage(self) -> Floats:
        """Return the coverage of the shifts so far, on top of what was searched before, shape (S,)."""
        return np.asarray(self.task.before + np.einsum("ads,as->s", self.shifts, self.step))

    def value(self) -> float:
        """Return the probability that they find it."""
        gained = miss(self.task.before, self.task.shape) - miss(self.coverage(), self.task.shape)
        return float(self.task.probability @ gained)

    def _gains(self, coverage: Floats) -> Floats:
        """Return what one more shift of each asset adds in each segment, shape (A, S)."""
        now = miss(coverage, self.task.shape)
        return np.asarray(self.task.probability * (now - miss(coverage + self.step, self.task.shape)))

    def fill(self) -> None:
        """Give out the shifts that are left, each to where it finds most."""
        coverage = self.coverage()
        risk = float(np.einsum("ads,s->", self.shifts, self.risk))
        while self.left.any():
            gains = self._gains(coverage)[:, None, :] * self.task.is_open[None] * (self.left > 0)[:, :, None]
            gains = np.where(risk + self.risk <= self.allowed + 1e-12, gains, 0.0)
            where = np.unravel_index(int(np.argmax(gains)), gains.shape)
            if not gains[where] > 0.0:
                return
            asset, day, segment = (int(at) for at in where)
            self.shifts[asset, day, segment] += 1
            self.left[asset, day] -= 1
            coverage[segment] += self.step[asset, segment]
            risk += float(self.risk[segment])

    def swap(self) -> bool:
        """Move the one shift whose move gains most; return whether it gained anything."""
        coverage = self.coverage()
        room = self.allowed - float(np.einsum("ads,s->", self.shifts, self.risk))
        fewer = miss(np.maximum(coverage - self.step, 0.0), self.task.shape) - miss(coverage, self.task.shape)
        losses, gains = self.task.probability * fewer, self._gains(coverage)
        best, move = 1e-12, None
        for asset, day in np.argwhere(self.shifts.sum(axis=2) > 0).tolist():
            lost = np.where(self.shifts[asset, day] > 0, losses[asset], np.inf)
            source = int(np.argmin(lost))
            allowed = self.task.is_open[day] & (self.risk - self.risk[source] <= room + 1e-12)
            got = np.where(allowed, gains[asset], -np.inf)
            got[source] = -np.inf
            target = int(np.argmax(got))
            if got[target] - lost[source] > best:
                best, move = float(got[target] - lost[source]), (asset, day, source, target)
        if move is None:
            return False
        asset, day, source, target = move
        self.shifts[asset, day, source] -= 1
        self.shifts[asset, day, target] += 1
        return True
