"""A lost person: where they were last, how far such people were found, and what that says of every cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.rows import Field, number, read_rows, word
from karmalink.seek.answers.radial_laws import learn_radial
from karmalink.seek.answers.ring_laws import RING_LAWS, DistanceLaw, check_rings
from karmalink.seek.ground.geojson_shapes import check_lonlat

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area

__all__ = [
    "BEHAVIOUR_SPEC",
    "FIND_SPEC",
    "LostPerson",
    "Motion",
    "law_of",
    "law_of_finds",
    "read_behaviour",
    "rings_of",
]

_PERCENTS = (25, 50, 75, 95)
_MOST_M = 2e6
BEHAVIOUR_SPEC = (
    Field("category", required=True, parse=word),
    Field("terrain", parse=word, default=""),
    *(Field(f"p{percent}_m", parse=number(1.0, _MOST_M)) for percent in _PERCENTS),
)
FIND_SPEC = (
    Field("category", required=True, parse=word),
    Field("terrain", parse=word, default=""),
    Field("distance_m", required=True, parse=number(0.0, _MOST_M)),
)
_FINE = 4  # a cell near the point is looked at in 4 × 4 pieces: the density falls within one cell
_NEAR_CELLS = 20.0
_LARGEST_KMH = 30.0


@dataclass(frozen=True, slots=True)
class Motion:
    """How somebody moves on who is not found.

    Attributes
    ----------
    speed_kmh : float
        Mean distance from where they were, after one hour of moving.
    stays : float
        Probability that they stay where they are for an hour.
    """

    speed_kmh: float
    stays: float = 0.5

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            A speed that is not above 0 and at most 30 km/h, or a share outside 0 … 1.
        """
        if not (math.isfinite(self.speed_kmh) and 0.0 < self.speed_kmh <= _LARGEST_KMH):
            raise InputError(
                f"speed_kmh must be above 0 and at most {_LARGEST_KMH:g}, got {self.speed_kmh}", where="subject"
            )
        if not 0.0 <= self.stays <= 1.0:
            raise InputError(f"stays must be 0 to 1, got {self.stays}", where="subject")


@dataclass(frozen=True, slots=True, repr=False)
class LostPerson:
    """Who is looked for.

    Attributes
    ----------
    lon, lat : float
        Last known point, degrees.
    law : DistanceLaw
        How far from there such people are found.
    category, terrain : str
        Row of the table that the law comes from.
    motion : Motion or None
        How they move on; None: they stay where they are.
    """

    lon: float
    lat: float
    law: DistanceLaw
    category: str = ""
    terrain: str = ""
    motion: Motion | None = None

    def __post_init__(self) -> None:
        """Check the point.

        Raises
        ------
        InputError
            It is not on the globe.
        """
        check_lonlat(np.array([[self.lon, self.lat]], dtype=float), where="subject.last_known")

    def prior(self, area: Area) -> tuple[Floats, float]:
        """Return the probability of each of the n cells, and that of all that lies off the map; they sum to 1.

        Raises
        ------
        InputError
            The law puts next to nothing on this map.
        """
        x, y = area.xy_of(self.lon, self.lat)
        away = np.hypot(area.x - x, area.y - y)
        # (n,): density at the middle of the cell · its ground; near the point its mean over pieces of the cell
        found = self.law.density(away) * area.cell_m2
        near = np.flatnonzero(away < _NEAR_CELLS * area.cell_m)
        part = ((np.arange(_FINE) + 0.5) / _FINE - 0.5) * area.cell_m
        dx, dy = (piece.ravel() for piece in np.meshgrid(part, part))
        pieces = np.hypot(area.x[near, None] + dx - x, area.y[near, None] + dy - y)  # (near, 16)
        found[near] = self.law.density(pieces).mean(axis=1) * area.cell_m2
        inside = float(found.sum())
        if not inside > 1e-9:
            raise InputError(
                "the last known point is so far from the area that such a person would not be on this map",
                where="subject.last_known",
                rule="the area holds the ground where the person may be",
                next_step="longitude comes first; else enlarge the area",
            )
        return found / max(1.0, inside), max(0.0, 1.0 - inside)

    def to_dict(self) -> dict[str, Any]:
        """Return the law in three distances, and how they move on."""
        shares = (0.25, 0.5, 0.75, 0.95)
        radii = np.asarray(self.law.quantile(np.array(shares)))
        return {
            "last_known": {"lon": self.lon, "lat": self.lat},
            "category": self.category or None,
            "terrain": self.terrain or None,
            "within_m": {f"{share:.0%}": float(f"{radius:.4g}") for share, radius in zip(shares, radii, strict=True)},
            "speed_kmh": self.motion and self.motion.speed_kmh,
            "stays": self.motion and self.motion.stays,
        }

    def __repr__(self) -> str:
        """One-line summary: the law, never where."""
        return f"LostPerson({self.category or 'no category'}, {self.law!r})"


