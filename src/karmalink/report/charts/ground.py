"""The ground of a map as SVG: coordinates of an area's grid to coordinates of the drawing, and shapes by their kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from karmalink.report.theme import ink

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek import Area, Place

__all__ = ["STYLES", "MapFrame", "Style", "Window", "base_map", "outline", "path", "symbol"]

WIDTH = 1000.0  # of the drawing, its own units
_NAMED_AT = 0.2  # share of a line where its name stands: its middle is often what the map is about


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of place is drawn: strokes from below to above as (colour, width in px, dashes), and a fill."""

    strokes: tuple[tuple[str, float, str], ...] = ()
    fill: str = ""


_RAIL = Style((("ink", 3.4, ""), ("raised", 1.6, "7 7")))
_WATER_LINE = Style((("water", 7.0, ""),))
_ROAD = Style((("line", 3.0, ""), ("raised", 1.4, "")))
_WATER = Style((("water", 1.0, ""),), "water")
_FIELD = Style((), "field")
# Kind of a place → how its line or surface is drawn. Other kinds get a thin line.
STYLES: dict[str, Style] = {
    **dict.fromkeys(("rail", "railway", "tram", "light_rail", "subway"), _RAIL),
    **dict.fromkeys(("river", "stream", "canal", "waterway", "ditch"), _WATER_LINE),
    **dict.fromkeys(("road", "street", "path", "track", "highway", "dyke"), _ROAD),
    **dict.fromkeys(("water", "lake", "pond", "sea", "reservoir"), _WATER),
    **dict.fromkeys(("field", "fields", "paddy", "orchard", "park", "forest", "wood", "grove", "grass"), _FIELD),
}
STYLES |= dict.fromkeys(("ground", "quarter", "suburb", "neighbourhood", "city", "town"), Style())  # named, not drawn
_OTHER = Style((("line", 1.2, "2 4"),))


Window = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class MapFrame:
    """From metres of an area's projection to the drawing: 1000 wide, north up.

    Attributes
    ----------
    area : Area
        The grid.
    window : (column, row, column, row)
        What of the grid is drawn; the second corner is not included.
    """

    area: Area
    window: Window

    @classmethod
    def of(cls, area: Area, window: Window | None = None) -> MapFrame:
        """Return the frame of an area's grid, or of a part of it."""
        rows, cols = area.shape
        return cls(area, window or (0, 0, cols, rows))

    @property
    def across(self) -> float:
        """Metres from west to east."""
        return (self.window[2] - self.window[0]) * self.area.cell_m

    @property
    def scale(self) -> float:
        """Units of the drawing in a metre."""
        return WIDTH / self.across

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return (self.window[3] - self.window[1]) * self.area.cell_m * self.scale

    @property
    def aspect(self) -> float:
        """Height over width."""
        return self.height / WIDTH

    def part(self, grid: NDArray[Any]) -> NDArray[Any]:
        """Return what of a grid is drawn."""
        first_col, first_row, last_col, last_row = self.window
        return grid[first_row:last_row, first_col:last_col]

    def from_metres(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Return points of the drawing, shape (n, 2), of metres east and north of the area's middle."""
        west, north = self._corner(*self.window[:2])
        return np.column_stack([(points[:, 0] - west) * self.scale, (north - points[:, 1]) * self.scale])

    def from_cells(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Return points of the drawing of (column, row) of the grid."""
        return np.asarray((points - self.window[:2]) * self.area.cell_m * self.scale)

    def share(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a longitude and latitude as shares of the drawing's width and height."""
        x, y = self.from_metres(np.array([self.area.xy_of(lon, lat)]))[0]
        return float(x / WIDTH), float(y / self.height)

    def _corner(self, column: int, row: int) -> tuple[float, float]:
        """Return metres east and north of a cell's north-western corner."""
        cell = self.area.cell_m
        return float(self.area.transform.c) + column * cell, float(self.area.transform.f) - row * cell

    def middle(self, geometry: BaseGeometry) -> tuple[float, float] | None:
        """Return where to name a shape: a point inside, or the middle of a line; None where it is off the map."""
        import shapely

        first_col, first_row, last_col, last_row = self.window
        west, north = self._corner(first_col, first_row)
        east, south = self._corner(last_col, last_row)
        flat = self.area.project(geometry).intersection(shapely.box(west, south, east, north))
        if flat.is_empty:
            return None
        whole = flat.geom_type == "LineString"
        point = flat.interpolate(_NAMED_AT, normalized=True) if whole else flat.representative_point()
        x, y = self.from_metres(np.array([[point.x, point.y]]))[0]
        return float(x / WIDTH), float(y / self.height)


def path(frame: MapFrame, geometry: BaseGeometry) -> str:
    """Return longitudes and latitudes as the ``d`` of an SVG path, simplified below what a screen can show."""
    import shapely

    flat = shapely.simplify(frame.area.project(geometry), 0.6 / frame.scale)
    return "".join(_line(frame.from_metres(np.asarray(part.coords)), closed) for part, closed in _parts(flat))


def outline(frame: MapFrame, lines: Iterable[NDArray[Any]]) -> str:
    """Return closed lines of (column, row) as the ``d`` of an SVG path."""
    return "".join(_line(frame.from_cells(line), True) for line in lines)


def _parts(geometry: Any) -> list[tuple[Any, bool]]:
    if geometry.is_empty or geometry.geom_type in {"Point", "MultiPoint"}:
        return []
    if hasattr(geometry, "geoms"):
        return [part for one in geometry.geoms for part in _parts(one)]
    if geometry.geom_type == "Polygon":
        return [(geometry.exterior, True), *((ring, True) for ring in geometry.interiors)]
    return [(geometry, False)]


def _line(points: NDArray[np.float64], closed: bool) -> str:
    words = [f"{x:.1f} {y:.1f}".replace(".0 ", " ").removesuffix(".0") for x, y in points]
    return f"M{'L'.join(words)}{'Z' if closed else ''}"


def base_map(frame: MapFrame, places: Sequence[Place]) -> Markup:
    """Return railway, river, fields and the like; surfaces below lines."""
    drawn = [place for place in places if place.geometry.geom_type not in {"Point", "MultiPoint"}]
    order = sorted(drawn, key=lambda place: ("Polygon" not in place.geometry.geom_type, _RANK.get(place.kind, 1)))
    return Markup("").join(part for place in order for part in _shape(frame, place))


_RANK = {"rail": 2, "railway": 2}


def _shape(frame: MapFrame, place: Place) -> list[Markup]:
    style = STYLES.get(place.kind, _OTHER)
    line = path(frame, place.geometry)
    parts = [Markup('<path d="{}" fill="{}"/>').format(line, ink(style.fill))] if style.fill else []
    for colour, width, dashes in style.strokes:
        parts.append(
            Markup(
                '<path d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-dasharray="{}" stroke-linejoin="round" '
                'vector-effect="non-scaling-stroke"/>'
            ).format(line, ink(colour), width, dashes or "none")
        )
    return parts


def symbol(x: float, y: float, kind: str) -> Markup:
    """Return the mark of a place that is a point, in shares of the drawing, as an HTML element."""
    return Markup('<i class="spot {}" style="left:{}%;top:{}%"></i>').format(
        kind if kind in _MARKS else "place", f"{100 * x:.2f}", f"{100 * y:.2f}"
    )


_MARKS = {"pagoda", "shrine", "stupas", "market", "station", "bridge", "school"}
