"""The mirror null over several dreamers, and of one, where there is nothing to find: a thousand studies a mechanism.

A cell is a layout, a mechanism, a share of nights with a planted source and a rate. Every cell has its mean false
share; the worst of all is held against the limit of the largest of so many means where all are exactly at the rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evaluation.figure import Figure
from karmalink.link import MECHANISMS, SignCalibration, reject
from karmalink.link.error_control.dreamer_tests import dreamers_named
from karmalink.link.mirror_null.competition import compete
from karmalink.link.mirror_null.pseudo_accounts import plant_sources
from karmalink.link.mirror_null.sign_calibration import calibrate
from karmalink.link.null_audit.audits import mean_interval
from karmalink.link.null_audit.mechanisms import KEPT, Mechanism, Subject, Trial
from karmalink.link.null_audit.trials import PooledWorld
from karmalink.link.null_audit.worlds import Layout

__all__ = ["LAYOUTS", "cells", "figures"]

RUNS = 1000
LAGS, QS, SHARES = 7, (0.2, 0.1), (0.0, 0.1, 0.4)
# Dreamers, days, nights.
LAYOUTS = ((3, 35, 22), (1, 35, 22))
_DEALS = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One rule in one cell: the false share of each study, the share of the planted found, and whether it answered."""

    rule: str
    planted: float
    q: float
    false: np.ndarray
    power: np.ndarray
    refused: float


def figures(runs: int = RUNS) -> Iterator[Figure]:
    """Yield one figure per layout, mechanism, share planted and rate, and the worst of all beside its limit."""
    every: list[tuple[str, Cell]] = []
    for layout in LAYOUTS:
        for name, mechanism in MECHANISMS.items():
            if mechanism.needs != "layout":
                continue
            for cell in cells(layout, mechanism, runs):
                every.append((name, cell))
                yield _figure(layout, mechanism, cell)
    for rule in sorted({cell.rule for _, cell in every}):
        yield _worst(rule, [(name, cell) for name, cell in every if cell.rule == rule], runs)
    yield _sixth(runs)


def cells(layout: tuple[int, int, int], mechanism: Mechanism, runs: int) -> list[Cell]:
    """Return the cells of all shares and both rates: of all dreamers together and, of one dreamer, of `pairs`.

    The same worlds serve all shares: sources are planted into them, and the calibration depends on the lives alone.
    """
    dreamers, days, nights = layout
    seen: dict[tuple[str, float, float], list[tuple[float, float, bool]]] = defaultdict(list)
    for seed in range(runs):
        rng = np.random.default_rng([seed, dreamers, days, *mechanism.name.encode()])
        empty = [mechanism.make(Subject(_layout(days, nights, rng)), rng) for _ in range(dreamers)]
        calibration = PooledWorld.of(empty, lags=LAGS, seed=seed).calibration
        alone = calibrate(empty[0].entries, lags=LAGS, seed=seed, deals=_DEALS) if dreamers == 1 else None
        for planted in SHARES:
            trials = [_planted(trial, planted, rng) for trial in empty]
            world = PooledWorld.of(trials, lags=LAGS, seed=seed, calibration=calibration)
            for q in QS:
                found, called = world.called(q)
                answers = calibration.usable and found.w.size >= calibration.c / q
                seen["pooled_pairs", planted, q].append((*_shares(called, world.true), answers))
            if alone is not None and len(trials[0].readings) == 1:
                for q, said in _alone(trials[0], alone, seed):
                    seen["pairs", planted, q].append(said)
    return [
        Cell(
            rule,
            planted,
            q,
            np.array([one[0] for one in said]),
            np.array([one[1] for one in said]),
            1.0 - float(np.mean([one[2] for one in said])),
        )
        for (rule, planted, q), said in seen.items()
    ]


def _planted(trial: Trial, share: float, rng: np.random.Generator) -> Trial:
    if not share:
        return trial
    told, source = plant_sources(
        trial.accounts, trial.entries, kept=KEPT, share=share, lags=LAGS, days=trial.days, rng=rng
    )
    return replace(trial, accounts=told, source=source)


