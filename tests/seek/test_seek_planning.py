"""Plans: dangers, whole teams, barter, stopping, false contacts, questions and sliders."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from karmalink.errors import Duplicate, InputError, UnknownName
from karmalink.seek import (
    Asset,
    Closure,
    Danger,
    ProbabilityMap,
    Witness,
    allocate,
    allocate_with_contacts,
    asset_values,
    influence,
    locate,
    plan,
    questions,
    search_order,
    segments,
    stopping_effort,
    task_of,
    whole_teams,
)
from karmalink.seek.planning.plans import risk_per_hour
from karmalink.seek.probability_map.sliders import Sliders
from karmalink.seek.probability_map.witness_questions import information

WALKER, DOG = Asset("walker", 4, 2, 6, cost_per_hour=20), Asset("dog", 12, 3, 3, cost_per_hour=50)


@pytest.fixture
def found(area, places, clues, witnesses) -> ProbabilityMap:
    apart = [
        Witness(w.id, source_grade=w.source_grade, info_grade=w.info_grade, reliability=w.reliability)
        for w in witnesses
    ]
    return locate(area, places, clues, apart)


@pytest.fixture
def mines(found) -> Danger:
    lon, lat = found.best()
    return Danger("old mines", 0.01, geometry=box(lon - 0.002, lat - 0.002, lon + 0.002, lat + 0.002), kind="mines")


def test_a_plan_never_spends_more_risk_than_agreed_and_says_what_refusing_costs(found, mines) -> None:
    free = plan(found, [WALKER, DOG], dangers=[mines])
    agreed = plan(found, [WALKER, DOG], dangers=[mines], risk_budget=0.3 * free.risk)
    assert agreed.risk <= 0.3 * free.risk + 1e-12
    assert agreed.risk_limit_cost == pytest.approx(free.value - agreed.value, abs=1e-5)
    assert agreed.risk_price > 0
    assert agreed.upper_bound < free.value
    assert agreed.to_dict()["risk_budget"] == pytest.approx(0.3 * free.risk)
    none = plan(found, [WALKER, DOG], dangers=[mines], risk_budget=0.0)
    dangerous = risk_per_hour(none.ground, [mines]) > 0
    assert none.effort[dangerous].sum() == pytest.approx(0.0, abs=1e-9)


def test_dangers_add_up_by_their_share_of_the_ground(found, mines) -> None:
    ground = plan(found, [WALKER]).ground
    name = ground.names[0]
    risk = risk_per_hour(ground, [mines, Danger("road", 0.5, segments=(name,))])
    assert risk[0] >= 0.5
    assert risk.max() <= 0.51 + 1e-12
    with pytest.raises(UnknownName):
        risk_per_hour(ground, [Danger("road", 0.5, segments=("nowhere",))])


def test_everything_dangerous_and_no_risk_agreed_to_is_an_honest_answer(found) -> None:
    everywhere = Danger("mines", 1.0, geometry=box(104, 11, 106, 12))
    todo = plan(found, [WALKER], dangers=[everywhere], risk_budget=0.0)
    assert "dangerous" in todo.nothing_to_do
    assert todo.value == pytest.approx(0.0, abs=1e-9)


def test_everything_closed_and_zero_hours_are_honest_answers(found) -> None:
    day = dt.date(2030, 1, 1)
    shut = Closure("winter", day, geometry=box(104, 11, 106, 12))
    assert "closed" in plan(found, [WALKER], start=day, closures=[shut]).nothing_to_do
    assert "no hours" in plan(found, [WALKER], hours=0).nothing_to_do


def test_a_plan_ends_with_the_calendar(found) -> None:
    with pytest.raises(InputError, match="beyond the year 9999"):
        plan(found, [WALKER], start=dt.date(9999, 12, 30), days=4)


@pytest.mark.parametrize("budget", [-1.0, float("nan"), float("inf")])
def test_a_risk_budget_is_a_number(found, budget: float) -> None:
    with pytest.raises(InputError, match="risk_budget must be 0 or more"):
        plan(found, [WALKER], risk_budget=budget)


def test_whole_teams_state_their_loss_and_keep_hours_closures_and_risk(found, mines) -> None:
    task = task_of(found, [WALKER, DOG], days=2, dangers=[mines], risk_budget=0.02)
    best = task.solve()
    whole = whole_teams(task, 1.5, best)
    assert (whole.shifts.sum(axis=2) * 1.5 <= task.budget + 1e-9).all()
    assert np.einsum("ads,s->", whole.shifts * 1.5, task.risk) <= 0.02 + 1e-9
    assert whole.value <= best.upper_bound
    assert whole.loss == pytest.approx(best.value - whole.value)
    finer = whole_teams(task, 0.1, best)
    assert 0 <= finer.loss < whole.loss + 1e-9
    assert finer.loss < 0.01
    assert "shifts" in repr(whole)
    with pytest.raises(InputError, match="shift"):
        whole_teams(task, 0.0)


def test_whole_teams_reach_the_best_of_all_roundings(found) -> None:
    task = task_of(found, [Asset("team", 10, 2, 3)], ground=None)
    whole = whole_teams(task, 1.0)
    step = 10 * 2 * 1000 / task.ground.m2
    top = np.argsort(-task.probability)[:6]
    best = 0.0
    for a in top:
        for b in top:
            for c in top:
                z = np.zeros(len(task.ground))
                for cell in (a, b, c):
                    z[cell] += step[cell]
                best = max(best, float(task.probability @ -np.expm1(-z)))
    assert whole.value == pytest.approx(best, rel=1e-9)


def test_barter_compares_plans_with_and_without(found) -> None:
    task = task_of(found, [WALKER, DOG])
    worth = asset_values(task, [Asset("radar", 8, 2, 6)])
    assert worth.value == pytest.approx(plan(found, [WALKER, DOG]).value, abs=1e-6)
    assert worth.own["dog"] == pytest.approx(worth.value - plan(found, [WALKER]).value, abs=1e-6)
    given = {one.give: one.gain for one in worth.exchanges}
    assert given[""] > given["walker"] > given["dog"] - 1
    assert given["walker"] == pytest.approx(plan(found, [Asset("radar", 8, 2, 6), DOG]).value - worth.value, abs=1e-6)
    assert worth.best is not None
    assert worth.best.give == "walker"
    assert "radar" in repr(worth)
    assert len(worth.to_dataframe()) == 3
    assert asset_values(task, [Asset("spoon", 0.01, 1, 1)]).best is None
    with pytest.raises(Duplicate):
        asset_values(task, [DOG])


def test_searching_stops_where_an_hour_costs_more_than_it_brings() -> None:
    p, a = np.array([0.5, 0.3]), np.array([1.0, 2.0])
    stop = stopping_effort(p, a, worth=100.0, cost=10.0)

    def profit(effort: float) -> float:
        steps = np.linspace(0, effort, 2001)
        values = np.array([allocate(p, a, step).value for step in steps])
        left = 1 - values
        return 100.0 * values[-1] - 10.0 * float(np.sum(0.5 * (left[1:] + left[:-1]) * np.diff(steps)))

    best = profit(stop)
    assert best > profit(0.8 * stop)
    assert best > profit(1.2 * stop)
    assert stopping_effort(p, a, worth=1.0, cost=10.0) == 0.0
    assert stopping_effort([1.0], [1.0], worth=100.0, cost=1.0) == np.inf
    with pytest.raises(InputError):
        stopping_effort(p, a, worth=1.0, cost=0.0)


@given(st.integers(0, 300), st.floats(0.1, 6.0))
@settings(max_examples=15, deadline=None)
def test_false_contacts_cost_time_and_the_spread_is_the_best(seed: int, effort: float) -> None:
    rng = np.random.default_rng(seed)
    p, a, kappa = rng.dirichlet(np.ones(5)), rng.uniform(0.5, 2, 5), rng.uniform(0, 2, 5)
    found = allocate_with_contacts(p, a, effort, kappa)

    def spent(z: np.ndarray) -> float:
        return float(a @ (z - kappa * np.expm1(-z)))

    assert spent(found.coverage) == pytest.approx(effort, rel=1e-6)
    worth = np.where(
        p / a > found.price * (1 + kappa), np.log(np.maximum(p / a - found.price * kappa, 1e-300) / found.price), 0
    )
    np.testing.assert_allclose(found.coverage, worth, atol=1e-6)
    for _ in range(20):
        z = found.coverage * rng.uniform(0.5, 1.5, 5) + rng.uniform(0, 0.2, 5)
        low, high = 0.0, 50.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if spent(z * middle) < effort else (low, middle)
        assert float(-p @ np.expm1(-z * low)) <= found.value + 1e-9
    np.testing.assert_allclose(allocate_with_contacts(p, a, effort, 0.0).value, allocate(p, a, effort).value, atol=1e-9)
    with pytest.raises(InputError):
        allocate_with_contacts(p, a, effort, -1.0)


def test_information_of_an_answer_is_what_enumeration_gives() -> None:
    probability, rest_of_world, fits, right = np.array([0.5, 0.2, 0.1]), 0.2, np.array([1.0, 0.0, 0.5]), 0.7
    yes, bits = information(probability, rest_of_world, fits, right)
    prior = np.append(probability, rest_of_world)
    chance = right * np.append(fits, 0.0) + (1 - right) * (probability @ fits)
    total = 0.0
    for answer in (chance, 1 - chance):
        joint = prior * answer
        total += float(np.sum(joint * np.log2(joint / (prior * joint.sum()))))
    assert yes == pytest.approx(probability @ fits)
    assert bits == pytest.approx(total)
    assert information(probability, rest_of_world, fits, 0.0)[1] == pytest.approx(0.0)
    assert information(probability, rest_of_world, np.zeros(3), 1.0) == (0.0, 0.0)


def test_the_best_question_goes_to_who_is_believed_and_is_not_asked_twice(found, places) -> None:
    asked = questions(found, places, top=500)
    bits = [question.bits for question in asked.ranked]
    assert bits == sorted(bits, reverse=True)
    assert asked.ranked[0].witness == max(found.witness_reliability, key=found.witness_reliability.get)
    assert not any(q.witness == "monk" and q.place == "pagoda" and "within" in q.text for q in asked.ranked)
    assert not any(q.place == "far" for q in asked.ranked)
    assert "ask" in repr(asked)
    assert len(asked.to_dataframe()) == len(asked.ranked)
    assert "no place" in repr(questions(found, []))
    with pytest.raises(InputError):
        questions(found, places, top=0)


def test_influence_is_the_map_without_the_clue(found, area, places, clues) -> None:
    pulls = {pull.clue: pull for pull in influence(found).clues}
    rest = [clue for clue in clues if clue.id != "c4"]
    without = locate(area, places, rest, found.witnesses)
    moved = 0.5 * (
        np.abs(without.probability - found.probability).sum() + abs(without.rest_of_world - found.rest_of_world)
    )
    assert pulls["c4"].moved == pytest.approx(moved, abs=2e-3)
    order = [pull.moved for pull in influence(found).clues]
    assert order == sorted(order, reverse=True)
    assert repr(influence(found)).startswith("Influence(without")
    assert set(influence(found).to_dataframe()["clue"]) == {clue.id for clue in clues}


def test_a_slider_gives_the_map_made_anew(found, area, places, clues) -> None:
    sliders = Sliders(found)
    moved = sliders.move(witness="thief", reliability=0.9)
    people = [
        Witness("thief", reliability=0.9, strength=float(sum(w.beta()))) if w.id == "thief" else w
        for w in found.witnesses
    ]
    anew = locate(area, places, clues, people)
    np.testing.assert_allclose(moved.probability, anew.probability, rtol=2e-4, atol=1e-12)
    assert moved.rest_of_world == pytest.approx(anew.rest_of_world, rel=1e-3)
    back = sliders.move(witness="thief", reliability=next(w for w in found.witnesses if w.id == "thief").prior)
    np.testing.assert_allclose(back.probability, found.probability, rtol=5e-4, atol=1e-12)
    one = sliders.move(clue="c1", reliability=0.05)
    assert one.probability.sum() + one.rest_of_world == pytest.approx(1.0)
    assert sliders.map().rest_of_world == one.rest_of_world
    for wrong in ({"witness": "nobody"}, {"clue": "c99"}):
        with pytest.raises(UnknownName):
            sliders.move(**wrong, reliability=0.5)
    with pytest.raises(InputError):
        sliders.move(witness="thief", reliability=1.5)


def test_a_slider_moves_a_large_map_in_pieces(found, monkeypatch) -> None:
    whole = Sliders(found).move(witness="monk", reliability=0.2)
    monkeypatch.setattr("karmalink.seek.probability_map.sliders._WIDTH", 97)
    pieces = Sliders(found).move(witness="monk", reliability=0.2)
    np.testing.assert_allclose(pieces.probability, whole.probability, rtol=1e-12)
    assert pieces.rest_of_world == pytest.approx(whole.rest_of_world, rel=1e-12)


def test_witnesses_who_talked_have_no_slider_of_their_own(area, places, clues, witnesses) -> None:
    with pytest.raises(InputError, match="depend on each other"):
        Sliders(locate(area, places, clues, witnesses))


def test_all_witnesses_unreliable_leave_the_map_as_level_as_they_are_worth(area, places, clues) -> None:
    bad = [Witness(name, source_grade="E", info_grade=5) for name in ("monk", "thief", "dealer")]
    good = [Witness(name, source_grade="A", info_grade=1) for name in ("monk", "thief", "dealer")]
    doubtful, sure = (locate(area, places, clues, people) for people in (bad, good))
    assert doubtful.region(0.9).km2 > sure.region(0.9).km2
    assert doubtful.rest_of_world > sure.rest_of_world


def test_order_of_segments_is_that_of_the_value_per_hour_and_no_swap_is_faster(area, places, clues, witnesses) -> None:
    found = locate(area, places, clues, witnesses)
    ground = segments(area, 500)
    search = search_order(found, WALKER, ground=ground, coverage=1.5, looks=12)
    detection = 1 - np.exp(-1.5)
    assert search.detection == pytest.approx(detection)
    p = dict(zip(ground.names, ground.sum(found.probability), strict=True))
    hours = dict(zip(ground.names, 1.5 * ground.m2 / WALKER.rate_m2, strict=True))
    by_then = 0.0
    for look in search.looks:
        assert look.hours == pytest.approx(hours[look.segment])
        assert look.finds == pytest.approx(p[look.segment] * detection * (1 - detection) ** (look.look - 1))
        by_then += look.finds
        assert look.found_by_then == pytest.approx(by_then)
    values = [look.finds / look.hours for look in search.looks]
    assert values == sorted(values, reverse=True)
    assert list(search.to_dataframe()["segment"]) == [look.segment for look in search.looks]
    assert f"{search.looks[0].segment} first" in repr(search)
    # The mean of a simulation: where it lies by its probability, found at each look into that segment with one chance.
    rng = np.random.default_rng(1)
    many = search_order(found, WALKER, ground=ground, coverage=1.5, looks=400).looks
    ends, where = (
        np.cumsum([look.hours for look in many]),
        np.array([ground.names.index(look.segment) for look in many]),
    )
    share = ground.sum(found.probability) / ground.sum(found.probability).sum()
    times = []
    for spot, tries in zip(rng.choice(share.size, 4000, p=share), rng.geometric(detection, 4000), strict=True):
        looked = np.flatnonzero(where == spot)
        times.append(ends[looked[tries - 1]] if tries <= looked.size else ends[-1])
    assert search.expected_hours == pytest.approx(float(np.mean(times)), rel=0.05)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"coverage": 0.01}, "coverage must be 0.1 or more, got 0.01"),
        ({"looks": 0}, "looks must be 1 or more, got 0"),
        ({"asset": Asset("cart", 0, 2)}, "sweep_m and speed_kmh must be above 0"),
    ],
)
def test_an_order_that_cannot_be_is_refused(options, says, area, places, clues, witnesses) -> None:
    found = locate(area, places, clues, witnesses)
    with pytest.raises(InputError, match=says):
        search_order(found, options.pop("asset", WALKER), **options)
