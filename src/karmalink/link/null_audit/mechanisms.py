"""Mechanisms with nothing to find: what a null is tested by, other than by itself.

Each makes accounts and entries in the layout of real data in which no account draws on any single day, however the
past, the style or the themes agree. Sources are planted on top, where power or the realised rate among true
discoveries is asked for. A null is never tested by a mechanism that it uses: that the shifted looks shifted proves
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.link.evidence.calendar import window_days
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.mirror_null.pseudo_accounts import plant_sources
from karmalink.link.mirror_null.sign_calibration import around_days, halves
from karmalink.link.null_audit.worlds import Layout, WorldSetting, simulate

if TYPE_CHECKING:
    from karmalink.link.evidence.calendar import Days


__all__ = ["KEPT", "MECHANISMS", "Mechanism", "Subject", "Trial"]

# How much of half a source day a planted account keeps: all of its units, half of their words.
KEPT = (1.0, 0.5)
_FIVE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Whose data are imitated.

    Attributes
    ----------
    layout : Layout
        Nights, days and lengths.
    life : UnitTable or None
        Units of the life itself, for pseudo-accounts.
    others : tuple of (accounts, entries)
        The accounts beside the life of another person, moved onto the same dates; in one feature space.
    dated : int
        What the accounts' dates are ahead of their nights: 1 for the morning after, 0 for the evening.
    """

    layout: Layout
    life: UnitTable | None = None
    others: tuple[tuple[UnitTable, UnitTable], ...] = ()
    dated: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One world with nothing to find but what was planted.

    Attributes
    ----------
    accounts, entries : UnitTable
        Sorted by time.
    source : (A,) ints
        Lag of each account's planted source; 0 for none.
    days, centre : callable, float
        The calendar: which days are compared, and where an account lies between its day and the next.
    readings : tuple of int
        What is added to the accounts' nights; several where the meaning of their dates is unknown.
    dated : int
        What is added to a night to get the date that a careless rule reads.
    """

    accounts: UnitTable
    entries: UnitTable
    source: Ints
    days: Days = window_days
    centre: float = 0.5
    readings: tuple[int, ...] = (0,)
    dated: int = 1


Make = Callable[[Subject, np.random.Generator], Trial]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A way to make accounts that draw on no day.

    Attributes
    ----------
    name : str
        Its name.
    says : str
        What it does, in words.
    make : callable
        Makes a trial with nothing to find.
    used_by : tuple of str
        Nulls that use it themselves, so that it cannot test them.
    needs : str
        ``layout``, ``life`` or ``others``: what of the subject it takes.
    """

    name: str
    says: str
    make: Make
    used_by: tuple[str, ...] = field(default=())
    needs: str = "layout"

    def tests(self, null: str, subject: Subject) -> bool:
        """Return whether this mechanism can test a null on a subject."""
        there = {"layout": True, "life": subject.life is not None, "others": bool(subject.others)}
        return null not in self.used_by and there[self.needs]

    def trial(self, subject: Subject, rng: np.random.Generator, *, planted: float = 0.0, lags: int = 7) -> Trial:
        """Return a trial, with sources planted on a share of the nights."""
        made = self.make(subject, rng)
        if planted <= 0.0:
            return made
        told, source = plant_sources(
            made.accounts, made.entries, kept=KEPT, share=planted, lags=lags, days=made.days, rng=rng
        )
        return replace(made, accounts=told, source=source)


def _made(subject: Subject, setting: WorldSetting, rng: np.random.Generator, layout: Layout | None = None) -> Trial:
    told, lived = simulate(layout or subject.layout, setting, rng)
    return Trial(told, lived, np.zeros(told.when.size, dtype=np.int64), dated=subject.dated)


def _simulated(setting: WorldSetting) -> Make:
    return lambda subject, rng: _made(subject, setting, rng)


def _five_a_night(subject: Subject, rng: np.random.Generator) -> Trial:
    """Give every night five accounts, beside a diary of which some days are like everything."""
    layout = subject.layout
    night, first = np.unique(layout.night, return_index=True)
    five = replace(layout, night=np.repeat(night, _FIVE), account_units=np.repeat(layout.account_units[first], _FIVE))
    return _made(subject, WorldSetting(strength=0.6, tau=6.0, generic=0.1, shared=0.5), rng, five)


