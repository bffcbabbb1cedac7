"""Ground that can hurt those who search it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError
from karmalink.seek.ground.geojson_shapes import check_ground

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Danger"]


@dataclass(frozen=True, slots=True)
class Danger:
    """Something that makes an hour of searching dangerous: mines, traffic, deep water.

    Attributes
    ----------
    name : str
        What it is, as the plan calls it.
    risk_per_hour : float
        Expected harm of one searcher in one hour there, in the unit in which the searchers agreed to a limit (the
        probability of an accident, say). Dangers of one segment add up.
    geometry : shapely geometry or None
        The ground, longitude and latitude; each segment bears the risk in proportion to its share that lies inside.
    segments : tuple of str
        Segments by name, instead of or besides the geometry; they bear the whole risk.
    kind : str
        What sort of danger: ``mines``, ``traffic``, ``water`` …; free text for people.
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
            raise InputError(
                f"a risk of {self.risk_per_hour} per hour", where=f"danger {self.name}", allowed="a number, 0 or more"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields but for the ground."""
        return {
            "name": self.name,
            "kind": self.kind,
            "risk_per_hour": self.risk_per_hour,
            "segments": list(self.segments),
        }
