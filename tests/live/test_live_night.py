"""A live night: the stages of its own file, the triggers of replay, and nothing done on a signal that is not sound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_streams import short_night, source

from karmalink.errors import CannotAnswer, MissingExtra, UsageError
from karmalink.live import (
    Chunk,
    LiveNight,
    PlayedNight,
    Protocol,
    StreamChannel,
    StreamInfo,
    play,
    read_journal,
    run_source,
    sink_named,
)
from karmalink.live.session.actions import SilentSink, tone
from karmalink.live.session.protocol import VETOES, Situation
from karmalink.live.session.rule_engine import STREAM, RuleEngine
from karmalink.live.sources.played_recording import PlayedRecording
from karmalink.night import Condition, Hypnogram, Recording, ReplayNight, Rule, replay, stage

ANY = Rule("awake", (Condition("W", 2, 3),), counted_from="start", rest_min=1.0)
OPEN = Protocol(most=100, apart_min=0.0)


@pytest.fixture(scope="module")
def plain() -> PlayedNight:
    """Return the six minutes without a fault."""
    return run_source(source(), rules=[ANY], protocol=OPEN)


def test_the_live_stages_are_those_of_the_same_stager_on_the_recorded_file(plain: PlayedNight) -> None:
    scored = stage(short_night(), stager="yasa-causal")
    np.testing.assert_array_equal(plain.hypnogram.probabilities, scored.probabilities)


@settings(max_examples=2)
@given(st.floats(0.1, 20.0))
def test_whatever_the_chunking(chunk_s: float) -> None:
    played = run_source(PlayedRecording(short_night(), float("inf"), chunk_s), rules=[ANY], protocol=OPEN)
    scored = stage(short_night(), stager="yasa-causal")
    np.testing.assert_array_equal(played.hypnogram.probabilities, scored.probabilities)


def test_recovered_from_a_cut_journal_the_stages_are_the_same(tmp_path: Path, plain: PlayedNight) -> None:
    run_source(source(), journal=tmp_path / "j")
    path = tmp_path / "j" / "segment-000001.klj"
    path.write_bytes(path.read_bytes()[:-300_000])
    recording, _ = read_journal(tmp_path / "j").lay()
    scored = stage(recording, stager="yasa-causal")
    whole = int(recording.duration_s // 30)
    assert 3 <= whole < plain.hypnogram.n_epochs
    assert plain.hypnogram.probabilities is not None
    assert scored.probabilities is not None
    np.testing.assert_array_equal(scored.probabilities[:whole], plain.hypnogram.probabilities[:whole])


def replayed(rule: Rule, stages: Hypnogram) -> list[int]:
    """Return the epochs at which `replay` triggers on the stages; the expert's REM is only there to be replayed on."""
    rem = Hypnogram(np.full(stages.n_epochs, 4, dtype=np.int8))
    return replay([rule], [ReplayNight("n", rem, {STREAM: stages})])[0].nights[0].triggers.tolist()


def test_live_triggers_are_those_of_replay(plain: PlayedNight) -> None:
    assert plain.triggers
    assert [one.at_s / 30 - 1 for one in plain.triggers] == replayed(ANY, plain.hypnogram)


_RULES = st.builds(
    Rule,
    st.just("r"),
    st.tuples(
        st.builds(
            lambda stage, least, more, p: Condition(stage, least, least + more, (), "all", p),
            st.sampled_from(["W", "N2", "R"]),
            st.integers(1, 4),
            st.integers(0, 2),
            st.sampled_from([0.0, 0.4, 0.8]),
        )
    ),
    not_before_min=st.sampled_from([0.0, 2.0]),
    counted_from=st.sampled_from(["start", "sleep", "N2"]),
    rest_min=st.sampled_from([0.0, 1.0, 5.0]),
    most=st.integers(0, 3),
)


@settings(max_examples=40)
@given(_RULES, st.lists(st.integers(-1, 4), min_size=4, max_size=40), st.integers(0, 99))
def test_on_any_stages_the_engine_triggers_when_replay_does(rule: Rule, stages: list[int], seed: int) -> None:
    tables = np.random.default_rng(seed).dirichlet(np.ones(5), len(stages))
    tables[np.array(stages) < 0] = np.nan
    engine = RuleEngine((rule,))
    asked = [engine.ask(code, table, "") for code, table in zip(stages, tables, strict=True)]
    whole = Hypnogram(np.array(stages, dtype=np.int8), probabilities=tables)
    assert [answer.epoch for answers in asked for answer in answers] == replayed(rule, whole)


def situation(**changed: object) -> Situation:
    """Return a sound situation, but for what is changed."""
    sound = Situation(True, 0.1, 0.0, jumped=False, paused=False, done=0, since_min=99.0)
    return replace(sound, **changed)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"paused": True}, "paused by the technician"),
        ({"known": False}, "the stage is not known"),
        ({"age_s": 35.1}, "the stage is stale"),
        ({"lost_s": 0.01}, "samples of this epoch are lost"),
        ({"jumped": True}, "a clock leapt"),
        ({"done": 12}, "the limit of the night is reached"),
        ({"since_min": 9.9}, "too soon after the last action"),
    ],
)
def test_every_veto_has_its_reason(changed: dict[str, object], why: str) -> None:
    assert [reason for reason, holds in VETOES.items() if holds(situation(**changed), Protocol())] == [why]
    assert not [reason for reason, holds in VETOES.items() if holds(situation(), Protocol())]


