"""Same night, two people: how often it is found where nothing is shared but seasons, and where nights are.

Each world is two people of whom each tells of two nights in three over 120 days. What each dreams of comes and goes
slowly, or begins at once and fades, on dates of their own: nothing is shared but words. In the last rows both live one
life, so that their themes change on the same days: what no test of dates can tell from shared dreams.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink.base.arrays import Floats, Ints
from karmalink.link import UnitTable
from karmalink.link.null_audit.audits import mean_interval
from karmalink.link.null_audit.worlds import Layout, WorldSetting, simulate
from karmalink.link.shift_null.shared_nights import ALPHA, SameNight, same_night_test

__all__ = ["run", "world"]

# So many days lie between the lives of two people who share nothing: themes have faded long before.
_APART = 400
_DAYS, _TOLD, _RUNS, _POWER_RUNS, _SHARED = 120, 2 / 3, 1000, 200, 0.1
_SETTINGS: dict[str, WorldSetting] = {
    "themes that come and go slowly": WorldSetting(),
    "themes of five days": WorldSetting(tau=5.0),
    "episodes that begin at once and fade within days": WorldSetting("episodes", strength=0.5, tau=1.5, every=10.0),
    "episodes that fill three words of four": WorldSetting("episodes", strength=0.75, tau=3.0, every=10.0),
    "one account in four like everything": WorldSetting(generic=0.25),
    "accounts that repeat the night before": WorldSetting(copies=0.25),
}


def run(data: Path) -> list[Figure]:
    """Return the size of the test by mechanism, beside what a shuffle of the nights would say, and its power."""
    rows = []
    for says, setting in _SETTINGS.items():
        found = [world(setting, seed) for seed in range(_RUNS)]
        shared = [world(setting, seed, shared=_SHARED) for seed in range(_RUNS, _RUNS + _POWER_RUNS)]
        rows.append(_figure(f"two people, {says}", found, shared))
    for says, setting in tuple(_SETTINGS.items())[:2]:
        found = [world(setting, seed, apart=0) for seed in range(_POWER_RUNS)]
        rows.append(_figure(f"one life day by day, {says}", found, []))
    return rows


def world(setting: WorldSetting, seed: int, *, shared: float = 0.0, apart: int = _APART) -> SameNight:
    """Return the answer for two people of one world; in a share of their nights one tells a sentence of the other."""
    rng = np.random.default_rng([seed, 4])
    night, day = (np.flatnonzero(rng.random(_DAYS) < _TOLD) for _ in range(2))
    layout = Layout(night, 1 + rng.poisson(3, night.size), day + apart, 1 + rng.poisson(3, day.size))
    one, other = simulate(layout, setting, rng)
    other = replace(other, when=other.when - apart)
    if shared:
        other = _sharing(one, other, shared, rng)
    first, last = int(max(night[0], day[0])), int(min(night[-1], day[-1]))
    one, other = _within(one, first, last), _within(other, first, last)
    return same_night_test(one.when, one, other, first=first, last=last, seed=seed)


def _within(table: UnitTable, first: int, last: int) -> UnitTable:
    kept = np.flatnonzero((table.when >= first) & (table.when <= last))
    units = np.flatnonzero(np.isin(table.owner, kept))
    taken = table.take(units)
    return replace(taken, owner=np.searchsorted(kept, taken.owner).astype(np.int64), when=table.when[kept])


def _sharing(one: UnitTable, other: UnitTable, share: float, rng: np.random.Generator) -> UnitTable:
    """Put, in a share of the nights that both have, one unit of the one in the place of one of the other."""
    from scipy.sparse import csr_array

    rows = csr_array(other.parts["words"]).tolil()
    told = csr_array(one.parts["words"])
    for night in np.intersect1d(one.when, other.when).tolist():
        if rng.random() < share:
            mine, theirs = (_of_night(table, night) for table in (one, other))
            rows[int(rng.choice(theirs))] = told[[int(rng.choice(mine))]].tolil()
    return replace(other, parts={"words": rows.tocsr()})


def _of_night(table: UnitTable, night: int) -> Ints:
    return np.flatnonzero(table.day == night)


def _holds(case: str, low: float) -> str:
    if case.startswith("one life"):
        return "no guarantee here; "
    return "holds; " if low <= ALPHA else "FAILS; "


def _figure(case: str, nothing: list[SameNight], shared: list[SameNight]) -> Figure:
    def below(value: float | None) -> bool:
        return value is not None and value <= ALPHA

    false: Floats = np.array([below(one.p) for one in nothing], dtype=np.float64)
    low, high = mean_interval(false)
    note = (
        f"{_holds(case, low)}{false.size} worlds, "
        f"{sum(one.p is None for one in nothing)} refused; "
        f"shifts of the same night alone {np.mean([below(one.p_shift) for one in nothing]):.3f}, shuffled nights "
        f"{np.mean([below(one.p_shuffled) for one in nothing]):.3f}"
    )
    if shared:
        power = np.mean([below(one.p) for one in shared])
        note += f"; found in {power:.0%} of {len(shared)} where {_SHARED:.0%} of the nights share a sentence"
    measure = f"same night: found at {ALPHA:g} with no shared dream"
    return Figure(case, measure, f"{false.mean():.3f}", f"{low:.3f}–{high:.3f}", note)
