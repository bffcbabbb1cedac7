"""Assets (searchers and tools), and what limits them: closures and dangers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError
from karmalink.rows import Field, identifier, integer, number, one_of, read_rows
from karmalink.seek.ground.geojson_shapes import check_ground
from karmalink.seek.search.detection_laws import POD_LAWS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["ASSET_SPEC", "Asset", "Closure", "Danger", "read_assets"]

_MOST = 1e6  # of a width in metres, a speed, a price: their product stays a number


@dataclass(frozen=True, slots=True)
class Asset:
    """A searcher or a tool.

    Attributes
    ----------
    name : str
        Name in the plan.
    sweep_m : float
        Effective sweep width W: as if everything within W were seen, and nothing beyond.
    speed_kmh : float
        Speed while searching.
    hours_per_day : float
        Of one of them.
    count : int
        How many there are.
    cost_per_hour : float
        In any currency.
    law : str
        Detection of a coverage, one of :data:`~karmalink.seek.POD_LAWS`. Searches that were walked are judged by it;
        a plan, which does not know how its hours will be walked, uses ``random``, the most cautious law.
    """

    name: str
    sweep_m: float
    speed_kmh: float
    hours_per_day: float = 8.0
    count: int = 1
    cost_per_hour: float = 0.0
    law: str = "random"

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        InputError
            If a number is negative or not a number, or the law is unknown.
        """
        if self.law not in POD_LAWS:
            raise InputError(f"unknown law {self.law!r}", where=f"asset {self.name}", allowed=tuple(POD_LAWS))
        for field, low in (("sweep_m", 0.0), ("speed_kmh", 0.0), ("hours_per_day", 0.0), ("cost_per_hour", 0.0)):
            value = getattr(self, field)
            if not low <= value <= _MOST:
                raise InputError(f"{field} must be 0 to {_MOST:,.0f}, got {value}", where=f"asset {self.name}")
        if self.count < 1:
            raise InputError(f"count must be 1 or more, got {self.count}", where=f"asset {self.name}")

    @property
    def rate_m2(self) -> float:
        """Area that one of them sweeps in an hour, m²."""
        return self.sweep_m * self.speed_kmh * 1000.0

    @property
    def hours(self) -> float:
        """Hours that all of them have on a day."""
        return self.hours_per_day * self.count

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Closure:
    """Ground that cannot be entered from a day on.

    Attributes
    ----------
    name : str
        What it is.
    start : date
        First day on which it is closed.
    end : date or None
        First day on which it is open again.
    geometry : shapely geometry or None
        The ground, longitude and latitude; a segment is closed when half of it is.
    segments : tuple of str
        Segments by name, instead of or besides the geometry.
    """

    name: str
    start: dt.date
    end: dt.date | None = None
    geometry: BaseGeometry | None = None
    segments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that it closes something for some time.

        Raises
        ------
        InputError
            Otherwise.
        """
        check_ground(self.geometry, self.segments, what="closure", name=self.name)
        if self.end is not None and self.end <= self.start:
            raise InputError("the closure ends before it starts", where=f"closure {self.name}")

    def covers(self, day: dt.date) -> bool:
        """Return whether it is closed on a day."""
        return day >= self.start and (self.end is None or day < self.end)


ASSET_SPEC = (
    Field("name", required=True, parse=identifier, unique=True),
    Field("sweep_m", required=True, parse=number(0.0, _MOST)),
    Field("speed_kmh", required=True, parse=number(0.0, _MOST)),
    Field("hours_per_day", parse=number(0.0, 24.0), default=8.0),
    Field("count", parse=integer(1), default=1),
    Field("cost_per_hour", parse=number(0.0), default=0.0),
    Field("law", parse=one_of(tuple(POD_LAWS)), default="random"),
)


def read_assets(path: str | Path) -> Sequence[Asset]:
    """Read a table of assets (CSV, TSV, JSONL): name*, sweep_m*, speed_kmh*, hours_per_day, count, cost_per_hour,
    law.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """
    return [Asset(**row.values) for row in read_rows(path, ASSET_SPEC)]


@dataclass(frozen=True, slots=True)
class Danger:
    """Something that makes an hour of searching dangerous: mines, traffic, deep water.

    Attributes
    ----------
    name : str
        What it is; its name in the plan.
    risk_per_hour : float
        Expected harm of one searcher in one hour there, in the unit in which the searchers agreed to a limit (the
        probability of an accident, say). Dangers of one segment add up.
    geometry : shapely geometry or None
        The ground, longitude and latitude; each segment has the risk in proportion to its share that lies inside.
    segments : tuple of str
        Segments by name, instead of or besides the geometry; they have the whole risk.
    kind : str
        Kind of danger: ``mines``, ``traffic``, ``water`` …; free text.
    """

    name: str
    risk_per_hour: float
    geometry: BaseGeometry | None = None
    segments: tuple[str, ...] = ()
    kind: str = ""

    def __post_init__(self) -> None:
        """Check that it endangers some ground by some amount.

        Raises
        ------
        InputError
            Otherwise.
        """
        check_ground(self.geometry, self.segments, what="danger", name=self.name)
        if not (math.isfinite(self.risk_per_hour) and self.risk_per_hour >= 0.0):
            raise InputError(f"risk_per_hour must be 0 or more, got {self.risk_per_hour}", where=f"danger {self.name}")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields except the ground."""
        return {
            "name": self.name,
            "kind": self.kind,
            "risk_per_hour": self.risk_per_hour,
            "segments": list(self.segments),
        }
