"""The map: ground, probability, each witness's clues, where to look first, what is closed, what was searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from karmalink.report.charts.ground import WIDTH, MapFrame, Window, base_map, outline, path, symbol
from karmalink.report.charts.heat import contours, full_shade, level_of, mask_picture
from karmalink.report.charts.labels import Name, Placed, is_khmer, place_names
from karmalink.report.section import Panel
from karmalink.report.theme import ink

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek import Place, ProbabilityMap

__all__ = ["STAR", "ClueLine", "MapLayers", "chart_map", "map_drawing", "placed_names", "round_length"]

_MASS_LINES: tuple[tuple[float, float, str], ...] = ((0.9, 1.1, "5 4"), (0.5, 1.9, "none"))  # mass, px, dashes
_CLUE_MASS = 0.5
_MARGIN = 0.01
_BADGE = 0.09  # of the map: segments narrower than this get a number without a badge
STAR = Markup(
    '<svg viewBox="0 0 24 24"><path d="M12 1.8l3.1 6.7 7.3.9-5.4 5 1.4 7.2L12 18l-6.4 3.6L7 14.4l-5.4-5 7.3-.9z" '
    'fill="var(--saffron)" stroke="var(--ink)" stroke-width="1.8" stroke-linejoin="round"/></svg>'
)
_SCALES_M = (50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class ClueLine:
    """How a clue is outlined: colour's name, dashes, and how strongly (its reliability)."""

    clue: str
    colour: str
    dashes: str
    strength: float


@dataclass(frozen=True, slots=True)
class MapLayers:
    """What a map shows besides the probability.

    Attributes
    ----------
    places : sequence of Place
        Drawn by kind; points get a mark and, where it fits, their name.
    major : frozenset of str
        Identifiers of the places that are named first: those that clues name.
    clues : sequence of ClueLine
        Clues to outline.
    numbered : sequence of (geometry, number)
        Segments of the plan in their order.
    closed, searched : sequence of geometry
        Hatched: ground that closes, ground that was searched without success.
    danger : sequence of geometry
        Hatched in lotus: ground that can hurt.
    truth : (lon, lat), optional
        Where it lies.
    names : bool
        Whether places are named.
    window : (column, row, column, row), optional
        What of the grid is drawn.
    framed : (column, row, column, row), optional
        A part that another map shows larger, drawn as a frame.
    """

    places: Sequence[Place] = ()
    major: frozenset[str] = frozenset()
    clues: Sequence[ClueLine] = ()
    numbered: Sequence[tuple[BaseGeometry, int]] = ()
    closed: Sequence[BaseGeometry] = ()
    searched: Sequence[BaseGeometry] = ()
    danger: Sequence[BaseGeometry] = ()
    truth: tuple[float, float] | None = None
    names: bool = True
    window: Window | None = None
    framed: Window | None = None


def chart_map(
    found: ProbabilityMap, layers: MapLayers, *, name: str, strongest: float | None = None, title: str = ""
) -> Panel:
    """Draw a map as SVG that scales by itself, its names in HTML so that they keep their size on a phone.

    Parameters
    ----------
    found : ProbabilityMap
        The probability.
    layers : MapLayers
        What else.
    name : str
        Unique on the page: patterns and masks are called by it.
    strongest : float, optional
        Probability of the full shade, for two maps that are compared.
    title : str
        The panel's finding.
    """
    frame = MapFrame.of(found.area, layers.window)
    drawing = Markup('<svg viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>').format(
        int(WIDTH), f"{frame.height:.1f}", map_drawing(frame, found, layers, name=name, strongest=strongest)
    )
    body = Markup('<div class="map" style="aspect-ratio:{}/{}">{}{}{}</div>').format(
        int(WIDTH), f"{frame.height:.1f}", drawing, _names(frame, layers), _scale(frame, layers.framed)
    )
    return Panel(still=body, title=title)