def _layout(days: int, nights: int, rng: np.random.Generator) -> Layout:
    night = np.sort(rng.choice(days - 1, nights, replace=False)).astype(np.int64)
    units = np.maximum(1, rng.poisson(6, nights)), np.maximum(1, rng.poisson(8, days))
    return Layout(night, units[0], np.arange(days, dtype=np.int64), units[1])


def _alone(trial: Trial, calibration: SignCalibration, seed: int) -> Iterator[tuple[float, tuple[float, float, bool]]]:
    found = compete(trial.accounts, trial.entries, lags=LAGS, days=trial.days, centre=trial.centre, seed=seed)
    true = {(0, night) for night in np.unique(trial.accounts.when[trial.source > 0]).tolist()}
    for q in QS:
        called: set[tuple[int, int]] = set()
        threshold = reject(found.w, q=q, c=calibration.c).threshold if calibration.usable else None
        if threshold is not None:
            called = {(0, night) for night in found.night[found.w >= threshold].tolist()}
        yield q, (*_shares(called, true), calibration.usable and found.w.size >= calibration.c / q)


def _shares(called: set[tuple[int, int]], true: set[tuple[int, int]]) -> tuple[float, float]:
    return len(called - true) / max(1, len(called)), len(called & true) / len(true) if true else float("nan")


def _figure(layout: tuple[int, int, int], mechanism: Mechanism, cell: Cell) -> Figure:
    planted, (dreamers, days, nights) = cell.planted, layout
    low, high = mean_interval(cell.false)
    what = f"{planted:.0%} of nights planted" if planted else "nothing to find"
    note = f"refuses in {cell.refused:.0%} of {cell.false.size} studies"
    if planted:
        note += f"; finds {float(np.nanmean(cell.power)):.2f} of the sources"
    holds = "holds" if low <= cell.q else "FAILS"
    return Figure(
        f"studies of {dreamers} × {days} days, {nights} nights: {mechanism.says}",
        f"{cell.rule}: FDR at q = {cell.q:g}, {what}",
        f"{cell.false.mean():.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{holds}; {note}",
    )


def _worst(rule: str, found: list[tuple[str, Cell]], runs: int) -> Figure:
    """Return the cell that is farthest above its rate, beside what the largest of so many has where all are at it."""
    from scipy.stats import norm

    over = [(cell.false.mean() - cell.q) / max(1e-9, cell.false.std(ddof=1) / np.sqrt(runs)) for _, cell in found]
    at = int(np.argmax(over))
    name, cell = found[at]
    limit = float(norm.ppf(0.95 ** (1.0 / len(found))))
    says = "holds" if over[at] <= limit else "FAILS"
    return Figure(
        f"studies: {rule}, worst of {len(found)} cells",
        f"{name}, q = {cell.q:g}: standard errors above the rate",
        f"{over[at]:.1f}",
        f"limit of the largest of {len(found)}: {limit:.1f}",
        f"{says}; mean false share {cell.false.mean():.3f}",
    )


def _sixth(runs: int) -> Figure:
    """Five dreamers with sources and one with none: how often the sixth gets a link, and a link that stands alone."""
    mechanism = MECHANISMS["slow"]
    linked, named, false = [], [], []
    for seed in range(runs):
        rng = np.random.default_rng([seed, 6])
        trials = [
            _planted(mechanism.make(Subject(_layout(35, 22, rng)), rng), 0.4 * (number < 5), rng) for number in range(6)
        ]
        world = PooledWorld.of(trials, lags=LAGS, seed=seed)
        nights, called = world.called(0.1)
        alone = dreamers_named(nights.w, nights.who, 6, q=0.1, c=world.calibration.c, seed=seed)[1]
        linked.append(any(who == 5 for who, _ in called))
        named.append(alone[5] > 0)
        false.append(_shares(called, world.true)[0])
    return Figure(
        "studies: five dreamers with sources and one with none, q = 0.1",
        "studies in which a link stands for the sixth alone",
        f"{np.mean(named):.3f}",
        "–".join(f"{limit:.3f}" for limit in mean_interval(np.array(named, dtype=float))),
        f"the study's FDR is {np.mean(false):.3f}; the sixth has a link of the study in {np.mean(linked):.0%}",
    )
