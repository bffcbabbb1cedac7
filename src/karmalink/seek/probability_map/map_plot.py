"""The map as an Altair chart: probability as shades of one hue, the smallest regions outlined, its finding on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.seek.ground.area import ground_of

if TYPE_CHECKING:
    import altair as alt

    from karmalink.seek.ground.area import Area
    from karmalink.seek.search.regions import Region

__all__ = ["map_chart"]

_WIDTH_PX = 520
_MOST_SIDE = 90  # squares along the longer side; a screen shows no more of a shade
_FAINTEST = 0.06  # of the strongest shade: fainter squares are left out
_GAMMA = 0.5  # shade = (density / largest)^gamma, as on the report's map
_INK, _PAPER, _SOFT, _LINE, _SAFFRON = "#22242e", "#fbf8f1", "#5d5b52", "#ddd6c6", "#d98e04"
_HEAT = (_PAPER, "#a3abdc", "#27337c")  # from paper to indigo, the lightness falling evenly
_DASHES = ([1, 0], [5, 4], [2, 3])


def map_chart(area: Area, probability: Floats, regions: Sequence[Region], rest_of_world: float) -> alt.LayerChart:
    """Return the chart of a map.

    Parameters
    ----------
    area : Area
        The grid.
    probability : ndarray, shape (n,)
        Of each of the n cells.
    regions : sequence of Region
        Outlined, the smallest first; the first and the last are in the title.
    rest_of_world : float
        Probability that it lies outside the map.
    """
    import altair as alt

    rows, cols = area.shape
    west, north = area.transform.c, area.transform.f
    x = _axis(alt.X, "x:Q", "Metres east of the middle", west, west + cols * area.cell_m)
    y = _axis(alt.Y, "y:Q", "Metres north of the middle", north - rows * area.cell_m, north)
    squares = _squares(area, probability)
    finding, detail = _finding(area, regions, rest_of_world)
    shade = alt.Scale(type="pow", exponent=_GAMMA, range=list(_HEAT), domainMin=0)
    heat = (
        _data(alt, squares)
        .mark_rect(strokeWidth=0.6)
        .encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            fill=alt.Fill(
                "density:Q", scale=shade, legend=alt.Legend(title="Probability per km²", type="gradient", format=".2~g")
            ),
            stroke=alt.Stroke("density:Q", scale=shade, legend=None),  # or the paper shows between the squares
            tooltip=[
                alt.Tooltip("probability:N", title="probability in this square"),
                alt.Tooltip("lat:Q", title="latitude", format=".5f"),
                alt.Tooltip("lon:Q", title="longitude", format=".5f"),
            ],
        )
    )
    border = _data(alt, _lines(area.flat_outline, "the map")).mark_line(color=_SOFT, strokeWidth=1)
    names = [percent(region.mass) for region in regions]
    outlines = [
        row
        for region, name in zip(regions, names, strict=True)
        for row in _lines(ground_of(_grid(area, region), area.transform), name)
    ]
    dashes = alt.Scale(domain=names, range=[_DASHES[number % len(_DASHES)] for number in range(len(names))])
    edges = (
        _data(alt, outlines)
        .mark_line(color=_INK, strokeWidth=1.6)
        .encode(
            strokeDash=alt.StrokeDash("name:N", scale=dashes, legend=alt.Legend(title="Smallest ground that holds"))
        )
    )
    best = int(np.argmax(probability))
    spot = _data(alt, [{"x": float(area.x[best]), "y": float(area.y[best]), "name": "most probable spot"}]).mark_point(
        shape="diamond", size=90, filled=True, color=_SAFFRON, stroke=_INK, strokeWidth=1, opacity=1
    )
    lines = {"x": "x:Q", "y": "y:Q", "detail": "ring:N", "order": "step:Q"}
    layers = [heat, border.encode(**lines), edges.encode(**lines), spot.encode(x="x:Q", y="y:Q", tooltip="name:N")]
    height = round(_WIDTH_PX * rows / cols)
    title = alt.TitleParams(finding, subtitle=detail, anchor="start", color=_INK, subtitleColor=_SOFT, fontSize=15)
    chart = alt.layer(*layers).properties(
        width=_WIDTH_PX, height=height, title=title, description=f"{finding}. {detail}."
    )
    styled: alt.LayerChart = (
        chart.configure(background=_PAPER)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_SOFT, titleColor=_SOFT, gridColor=_LINE, gridDash=[1, 3], domainColor=_LINE, tickColor=_LINE
        )
    )
    return styled


def _finding(area: Area, regions: Sequence[Region], rest_of_world: float) -> tuple[str, str]:
    """Return the title and the line below it."""
    beyond = f"{percent(rest_of_world)} probability that it lies outside the map"
    if not regions:
        return f"Where it lies on {area.km2:.3g} km²", beyond
    first, *_, last = [*regions, regions[-1]]
    finding = f"{percent(first.mass)} of the probability on the map lies in {first.km2:.3g} km² of {area.km2:.3g} km²"
    more = f"{percent(last.mass)} in {last.km2:.3g} km²; " if last is not first else ""
    return finding, more + beyond


def _axis(channel: Any, field: str, title: str, low: float, high: float) -> Any:
    import altair as alt

    return channel(field, title=title, scale=alt.Scale(domain=[low, high], nice=False), axis=alt.Axis(tickCount=6))


def _data(alt: Any, rows: list[dict[str, Any]]) -> Any:
    # Plain records: a chart of them needs no data frame, and none of Altair's limits on rows applies.
    return alt.Chart(alt.InlineData(values=rows))


def _squares(area: Area, probability: Floats) -> list[dict[str, Any]]:
    """Return squares of one or several cells with their probability, but for the faintest."""
    rows, cols = area.shape
    side = -(-max(rows, cols) // _MOST_SIDE)
    # (R, C): Σ of the cells of each square; the grid is padded with zeros to a multiple of its side
    padded = np.zeros((-(-rows // side) * side, -(-cols // side) * side))
    padded[:rows, :cols] = area.grid(probability)
    mass = padded.reshape(padded.shape[0] // side, side, padded.shape[1] // side, side).sum(axis=(1, 3))
    metres = side * area.cell_m
    row, col = np.nonzero((mass / max(float(mass.max()), 1e-300)) ** _GAMMA > _FAINTEST)
    west = np.asarray(area.transform.c + col * metres, dtype=np.float64)
    north = np.asarray(area.transform.f - row * metres, dtype=np.float64)
    lon, lat = _lonlat(area, west + metres / 2.0, north - metres / 2.0)
    return [
        {
            **{
                "x": float(west[k]),
                "x2": float(west[k] + metres),
                "y": float(north[k]),
                "y2": float(north[k] - metres),
            },
            **{"density": float(f"{held / (metres**2 / 1e6):.4g}"), "probability": percent(held)},
            **{"lon": float(lon[k]), "lat": float(lat[k])},
        }
        for k, held in enumerate(mass[row, col].tolist())
    ]


def _lonlat(area: Area, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    import shapely

    points = shapely.get_coordinates(area.unproject(shapely.multipoints(np.column_stack([x, y]))))
    return points[:, 0].round(6), points[:, 1].round(6)


def _grid(area: Area, region: Region) -> Any:
    return area.grid(region.cells).astype(bool)


def _lines(ground: Any, name: str) -> list[dict[str, Any]]:
    """Return the corners of a polygon's rings in metres, a row each."""
    parts = [part for part in getattr(ground, "geoms", [ground]) if not part.is_empty]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return [
        {"x": round(x, 1), "y": round(y, 1), "ring": f"{name} {number}", "step": step, "name": name}
        for number, ring in enumerate(rings)
        for step, (x, y) in enumerate(ring.coords)
    ]