def map_drawing(
    frame: MapFrame, found: ProbabilityMap, layers: MapLayers, *, name: str, strongest: float | None = None
) -> Markup:
    """Return the shapes of a map, without its names, in the coordinates of its frame."""
    return Markup("").join(
        [
            _definitions(name),
            base_map(frame, layers.places),
            _hatched(frame, layers.closed, f"{name}-closed", "stone"),
            _probability(frame, found, name, strongest),
            _hatched(frame, layers.searched, f"{name}-searched", "ink"),
            _hatched(frame, layers.danger, f"{name}-danger", "lotus"),
            *(_clue(frame, found, clue) for clue in layers.clues),
            *(_segment(frame, geometry) for geometry, _ in layers.numbered),
            _framed(frame, layers.framed),
        ]
    )


def round_length(across_m: float) -> tuple[int, str]:
    """Return a round length near a sixth of a map's width, metres, and how it is written."""
    metres = max(length for length in _SCALES_M if length <= max(_SCALES_M[0], across_m / 6))
    return metres, f"{metres} m" if metres < 1000 else f"{metres // 1000} km"


def _definitions(name: str) -> Markup:
    hatch = Markup(
        '<pattern id="{0}-{1}" width="{2}" height="{2}" patternUnits="userSpaceOnUse" patternTransform="rotate({3})">'
        '<line x1="0" y1="0" x2="0" y2="{2}" stroke="{4}" stroke-width="2.4"/></pattern>'
    )
    return Markup("<defs>{}{}{}</defs>").format(
        hatch.format(name, "closed", 12, 45, ink("stone")),
        hatch.format(name, "searched", 9, -45, ink("ink")),
        hatch.format(name, "danger", 10, -45, ink("lotus")),
    )


def _probability(frame: MapFrame, found: ProbabilityMap, name: str, strongest: float | None) -> Markup:
    grid = np.asarray(found.posterior, dtype=np.float64)
    size = {"w": int(WIDTH), "h": f"{frame.height:.1f}"}
    heat = Markup(
        '<mask id="{name}-heat" maskUnits="userSpaceOnUse" x="0" y="0" width="{w}" height="{h}">'
        '<image href="{picture}" width="{w}" height="{h}" preserveAspectRatio="none"/></mask>'
        '<rect width="{w}" height="{h}" fill="{heat}" mask="url(#{name}-heat)"/>'
    ).format(
        name=name,
        picture=mask_picture(frame.part(grid), strongest=strongest or full_shade(grid)),
        heat=ink("heat"),
        **size,
    )
    return heat + Markup("").join(
        _stroke(outline(frame, contours(grid, level_of(found.probability, mass))), "ink", width, dashes)
        for mass, width, dashes in _MASS_LINES
    )


def _clue(frame: MapFrame, found: ProbabilityMap, clue: ClueLine) -> Markup:
    layer = next(layer for layer in found.layers if layer.clue == clue.clue)
    grid = found.area.grid(np.asarray(layer.density, dtype=np.float64))
    line = outline(frame, contours(grid, level_of(layer.density, _CLUE_MASS)))
    return _stroke(line, clue.colour, 1.9, clue.dashes, 0.35 + 0.65 * clue.strength)


def _segment(frame: MapFrame, geometry: BaseGeometry) -> Markup:
    line = path(frame, geometry)
    return _stroke(line, "raised", 3.2, "none", 0.9) + _stroke(line, "ink", 1.4, "none")


def _framed(frame: MapFrame, window: Window | None) -> Markup:
    if window is None:
        return Markup("")
    (left, top), (right, bottom) = frame.from_cells(np.array([window[:2], window[2:]]))
    return _stroke(f"M{left:.1f} {top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}Z", "ink", 1.6, "none")


def _stroke(line: str, colour: str, width: float, dashes: str, opacity: float = 1.0) -> Markup:
    return Markup(
        '<path d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-dasharray="{}" stroke-opacity="{}" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
    ).format(line, ink(colour), width, dashes, f"{opacity:.2f}".rstrip("0").rstrip("."))


def _hatched(frame: MapFrame, grounds: Sequence[BaseGeometry], pattern: str, colour: str) -> Markup:
    return Markup("").join(
        Markup('<path d="{0}" fill="url(#{1})" fill-opacity=".55"/>').format(path(frame, ground), pattern)
        + _stroke(path(frame, ground), colour, 0.9, "none", 0.6)
        for ground in grounds
    )


