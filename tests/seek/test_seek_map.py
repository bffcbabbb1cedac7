"""From clues to the map, from the map to the plan, from an empty search back to the map."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seek_case_files import beta_lines
from seek_reference import Option, enumerate_all, pattern_probability, patterns, segment_miss, shared_error
from shapely.geometry import box, shape

from karmalink.base.wording import percent
from karmalink.errors import Duplicate, InputError, UnknownName
from karmalink.seek import (
    Area,
    Asset,
    Closure,
    Clue,
    Places,
    Search,
    SearchLog,
    Witness,
    locate,
    plan,
    segments,
    to_geojson,
)
from karmalink.seek.ground.surround import surround_of
from karmalink.seek.probability_map.shared_errors import NO_SHARED_ERROR
from karmalink.seek.search.regions import cells_searched_before

WALKER = Asset("walker", sweep_m=4, speed_kmh=2, hours_per_day=6)
ASSETS = {"walker": WALKER}


@pytest.fixture
def found(area: Area, places: Places, clues: list[Clue], witnesses: list[Witness]):
    """The map of the invented town."""
    return locate(area, places, clues, witnesses)


@pytest.mark.parametrize("share", [None, 0.5])
def test_the_map_equals_going_through_all_the_patterns(
    area: Area, places: Places, clues: list[Clue], witnesses: list[Witness], share: float | None
) -> None:
    """Beta reliabilities, errors that a whole account may share, and two dependent witnesses."""
    asked = {} if share is None else {"shared_error": share}
    found = locate(area, places, clues, witnesses, displacement=NO_SHARED_ERROR, **asked)
    assert all((block.shared_error > 0) == (share is not None) for block in found.clue_groups)
    # Every cell of the plane and what lies further, where nothing is right; q is where another spot may be.
    around = surround_of(found.area)
    plane = np.stack([layer.plane.astype(float) / layer.mean for layer in found.layers])
    ratio = np.column_stack([plane, np.zeros(len(plane))])
    q = np.append(*around.plane(np.ones(found.area.n), 0.1))
    sources: dict[str, list[Option]] = {}
    for name, block in zip(found.group_witness, found.clue_groups, strict=True):
        witness = next(w for w in witnesses if w.id == name)
        means = np.full(len(block.clues), witness.prior) / (1 - block.shared_error)
        lines, a, b = beta_lines(witness, means)
        rows = list(block.clues)
        options = patterns(ratio, rows, lambda r, lines=lines, a=a, b=b: pattern_probability(lines, r, a, b))
        sources[name] = options if share is None else shared_error(options, share * (1 - witness.prior), q)
    circle = [
        Option(0.5 * one.weight * two.weight, one.factor * two.factor, one.right | two.right)
        for one in sources["thief"]
        for two in sources["dealer"]
    ]
    rows = [2, 3, 4, 5]
    told = np.prod(ratio[rows], axis=0)
    right = np.mean([w.prior for w in witnesses if w.id != "monk"])
    circle.append(Option(0.5 * right, told, frozenset(rows)))
    circle.append(Option(0.5 * (1 - right), np.full(told.size, q @ told), frozenset()))
    expected, further, clue = enumerate_all([sources["monk"], circle], q[:-1], q[-1], 6)
    np.testing.assert_allclose(found.probability, expected[: found.area.n], rtol=1e-9)
    np.testing.assert_allclose(found.rest_of_world, expected[found.area.n :].sum() + further, rtol=1e-9)
    np.testing.assert_allclose(list(found.clue_reliability.values()), clue, rtol=1e-7)


def test_the_map_tells_where_and_how_far_it_is_believed(found) -> None:
    assert found.probability.sum() + found.rest_of_world == pytest.approx(1.0)
    assert found.posterior.shape == found.area.shape
    lon, lat = found.best()
    assert lon > 104.909
    assert lat > 11.559
    sizes = [found.region(mass).km2 for mass in (0.5, 0.8, 0.95)]
    assert sizes == sorted(sizes)
    assert found.probability[found.region(0.8).cells].sum() >= 0.8 * found.probability.sum() - 1e-12
    assert found.clue_prior["c1"] == pytest.approx(0.8)
    assert found.witness_prior == pytest.approx({"monk": 0.8, "thief": 0.42, "dealer": 0.3})
    # The river is far from where the others point.
    assert found.clue_reliability["c4"] < found.clue_prior["c4"]
    assert set(found.clue_reliability) == {f"c{k}" for k in range(1, 7)}
    both = (found.clue_reliability["c1"] + found.clue_reliability["c2"]) / 2
    assert found.witness_reliability["monk"] == pytest.approx(both)
    assert "probability that it lies outside the map" in repr(found)
    assert "stone" not in json.dumps(found.to_dict())
    assert found.to_dataframe().shape == (6, 6)
    assert found.density().max() == pytest.approx(found.probability.max() / (25 * 25 / 1e6))
    with pytest.raises(InputError):
        found.region(1.0)


def test_a_good_map_needs_little_searching_before_the_find(found) -> None:
    lon, lat = found.best()
    assert found.area_before_find(lon, lat) <= found.area.cell_m2 / 1e6
    assert found.area_before_find(104.9005, 11.5505) > 1.0
    with pytest.raises(InputError, match="outside the area"):
        found.area_before_find(0, 0)
    # Nothing known: half the ground, wherever it is.
    assert cells_searched_before(np.full(100, 0.01), 7) == 50


def test_a_repeated_statement_adds_nothing_new(area: Area, places: Places, clues: list[Clue], witnesses) -> None:
    again = Clue("again", "near", ("pagoda",), "monk", distance_m=300)
    twice = locate(area, places, [*clues, again], witnesses)
    np.testing.assert_array_equal(twice.probability, locate(area, places, clues, witnesses).probability)
    assert twice.repeats == {"again": "c1"}
    assert twice.clue_reliability["again"] == twice.clue_reliability["c1"]
    surer = Clue("surer", "near", ("pagoda",), "monk", distance_m=300, reliability=0.95)
    assert locate(area, places, [*clues, surer], witnesses).repeats == {"c1": "surer"}
    # Another witness who says the same does add something.
    other = locate(
        area, places, [*clues, Clue("x", "near", ("pagoda",), "n", distance_m=300)], [*witnesses, Witness("n")]
    )
    assert other.probability.max() > twice.probability.max()


def test_witnesses_who_talked_count_for_less_than_two(area: Area, places: Places) -> None:
    said = [Clue("a", "near", ("field",), "one"), Clue("b", "near", ("field",), "two")]
    apart = locate(area, places, said, [Witness("one"), Witness("two")])
    talked = locate(area, places, said, [Witness("one", talked_to=("two",)), Witness("two")])
    near = area.inside(places.resolve("field")[0].place.geometry)
    assert talked.probability[near].sum() < apart.probability[near].sum()
    alone = locate(area, places, said[:1], [Witness("one")])
    assert talked.probability[near].sum() > alone.probability[near].sum()


def test_a_clue_s_own_reliability_takes_the_place_of_the_witness_s(area: Area, places: Places) -> None:
    said = [
        Clue("a", "near", ("field",), "w", reliability=0.9),
        Clue("b", "near", ("river",), "w", reliability=0.1),
        Clue("c", "near", ("tree",), "w"),
    ]
    found = locate(area, places, said, [Witness("w", reliability=0.5)])
    assert found.clue_prior == pytest.approx({"a": 0.9, "b": 0.1, "c": 0.5})
    linked = locate(area, places, [Clue("a", "near", ("field",), "entry 7", reliability=0.7)], [Witness("entry 7")])
    assert linked.witness_prior["entry 7"] == pytest.approx(0.7)


def test_a_link_that_was_chance_costs_little(area: Area, places: Places, clues: list[Clue], witnesses) -> None:
    truth = (104.9125, 11.562)
    without = locate(area, places, clues, witnesses).area_before_find(*truth)
    chance = Clue("chance", "near", ("tree",), "entry", reliability=0.05)
    with_it = locate(area, places, [*clues, chance], [*witnesses, Witness("entry")]).area_before_find(*truth)
    believed = Clue("chance", "near", ("tree",), "entry", reliability=0.98)
    taken = locate(area, places, [*clues, believed], [*witnesses, Witness("entry")]).area_before_find(*truth)
    assert with_it - without < 0.2 * max(taken - without, 0.05)


def test_no_clues_leave_the_belief_as_it_was(area: Area, places: Places) -> None:
    found = locate(area, places, [], [Witness("w")])
    assert found.rest_of_world == pytest.approx(0.1)
    assert np.ptp(found.probability) == pytest.approx(0.0, abs=1e-15)
    prior = np.arange(1.0, area.n + 1)
    shaped = locate(area, places, [], [], prior=prior, rest_of_world=0.0)
    np.testing.assert_allclose(shaped.probability, prior / prior.sum())


def test_witnesses_who_contradict_each_other_leave_doubt_and_a_place(area: Area, places: Places) -> None:
    said = [
        Clue("a", "near", ("tree",), "one", distance_m=30),
        Clue("b", "near", ("market-2",), "two", distance_m=30),
        Clue("c", "near", ("tree",), "two", distance_m=200, negated=True),
    ]
    sure = [Witness("one", reliability=0.98), Witness("two", reliability=0.98)]
    found = locate(area, places, said, sure)
    assert found.probability.sum() > 0.5
    assert found.rest_of_world < 0.5
    assert max(found.clue_reliability.values()) < 0.98
    liars = [Witness("one", reliability=0.0), Witness("two", reliability=0.0)]
    assert locate(area, places, said, liars).rest_of_world == pytest.approx(0.1, abs=0.02)


def test_an_unknown_witness_or_place_is_refused(area: Area, places: Places, witnesses: list[Witness]) -> None:
    with pytest.raises(UnknownName, match="unknown witness 'monkk'") as caught:
        locate(area, places, [Clue("a", "near", ("tree",), "monkk")], witnesses)
    assert "monk" in caught.value.next_step
    with pytest.raises(Duplicate):
        locate(area, places, [Clue("a", "near", ("tree",), "monk")] * 2, witnesses)
    with pytest.raises(UnknownName, match="no place has the name"):
        locate(area, places, [Clue("a", "near", ("treee",), "monk")], witnesses)


def test_progress_is_told(area: Area, places: Places, clues: list[Clue], witnesses: list[Witness]) -> None:
    steps: list[tuple[int, int]] = []
    locate(area, places, clues, witnesses, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(k, 6) for k in range(1, 7)]


def test_a_map_is_the_same_whether_what_was_measured_is_kept(found, area, places, clues, witnesses) -> None:
    kept: dict = {}
    again = locate(area, places, clues, witnesses, frames=kept)
    assert kept
    np.testing.assert_array_equal(again.probability, found.probability)


def test_the_best_cell_is_where_its_centre_is(found) -> None:
    lon, lat = found.area.lonlat()
    top = int(np.argmax(found.probability))
    assert found.best() == pytest.approx((lon[top], lat[top]), abs=1e-12)


def test_an_empty_search_moves_belief_away_and_mass_is_kept(found) -> None:
    ground = segments(found.area, 200)
    todo = plan(found, [WALKER], ground=ground, hours=3)
    first = ground.names[todo.order[0]]
    after = found.after(SearchLog().add(Search("s1", first, "walker", 3)), ground, ASSETS)
    where = ground.number(first)
    pod = 1 - math.exp(-WALKER.rate_m2 * 3 / ground.m2[where])
    before = ground.sum(found.probability)
    expected = before[where] * (1 - pod) / (1 - before[where] * pod)
    assert ground.sum(after.probability)[where] == pytest.approx(expected)
    assert after.rest_of_world == pytest.approx(found.rest_of_world / (1 - before[where] * pod))
    assert after.probability.sum() + after.rest_of_world == pytest.approx(1.0)
    assert after.searched is not None
    assert after.searched.probability_of_nothing == pytest.approx(1 - before[where] * pod)
    # The clues that pointed there are believed less.
    assert after.clue_reliability["c2"] < found.clue_reliability["c2"]


def test_outside_grows_with_every_failed_search(found) -> None:
    ground, log, now, last = segments(found.area, 200), SearchLog(), found, found.rest_of_world
    for number in range(5):
        todo = plan(now, [WALKER], ground=ground, hours=5)
        log = log.add(Search(f"s{number}", ground.names[todo.order[0]], "walker", 5))
        now = now.after(log, ground, ASSETS)
        assert now.rest_of_world > last
        last = now.rest_of_world


@given(st.lists(st.tuples(st.integers(0, 80), st.floats(0, 8), st.booleans()), max_size=8))
@settings(max_examples=25, deadline=None)
def test_the_log_is_the_truth_and_undoing_gives_the_old_map_back(steps: list[tuple[int, float, bool]]) -> None:
    area = Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=100)
    ground = segments(area, 200)
    log = SearchLog()
    blank = locate(area, Places(), [], [])
    for number, (where, hours, judged) in enumerate(steps):
        pod = min(hours / 10, 0.9) if judged else None
        log = log.add(Search(f"s{number}", ground.names[where % len(ground)], "walker", hours, pod))
    once = blank.after(log, ground, ASSETS)
    more = log.add(Search("extra", ground.names[0], "walker", 4.0))
    undone = once.after(more, ground, ASSETS).after(more.undo(), ground, ASSETS)
    np.testing.assert_allclose(undone.probability, once.probability, rtol=1e-12)
    redone = undone.after(more.undo().undo("s0") if steps else more.undo(), ground, ASSETS)
    assert redone.probability.sum() + redone.rest_of_world == pytest.approx(1.0)


def test_repeated_passes_share_a_doubtful_sweep_width(found) -> None:
    ground = segments(found.area, 200)
    log = SearchLog([Search("a", "E5", "walker", 2), Search("b", "E5", "walker", 2)])
    z = WALKER.rate_m2 * 4 / ground.m2[ground.number("E5")]
    assert segment_miss(log, ground, ASSETS, "E5", 2.0) == pytest.approx((1 + z / 2) ** -2)
    assert segment_miss(log, ground, ASSETS, "E5") == pytest.approx(math.exp(-z))
    judged = log.add(Search("c", "E5", pod=0.5))
    assert segment_miss(judged, ground, ASSETS, "E5") == pytest.approx(0.5 * math.exp(-z))


@pytest.mark.parametrize("shape_", [None, 2.0])
def test_planning_goes_on_from_what_was_searched(found, shape_: float | None) -> None:
    """A plan of five hours is a plan of two, carried out in vain, and a plan of three."""
    ground = segments(found.area, 200)
    whole = plan(found, [WALKER], ground=ground, hours=5, shape=shape_)
    part = plan(found, [WALKER], ground=ground, hours=2, shape=shape_)
    log = SearchLog([Search(f"s{k}", ground.names[k], "walker", part.effort[k]) for k in part.order])
    now = found.after(log, ground, ASSETS, shape=shape_)
    rest = plan(now, [WALKER], ground=ground, hours=3, shape=shape_)
    assert part.value + (1 - part.value) * rest.value == pytest.approx(whole.value, abs=1e-9)
    assert rest.gap < 1e-9


def test_a_plan_says_where_for_how_long_and_how_good_it_is(found) -> None:
    todo = plan(found, [WALKER], hours=4)
    assert todo.hours.sum() == pytest.approx(4.0)
    assert todo.finds.sum() == pytest.approx(todo.value)
    assert todo.value <= todo.upper_bound <= todo.value + 1e-9
    more = plan(found, [WALKER], hours=4.01)
    assert (more.value - todo.value) / 0.01 == pytest.approx(todo.marginal_value, rel=0.02)
    table = todo.to_dataframe()
    assert table["hours"].sum() == pytest.approx(4.0, abs=1e-5)
    assert list(table["segment"]) == [todo.ground.names[number] for number in todo.order]
    assert json.loads(json.dumps(todo.to_dict(), allow_nan=False))["hours"] == pytest.approx(4.0)
    assert "proved optimal" in repr(todo)
    loose = replace(todo, upper_bound=todo.value + 0.1)
    assert f"no plan with the same hours finds it with more than {percent(loose.upper_bound)}" in repr(loose)


def test_ground_that_closes_is_searched_first_and_its_closing_has_a_price(found) -> None:
    start = dt.date(2030, 1, 1)
    ground = segments(found.area, 200)
    top = ground.names[plan(found, [WALKER], ground=ground, hours=6).order[0]]
    lon, lat = ground.centres[ground.number(top)]
    fence = Closure("fence", dt.date(2030, 1, 2), geometry=box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))
    todo = plan(found, [WALKER], ground=ground, hours=2, days=3, start=start, closures=[fence])
    where = ground.number(top)
    assert todo.hours[0, 0, where] > 0
    assert not todo.hours[0, 1:, where].any()
    assert todo.value >= todo.day_by_day - 1e-12
    free = plan(found, [WALKER], ground=ground, hours=2, days=3, start=start)
    assert todo.closure_cost["fence"] == pytest.approx(free.value - todo.value, abs=1e-9)
    again = Closure("gate", start, end=dt.date(2030, 1, 2), segments=(top,))
    late = plan(found, [WALKER], ground=ground, hours=2, days=2, start=start, closures=[again])
    assert not late.hours[0, 0, where].any()
    assert late.hours[0, 1, where] > 0
    with pytest.raises(InputError, match="the first day of the plan is missing"):
        plan(found, [WALKER], closures=[fence])


def test_zero_hours_everything_closed_and_nobody_there(found) -> None:
    idle = plan(found, [WALKER], hours=0)
    assert idle.value == idle.upper_bound == 0.0
    assert "no hours" in idle.nothing_to_do
    assert idle.marginal_value > 0
    shut = Closure("all", dt.date(2030, 1, 1), geometry=box(104, 11, 106, 12))
    closed = plan(found, [WALKER], days=2, start=dt.date(2030, 1, 1), closures=[shut])
    assert closed.value == 0.0
    assert "closed on every day" in repr(closed)
    assert closed.closure_cost["all"] > 0
    assert closed.to_dataframe().empty
    blind = plan(found, [Asset("blind", 0.0, 2.0)], hours=5)
    assert blind.value == 0.0
    with pytest.raises(InputError, match="assets are missing"):
        plan(found, [])
    for hours in (math.nan, -1.0):
        with pytest.raises(InputError):
            plan(found, [WALKER], hours=hours)
    with pytest.raises(InputError, match="days must be 1 to 366, got 0"):
        plan(found, [WALKER], days=0)


def test_searches_and_closures_that_cannot_be(found) -> None:
    ground = segments(found.area, 200)
    with pytest.raises(UnknownName, match="no segment is called"):
        found.after(SearchLog([Search("a", "ZZ99", "walker", 1)]), ground, ASSETS)
    with pytest.raises(UnknownName, match="unknown asset 'radar'"):
        found.after(SearchLog([Search("a", "A1", "radar", 1)]), ground, ASSETS)
    with pytest.raises(Duplicate):
        SearchLog([Search("a", "A1"), Search("a", "A2")])
    with pytest.raises(UnknownName, match="unknown search 'b'"):
        SearchLog([Search("a", undoes="b")])
    with pytest.raises(InputError, match="has no search to take back"):
        SearchLog().undo()
    with pytest.raises(UnknownName):
        SearchLog([Search("a", "A1")]).undo("b")
    for wrong in ({"hours": math.nan}, {"hours": -1.0}, {"pod": 1.0}, {"pod": math.nan}, {"segment": ""}):
        with pytest.raises(InputError):
            Search(**({"id": "a", "segment": "A1"} | wrong))
    for fields in ({"sweep_m": -1.0}, {"speed_kmh": math.nan}, {"count": 0}):
        with pytest.raises(InputError):
            Asset(**({"name": "a", "sweep_m": 1.0, "speed_kmh": 1.0} | fields))
    with pytest.raises(InputError):
        Closure("a", dt.date(2030, 1, 1))
    with pytest.raises(InputError):
        Closure("a", dt.date(2030, 1, 2), dt.date(2030, 1, 2), segments=("A1",))
    log = SearchLog([Search("a", "A1")]).undo()
    assert repr(log) == "SearchLog(0 searches count, 2 entries)"
    assert log.to_dataframe().shape[0] == 2


def test_geojson_carries_regions_clues_the_spot_and_the_plan_and_no_words(found) -> None:
    todo = plan(found, [WALKER], hours=4)
    content = json.loads(json.dumps(to_geojson(found, todo), allow_nan=False))
    kinds = [feature["properties"]["what"] for feature in content["features"]]
    assert kinds.count("region") == 3
    assert kinds.count("clue") == 6
    assert kinds.count("best") == 1
    assert kinds.count("segment") == len(todo.order)
    for feature in content["features"]:
        assert shape(feature["geometry"]).is_valid
    regions = [shape(f["geometry"]) for f in content["features"] if f["properties"]["what"] == "region"]
    assert regions[0].area > regions[1].area > regions[2].area


def test_a_coarsened_export_gives_no_spot_away(found) -> None:
    content = to_geojson(found, coarse_m=400)
    assert {feature["properties"]["what"] for feature in content["features"]} == {"region"}
    assert content["karmalink"]["coarsened_to_m"] == 400
    for feature in content["features"]:
        assert found.area.project(shape(feature["geometry"])).area > 0.5 * 400 * 400
    # Two maps that differ within a block alone look the same.
    moved = found.probability.copy()
    block = segments(found.area, 400).labels == int(segments(found.area, 400).labels[np.argmax(found.probability)])
    moved[block] = moved[block][::-1]
    from dataclasses import replace

    assert to_geojson(replace(found, probability=moved), coarse_m=400)["features"] == content["features"]
    with pytest.raises(InputError, match="coarser than the map"):
        to_geojson(found, coarse_m=30)
    with pytest.raises(InputError, match="still says something"):
        to_geojson(found, coarse_m=5000)


@pytest.mark.parametrize("hours", [-1.0, 1e308, math.inf, math.nan])
def test_hours_that_nobody_searched_never_reach_the_log(hours: float) -> None:
    with pytest.raises(InputError, match="hours"):
        Search("s1", "A1", "walker", hours)
    with pytest.raises(InputError, match="sweep_m"):
        Asset("walker", sweep_m=1e308, speed_kmh=1e308)


def test_plot_says_the_finding_outlines_the_regions_and_gives_every_probability(found) -> None:
    chart = found.plot((0.9, 0.5)).to_dict()  # validated against Vega-Lite's schema
    half, most = found.region(0.5), found.region(0.9)
    assert chart["title"]["text"].startswith(f"50 % of the probability on the map lies in {half.km2:.3g} km²")
    beyond = f"{percent(found.rest_of_world)} probability that it lies outside the map"
    assert chart["title"]["subtitle"] == f"90 % in {most.km2:.3g} km²; {beyond}"
    assert beyond in chart["description"]
    heat, _, edges, spot = (chart["datasets"][layer["data"]["name"]] for layer in chart["layer"])
    shown = sum(row["density"] * (row["x2"] - row["x"]) * (row["y"] - row["y2"]) / 1e6 for row in heat)
    assert 0.9 * found.probability.sum() < shown <= 1.001 * found.probability.sum()  # the faintest squares are left out
    assert {row["name"] for row in edges} == {"50 %", "90 %"}
    assert found.area.cell_at_xy(spot[0]["x"], spot[0]["y"]) == int(np.argmax(found.probability))


def test_plot_outlines_enclose_the_ground_of_their_region(found) -> None:
    from shapely.geometry import Polygon

    chart = found.plot((0.8,)).to_dict()
    rings: dict[str, list[tuple[float, float]]] = {}
    for row in chart["datasets"][chart["layer"][2]["data"]["name"]]:
        rings.setdefault(row["ring"], []).append((row["x"], row["y"]))
    signed = [Polygon(ring) for ring in rings.values()]
    # Rings inside others are holes: every ring counts with the sign of how many contain it.
    m2 = sum(p.area * (-1) ** sum(o is not p and o.contains(p.representative_point()) for o in signed) for p in signed)
    assert m2 / 1e6 == pytest.approx(found.region(0.8).km2, rel=1e-6)
