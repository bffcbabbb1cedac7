"""The map of a case as one picture: names, scale, north and a legend, for a page of a paper or a wall."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from karmalink.base.files import write_whole
from karmalink.report import words
from karmalink.report.charts.ground import WIDTH, MapFrame
from karmalink.report.charts.labels import Placed
from karmalink.report.charts.map import ClueLine, MapLayers, map_drawing, placed_names, round_length
from karmalink.report.theme import LIGHT, REST_INK, SANS, WITNESS_INKS, ink

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek import Case, Closure, Danger, ProbabilityMap, Release

__all__ = ["map_svg", "render_map_picture"]

_EDGE, _LINE, _ROW = 40.0, 27.0, 30.0  # px of the drawing: margin, height of a line of text and of a row of the legend
_COLUMNS = 3
_SCALE = 2.0  # pixels of the PNG to one of the drawing
_LETTERS = 100  # to a line of the title
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the legend: what it means, and how it is drawn."""

    text: str
    colour: str
    dashes: str = "none"
    width: float = 2.4
    pattern: str = ""


def render_map_picture(case: Case, given: Release, path: Path | str) -> Path:
    """Write the map of a case as a PNG and return its path.

    Parameters
    ----------
    case : Case
        Its places, closures, dangers and searches are drawn.
    given : Release
        Its map as it may leave; a coarsened one is drawn in blocks and without clues.
    path : path
        Where; the file is replaced in one step.

    Raises
    ------
    StorageFailed
        If the place cannot be written.
    """
    import vl_convert

    return write_whole(Path(path), vl_convert.svg_to_png(map_svg(case, given), scale=_SCALE))


def map_svg(case: Case, given: Release) -> str:
    """Return the picture as SVG, in the colours of paper."""
    found = given.probability_map if given.exact else replace(given.probability_map, probability=given.probability)
    layers, legend = _layers(case, found, exact=given.exact)
    frame = MapFrame.of(found.area)
    title = _title(found, given)
    top = _EDGE + _ROW + _LINE * len(title) + 12.0
    rows = -(-len(legend) // _COLUMNS)
    height = top + frame.height + _ROW * (rows + 1) + _EDGE
    drawing = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" font-family="{font}" '
        'fill="{ink}"><rect width="{w}" height="{h}" fill="{paper}"/>{head}'
        '<svg x="{edge}" y="{top}" width="{map_w}" height="{map_h}" viewBox="0 0 {map_w} {map_h}">{map}{names}</svg>'
        '<rect x="{edge}" y="{top}" width="{map_w}" height="{map_h}" fill="none" stroke="{ink}" stroke-width="1.5"/>'
        "{legend}</svg>"
    ).format(
        w=f"{WIDTH + 2 * _EDGE:.0f}",
        h=f"{height:.0f}",
        font=SANS.replace('"', "'"),
        ink=ink("ink"),
        paper=ink("paper"),
        head=_head(case.name, title),
        edge=_EDGE,
        top=f"{top:.1f}",
        map_w=int(WIDTH),
        map_h=f"{frame.height:.1f}",
        map=map_drawing(frame, found, layers, name="map"),
        names=_names(frame, layers) + _last_known(frame, case, exact=given.exact) + _scale(frame),
        legend=_legend(legend, top + frame.height + _ROW),
    )
    return _VARIABLE.sub(lambda match: LIGHT[match[1]], str(drawing))


def _title(found: ProbabilityMap, given: Release) -> list[str]:
    beyond = words.percent(found.rest_of_world)
    if not given.exact:
        side = words.metres(given.coarse_m or 0.0)
        text = f"Probability by blocks of {side}, no finer; with {beyond} probability it lies outside the map."
    else:
        half, most = (words.area(found.region(mass).km2) for mass in (0.5, 0.9))
        text = (
            f"Half of the probability on the map lies within {half}, 90 % within {most}; "
            f"with {beyond} probability it lies outside the map."
        )
    lines: list[str] = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > _LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _layers(case: Case, found: ProbabilityMap, *, exact: bool) -> tuple[MapLayers, list[_Row]]:
    """Return what is drawn beside the probability, and the legend of it."""
    named = {namesake.place.id for clue in case.clues for word in clue.places for namesake in case.places.resolve(word)}
    closed, danger = _grounds(case, case.closures), _grounds(case, case.dangers)
    searched = _segments(case, [search.segment for search in case.log.counting]) if exact else []
    lines, legend = _clue_lines(found) if exact else ([], [])
    legend = [
        _Row("50 % of the probability on the map", "ink", "none", 1.9),
        _Row("90 %", "ink", "5 4", 1.1),
        *legend,
        *([_Row("closed at times", "stone", pattern="map-closed")] if closed else []),
        *([_Row("searched, nothing found", "ink", pattern="map-searched")] if searched else []),
        *([_Row("danger", "lotus", pattern="map-danger")] if danger else []),
    ]
    return (
        MapLayers(
            places=list(case.places),
            major=frozenset(named),
            clues=lines,
            closed=closed,
            searched=searched,
            danger=danger,
        ),
        legend,
    )


def _grounds(case: Case, things: Sequence[Closure | Danger]) -> list[BaseGeometry]:
    own = [thing.geometry for thing in things if thing.geometry is not None]
    return own + _segments(case, [name for thing in things for name in thing.segments])