def _names(frame: MapFrame, layers: MapLayers) -> Markup:
    parts = [symbol(*at, place.kind) for place, at in _points(frame, layers.places) if layers.names]
    badges = [(_inside(frame.middle(geometry)), number) for geometry, number in layers.numbered]
    spot = _inside(frame.share(*layers.truth)) if layers.truth is not None else None
    if layers.names:
        parts += _written(frame, layers, [at for at in (spot, *(at for at, _ in badges)) if at is not None])
    plain = " plain" if _is_small(frame, layers.numbered) else ""
    parts += [
        Markup('<b class="badge{}" style="left:{}%;top:{}%">{}</b>').format(plain, *_percent(at), number)
        for at, number in badges
        if at is not None
    ]
    if spot is not None:
        parts.append(Markup('<i class="truth" style="left:{}%;top:{}%">{}</i>').format(*_percent(spot), STAR))
    return Markup("").join(parts)


def _is_small(frame: MapFrame, numbered: Sequence[tuple[BaseGeometry, int]]) -> bool:
    """Whether the segments are so small that full badges would hide them."""
    widths = [frame.area.project(geometry).bounds for geometry, _ in numbered]
    return bool(widths) and min(east - west for west, _, east, _ in widths) < _BADGE * frame.across


def _written(frame: MapFrame, layers: MapLayers, taken: list[tuple[float, float]]) -> list[Markup]:
    """Return the names that fit, as HTML."""
    return [
        Markup('<span class="name {}{}{}{}" style="left:{}%;top:{}%"{}>{}</span>').format(
            one.side,
            " major" if one.name.major else "",
            "" if one.narrow else " desk",
            " thing" if on_it else "",
            *_percent((one.name.x, one.name.y)),
            Markup(' lang="km"') if is_khmer(one.name.text) else "",
            one.name.text,
        )
        for one, on_it in placed_names(frame, layers, taken)
    ]


def placed_names(
    frame: MapFrame, layers: MapLayers, taken: Sequence[tuple[float, float]] = ()
) -> list[tuple[Placed, bool]]:
    """Return the names that fit, and whether they stand on their line or surface, without a mark."""
    names = [Name(place.name, *at, major=place.id in layers.major) for place, at in _points(frame, layers.places)]
    spread = [(place, frame.middle(place.geometry)) for place in layers.places if place.geometry.geom_type != "Point"]
    on_it = {Name(place.name, *at, sides=_sides(place)) for place, at in spread if at is not None}
    fits = place_names([*names, *sorted(on_it, key=lambda name: name.text)], frame.aspect, taken)
    return [(one, one.name in on_it) for one in fits]


def _sides(place: Place) -> tuple[str, ...]:
    """Return where a name may stand: on a surface, but beside a line, which would cross it out."""
    return ("on",) if "Polygon" in place.geometry.geom_type else ("below", "above", "right", "left")


def _points(frame: MapFrame, places: Sequence[Place]) -> list[tuple[Place, tuple[float, float]]]:
    found = []
    for place in places:
        if place.geometry.geom_type != "Point":
            continue
        at = _inside(frame.share(place.geometry.x, place.geometry.y))
        if at is not None:
            found.append((place, at))
    return found


def _inside(at: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return a point of the map, None where it lies off the map or so near its edge that its mark would be cut."""
    return at if at is not None and all(_MARGIN < value < 1 - _MARGIN for value in at) else None


def _percent(at: tuple[float, float]) -> tuple[str, str]:
    return f"{100 * at[0]:.2f}", f"{100 * at[1]:.2f}"


def _scale(frame: MapFrame, framed: Window | None) -> Markup:
    """Return a scale bar of a round length near a sixth of the map, and north."""
    metres, words = round_length(frame.across)
    return Markup('<span class="scale{}" style="width:{}%"><i></i>{}</span><span class="north">N</span>').format(
        " west" if _in_the_way(frame, framed) else "", f"{100 * metres / frame.across:.2f}", words
    )


def _in_the_way(frame: MapFrame, framed: Window | None) -> bool:
    """Whether the frame of a close-up reaches into the corner where the scale stands."""
    if framed is None:
        return False
    left, top, right, bottom = frame.window
    return framed[2] > left + 0.75 * (right - left) and framed[3] > top + 0.88 * (bottom - top)
