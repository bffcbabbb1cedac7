"""The plan that teams walk: whole jobs in an order, with the way between them, and what they lose to the best plan.

Hours that are divided freely send ten teams into one segment and a team into a segment for five minutes. Here a job is
as long as was asked for, a team walks from one to the next, and one team is in a segment unless said. Jobs are given
out one at a time to the team and the segment with the most to find in the time that it takes, the way included; then
each team's day is given out anew as long as that finds more. The bound is that of hours which are divided freely and
walk nowhere.
"""

from __future__ import annotations

import copy
import datetime as dt
import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.planning.plans import Plan, Task
from karmalink.seek.search.detection_laws import miss

__all__ = ["Job", "TeamPlan", "TeamRules", "team_plan"]

_QUARTER = 0.25  # hours: how finely people keep time where no shift is given
_ROUND = 1e-9
_ROUNDS, _LEAST_GAIN = 20, 1e-9
_MOST_ANEW = 60  # days of teams: beyond that the second look takes longer than the first and gains less than a percent


@dataclass(frozen=True, slots=True)
class TeamRules:
    """What a job may be.

    Attributes
    ----------
    least_hours : float
        No job is shorter.
    shift_hours : float or None
        Jobs are whole shifts of this length; None: quarters of an hour.
    travel_kmh : float
        Speed of a team on its way.
    teams_per_segment : int
        How many teams may be in a segment on one day.
    base : (float, float) or None
        Longitude and latitude where teams set out and come back to; None: the first way and the last take no time.
    """

    least_hours: float = 0.5
    shift_hours: float | None = None
    travel_kmh: float = 3.0
    teams_per_segment: int = 1
    base: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            One out of range.
        """
        shift = self.shift_hours
        if shift is not None and not (math.isfinite(shift) and 0.0 < shift <= 24.0):
            raise InputError(f"shift_hours must be above 0 and at most 24, got {shift}")
        if not (math.isfinite(self.least_hours) and 0.0 <= self.least_hours <= 24.0):
            raise InputError(f"least_hours must be 0 to 24, got {self.least_hours}")
        if not (math.isfinite(self.travel_kmh) and self.travel_kmh > 0.0):
            raise InputError(f"travel_kmh must be above 0, got {self.travel_kmh}")
        if self.teams_per_segment < 1:
            raise InputError(f"teams_per_segment must be 1 or more, got {self.teams_per_segment}")

    @property
    def step(self) -> float:
        """Hours by which a job grows."""
        return self.shift_hours or _QUARTER

    @property
    def first(self) -> float:
        """Hours of the shortest job: whole steps, and not less than the least."""
        return self.step * max(1, math.ceil(self.least_hours / self.step - _ROUND))


@dataclass(frozen=True, slots=True)
class Job:
    """One team in one segment.

    Attributes
    ----------
    team, asset : str
        Who, and what they are in the table of assets.
    day : int
        From 1.
    date : date or None
    number : int
        Place in the team's day, from 1.
    segment : str
    hours : float
        Of searching.
    travel_hours, travel_km : float
        The way there, as the crow flies.
    bearing : float or None
        Its direction, degrees from north; None where it begins here.
    finds : float
        What it adds to the probability that it is found, after the jobs before it in the plan.
    lon, lat : float
        Middle of the segment, degrees.
    """

    team: str
    asset: str
    day: int
    date: dt.date | None
    number: int
    segment: str
    hours: float
    travel_hours: float
    travel_km: float
    bearing: float | None
    finds: float
    lon: float
    lat: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, rounded."""
        found = {name: getattr(self, name) for name in self.__slots__}
        digits = {"hours": 4, "travel_hours": 4, "travel_km": 3, "bearing": 1, "finds": 9, "lon": 6, "lat": 6}
        rounded = {name: None if found[name] is None else round(found[name], most) for name, most in digits.items()}
        return found | rounded | {"date": self.date and self.date.isoformat()}


@dataclass(frozen=True, eq=False, repr=False)
class TeamPlan:
    """Jobs of every team on every day.

    Attributes
    ----------
    plan : Plan
        Their hours as a plan: its bound is that of freely divided hours.
    best : Plan
        The plan with freely divided hours.
    jobs : tuple of Job
        By day and team, in the order of walking.
    rules : TeamRules
    idle_hours : float
        Hours of teams that were too short for another job.
    """

    plan: Plan
    best: Plan
    jobs: tuple[Job, ...]
    rules: TeamRules
    idle_hours: float

    @property
    def loss(self) -> float:
        """How much less it finds than hours that are divided freely and walk nowhere."""
        return max(0.0, self.best.value - self.plan.value)

    def by_team(self) -> Iterator[tuple[int, str, tuple[Job, ...]]]:
        """Yield day, team and the jobs of that day."""
        for day, team in dict.fromkeys((job.day, job.team) for job in self.jobs):
            yield day, team, tuple(job for job in self.jobs if (job.day, job.team) == (day, team))

    def to_dict(self) -> dict[str, Any]:
        """Return the jobs and what they lose, ready for JSON."""
        return {
            "value": round(self.plan.value, 9),
            "loss": round(self.loss, 9),
            "upper_bound": round(self.best.upper_bound, 9),
            "travel_hours": round(sum(job.travel_hours for job in self.jobs), 4),
            "idle_hours": round(self.idle_hours, 4),
            "shift_hours": self.rules.shift_hours,
            "least_hours": self.rules.least_hours,
            "jobs": [job.to_dict() for job in self.jobs],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"TeamPlan({counted(len(self.jobs), 'job')} find it with {percent(self.plan.value)}, "
            f"{percent(self.loss)} less than divided hours)"
        )


