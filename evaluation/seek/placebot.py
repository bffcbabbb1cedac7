"""Many contradictory answers about where a statement lies: put together without the truth, then held against it."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink.errors import CannotAnswer
from karmalink.seek import Answers, Fused, fuse
from karmalink.seek.answers.pooling import core
from karmalink.seek.ground.sphere import distance_km, from_lonlat, median_point

__all__ = ["NEEDS", "run"]

Floats = NDArray[np.float64]
NEEDS = "seek/placebot/*comparison*.tsv"
_DRAWS, _SEED = 2000, 7
_ANSWER = re.compile(r"^latitude_(.+)$")


def run(data: Path) -> list[Figure]:
    """Return the figures of every table of answers that the folder holds."""
    return [figure for path in sorted(data.glob(NEEDS)) for figure in _figures(path)]


def read(path: Path) -> tuple[Answers, Floats, Floats]:
    """Return the answers of a table, and longitude and latitude of the truth (NaN where the row has none)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = [found.group(1) for column in rows[0] if (found := _ANSWER.match(column))]
    names = [name for name in names if name != "manual"]
    lon, lat, radius = (
        np.array([[_number(row.get(f"{kind}_{name}")) for name in names] for row in rows])
        for kind in ("longitude", "latitude", "ai_radius_km")
    )
    off = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))  # a row that is odd, or an answer that is none
    lon[off] = lat[off] = np.nan
    truth = [np.array([_number(row.get(column)) for row in rows]) for column in ("long_manual", "lat_manual")]
    statements = tuple(f"{number}" for number in range(len(rows)))
    return Answers(statements, tuple(names), lon, lat, radius), truth[0], truth[1]


def _number(text: str | None) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _figures(path: Path) -> list[Figure]:
    title = f"placebot, {path.stem.split('_model_')[0]}"
    answers, lon, lat = read(path)
    try:
        found = fuse(answers)
    except CannotAnswer as error:
        return [Figure(title, "places fused", "cannot_answer", "", str(error))]
    truth = from_lonlat(lon, lat)
    ours = distance_km(from_lonlat(found.lon, found.lat), truth)
    single = np.where(answers.given, distance_km(answers.points, truth[:, None]), np.nan)
    best = int(np.nanargmin(np.nanmedian(single, axis=0)))
    plain = distance_km(median_point(answers.points, answers.given.astype(np.float64)), truth)
    em = distance_km(_em(answers), truth)
    name = answers.witnesses[best]
    both = np.isfinite(single[:, best]) & np.isfinite(ours)
    gained = _paired(ours[both], single[both, best])
    placed = np.isfinite(ours)
    rows = [
        _error(title, "ours", ours, f"{int(placed.sum())} of {len(answers)} statements have an answer"),
        _error(title, f"best single witness in hindsight ({name})", single[:, best], f"{int(both.sum())} answered"),
        _error(title, "plain geometric median", plain, "of all answers, unweighted"),
        _error(title, "EM mixture (one normal spread and one gross-error rate per witness)", em, ""),
        Figure(title, f"median error, ours − {name}, same statements", f"{gained[0]:.3f} km", _interval(*gained[1:])),
    ]
    return [*rows, *_regions(title, found, lon, lat), *_scores(title, found, lon, lat, single)]


def _error(title: str, who: str, km: Floats, note: str) -> Figure:
    known = km[np.isfinite(km)]
    draws = np.random.default_rng(_SEED).integers(0, known.size, (_DRAWS, known.size))
    low, high = np.percentile(np.median(known[draws], axis=1), [2.5, 97.5])
    return Figure(title, f"median error, {who}", f"{np.median(known):.3f} km", _interval(low, high), note)


def _paired(ours: Floats, theirs: Floats) -> tuple[float, float, float]:
    draws = np.random.default_rng(_SEED).integers(0, ours.size, (_DRAWS, ours.size))
    differences = np.median(ours[draws], axis=1) - np.median(theirs[draws], axis=1)
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(np.median(ours) - np.median(theirs)), float(low), float(high)


