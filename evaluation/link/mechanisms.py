"""Realised error rates where there is nothing to find, under mechanisms that a null does not use.

Beside each stands what a careless rule realises.

Three kinds: simulations in fixed layouts; pseudo-accounts of Pepys' diary (the calibration of the mirror null uses the
same construction with other deals, and the figure says so; the shift null does not); and the dreams of people of the
20th century put beside the diary of the 17th, or beside each other's, moved onto the same dates.
The stranger null is in :mod:`evaluation.link.strangers`, the rule over several dreamers in
:mod:`evaluation.link.studies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.link import strangers, studies
from evaluation.link.others import Beside, dated_people, put_beside
from evaluation.link.texts import dreams_as_life, pepys_diary
from karmalink.account import Account, Life
from karmalink.link import MECHANISMS, UnitTable
from karmalink.link.evidence.text_units import dated, gather
from karmalink.link.mirror_null.pseudo_accounts import plant_sources
from karmalink.link.mirror_null.sign_calibration import around_days, halves
from karmalink.link.null_audit.audits import mean_interval
from karmalink.link.null_audit.mechanisms import Subject, Trial
from karmalink.link.null_audit.trials import TRIALS, Outcome
from karmalink.link.null_audit.worlds import Layout

__all__ = ["run"]

Q, ALPHA, LAGS, PLANTED = 0.10, 0.05, 7, 0.4
_RUNS = {"mirror": 60, "shift": 40}
_SEASON = 120
_UNITS_A_DAY = 8
_PAIRS = 12
_OFFSETS = 3


def run(data: Path) -> list[Figure]:
    """Return the realised rates by null, mechanism and share planted."""
    found = [figure for null in _RUNS for figure in _simulated(null)]
    there = (data / "dreams" / "pepys" / "entries.jsonl").is_file()
    diary = pepys_diary(data) if there else None
    if diary is not None:
        found += _pseudo(diary)
    found += _beside(data, diary)
    found += strangers.figures(data)
    found += studies.figures()
    return found


def _layout(null: str, rng: np.random.Generator, *, five: bool = False) -> Layout:
    """Return nights and days as a study has them: of the mirror null a season, of the shift null a year."""
    days, nights = (50, 36) if five and null == "mirror" else {"mirror": (_SEASON, 100), "shift": (330, 150)}[null]
    night = np.sort(rng.choice(days - 1, nights, replace=False)).astype(np.int64)
    day = np.arange(days, dtype=np.int64)
    return Layout(night, np.maximum(1, rng.poisson(5, nights)), day, np.maximum(1, rng.poisson(6, days)))


def _simulated(null: str) -> Iterator[Figure]:
    for name, mechanism in MECHANISMS.items():
        if mechanism.needs != "layout":
            continue
        for planted in (0.0, PLANTED) if null == "mirror" else (0.0,):
            outcomes = []
            for seed in range(_RUNS[null]):
                rng = np.random.default_rng([seed, *name.encode()])
                subject = Subject(_layout(null, rng, five=name.startswith("five")))
                trial = mechanism.trial(subject, rng, planted=planted, lags=LAGS)
                outcomes.append(_asked(null, trial, seed))
            yield _figure(f"simulated: {mechanism.says}", null, planted, outcomes)


def _asked(null: str, trial: Trial, seed: int) -> Outcome:
    return TRIALS[null].run(trial, lags=LAGS, q=Q if null == "mirror" else ALPHA, seed=seed)


def _pseudo(diary: Life) -> Iterator[Figure]:
    units = gather([], dated(diary.entries)).entries
    for null, length, shares in (("mirror", _SEASON, (0.0, PLANTED)), ("shift", 330, (0.0,))):
        stretches = list(_stretches(units, length))
        for planted in shares:
            outcomes = []
            for seed, stretch in enumerate(stretches):
                rng = np.random.default_rng([seed, 77])
                # A deal that the calibration, seeded otherwise, has not seen.
                told, lived = halves(stretch, 10_000_019 + seed)
                source = np.zeros(told.when.size, dtype=np.int64)
                if planted:
                    told, source = plant_sources(
                        told, lived, kept=(1.0, 0.5), share=planted, lags=LAGS, days=around_days, rng=rng
                    )
                trial = Trial(told, lived, source, days=around_days, centre=0.0, dated=0)
                outcomes.append(_asked(null, trial, seed))
            yield _figure(f"Pepys' diary: pseudo-accounts in stretches of {length} days", null, planted, outcomes)


def _stretches(units: UnitTable, length: int) -> Iterator[UnitTable]:
    """Yield stretches of a life that do not overlap, with at most eight units a day."""
    day = units.day
    first = np.searchsorted(day, day)
    count = np.searchsorted(day, day, side="right") - first
    wanted = np.minimum(count, _UNITS_A_DAY)
    at = np.arange(day.size) - first
    thin = units.take(np.flatnonzero(at * wanted // count != (at + 1) * wanted // count))
    for start in range(int(day[0]), int(day[-1]) - length + 1, length):
        inside = np.flatnonzero((thin.day >= start) & (thin.day < start + length))
        if np.unique(thin.day[inside]).size >= length // 2:
            yield thin.take(inside)


def _beside(data: Path, diary: Life | None) -> Iterator[Figure]:
    """Put people's dreams beside the diary, and beside each other's dreams told as entries."""
    people = dated_people(data, nights=40, days=_SEASON)
    lives: dict[str, Sequence[Life]] = {
        "dreams against Pepys' diary, moved onto the same dates": [] if diary is None else [diary],
        "dreams against other people's dream diaries, moved onto the same dates": [
            dreams_as_life(accounts, name) for name, accounts in people.items()
        ],
    }
    for says, others in lives.items():
        if not others:
            continue
        for planted in (0.0, PLANTED):
            outcomes, owners = _mirror_pairs(people, others, planted)
            if outcomes:
                yield _figure(says, "mirror", planted, outcomes, owners)
    if diary is None:
        return
    long = dated_people(data, nights=57, days=330)
    outcomes, owners = [], []
    for at, one in enumerate(_pairs(long, [diary], 330)):
        for offset in range(_OFFSETS):
            outcomes.append(_asked("shift", _unplanted(one, at, offset), at))
            owners.append(one.person)
    if outcomes:
        yield _figure("dreams against Pepys' diary, moved onto the same dates", "shift", 0.0, outcomes, owners)


def _mirror_pairs(
    people: dict[str, list[Account]], others: Sequence[Life], planted: float
) -> tuple[list[Outcome], list[str]]:
    outcomes, owners = [], []
    for at, one in enumerate(_pairs(people, others, _SEASON)):
        for offset in range(_OFFSETS):
            trial = _unplanted(one, at, offset)
            if planted:
                rng = np.random.default_rng([at, offset, 5])
                told, source = plant_sources(
                    trial.accounts, trial.entries, kept=(1.0, 0.5), share=planted, lags=LAGS, days=trial.days, rng=rng
                )
                trial = replace(trial, accounts=told, source=source)
            outcomes.append(_asked("mirror", trial, at))
            owners.append(one.person)
    return outcomes, owners


def _unplanted(one: Beside, at: int, offset: int) -> Trial:
    moved = int(np.random.default_rng([at, offset]).integers(-20, 21)) if offset else 0
    lived = UnitTable(one.entries.owner, one.entries.when + moved, one.entries.parts)
    return Trial(one.accounts, lived, np.zeros(one.accounts.when.size, dtype=np.int64))


def _pairs(people: dict[str, list[Account]], others: Sequence[Life], days: int) -> Iterator[Beside]:
    """Yield at most so many pairs of a person and the life of somebody else, spread over all of them."""
    both = [(name, life) for turn in range(len(others)) for name, life in _turn(people, others, turn)]
    for name, life in both[:_PAIRS]:
        found = put_beside(people[name], life, days=days, units_a_day=_UNITS_A_DAY)
        if found is not None:
            yield found


def _turn(people: dict[str, list[Account]], others: Sequence[Life], turn: int) -> Iterator[tuple[str, Life]]:
    for at, name in enumerate(people):
        life = others[(at + turn) % len(others)]
        if life.id != name:
            yield name, life


def _figure(
    says: str, null: str, planted: float, outcomes: Sequence[Outcome], owners: Sequence[str] | None = None
) -> Figure:
    false = np.array([one.false for one in outcomes])
    low, high = mean_interval(false) if owners is None else _by_owner(false, owners)
    nominal = Q if null == "mirror" else ALPHA
    error = float(false.std(ddof=1) / np.sqrt(false.size)) if false.size > 1 else 0.0
    holds = "holds" if false.mean() <= nominal + 2 * error else "FAILS"
    naive = float(np.mean([one.naive_false for one in outcomes]))
    refused = float(np.mean([not one.verdict.answered for one in outcomes]))
    what = f"FDR at q = {Q:g}, " + (f"{planted:.0%} of nights planted" if planted else "nothing to find")
    measure = f"{null}: " + (what if null == "mirror" else f"size of the band of A at {ALPHA:g}")
    note = f"{holds}; refuses in {refused:.0%} of {len(outcomes)} runs; the careless rule realises {naive:.2f}"
    if planted:
        power = [float(np.nanmean([getattr(one, name) for one in outcomes])) for name in ("power", "naive_power")]
        note += f"; finds {power[0]:.2f} of the sources (careless {power[1]:.2f})"
    return Figure(f"mechanisms, {says}", measure, f"{false.mean():.3f}", f"{low:.3f}–{high:.3f}", note)


def _by_owner(false: np.ndarray, owners: Sequence[str]) -> tuple[float, float]:
    """Return an interval of the mean by resampling people: the runs of one person are not independent."""
    names, at = np.unique(np.array(owners), return_inverse=True)
    total, count = np.bincount(at, weights=false), np.bincount(at)
    draws = np.random.default_rng(0).multinomial(names.size, np.full(names.size, 1 / names.size), size=2000)
    means = (draws @ total) / np.maximum(1, draws @ count)
    low, high = np.quantile(means, [0.025, 0.975])
    zero = mean_interval(np.zeros(names.size))[1]
    return float(low), float(max(high, zero)) if not false.any() else float(high)