def team_plan(task: Task, best: Plan, rules: TeamRules | None = None) -> TeamPlan:
    """Return jobs that teams can walk.

    Parameters
    ----------
    task : Task
        The problem (:func:`~karmalink.seek.task_of`).
    best : Plan
        Its best plan with freely divided hours (:func:`~karmalink.seek.plan`).
    rules : TeamRules, optional
        What a job may be.
    """
    rules = rules or TeamRules()
    allowed = np.broadcast_to(task.is_open, (len(task.assets), *task.is_open.shape))
    # Ground that closes tomorrow is worth no more today than any other: the best plan knows that it is, greed does not.
    tries = [_Jobs(task, rules, allowed), _Jobs(task, rules, allowed & (best.hours > _ROUND))]
    for one in tries:
        one.fill()
    tries[1].allowed = allowed
    tries[1].fill()
    for one in tries:
        one.improve()
    return max(tries, key=lambda one: one.value()).found(best)


@dataclass(slots=True)
class _Stop:
    """A job as it grows."""

    segment: int
    hours: float
    travel_hours: float
    travel_km: float
    bearing: float | None
    finds: float = 0.0  # once all jobs are given out


@dataclass(slots=True)
class _Team:
    """A team on one day: where it is, and how much time it has left."""

    asset: int
    day: int
    name: str
    left: float
    at: tuple[float, float] | None
    stops: list[_Stop] = field(default_factory=list)

    @property
    def segment(self) -> int | None:
        """Where it is; None at the beginning."""
        return self.stops[-1].segment if self.stops else None


