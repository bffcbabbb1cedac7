"""Locality rows of VertNet's bels: a statement becomes a density; how well does it hold the spot that was recorded?"""

from __future__ import annotations

import csv
import hashlib
import math
import re
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.seek.offsets import offsets
from karmalink.seek import RadialLaw, learn_radial

__all__ = ["run"]

_LEVELS = (("municipality", "v_municipality"), ("county", "v_county"), ("state or province", "v_stateprovince"))
_SHARES = (0.5, 0.8, 0.95)
_FEWEST = 30


@dataclass(frozen=True, slots=True)
class _Statement:
    """ "In X": which place (the independent unit), and how far the spot lies from where the other records put X."""

    place: str
    off_m: float

    @property
    def held_out(self) -> bool:
        return bool(hashlib.sha256(self.place.encode()).digest()[0] % 2)


def run(data: Path) -> list[Figure]:
    """Return log scores and coverage of "in X" for places known by a point, laws learned on one half of the places."""
    rows = _rows(data / "seek" / "bels")
    figures: list[Figure] = []
    for name, column in _LEVELS:
        statements = list(_statements(rows, column))
        tune = [s for s in statements if not s.held_out]
        held = [s for s in statements if s.held_out]
        if min(len(tune), len(held)) < _FEWEST:
            figures.append(Figure(f"bels, in a {name}", "statements", str(len(statements)), note="too few to split"))
            continue
        figures += _figures(f"bels, in a {name}", tune, held)
    return [*figures, *offsets(rows)]


def _rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of every table, each location once; those without two numbers as coordinates are passed over."""
    found: dict[str, dict[str, str]] = {}
    passed = 0
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            for row in csv.DictReader(lines):
                try:
                    lat, lon = float(row["v_decimallatitude"]), float(row["v_decimallongitude"])
                except (KeyError, TypeError, ValueError):
                    passed += 1
                    continue
                if abs(lat) <= 90 and abs(lon) <= 180:
                    found.setdefault(row.get("dwc_location_hash") or str(len(found)), row)
    print(f"bels: {passed} rows without coordinates passed over", file=sys.stderr)
    return list(found.values())


def _statements(rows: Sequence[dict[str, str]], column: str) -> Iterator[_Statement]:
    """Yield every row of a place that two rows or more name, with the place put where the others have it (median)."""
    spots: dict[str, set[tuple[float, float]]] = {}
    for row in rows:
        name = _key(row.get(column))
        if not name:
            continue
        above = _key(row.get("v_stateprovince")) if column != "v_stateprovince" else ""
        place = "|".join((_key(row.get("v_country")) or _key(row.get("v_countrycode")), above, name))
        spots.setdefault(place, set()).add((float(row["v_decimallatitude"]), float(row["v_decimallongitude"])))
    for place, found in spots.items():
        for spot in sorted(found):
            others = sorted(found - {spot})
            if others:
                middle = statistics.median(lat for lat, _ in others), statistics.median(lon for _, lon in others)
                yield _Statement(place, _metres(spot, middle))


def _key(name: str | None) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", (name or "").casefold()).split())


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = ((one[1] - other[1] + 180.0) % 360.0 - 180.0) * math.cos(math.radians((one[0] + other[0]) / 2.0))
    return 111_200.0 * math.hypot(one[0] - other[0], east)


def _figures(title: str, tune: Sequence[_Statement], held: Sequence[_Statement]) -> list[Figure]:
    law = learn_radial([statement.off_m for statement in tune]).common
    off = np.array([statement.off_m for statement in held])
    ours = np.log(law.density(off))
    known = np.array([statement.off_m for statement in tune])
    circles = {
        "a Gaussian circle of the best fit": math.sqrt(float(np.mean(known**2)) / 2.0),
        # GBIF's radius is meant to hold nearly all: here 95 % of the tuning half.
        "a Gaussian of the point-radius (95 %)": float(np.quantile(known, 0.95)) / 2.4477,
    }
    places = [statement.place for statement in held]
    figures = []
    for name, sigma in circles.items():
        gain = ours - _gaussian(off, sigma)
        note = f"{off.size} statements of {len(set(places))} places, the half nothing was learned on"
        figures.append(
            Figure(
                title,
                f"log score against {name}, nats a statement",
                f"{gain.mean():+.2f}",
                _interval(gain, places, np.mean, "+.2f"),
                note,
            )
        )
    for share in _SHARES:
        inside = law.cdf(off) <= share
        circle = -np.expm1(-0.5 * (off / next(iter(circles.values()))) ** 2) <= share
        note = f"the Gaussian circle's holds {circle.mean():.2f}; radius {_km(law, share)}"
        figures.append(
            Figure(
                title,
                f"spots inside the {share:.0%} disc",
                f"{inside.mean():.3f}",
                _interval(inside, places, np.mean, ".3f"),
                note,
            )
        )
    return figures


def _km(law: RadialLaw, share: float) -> str:
    return f"{float(law.quantile(share)) / 1000:.0f} km"


def _gaussian(off: np.ndarray, sigma: float) -> np.ndarray:
    return -0.5 * (off / sigma) ** 2 - math.log(2.0 * math.pi * sigma**2)


def _interval(values: np.ndarray, places: Sequence[str], of: Callable[[np.ndarray], float], form: str) -> str:
    """Return a 95 % interval by drawing places, not statements: those of one place share its point."""
    rng = np.random.default_rng(0)
    names = sorted(set(places))
    rows = {name: np.array([n for n, place in enumerate(places) if place == name]) for name in names}
    drawn = []
    for _ in range(1000):
        chosen = rng.integers(0, len(names), len(names))
        drawn.append(of(values[np.concatenate([rows[names[number]] for number in chosen])]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{low:{form}} to {high:{form}}"
