"""Files of a small case, and lines on its ground, that several tests of seek share."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math

import numpy as np
from shapely.geometry import LineString
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import (
    KarmalinkError,
)
from karmalink.seek import Area, Witness

FILES = {
    "case.toml": """
name = "The golden statue"
[area]
bounds = [104.90, 11.55, 104.918, 11.568]
cell_m = 25
segment_m = 200
rest_of_world = 0.15
closed = "pond.geojson"
[files]
places = ["places.csv", "river.geojson"]
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"
[[closures]]
name = "the fence for the rail"
start = 2030-03-03
segments = ["E5"]
[[dangers]]
name = "old mines"
kind = "mines"
risk_per_hour = 0.001
polygon = "pond.geojson"
segments = ["E5"]
[plan]
start = 2030-03-01
days = 4
""",
    "pond.geojson": json.dumps(
        {
            "type": "Polygon",
            "coordinates": [
                [[104.901, 11.551], [104.903, 11.551], [104.903, 11.553], [104.901, 11.553], [104.901, 11.551]]
            ],
        }
    ),
    "places.csv": (
        "id,name,kind,lon,lat\npagoda,Old Pagoda,pagoda,104.909,11.559\nmarket,Market,market,104.904,11.563\n"
    ),
    "river.geojson": json.dumps(
        {
            "type": "Feature",
            "properties": {"id": "river", "name": "River", "kind": "river"},
            "geometry": {"type": "LineString", "coordinates": [[104.90, 11.555], [104.918, 11.556]]},
        }
    ),
    "witnesses.csv": "witness,source_grade,info_grade,talked_to\nmonk,B,2,\nthief,D,3,monk\n",
    "clues.csv": (
        "id,witness,relation,places,distance_m,heading,negated,words\n"
        "c1,monk,near,Old Pagoda,300,,,he prayed over it\n"
        "c2,monk,distance_heading,pagoda,250,N,,\n"
        "c3,thief,along,River,,,,\n"
        "c4,thief,near,Market,,,yes,\n"
    ),
    "assets.csv": "name,sweep_m,speed_kmh,hours_per_day\nwalker,4,2,5\n",
}


def run(*words: object, fails: type[KarmalinkError] | None = None) -> str:
    """Run a command; return what it printed, or check the error it left with."""
    result = CliRunner().invoke(app, ["seek", *map(str, words)])
    if fails is not None:
        assert isinstance(result.exception, fails), result.exception
        return str(result.exception)
    assert result.exit_code == 0, result.exception
    return result.output


AREA = Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=25)


START = dt.datetime(2030, 3, 1, 1, 0, tzinfo=dt.UTC).timestamp()  # eight in the morning where the area is


def line(*corners: tuple[float, float], kmh: float = 2.0, every_s: float = 10.0) -> tuple[np.ndarray, ...]:
    """Walk straight from corner to corner (metres of the area): longitude, latitude, seconds."""
    x, y, t = [corners[0][0]], [corners[0][1]], [START]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        steps = max(1, round(math.hypot(x1 - x0, y1 - y0) / (kmh / 3.6 * every_s)))
        for k in range(1, steps + 1):
            x.append(x0 + (x1 - x0) * k / steps)
            y.append(y0 + (y1 - y0) * k / steps)
            t.append(t[-1] + every_s)
    flat = AREA.unproject(LineString(np.column_stack([x, y]))) if len(x) > 1 else None
    points = np.asarray(flat.coords)
    return points[:, 0], points[:, 1], np.array(t)


def beta_lines(witness: Witness, means: np.ndarray) -> tuple[list[tuple[float, float]], float, float]:
    """Each clue's reliability as c + d·B, written down from the definition, and the Beta law of B."""
    a, b = witness.beta()
    centre = 0.02 + 0.96 * a / (a + b)
    lines = []
    for mean in means:
        if mean <= centre:
            lines.append((0.02 * mean / centre, 0.96 * mean / centre))
        else:
            slope = (1 - mean) / (1 - centre)
            lines.append((1 - 0.98 * slope, 0.96 * slope))
    return lines, a, b