class _Jobs:
    """Jobs that are given out, one at a time."""

    def __init__(self, task: Task, rules: TeamRules, allowed: NDArray[np.bool_]) -> None:
        self.task, self.rules, self.allowed = task, rules, allowed
        ground = task.ground
        self.x, self.y = ground.area.xy_of_many(ground.centres[:, 0], ground.centres[:, 1])
        base = None if rules.base is None else ground.area.xy_of(*rules.base)
        self.base = base
        self.home = np.zeros(len(ground)) if base is None else self._way(base)[0]
        rates = np.array([asset.rate_m2 for asset in task.assets])
        self.per_hour = rates[:, None] / np.where(ground.m2 > 0, ground.m2, np.inf)  # coverage of an hour, (A, S)
        self.coverage = task.before.copy()
        self.teams_in = np.zeros(task.is_open.shape, dtype=np.int64)
        self.risk_left = np.inf if task.risk_budget is None else task.risk_budget
        self.teams = [
            _Team(number, day, asset.name if asset.count == 1 else f"{asset.name} {one + 1}", hours / asset.count, base)
            for number, asset in enumerate(task.assets)
            for day, hours in enumerate(task.budget[number])
            for one in range(asset.count)
        ]

    def _way(self, at: tuple[float, float]) -> tuple[Floats, Floats]:
        """Return hours and km from a point to the middle of every segment."""
        km = np.hypot(self.x - at[0], self.y - at[1]) / 1000.0
        return km / self.rules.travel_kmh, km

    def _gain(self, asset: int, hours: float, segments: Any = slice(None)) -> Floats:
        """Return what hours of an asset add in segments, on top of the jobs so far."""
        now, shape = self.coverage[segments], self.task.shape
        more = now + hours * self.per_hour[asset, segments]
        return np.asarray(self.task.probability[segments] * (miss(now, shape) - miss(more, shape)))

    def improve(self) -> None:
        """Take one team's day away and give it out anew, as long as that finds more: the first jobs knew no others."""
        for _ in range(_ROUNDS if len(self.teams) <= _MOST_ANEW else 0):
            before = self.value()
            for number in range(len(self.teams)):
                self._again(number)
            if self.value() <= before + _LEAST_GAIN:
                return

    def _again(self, number: int) -> None:
        team, had, value = self.teams[number], copy.deepcopy(self.teams[number]), self.value()
        state = self.coverage.copy(), self.teams_in.copy(), self.risk_left
        for stop in team.stops:
            self.coverage[stop.segment] -= stop.hours * self.per_hour[team.asset, stop.segment]
            self.teams_in[team.day, stop.segment] -= 1
            self.risk_left += stop.hours * float(self.task.risk[stop.segment])
            team.left += stop.hours + stop.travel_hours
        np.maximum(self.coverage, self.task.before, out=self.coverage)
        team.stops, team.at = [], self.base
        self.fill([team])
        if self.value() <= value + _LEAST_GAIN:
            self.teams[number] = had
            self.coverage, self.teams_in, self.risk_left = state

    def fill(self, of: Sequence[_Team] | None = None) -> None:
        """Give out jobs until no team, or none of these, has time for one that adds anything."""
        teams = self.teams if of is None else of
        # What a team's best step is worth only falls while others get theirs, so a value that still leads is the best.
        moves = [(-self._best(team)[0], number) for number, team in enumerate(teams)]
        heapq.heapify(moves)
        while moves:
            _, number = heapq.heappop(moves)
            rate, segment = self._best(teams[number])
            if rate <= 0.0:
                continue
            if not moves or rate >= -moves[0][0]:
                self._take(teams[number], segment)
                rate = self._best(teams[number])[0]
            heapq.heappush(moves, (-rate, number))

    def _best(self, team: _Team) -> tuple[float, int]:
        """Return gain per hour and segment of a team's best next step: longer where it is, or the way to another."""
        task, rules, best, where = self.task, self.rules, 0.0, -1
        here = team.segment
        if here is not None and self._fits(team, rules.step + self.home[here], task.risk[here] * rules.step):
            best = float(self._gain(team.asset, rules.step, np.array([here]))[0]) / rules.step
            where = here
        way = np.zeros(len(task.ground)) if team.at is None else self._way(team.at)[0]
        takes = way + rules.first
        can = self.allowed[team.asset, team.day] & (self.teams_in[team.day] < rules.teams_per_segment)
        can &= (takes + self.home <= team.left + _ROUND) & (task.risk * rules.first <= self.risk_left + 1e-12)
        can[[stop.segment for stop in team.stops]] = False
        rate = np.where(can, self._gain(team.asset, rules.first) / takes, 0.0)
        other = int(np.argmax(rate)) if rate.size else -1
        if other >= 0 and rate[other] > best:
            return float(rate[other]), other
        return best, where

    def _fits(self, team: _Team, hours: float, risk: float) -> bool:
        return hours <= team.left + _ROUND and risk <= self.risk_left + 1e-12

    def _take(self, team: _Team, segment: int) -> None:
        """Give a team a step in a segment."""
        rules, stays = self.rules, team.segment == segment
        hours = rules.step if stays else rules.first
        if stays:
            team.stops[-1].hours += hours
            team.left -= hours
        else:
            stop = self._stop(team, segment, hours)
            team.stops.append(stop)
            team.left -= hours + stop.travel_hours
            team.at = (float(self.x[segment]), float(self.y[segment]))
            self.teams_in[team.day, segment] += 1
        self.coverage[segment] += hours * self.per_hour[team.asset, segment]
        self.risk_left -= hours * float(self.task.risk[segment])

    def _stop(self, team: _Team, segment: int, hours: float) -> _Stop:
        if team.at is None:
            return _Stop(segment, hours, 0.0, 0.0, None)
        way, km = (float(values[segment]) for values in self._way(team.at))
        east, north = float(self.x[segment]) - team.at[0], float(self.y[segment]) - team.at[1]
        bearing = math.degrees(math.atan2(east, north)) % 360.0 if km > 0.0 else None
        return _Stop(segment, hours, way, km, bearing)

    def value(self) -> float:
        """Return the probability that the jobs find it."""
        before, after = miss(self.task.before, self.task.shape), miss(self.coverage, self.task.shape)
        return float(self.task.probability @ (before - after))

    def found(self, best: Plan) -> TeamPlan:
        """Return the jobs as a plan."""
        task, hours = self.task, np.zeros_like(best.hours)
        teams = sorted(self.teams, key=lambda one: (one.day, one.asset))
        coverage = task.before.copy()
        for team in teams:
            for stop in team.stops:
                at, more = stop.segment, stop.hours * float(self.per_hour[team.asset, stop.segment])
                hours[team.asset, team.day, at] += stop.hours
                ends = miss(np.array([coverage[at], coverage[at] + more]), task.shape)
                stop.finds = float(task.probability[at] * (ends[0] - ends[1]))
                coverage[at] += more
        before = miss(task.before, task.shape)
        finds = task.probability * (before - miss(self.coverage, task.shape))
        plan = replace(
            best,
            hours=hours,
            coverage=self.coverage - task.before,
            finds=finds,
            value=self.value(),
            risk=float(np.einsum("ads,s->", hours, task.risk)),
        )
        idle = sum(max(0.0, one.left - (0.0 if one.segment is None else self.home[one.segment])) for one in teams)
        jobs = tuple(self._job(one, number, stop) for one in teams for number, stop in enumerate(one.stops, start=1))
        return TeamPlan(plan, best, jobs, self.rules, float(idle))

    def _job(self, team: _Team, number: int, stop: _Stop) -> Job:
        lon, lat = self.task.ground.centres[stop.segment]
        return Job(
            team=team.name,
            asset=self.task.assets[team.asset].name,
            day=team.day + 1,
            date=self.task.dates[team.day],
            number=number,
            segment=self.task.ground.names[stop.segment],
            hours=stop.hours,
            travel_hours=stop.travel_hours,
            travel_km=stop.travel_km,
            bearing=stop.bearing,
            finds=stop.finds,
            lon=float(lon),
            lat=float(lat),
        )