def read_behaviour(path: str | Path) -> Mapping[tuple[str, str], Mapping[float, float]]:
    """Read a table of rings (CSV, TSV, JSONL): category*, terrain, p25_m, p50_m, p75_m, p95_m.

    Returns
    -------
    mapping of (category, terrain) to rings
        Share → distance in metres; names in small letters.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """

    def check(row: Any) -> Any:
        if not all(f"p{percent}_m" in row.values for percent in _PERCENTS):
            return  # one of them was refused, and that is told already
        rings = _rings(row)
        if len(rings) < 2:
            yield row.fault(
                "p50_m", "is missing: a row has two distances or more", allowed="p25_m, p50_m, p75_m, p95_m"
            )
        elif sorted(rings.values()) != list(rings.values()) or len(set(rings.values())) < len(rings):
            yield row.fault("p50_m", "does not fit: a larger share lies within a larger distance")

    found: dict[tuple[str, str], Mapping[float, float]] = {}
    for row in read_rows(path, BEHAVIOUR_SPEC, check=check):
        key = (row["category"].casefold(), row["terrain"].casefold())
        if key in found:
            raise InputError(
                f"category {row['category'][:40]!r} and terrain {row['terrain'][:40]!r} are there twice",
                where=path,
                rule="one row for a category and a terrain",
            )
        found[key] = _rings(row)
    return found


def _rings(row: Any) -> dict[float, float]:
    given = ((percent / 100.0, row.get(f"p{percent}_m")) for percent in _PERCENTS)
    return {share: float(metres) for share, metres in given if metres is not None}


def rings_of(
    table: Mapping[tuple[str, str], Mapping[float, float]], category: str, terrain: str, where: str
) -> Mapping[float, float]:
    """Return the rings of a category and a terrain; where the table has no such terrain, those without one.

    Raises
    ------
    UnknownName
        The table has neither.
    """
    wanted = (category.casefold(), terrain.casefold())
    found = table.get(wanted) or table.get((wanted[0], ""))
    if found is None:
        categories = sorted({name for name, _ in table})
        terrains = sorted({kind for name, kind in table if name == wanted[0]})
        if terrains:
            raise UnknownName(
                f"no distances for {category[:40]!r} in terrain {terrain[:40]!r}" if terrain else "which terrain?",
                where=where,
                allowed=tuple(terrains),
                next_step=suggest(wanted[1], terrains) or "name one as terrain in [subject]",
            )
        raise UnknownName(
            f"no category is called {category[:40]!r}" if category else "which category?",
            where=where,
            allowed=tuple(categories),
            next_step=suggest(wanted[0], categories) or "name one as category in [subject]",
        )
    return found


def law_of_finds(path: str | Path, category: str, terrain: str) -> DistanceLaw:
    """Return the law learned from one's own finds: a category of few finds lies close to what all share.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    UnknownName
        No find is of this category and terrain.
    CannotAnswer
        Fewer than five finds.
    """
    rows = list(read_rows(path, FIND_SPEC))
    groups: Sequence[tuple[str, str]] = [(row["category"].casefold(), row["terrain"].casefold()) for row in rows]
    key = (category.casefold(), terrain.casefold())
    if not terrain:  # the finds of a category in all terrains
        groups, key = [(name, "") for name, _ in groups], (key[0], "")
    if groups and key not in groups:
        raise _no_find(str(path), groups, category, terrain)
    return learn_radial([row["distance_m"] for row in rows], groups).law(key)


def _no_find(path: str, groups: Sequence[tuple[str, str]], category: str, terrain: str) -> UnknownName:
    names = sorted({name for name, _ in groups})
    if category.casefold() not in names:
        return UnknownName(
            f"no find is of the category {category[:40]!r}" if category else "which category?",
            where=path,
            allowed=tuple(names),
            next_step=suggest(category.casefold(), names) or "name one as category in [subject]",
        )
    terrains = sorted({kind for name, kind in groups if name == category.casefold() and kind})
    return UnknownName(
        f"no find of the category {category[:40]!r} is in terrain {terrain[:40]!r}",
        where=path,
        allowed=tuple(terrains),
        next_step=suggest(terrain.casefold(), terrains) or "leave terrain out of [subject] to learn from all of them",
    )


def law_of(rings_m: Mapping[float, float], name: str, where: str) -> DistanceLaw:
    """Return rings as a law of :data:`~karmalink.seek.RING_LAWS`.

    Raises
    ------
    InputError
        An unknown law, or distances that are not rings.
    """
    if name not in RING_LAWS:
        raise InputError(
            f"unknown law {name[:40]!r}",
            where=where,
            allowed=tuple(RING_LAWS),
            next_step=suggest(name, RING_LAWS),
        )
    check_rings(rings_m, where)
    return RING_LAWS[name](rings_m)
