"""What the joints are worth: a world against the rooms step by step, any number of workers, false links harmless."""

from __future__ import annotations

import json
from itertools import starmap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.demo import CombinedGain, compare
from karmalink.demo.gain_worlds import as_clues, gain_of_seed, ground_area, measure_gain, statements_of, town_places
from karmalink.demo.grammar import SOUGHT
from karmalink.demo.story import build_story
from karmalink.demo.town import to_lonlat
from karmalink.link import Verdict, pairs
from karmalink.seek import locate
from karmalink.study.analyses.links_to_clues import (
    LINK_CLUES_Q,
    accounts_mentioning,
    clues_and_witnesses,
    clues_from_links,
)
from karmalink.study.awakening import stage_groups

SEEDS = (1000, 1001, 1002)
AREAS = st.lists(st.floats(0.005, 30.0), min_size=3, max_size=12)


def test_a_world_is_what_the_rooms_say_step_by_step() -> None:
    """The slow reference: every room asked afresh, nothing kept from one question to the next."""
    seed = next(seed for seed in SEEDS if gain_of_seed(seed).true_clues[1] > gain_of_seed(seed).true_clues[0])
    story = build_story(seed)
    places = town_places(story.town)
    clues, witnesses = as_clues(statements_of(story))
    area = ground_area.__wrapped__(100.0)
    expected = []
    for groups in (None, {}, stage_groups(story.accounts, story.awakenings)):
        more, sources = [], []
        if groups is not None:
            found = pairs(accounts_mentioning(story.accounts, SOUGHT), story.life, q=LINK_CLUES_Q, groups=groups)
            scores = [link.score for link in found.links]
            more, sources = clues_and_witnesses(
                clues_from_links(scores, story.accounts, story.life.entries, places, sought=SOUGHT)
            )
        found = locate(area, places, [*clues, *more], [*witnesses, *sources])
        cell = area.cell_at(*to_lonlat(*story.truth.spot))
        before = sum(value > found.probability[cell] for value in found.probability)
        equal = sum(value == found.probability[cell] for value in found.probability)
        expected.append((before + 0.5 * equal) * 100.0**2 / 1e6)
    assert gain_of_seed(seed).true_km2 == pytest.approx(expected)


def test_any_number_of_workers_gives_the_same_figure() -> None:
    alone, two = measure_gain(3, workers=1), measure_gain(3, workers=2)
    assert alone.to_dict() == two.to_dict()


def test_progress_is_told_world_by_world() -> None:
    told: list[tuple[int, int]] = []
    measure_gain(2, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_links_help_where_they_are_true_and_do_no_harm_where_they_are_false() -> None:
    found = measure_gain(8, first_seed=5000)
    assert found.comparison("true", "nights").mean_ratio < 0.8
    assert found.comparison("false", "nights").worse <= 0.2
    assert found.comparison("false", "nights").median_ratio == pytest.approx(1.0)
    assert found.comparison("false", "certain").median_ratio > 1.5


def test_planted_sources_are_found_and_chance_is_not() -> None:
    true = [build_story(seed) for seed in range(5000, 5006)]
    links = [
        (story.truth.sources[link.account], link.entry)
        for story in true
        for link in pairs(story.accounts, story.life, with_details=False).links
    ]
    assert len(links) > 60
    assert np.mean([source is not None for source, _ in links]) > 0.8
    assert np.mean(list(starmap(str.__eq__, ((source or "", entry) for source, entry in links)))) > 0.7
    chance = [build_story(seed, "nothing") for seed in range(5000, 5006)]
    assert sum(bool(pairs(story.accounts, story.life, with_details=False).links) for story in chance) <= 2


def test_where_nothing_is_planted_pairs_says_so() -> None:
    story = build_story(5000, "nothing")
    assert pairs(story.accounts, story.life).verdict in (Verdict.NOTHING, Verdict.CANNOT_ANSWER)


@given(AREAS, st.floats(0.1, 3.0))
def test_comparison_by_hand(areas: list[float], factor: float) -> None:
    baseline = np.array(areas)
    found = compare(baseline * factor, baseline)
    assert found.median_ratio == pytest.approx(factor)
    assert found.low == pytest.approx(factor)
    assert found.high == pytest.approx(factor)
    assert found.better + found.same + found.worse == pytest.approx(1.0)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=3, max_size=11).filter(lambda areas: len(areas) % 2 == 1))
def test_the_interval_is_that_of_a_plain_bootstrap(areas: list[int]) -> None:
    baseline = np.ones(len(areas))
    found = compare(np.array(areas, dtype=float), baseline, seed=3)
    rng = np.random.default_rng(3)
    draws = sorted(
        sorted(areas[at] for at in row)[len(areas) // 2] for row in rng.integers(0, len(areas), (4000, len(areas)))
    )
    assert found.low == pytest.approx(draws[100], rel=1e-6)
    assert found.high == pytest.approx(draws[3899], rel=1e-6)


def made_up() -> CombinedGain:
    rng = np.random.default_rng(0)
    base = rng.gamma(2.0, 1.0, (20, 1))
    clues = np.tile([7, 9, 9], (20, 1))
    return CombinedGain(
        tuple(range(20)),
        30.0,
        base * [1.0, 0.5, 0.4],
        np.repeat(base, 3, axis=1),
        base[:, 0] * 1.4,
        clues,
        np.full((20, 3), 7),
    )


def test_the_result_tells_its_finding_with_its_doubt() -> None:
    found = made_up()
    assert "60% less ground" in found.finding
    assert "95 % interval" in found.finding
    assert "1.40" in found.control
    assert "0.40" in repr(found)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["comparisons"]["true/links"]["median_ratio"] == 0.5
    table = found.to_dataframe()
    assert list(table.columns) == ["seed", "world", "arm", "km2", "clues"]
    assert len(table) == 20 * 2 * 3
