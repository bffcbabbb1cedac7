"""The search for a rule: its folds, its frontier, what it tells, and the learned stream."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay_nights import night_of, nights
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import CannotAnswer
from karmalink.night.simulation.simulated_night import plant_stages
from karmalink.night.wake_rules.fusion import FUSED, learn_fusion, past_features
from karmalink.night.wake_rules.replays import NightResult, Replay, replay
from karmalink.night.wake_rules.rule_search import Goal, folds_of, frontier, oracle, search_rules
from karmalink.night.wake_rules.rules import Condition, Rule, probability_grid, rule_grid
from karmalink.night.wake_rules.triggers import ReplayNight
from karmalink.report.sections.replay import replay_section


def made(count: int = 8, epochs: int = 500, seed: int = 0) -> list[ReplayNight]:
    """Return nights with REM whose two streams err in runs, `b` more than `a`; two nights a person."""
    found = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        truth = plant_stages(epochs, rng)
        streams = []
        for share in (3, 8):
            told = truth.copy()
            for start in rng.integers(0, epochs, share):
                told[start : start + rng.integers(2, 10)] = 4
            streams.append(told.tolist())
        found.append(night_of(truth.tolist(), *streams, name=f"n{number}", subject=f"p{number // 2}"))
    return found


SMALL = rule_grid(["a", "b"], lengths=(1, 3, 6), slack=(0,), not_before=(0.0, 40.0))


def test_people_are_never_split_over_folds() -> None:
    several = made(10, 60)
    fold = folds_of(several, 3, seed=1)
    assert len({(night.who, int(at)) for night, at in zip(several, fold, strict=True)}) == 5
    assert set(fold.tolist()) == {0, 1, 2}


def test_one_person_cannot_tell_about_another() -> None:
    with pytest.raises(CannotAnswer, match="nights of one person"):
        search_rules(SMALL, made(2))


def test_what_is_told_of_a_night_comes_from_a_rule_chosen_without_that_person() -> None:
    several = made()
    search = search_rules(SMALL, several, folds=4)
    fold = folds_of(several, 4, 0)
    by_name = {one.night: one for one in search.held_out.nights}
    for turn, rule in zip(sorted(set(fold.tolist())), search.chosen, strict=True):
        training = [night for night, at in zip(several, fold, strict=True) if at != turn]
        shorts = [search.goal.shortfalls(one.drawn(40)).mean() for one in replay(SMALL, training)]
        assert search.goal.shortfalls(replay([rule], training)[0].drawn(40)).mean() == min(shorts)
        for night, at in zip(several, fold, strict=True):
            if at == turn:
                assert by_name[night.name].triggers.tolist() == replay([rule], [night])[0].nights[0].triggers.tolist()
    assert [one.night for one in search.held_out.nights] == [night.name for night in several]


def _three(one: Replay) -> tuple[float, float, float]:
    return one.precision, one.sensitivity, one.delay_min


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=12))
def test_the_frontier_holds_what_nothing_else_equals_or_beats(rows: list[tuple[int, int, int]]) -> None:
    class Told(Replay):
        precision, sensitivity, delay_min = 0.0, 0.0, 0.0

    replays = []
    for row in rows:
        told = Told(Rule("x", (Condition(),)), ())
        for name, value in zip(("precision", "sensitivity", "delay_min"), row, strict=True):
            object.__setattr__(told, name, float(value))
        replays.append(told)
    kept = {(one.precision, one.sensitivity, one.delay_min) for one in frontier(replays)}
    points = {tuple(map(float, row)) for row in rows}
    better = lambda a, b: a[0] >= b[0] and a[1] >= b[1] and a[2] <= b[2] and a != b  # noqa: E731
    assert kept == {point for point in points if not any(better(other, point) for other in points)}


def test_an_oracle_is_never_wrong_and_catches_no_less() -> None:
    several = made()
    rule = Rule("three", (Condition("R", 3, 3, ("a",)),))
    told, best = replay([rule], several)[0], oracle(rule, several)
    assert best.precision == 1.0
    assert best.sensitivity >= told.sensitivity


def test_a_goal_counts_a_minute_as_a_twentieth() -> None:
    goal = Goal(0.9, 0.9, 3.0)
    assert goal.shortfall(0.95, 0.9, 3.0) == 0
    assert goal.shortfall(0.85, 0.9, 4.0) == pytest.approx(0.1)
    assert goal.shortfall(float("nan"), 0.9, 3.0) == 1.0


def slow_features(night: ReplayNight) -> np.ndarray:
    """Count the past of each epoch anew, the slow way, in the order `past_features` gives."""
    streams = [stream.stages.tolist() for stream in night.streams.values()]
    rem = [[code == 4 for code in codes] for codes in streams]
    tracks = [*rem, [all(v) for v in zip(*rem, strict=True)], [any(v) for v in zip(*rem, strict=True)]]
    rows = []
    for now in range(len(streams[0])):
        row: list[float] = []
        for track in tracks:
            run = 0
            while run <= now and track[now - run]:
                run += 1
            row += [min(run, 40), min(run, 40) ** 0.5, _ago(track, now), sum(track[: now + 1])]
            row += [_part(track, now, window) for window in (2, 4, 6, 10, 16, 30, 60)]
        for codes in streams:
            for code in range(4):
                track = [one == code for one in codes]
                row += [_ago(track, now), *(_part(track, now, window) for window in (3, 6, 12, 30, 90))]
            changed = [False, *(a != b for a, b in itertools.pairwise(codes))]
            row += [_part(changed, now, window) for window in (20, 120)]
            row.append(now - (codes.index(2) if 2 in codes else len(codes)))
        differed = [any(codes[i] != streams[0][i] for codes in streams) for i in range(len(streams[0]))]
        row += [_part(differed, now, window) for window in (10, 60, len(differed))]
        rows.append(row)
    return np.array(rows, dtype=float)


def _ago(track: list[bool], now: int) -> float:
    return next((back for back in range(min(now, 120) + 1) if track[now - back]), 120)


def _part(track: list[bool], now: int, window: int) -> float:
    seen = track[max(0, now - window + 1) : now + 1]
    return sum(seen) / len(seen)


@settings(max_examples=20, deadline=None)
@given(nights())
def test_features_of_the_past_against_counting_each_epoch_anew(night: ReplayNight) -> None:
    assert np.allclose(past_features(night), slow_features(night))


def test_the_learned_stream_knows_more_than_either_scorer() -> None:
    several = made(12, seed=1)
    add = learn_fusion(several[:8])
    rem, fused, plain = [], [], []
    for night in (add(one) for one in several[8:]):
        rem.append(night.truth.stages == 4)
        fused.append(night.streams[FUSED].probabilities[:, 4] >= 0.5)
        plain.append(night.streams["a"].stages == 4)
    wrong = [np.mean(np.concatenate(told) != np.concatenate(rem)) for told in (fused, plain)]
    assert wrong[0] < wrong[1]


def test_nights_that_hold_nothing_to_learn_cannot_teach() -> None:
    with pytest.raises(CannotAnswer, match="nothing but REM"):
        learn_fusion([night_of([2] * 9, [2] * 9)])


def test_a_learned_search_never_judges_a_night_by_what_it_taught() -> None:
    taught: list[set[str]] = []

    def spy(training):  # type: ignore[no-untyped-def]
        names = {night.who for night in training}

        def add(night: ReplayNight) -> ReplayNight:
            taught.append(names & {night.who})
            return learn_fusion(training[:2])(night)

        return add

    search = search_rules(probability_grid(FUSED)[:6], made(12, 200), folds=2, learn=spy)
    assert taught
    assert not set().union(*taught)
    assert len(search.held_out.nights) == 12


def test_the_section_says_when_the_goal_is_missed() -> None:
    several = made()
    search = search_rules(SMALL, several, Goal(1.0, 1.0, 0.1), folds=4)
    section = replay_section(replay(SMALL[:2], several), search)
    assert "short of the goal" in section.title
    assert "not reached" in str(section.lead)
    assert section.figures()[0].alt


def test_a_rule_that_never_fires_is_told_without_numbers() -> None:
    score = NightResult("n", "n", np.array([], int), np.array([], bool), np.array([np.nan]))
    told = Replay(Rule("x", (Condition(),)), (score,)).to_dict()
    assert told["precision"] is None
    assert told["sensitivity"] == 0.0


def test_the_command_searches_and_writes_a_page(tmp_path: Path) -> None:
    for number, night in enumerate(made(4, 300)):
        folder = tmp_path / "set" / f"sub-{number}" / "eeg"
        folder.mkdir(parents=True)
        rows = ["onset\tduration\tstage_x\tstage_a"]
        rows += [
            f"{30 * i}\t30\t{t}\t{a}"
            for i, (t, a) in enumerate(zip(night.truth.stages, night.streams["a"].stages, strict=True))
        ]
        (folder / f"sub-{number}_events.tsv").write_text("\n".join(rows), encoding="utf-8")
    page = tmp_path / "rules.html"
    words = ["night", "replay", str(tmp_path / "set"), "--truth", "stage_x", "--vocabulary", "0-4", "--folds", "2"]
    told = CliRunner().invoke(app, [*words, "--out", str(page), "--json"])
    assert told.exit_code == 0, told.output
    result = json.loads(told.stdout)
    assert result["search"]["folds"] == 2
    assert len(result["search"]["held_out"]["interval95"]["precision"]) == 2
    assert "REM periods detected" in page.read_text(encoding="utf-8")