def _segments(case: Case, names: Sequence[str]) -> list[BaseGeometry]:
    known = set(case.ground.names)
    return [case.ground.geometry[case.ground.number(name)] for name in dict.fromkeys(names) if name in known]


def _clue_lines(found: ProbabilityMap) -> tuple[list[ClueLine], list[_Row]]:
    """Return the outlines of the clues by witness, the most reliable witnesses first."""
    names = sorted(dict.fromkeys(found.group_witness), key=lambda name: -found.witness_reliability[name])
    own = dict(zip(names, WITNESS_INKS, strict=False))
    styles = {name: own.get(name, REST_INK) for name in names}
    lines = [
        ClueLine(clue.id, *styles[clue.witness], found.clue_reliability[clue.id])
        for clue in found.clues
        if clue.id not in found.repeats
    ]
    rows = [_Row(f"clues of {name}", *styles[name], 1.9) for name in own]
    if len(names) > len(own):
        rows.append(
            _Row(f"clues of {words.count(len(names) - len(own), 'other witness', 'other witnesses')}", *REST_INK)
        )
    return lines, rows


def _head(name: str, title: list[str]) -> Markup:
    parts = [_text(_EDGE, _EDGE + 18.0, name, 24, bold=True)]
    parts += [_text(_EDGE, _EDGE + 22.0 + _LINE * (row + 1), line, 19) for row, line in enumerate(title)]
    return Markup("").join(parts)


def _text(x: float, y: float, text: str, size: float, *, bold: bool = False, anchor: str = "start") -> Markup:
    return Markup(
        '<text x="{}" y="{}" font-size="{}" font-weight="{}" text-anchor="{}" paint-order="stroke" stroke="{}" '
        'stroke-width="3" stroke-linejoin="round">{}</text>'
    ).format(f"{x:.1f}", f"{y:.1f}", size, 700 if bold else 400, anchor, ink("paper"), text)


_ANCHORS = {"right": "start", "left": "end"}
_SHIFTS = {"right": (9.0, 5.0), "left": (-9.0, 5.0), "above": (0.0, -10.0), "below": (0.0, 20.0), "on": (0.0, 5.0)}


def _names(frame: MapFrame, layers: MapLayers) -> Markup:
    placed = placed_names(frame, layers)
    dots = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="4" fill="{}" stroke="{}" stroke-width="1.5"/>').format(
            f"{place.name.x * WIDTH:.1f}", f"{place.name.y * frame.height:.1f}", ink("ink"), ink("raised")
        )
        for place, on_it in placed
        if not on_it
    )
    return dots + Markup("").join(_name(frame, place) for place, _ in placed)


def _last_known(frame: MapFrame, case: Case, *, exact: bool) -> Markup:
    """Return a ring where a lost person was last, with its name."""
    if case.subject is None or not exact:
        return Markup("")
    east, north = case.area.xy_of(case.subject.lon, case.subject.lat)
    ((x, y),) = frame.from_metres(np.array([[east, north]]))
    ring = Markup('<circle cx="{}" cy="{}" r="9" fill="none" stroke="{}" stroke-width="3.5"/>').format(
        f"{x:.1f}", f"{y:.1f}", ink("lotus")
    )
    return ring + _text(float(x) + 14.0, float(y) + 5.0, "last known point", 15, bold=True)


def _name(frame: MapFrame, placed: Placed) -> Markup:
    dx, dy = _SHIFTS[placed.side]
    x, y = placed.name.x * WIDTH + dx, placed.name.y * frame.height + dy
    return _text(x, y, placed.name.text, 15, bold=placed.name.major, anchor=_ANCHORS.get(placed.side, "middle"))


def _scale(frame: MapFrame) -> Markup:
    """Return a scale bar of a round length in the lower right corner, and an arrow to the north above it."""
    metres, text = round_length(frame.across)
    wide, x, y = metres * frame.scale, WIDTH - 24.0, frame.height - 22.0
    bar = Markup('<path d="M{} {}v8h{}v-8" fill="none" stroke="{}" stroke-width="2"/>').format(
        f"{x - wide:.1f}", f"{y:.1f}", f"{wide:.1f}", ink("ink")
    )
    arrow = Markup('<path d="M{} 20l7 20-7-5-7 5z" fill="{}"/>').format(f"{WIDTH - 26:.1f}", ink("ink"))
    north = _text(WIDTH - 26.0, 57.0, "N", 15, bold=True, anchor="middle")
    return bar + _text(x - wide / 2, y, text, 14, anchor="middle") + arrow + north


def _legend(rows: list[_Row], top: float) -> Markup:
    wide = WIDTH / _COLUMNS
    parts = []
    for number, row in enumerate(rows):
        x, y = _EDGE + wide * (number % _COLUMNS), top + _ROW * (number // _COLUMNS)
        parts.append(_key(row, x, y))
        parts.append(_text(x + 48.0, y + 5.0, row.text, 15))
    return Markup("").join(parts)


def _key(row: _Row, x: float, y: float) -> Markup:
    if row.pattern:
        return Markup('<rect x="{}" y="{}" width="36" height="18" fill="url(#{})" stroke="{}"/>').format(
            x, y - 9.0, row.pattern, ink(row.colour)
        )
    return Markup(
        '<line x1="{}" y1="{y}" x2="{}" y2="{y}" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>'
    ).format(x, x + 36.0, ink(row.colour), row.width, row.dashes, y=y)