def _gaps(subject: Subject, rng: np.random.Generator) -> Trial:
    """Leave out three days of ten, in runs of a few days."""
    layout = subject.layout
    run = np.cumsum(rng.random(layout.day.size) < 1.0 / 3.0)
    kept = np.isin(run, np.flatnonzero(rng.random(int(run.max()) + 1) < 0.7))
    if kept.sum() < 2:
        kept[:2] = True
    thin = replace(layout, day=layout.day[kept], day_units=layout.day_units[kept])
    return _made(subject, WorldSetting("episodes", strength=0.4, tau=5.0, every=15.0), rng, thin)


def _truncated(subject: Subject, rng: np.random.Generator) -> Trial:
    """End the life in the middle of the accounts, and begin it a week after the first."""
    layout = subject.layout
    last = layout.night[0] + max(14, round(0.7 * (layout.night[-1] - layout.night[0])))
    kept = (layout.day >= layout.night[0] + 7) & (layout.day <= last)
    if kept.sum() < 2:
        kept[:] = True
    return _made(subject, WorldSetting(), rng, replace(layout, day=layout.day[kept], day_units=layout.day_units[kept]))


def _unknown_dates(subject: Subject, rng: np.random.Generator) -> Trial:
    """Date accounts by the evening or by the morning, without saying which: both are asked, each at half the rate."""
    ahead = int(rng.integers(0, 2))
    made = _made(subject, WorldSetting(strength=0.6, tau=2.0), rng)
    accounts = made.accounts
    told = UnitTable(accounts.owner, accounts.when + ahead, accounts.parts)
    return replace(made, accounts=told, readings=(0, -1), dated=0)


def _pseudo(subject: Subject, rng: np.random.Generator) -> Trial:
    """Take a random half of each day's units as its account, against the other halves of the days around."""
    life = subject.life
    if life is None:
        raise ValueError("pseudo-accounts are made of a life")
    told, lived = halves(life, int(rng.integers(2**31)))
    source = np.zeros(told.when.size, dtype=np.int64)
    return Trial(told, lived, source, days=around_days, centre=0.0, dated=0)


def _another(subject: Subject, rng: np.random.Generator) -> Trial:
    """Put the accounts beside the life of another person, moved by a random number of days around the same dates."""
    told, lived = subject.others[int(rng.integers(len(subject.others)))]
    span = int(lived.when.max() - lived.when.min())
    room = max(7, span // 2)
    moved = UnitTable(lived.owner, lived.when + int(rng.integers(-room, room + 1)), lived.parts)
    return Trial(told, moved, np.zeros(told.when.size, dtype=np.int64), dated=subject.dated)


MECHANISMS: dict[str, Mechanism] = {
    one.name: one
    for one in (
        Mechanism("slow", "themes that come and go slowly, the same read backwards", _simulated(WorldSetting())),
        Mechanism(
            "episodes",
            "episodes that begin at once and fade within days",
            _simulated(WorldSetting("episodes", strength=0.5, tau=1.5, every=10.0)),
        ),
        Mechanism(
            "strong-episodes",
            "episodes that fill three words of four and fade within a week",
            _simulated(WorldSetting("episodes", strength=0.75, tau=3.0, every=10.0)),
        ),
        Mechanism("five-a-night", "five accounts a night that share much, some days like everything", _five_a_night),
        Mechanism("gaps", "runs of days without an entry, and episodes", _gaps),
        Mechanism("truncated", "a life that begins after the accounts and ends before them", _truncated),
        Mechanism("near-duplicates", "entries that repeat the day before", _simulated(WorldSetting(copies=0.25))),
        Mechanism("unknown-dates", "dates of the evening or of the morning, not stated which", _unknown_dates),
        Mechanism(
            "pseudo-accounts",
            "half of each day's units told as its account",
            _pseudo,
            used_by=("mirror", "overall", "pooled"),
            needs="life",
        ),
        Mechanism("another-life", "these accounts against another person's life", _another, needs="others"),
    )
}
"""Name → one way in which two series agree with nothing to find; an audit tries them all."""
