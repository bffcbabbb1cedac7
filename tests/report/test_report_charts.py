"""Charts: colours by name only, numbers counted once, pictures and contours against slow references."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from report_results import make_full, make_search

from karmalink.base.png import png_bytes
from karmalink.report import Figure, sections_of, theme, vega
from karmalink.report.charts.ground import WIDTH, MapFrame, outline, path
from karmalink.report.charts.heat import contours, full_shade, level_of, mask_picture
from karmalink.report.charts.hypnogram import hypnogram_chart
from karmalink.report.charts.labels import Name, place_names
from karmalink.report.charts.mirror import mirror_chart
from karmalink.report.charts.power import PowerPoint, _apart, power_curves
from karmalink.report.charts.strip_plot import Strip, strips
from karmalink.report.charts.waterfall import waterfall_chart
from karmalink.report.sections.place import close_up

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(")


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    return [figure for section in sections_of(make_full()) for figure in section.figures()]


def unpacked(picture: bytes) -> np.ndarray:
    """Read an 8-bit grey PNG."""
    with Image.open(io.BytesIO(picture)) as opened:
        assert (opened.format, opened.mode) == ("PNG", "L")
        return np.asarray(opened)


def test_every_chart_takes_its_colours_by_name(figures: list[Figure]) -> None:
    for figure in figures:
        for panel in figure.panels:
            text = json.dumps(panel.spec) + str(panel.still)
            drawn = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]*|url\(#[a-z-]*\)", "", text)
            assert not COLOUR.findall(drawn), figure.id
            assert set(re.findall(r"var\(--([a-z0-9-]+)\)", drawn)) <= set(theme.LIGHT)


def test_stills_and_specs_are_small(figures: list[Figure]) -> None:
    for figure in figures:
        for panel in figure.panels:
            assert len(panel.still) < 160_000
            assert panel.spec is None or len(json.dumps(panel.spec)) < 80_000


def test_a_colour_that_the_palette_lacks_is_refused() -> None:
    with pytest.raises(KeyError):
        theme.ink("mauve")


def test_the_runtime_is_one_script_that_cannot_end_early() -> None:
    script = vega.runtime()
    assert "</script" not in script
    assert len(script) < 700_000
    assert vega.runtime() is script


def rows_in(spec: dict[str, object] | None, key: str) -> list[dict[str, object]]:
    """Return the rows of every data set of a spec that have `key`."""
    data = spec["data"] if spec else []
    return [row for one in data for row in one.get("values", []) if key in row]  # type: ignore[attr-defined, union-attr]


def test_one_dot_per_world() -> None:
    rng = np.random.default_rng(0)
    rows = [Strip("a", rng.lognormal(size=200), "", "stone"), Strip("b", rng.lognormal(size=200), "", "indigo")]
    drawn = rows_in(strips(rows, ends=(0.01, 30.0), title="t", axis="ground").spec, "v")
    assert len(drawn) == 400
    assert sorted(row["v"] for row in drawn if row["row"] == 0) == pytest.approx(np.sort(rows[0].values), rel=5e-3)


def test_one_dot_per_night_on_its_side() -> None:
    weights = [3.0, -1.0, 0.4, 5.0, -0.2]
    drawn = rows_in(mirror_chart(weights, threshold=2.5).spec, "side")
    assert sorted(row["w"] for row in drawn) == sorted(weights)
    for row in drawn:
        expected = "future" if row["w"] < 0 else "link" if row["w"] >= 2.5 else "past"
        assert row["side"] == expected
        assert (row["y"] > 0) == (row["w"] > 0)


def test_a_waterfall_ends_where_its_parts_add_up() -> None:
    drawn = rows_in(
        waterfall_chart([("Names", 2.0), ("Words", 1.5), ("Chance", -1.0)], least=0.0, most=4.0).spec, "start"
    )
    bars = {row["name"]: row for row in drawn}
    assert bars["Words"]["start"] == bars["Names"]["end"] == 2.0
    assert bars["Total"]["end"] == bars["Chance"]["end"] == 2.5


@given(st.lists(st.sampled_from(["W", "R", "N1", "N2", "N3", "?"]), min_size=1, max_size=60))
def test_runs_give_back_every_epoch(labels: list[str]) -> None:
    from karmalink.report.charts.hypnogram import _runs

    runs = _runs(labels, np.arange(len(labels) + 1, dtype=float))
    again = [run["stage"] for run in runs for _ in range(round(run["end"] - run["start"]))]
    assert again == labels
    assert all(one["stage"] != other["stage"] for one, other in itertools.pairwise(runs))


def test_awakenings_too_close_to_write_keep_their_mark() -> None:
    hours = np.linspace(22.0, 30.0, 961)
    drawn = rows_in(
        hypnogram_chart(["N2"] * 960, hours, [(23.0, "23:00"), (23.1, "23:06"), (27.0, "03:00")]).spec, "tip"
    )
    assert [row["label"] for row in drawn] == ["23:00", "", "03:00"]
    assert [row["tip"] for row in drawn] == ["23:00", "23:06", "03:00"]


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_png_can_be_read_back(grey: np.ndarray) -> None:
    assert (unpacked(png_bytes(grey)) == grey).all()


def test_a_mask_is_white_where_belief_is_strongest() -> None:
    grid = np.zeros((900, 400))
    grid[300:310, 100:110] = 1e-4
    picture = unpacked(base64.b64decode(mask_picture(grid).partition(",")[2]))
    assert max(picture.shape) <= 360
    assert picture.max() > 200
    assert picture[0, 0] == 0
    assert mask_picture(np.zeros((3, 3)))
    assert full_shade(grid) == 1e-4


@given(arrays(np.int64, st.integers(1, 30), elements=st.integers(1, 1000)), st.floats(0.01, 0.99))
def test_level_is_that_of_the_smallest_ground(values: np.ndarray, mass: float) -> None:
    held, chosen = 0.0, []
    for value in sorted(values, reverse=True):
        chosen.append(value)
        held += value
        if held >= mass * values.sum():
            break
    assert level_of(values, mass) == chosen[-1]


def test_a_contour_encloses_what_is_above_its_level() -> None:
    row, col = np.mgrid[0:60, 0:80]
    grid = np.exp(-((row - 30) ** 2 + (col - 40) ** 2) / (2 * 8.0**2))
    (ring,) = contours(grid, 0.5)
    radius = np.hypot(ring[:, 0] - 40.5, ring[:, 1] - 30.5)
    assert radius == pytest.approx(8.0 * np.sqrt(2 * np.log(2)), rel=0.02)


def test_a_contour_at_the_edge_is_closed() -> None:
    grid = np.zeros((10, 10))
    grid[0:5, 0:5] = 1.0
    (ring,) = contours(grid, 0.5)
    assert (ring[0] == ring[-1]).all()
    assert ring.min() >= -0.5


def test_the_drawing_keeps_places() -> None:
    shown = make_search()
    frame = MapFrame.of(shown.probability_map.area)
    lon, lat = shown.probability_map.area.lonlat()
    rows, cols = shown.probability_map.area.shape
    row, col = np.argwhere(shown.probability_map.area.mask)[0]
    assert frame.share(float(lon[0]), float(lat[0])) == pytest.approx(((col + 0.5) / cols, (row + 0.5) / rows))
    part = MapFrame.of(shown.probability_map.area, (10, 5, 30, 25))
    assert part.across == pytest.approx(20 * shown.probability_map.area.cell_m)
    assert part.part(np.zeros(shown.probability_map.area.shape)).shape == (20, 20)
    assert outline(part, [np.array([[10.0, 5.0], [30.0, 25.0]])]) == f"M0 0L{WIDTH:.0f} {part.height:.0f}Z"
    assert path(frame, shown.places[0].geometry) == ""


def test_a_close_up_holds_the_belief_it_is_about() -> None:
    shown = make_search()
    window = close_up(shown)
    if window is not None:
        chosen = shown.probability_map.area.grid(shown.probability_map.region(0.9).cells) > 0
        left, top, right, bottom = window
        assert chosen.sum() == chosen[top:bottom, left:right].sum()


names = st.lists(
    st.builds(Name, st.text("abcdefgh", min_size=1, max_size=14), st.floats(0, 1), st.floats(0, 1), st.booleans()),
    max_size=25,
    unique_by=lambda name: (name.x, name.y),
)


@given(names, st.floats(0.5, 1.5))
def test_names_on_a_map_never_cover_each_other(given_names: list[Name], aspect: float) -> None:
    from karmalink.report.charts.labels import WIDTHS, _box, _meet

    placed = place_names(given_names, aspect)
    for width, chosen in ((WIDTHS["wide"], placed), (WIDTHS["narrow"], [one for one in placed if one.narrow])):
        boxes = [_box(one.name, one.side, width, width * aspect) for one in chosen]
        assert not [1 for i, box in enumerate(boxes) for other in boxes[:i] if _meet(box, other)]


def test_power_curves_label_their_ends_apart_and_take_colours_by_name() -> None:
    points = [
        PowerPoint(rule, x, power, power - 0.1, power, colour)
        for rule, colour, base in (("ours", "indigo", 0.9), ("oracle", "stone", 0.91), ("careless", "lotus", 0.4))
        for x, power in ((20, base / 2), (80, base))
    ]
    drawn = power_curves(points, axis="Nights", title="More nights find more")
    text = json.dumps(drawn.spec) + str(drawn.still)
    assert not COLOUR.search(text.replace("&#", ""))
    for name in ("ours", "oracle", "careless"):
        assert name in str(drawn.still)
    heights = sorted(end["at"] for end in _apart([{"power": power} for power in (0.9, 0.91, 0.915, 0.4)]))
    assert np.diff(heights).min() >= 0.085 - 1e-9
    assert heights[-1] <= 1.05