@pytest.mark.parametrize("words", ["drop@40+290", "step@1=-15,step@31=9,step@61=5", "off@0+360"])
def test_nothing_is_done_on_a_signal_that_is_not_sound(words: str) -> None:
    sink = SilentSink()
    faults = words if "step" not in words else ",".join(f"step@{second}={second}" for second in range(1, 360, 25))
    played = run_source(source(faults), rules=[ANY], protocol=OPEN, sink=sink)
    sound = [one for one in played.triggers if one.acted]
    assert len(sink.acts) == len(sound)
    assert not [one for one in sound if one.at_s > 60]


def test_stages_that_come_late_are_stale_and_no_rule_acts_on_them() -> None:
    night = LiveNight(StreamInfo((StreamChannel("C4-M1", "eeg", 100.0),), "x"), [ANY], OPEN)
    eeg = short_night().signal("EEG C4-M1")
    night.take(Chunk([eeg[:18000]], None, None, 180.0, 180.0))  # three minutes at once, after a stall
    ages = [one.age_s for one in night.triggers if one.acted]
    assert len(night.stages) == 6
    assert all(age <= 35 for age in ages)
    assert night.age_s(200.0) == pytest.approx(20.0)


def test_three_seconds_of_silence_are_a_stall_and_the_stage_ages() -> None:
    night = LiveNight(StreamInfo((StreamChannel("C4-M1", "eeg", 100.0),), "x"))
    night.take(Chunk([short_night().signal("EEG C4-M1")[:3000]], 0, 0.0, 30.0, 30.0))
    night.tick(32.9)
    assert not night.events
    night.tick(33.1)
    night.tick(40.0)
    assert [one.kind for one in night.events] == ["stall"]
    assert night.age_s(70.0) == pytest.approx(40.0)


def test_shams_are_drawn_before_the_night_and_play_nothing() -> None:
    sink, protocol = SilentSink(), Protocol(most=100, apart_min=0.0, shams=1.0)
    played = run_source(source(), rules=[ANY], protocol=protocol, sink=sink)
    assert {one.outcome for one in played.triggers} == {"sham"}
    assert not sink.acts
    half = Protocol(most=1000, shams=0.5, seed=3)
    assert half.schedule() == Protocol(most=1000, shams=0.5, seed=3).schedule()
    assert 400 < sum(half.schedule()) < 600
    assert half.digest() != Protocol(most=1000, shams=0.5, seed=4).digest()


def test_two_rules_at_one_epoch_are_one_action() -> None:
    twin = replace(ANY, name="twin")
    played = run_source(source(), rules=[ANY, twin], protocol=OPEN)
    outcomes = {one.rule: one.outcome for one in played.triggers if one.at_s == played.triggers[0].at_s}
    assert outcomes == {"awake": "done", "twin": "withheld: another rule has acted at this epoch"}


def test_the_plan_and_every_trigger_are_in_the_journal(tmp_path: Path) -> None:
    played = run_source(source(), rules=[ANY], protocol=OPEN, journal=tmp_path / "j")
    plan, *rest = read_journal(tmp_path / "j").markers
    assert plan["protocol_digest"] == OPEN.digest()
    assert [one["at_s"] for one in rest if one["kind"] == "trigger wake"] == [one.at_s for one in played.triggers]


def test_a_stream_without_an_eeg_cannot_be_staged() -> None:
    recording = Recording.from_array(np.zeros((1, 100)), ["EMG chin"], 100.0)
    with pytest.raises(CannotAnswer):
        play(recording)


@pytest.mark.parametrize("rule", [replace(ANY, conditions=(Condition("R", 1, 1, ("psg",)),))])
def test_rules_of_another_stream_are_refused(rule: Rule) -> None:
    with pytest.raises(UsageError, match="psg"):
        run_source(source(), rules=[rule])


def test_tones_grow_and_are_never_louder_than_allowed() -> None:
    for action in ("wake", "cue"):
        heard = tone(action, 0.2)
        assert np.abs(heard).max() <= 0.2
        assert np.abs(heard[:100]).max() < 0.01


def test_a_command_gets_what_is_asked_and_its_failure_ends_nothing(tmp_path: Path) -> None:
    import sys

    asked = tmp_path / "asked.json"
    code = f"import sys; open({str(asked)!r}, 'w').write(sys.stdin.read())"
    assert sink_named("command", [sys.executable, "-c", code]).act("wake", 0.1, {"rule": "r"}) == ""
    assert json.loads(asked.read_text()) == {"action": "wake", "loudness": 0.1, "rule": "r"}
    assert "failed" in sink_named("command", ["/no/such/program"]).act("wake", 0.1, {})
    assert "ended with 3" in sink_named("command", [sys.executable, "-c", "raise SystemExit(3)"]).act("wake", 0.1, {})


def test_sinks_that_cannot_be_made_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra):
        sink_named("sound")
    for name in ("radio", "command"):
        with pytest.raises(UsageError):
            sink_named(name)


@pytest.mark.parametrize("limits", [{"loudness": 1.2}, {"most": -1}, {"shams": 2.0}, {"apart_min": float("nan")}])
def test_limits_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Protocol(**limits)  # type: ignore[arg-type]
