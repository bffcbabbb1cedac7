"""Treasure hunts with shrinking circles: does the region learned from earlier hunts hold a later hunt's truth?"""

from __future__ import annotations

import csv
import datetime as dt
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink.seek import RadialLaw, learn_radial

__all__ = ["run"]

_TITLE = "Skydrop (illustration)"
_MILE_M = 1609.344
_SHARE = 0.9
_FEWEST = 5  # circles of earlier hunts; fewer teach nothing


@dataclass(frozen=True, slots=True)
class _Hunt:
    """One hunt: name, first day, and for each circle its radius and how far from its middle the truth was, metres."""

    name: str
    start: dt.date
    radius: np.ndarray
    off: np.ndarray


def run(data: Path) -> list[Figure]:
    """Return for each hunt but the first whether the 90 % disc inside each day's circle holds what was found."""
    hunts = sorted(_hunts(data / "seek" / "skydrop"), key=lambda hunt: (hunt.start, hunt.name))
    figures = []
    for number, hunt in enumerate(hunts):
        earlier = hunts[:number]
        if sum(one.off.size for one in earlier) < _FEWEST:
            continue
        figures.append(_figure(hunt, earlier))
    return figures or [Figure(_TITLE, "hunts", str(len(hunts)), note="no earlier hunt to learn from")]


def _hunts(folder: Path) -> Iterator[_Hunt]:
    rows: dict[str, list[tuple[dt.date, float, float, float, bool]]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                try:
                    day = dt.datetime.strptime(row["date"].strip(), "%m/%d/%Y").date()
                    where = float(row["latitude"]), float(row["longitude"]), float(row["diameter_miles"])
                    rows.setdefault(row["hunt"], []).append((day, *where, row["is_truth"].strip() == "1"))
                except (AttributeError, KeyError, TypeError, ValueError):
                    print(f"{path.name}, line {number}: passed over, it is not a circle", file=sys.stderr)
    for name, circles in rows.items():
        truth = [circle for circle in circles if circle[4]]
        others = sorted(circle for circle in circles if not circle[4])
        if not truth or not others:
            print(f"{name}: passed over, its truth or its circles are missing", file=sys.stderr)
            continue
        lat, lon = truth[-1][1:3]
        off = np.array([_metres(c[1], c[2], lat, lon) for c in others])
        yield _Hunt(name, others[0][0], np.array([c[3] for c in others]) * _MILE_M / 2.0, off)


def _metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    middle = math.radians((lat + to_lat) / 2.0)
    return math.hypot((to_lat - lat) * 110_950.0, (to_lon - lon) * 111_320.0 * math.cos(middle))


def _figure(hunt: _Hunt, earlier: Sequence[_Hunt]) -> Figure:
    off = np.concatenate([one.off for one in earlier])
    radius = np.concatenate([one.radius for one in earlier])
    # A hunt is one draw, however many circles it has: its days count together as one.
    weight = np.concatenate([np.full(one.off.size, 1.0 / one.off.size) for one in earlier]) * len(off) / len(earlier)
    law = learn_radial(off, references_m=radius, weights=weight)
    held, share = [], []
    for circle, away in zip(hunt.radius, hunt.off, strict=True):
        reach = _reach(law.law(None, float(circle)), float(circle))
        held.append(away <= reach)
        share.append((reach / circle) ** 2)
    return Figure(
        _TITLE,
        f"{hunt.name}: days whose {_SHARE:.0%} disc holds the truth",
        f"{sum(held)} of {len(held)}",
        note=f"learned from {', '.join(one.name for one in earlier)}; the disc is {np.mean(share):.0%} of the day's "
        "circle on average; the circles of one hunt lie inside each other, so that this is one draw, not many",
    )


def _reach(law: RadialLaw, circle: float) -> float:
    """Return the radius that holds 90 % of the law, cut to the day's circle."""
    return float(law.quantile(_SHARE * float(law.cdf(circle))))
