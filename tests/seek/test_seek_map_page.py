"""The data of the map page: blocks that keep the probability, and sliders that show the map of the case itself."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seek_case_files import FILES

from karmalink.errors import UnknownName
from karmalink.seek import Area, Case, MapPage, ProbabilityMap, Statement, map_page_of, release, with_witness_at
from karmalink.seek.pages.map_page import SETTINGS
from karmalink.seek.pages.page_grid import PageGrid
from karmalink.seek.probability_map.sliders import Sliders

TALKED = FILES["witnesses.csv"]
APART = TALKED.replace("thief,D,3,monk", "thief,D,3,")


def case_in(folder: Path, **changed: str) -> Case:
    for name, content in {**FILES, **changed}.items():
        (folder / name).write_text(content, encoding="utf-8")
    return Case.read(folder)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case_in(tmp_path_factory.mktemp("case"), **{"witnesses.csv": APART})


@pytest.fixture(scope="module")
def found(case: Case) -> ProbabilityMap:
    return case.map()


@pytest.fixture(scope="module")
def page(case: Case, found: ProbabilityMap) -> MapPage:
    return map_page_of(case, release(case, found))


def numbers(text: str, form: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), form).astype(float)


def moved(page: MapPage, at: dict[str, int]) -> tuple[np.ndarray, float]:
    """Do what the page does: multiply what each witness's setting makes of every block."""
    probability, beyond = numbers(page.data["probability"], "<f4"), page.data["rest_of_world"]
    for witness in page.data["witnesses"]:
        if witness["id"] in at:
            setting = witness["settings"][at[witness["id"]]]
            probability = probability * 2.0 ** (page.data["ratio_step"] * numbers(setting["ratio"], "<i2"))
            beyond *= setting["rest_of_world"]
    whole = probability.sum() + beyond
    return probability / whole, beyond / whole


def apart(page: MapPage, at: dict[str, int], exact: ProbabilityMap) -> float:
    probability, beyond = moved(page, at)
    grid = PageGrid(exact.area, round(page.data["grid"]["block_m"] / exact.area.cell_m))
    return 0.5 * (float(np.abs(probability - grid.sums(exact.probability)).sum()) + abs(beyond - exact.rest_of_world))


@pytest.mark.parametrize("table", [APART, TALKED], ids=["apart", "talked"])
@pytest.mark.parametrize("reliability", [0.05, 0.5, 0.95])
def test_a_witness_at_a_reliability_is_the_map_of_a_case_that_says_so(
    tmp_path: Path, table: str, reliability: float
) -> None:
    case = case_in(tmp_path, **{"witnesses.csv": table})
    thief = next(witness for witness in case.witnesses if witness.id == "thief")
    a, b = thief.beta()
    told = replace(thief, source_grade=None, info_grade=None, reliability=reliability, strength=a + b)
    others = tuple(told if witness.id == "thief" else witness for witness in case.witnesses)
    expected = replace(case, witnesses=others).map()
    moved_map = with_witness_at(case.map(), "thief", reliability)
    assert moved_map.probability == pytest.approx(expected.probability, rel=1e-6)
    assert moved_map.rest_of_world == pytest.approx(expected.rest_of_world, rel=1e-6)


def test_a_witness_at_a_reliability_is_what_the_sliders_say(found: ProbabilityMap) -> None:
    quick = Sliders(found).move("monk", reliability=0.3)
    slow = with_witness_at(found, "monk", 0.3)
    assert slow.probability == pytest.approx(quick.probability, rel=1e-4, abs=1e-9)


def test_a_witness_without_a_clue_cannot_be_moved(found: ProbabilityMap) -> None:
    with pytest.raises(UnknownName, match="no clue of theirs"):
        with_witness_at(found, "mnk", 0.3)


def test_one_slider_shows_the_map_of_that_reliability(page: MapPage, found: ProbabilityMap) -> None:
    for witness in page.data["witnesses"]:
        for place, reliability in enumerate(SETTINGS):
            exact = with_witness_at(found, witness["id"], reliability)
            whole = replace(found, probability=exact.probability, rest_of_world=exact.rest_of_world)
            assert apart(page, {witness["id"]: place}, whole) < 1e-3


def test_two_sliders_together_are_close_to_the_map_of_both(page: MapPage, found: ProbabilityMap) -> None:
    at = {"monk": 0, "thief": 4}
    both = Sliders(found)
    both.move("monk", reliability=SETTINGS[0])
    both.move("thief", reliability=SETTINGS[4])
    assert apart(page, at, both.map()) < 0.05
    assert apart(page, {}, both.map()) > 0.2


@settings(max_examples=20)
@given(
    st.floats(-170.0, 170.0), st.floats(-60.0, 60.0), st.floats(0.002, 2.0), st.integers(20, 90), st.integers(50, 9000)
)
def test_blocks_lie_where_the_projection_puts_them(
    lon: float, lat: float, degrees: float, cells: int, most: int
) -> None:
    cell_m = degrees * 111_320.0 / cells
    area = Area.from_bounds(lon, lat, lon + degrees, lat + degrees, cell_m=cell_m)
    grid = PageGrid.of(area, most)
    said = grid.to_dict()
    rows, cols = grid.shape
    assert rows * cols <= max(most, 1) + rows + cols
    west, south, wide, tall = said["corner"]
    u, v = (np.array(area.lonlat()[0]) - west) / wide, (np.array(area.lonlat()[1]) - south) / tall
    terms = np.column_stack([u**i * v**j for i, j in said["powers"]])
    column, row = (
        terms @ np.array(weights) * count for weights, count in zip(said["to_grid"], (cols, rows), strict=True)
    )
    x, y = area.transform.c + column * grid.block_m, area.transform.f - row * grid.block_m
    assert np.hypot(x - area.x, y - area.y).max() < 0.25 * grid.block_m


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_blocks_keep_the_sum_of_their_cells(case: Case, factor: int, seed: int) -> None:
    values = np.random.default_rng(seed).random(case.area.n)
    grid = PageGrid(case.area, factor)
    whole = case.area.grid(values)
    rows, cols = grid.shape
    for row in range(0, rows, 7):
        for col in range(0, cols, 7):
            block = whole[row * factor : (row + 1) * factor, col * factor : (col + 1) * factor]
            assert grid.sums(values)[row * cols + col] == pytest.approx(block.sum())
    assert grid.cells.sum() == case.area.n


def test_a_withheld_find_spot_leaves_no_clue_no_witness_and_no_spot(case: Case, found: ProbabilityMap) -> None:
    held = replace(case, sensitive="looted")
    page = map_page_of(held, release(held, found))
    assert not page.exact
    assert page.data["clues"] == page.data["witnesses"] == page.data["searched"] == page.data["tracks"] == []
    assert page.data["best"] is None
    assert page.data["grid"]["block_m"] >= 2 * case.area.cell_m
    assert map_page_of(held, release(held, found, exact=True)).exact


def test_what_was_not_understood_is_placed_and_its_words_only_on_request(case: Case, found: ProbabilityMap) -> None:
    told = Statement("monk.txt", "It is 300 m from the Old Pagoda. It is 40 m north of the blue moon.")
    [row, *_] = map_page_of(case, release(case, found), statements=[told]).data["unread"]
    assert row["where"].startswith("monk.txt, characters ")
    assert row["why"]
    assert row["words"] == ""
    [row, *_] = map_page_of(case, release(case, found), statements=[told], texts=True).data["unread"]
    assert row["words"]
    assert "moon" not in repr(told)