def _interval(low: float, high: float) -> str:
    return f"{low:.3f} … {high:.3f}"


def _regions(title: str, found: Fused, lon: Floats, lat: Floats) -> list[Figure]:
    level = found.level(lon, lat)
    level = level[np.isfinite(level)]
    figures = []
    for mass in (0.5, 0.8, 0.95):
        held = float((level <= mass).mean())
        error = math.sqrt(mass * (1.0 - mass) / level.size)
        size = float(np.nanmedian(found.region_km2(mass)))
        figures.append(
            Figure(
                title,
                f"truth in the {mass:.0%} region",
                f"{held:.3f}",
                _interval(mass - 2 * error, mass + 2 * error),
                f"the interval is {mass} ± 2 SE; {(held - mass) / error:+.1f} SE; median size {size:.3g} km²",
            )
        )
    return figures


def _scores(title: str, found: Fused, lon: Floats, lat: Floats, single: Floats) -> list[Figure]:
    """Return log scores: ours, and each witness's under the law that fits its own errors best in hindsight."""
    ours = found.log_density(lon, lat)
    theirs = np.full_like(single, np.nan)
    for m in range(single.shape[1]):
        known = np.isfinite(single[:, m])
        if known.any():
            theirs[known, m] = _hindsight(single[known, m])
    best = int(np.nanargmax(np.nanmean(theirs, axis=0)))
    both = np.isfinite(ours) & np.isfinite(theirs[:, best])
    difference = ours[both] - theirs[both, best]
    draws = np.random.default_rng(_SEED).integers(0, difference.size, (_DRAWS, difference.size))
    low, high = np.percentile(difference[draws].mean(axis=1), [2.5, 97.5])
    note = "per km², natural logarithm; theirs with a mixture of heavy-tailed laws fitted to the truth"
    name = found.answers.witnesses[best]
    return [
        Figure(title, "log score, ours", f"{np.nanmean(ours):.3f}"),
        Figure(title, f"log score, best single witness ({name})", f"{np.nanmean(theirs[:, best]):.3f}", "", note),
        Figure(title, "log score, ours − theirs, same statements", f"{difference.mean():.3f}", _interval(low, high)),
    ]


def _hindsight(km: Floats) -> Floats:
    """Return log densities under the best mixture of twelve scales: nothing a single answer says is worth more."""
    densities = core(km[:, None], np.geomspace(0.1, 300.0, 12))
    weights = np.full(12, 1.0 / 12)
    for _ in range(300):
        shares = weights * densities
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return np.log(densities @ weights)


def _em(answers: Answers, rounds: int = 30) -> Floats:
    """The peer: each witness right with a normal spread or grossly wrong, both learned by EM; the mean of the right."""
    given = answers.given
    middle = median_point(answers.points, given.astype(np.float64))
    spread, gross = np.full(given.shape[1], 5.0), np.full(given.shape[1], 0.1)
    for _ in range(rounds):
        km = np.where(given, distance_km(answers.points, middle[:, None]), np.nan)
        fits = (1 - gross) * np.exp(-0.5 * (km / spread) ** 2) / spread**2
        right = np.where(given, fits / (fits + gross / 300.0**2), 0.0)
        weight = right / spread**2
        total = np.einsum("nm,nmk->nk", weight + 1e-12 * given, answers.points)
        with np.errstate(invalid="ignore"):
            middle = total / np.linalg.norm(total, axis=-1, keepdims=True)
        spread = np.sqrt(np.nansum(right * km**2, axis=0) / np.maximum(2.0 * right.sum(axis=0), 1e-9)).clip(0.3)
        gross = 1.0 - right.sum(axis=0) / np.maximum(given.sum(axis=0), 1)
        gross = gross.clip(1e-3, 0.99)
    return middle
