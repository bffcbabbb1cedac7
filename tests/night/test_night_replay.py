"""Rules as data, REM periods, and rules played over scored nights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay_nights import night_of, nights, reference, rules

from karmalink.errors import CannotAnswer, InputError, ReadError
from karmalink.night import Hypnogram
from karmalink.night.wake_rules.files import read_replay_nights
from karmalink.night.wake_rules.replays import RemPeriod, Replay, rem_periods, replay, result_at
from karmalink.night.wake_rules.rules import Condition, Rule, read_rules
from karmalink.night.wake_rules.triggers import ReplayNight, Triggers

R, N2, W = 4, 2, 0
SIX = Rule("six", (Condition("R", 6, 6),))


@settings(max_examples=60, deadline=None)
@given(nights(), rules)
def test_a_rule_fires_where_the_epoch_by_epoch_reference_does(night: ReplayNight, rule: Rule) -> None:
    fired, true, delays = reference(rule, night)
    score = result_at(night, Triggers(night).of(rule))
    assert score.triggers.tolist() == fired
    assert score.rem_at_trigger.tolist() == true
    assert np.nan_to_num(score.delays_min, nan=-1.0).tolist() == pytest.approx(delays)


@settings(max_examples=25, deadline=None)
@given(st.lists(nights(), min_size=1, max_size=4), st.lists(rules, min_size=2, max_size=4))
def test_rules_together_score_as_each_alone(several: list[ReplayNight], chosen: list[Rule]) -> None:
    several = [*several, night_of([N2] * 4 + [R] * 6, [N2] * 4 + [R] * 6, [R] * 10)]
    together = replay(chosen, several)
    for rule, one in zip(chosen, together, strict=True):
        alone = replay([rule], several)[0]
        assert [s.triggers.tolist() for s in one.nights] == [s.triggers.tolist() for s in alone.nights]


@settings(max_examples=30, deadline=None)
@given(nights(), rules, st.integers(0, 149))
def test_a_rule_looks_at_the_past_only(night: ReplayNight, rule: Rule, cut: int) -> None:
    cut = min(cut, night.truth.n_epochs)
    before = Triggers(night).of(rule)
    blank = {
        name: Hypnogram(np.where(np.arange(s.n_epochs) < cut, s.stages, -1), s.epoch_s)
        for name, s in night.streams.items()
    }
    after = Triggers(ReplayNight(night.name, night.truth, blank)).of(rule)
    assert after[after < cut].tolist() == before[before < cut].tolist()


def test_a_hand_worked_night() -> None:
    truth = [N2] * 10 + [R] * 20 + [N2] * 10
    seen = [N2] * 9 + [R] * 22 + [N2] * 9  # one epoch early, one late
    score = replay([SIX], [night_of(truth, seen)])[0]
    assert score.nights[0].triggers.tolist() == [14]
    assert (score.precision, score.sensitivity, score.delay_min, score.triggers_per_night) == (1.0, 1.0, 2.5, 1.0)
    assert "sensitivity 1.00 for 1 REM period, delay 2.5 min" in repr(score)


@pytest.mark.parametrize(("gap", "periods"), [(30, 1), (31, 2)])
def test_rem_periods_merge_over_gaps_of_fifteen_minutes(gap: int, periods: int) -> None:
    night = Hypnogram(np.array([R] * 4 + [N2] * gap + [R] * 4))
    assert len(rem_periods(night)) == periods


def test_a_rem_period_holds_four_epochs_of_rem() -> None:
    night = Hypnogram(np.array([R] * 3 + [W] * 40 + [R, W, R, R, R]))
    assert rem_periods(night) == (RemPeriod(43, 47),)


def test_streams_keep_their_place() -> None:
    truth = Hypnogram(np.array([N2] * 6), offset_s=60.0)
    night = ReplayNight("n", truth, {"late": Hypnogram(np.array([R, R, R]), offset_s=120.0)})
    assert night.streams["late"].labels == ("?", "?", "R", "R", "R", "?")


def test_streams_off_the_grid_are_refused() -> None:
    with pytest.raises(InputError, match="epochs of 20 s"):
        ReplayNight("n", Hypnogram(np.array([R])), {"a": Hypnogram(np.array([R]), epoch_s=20.0)})


def test_an_unknown_stream_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="unknown stream 'psg'") as raised:
        replay([Rule("x", (Condition("R", 1, 1, ("psg",)),))], [night_of([R] * 4, [R] * 4)])
    assert raised.value.allowed == "a"


def test_probabilities_that_no_stream_gives_are_said() -> None:
    with pytest.raises(InputError, match="needs probabilities"):
        replay([Rule("x", (Condition("R", min_probability=0.9),))], [night_of([R] * 4, [R] * 4)])


def test_probabilities_count_where_they_reach_the_bar() -> None:
    table = np.array([[0, 0, 0.4, 0, 0.6], [0, 0, 0.1, 0, 0.9], [0, 0, 0.0, 0, 1.0], [0, 0, 0.2, 0, 0.8]])
    stream = Hypnogram(np.array([R] * 4), probabilities=table)
    night = ReplayNight("n", Hypnogram(np.array([R] * 4)), {"a": stream})
    rule = Rule("sure", (Condition("R", 2, 2, min_probability=0.9),))
    assert Triggers(night).of(rule).tolist() == [2]


def test_nights_without_rem_cannot_answer() -> None:
    with pytest.raises(CannotAnswer, match="no REM period by the expert's stages in 1 night"):
        replay([SIX], [night_of([N2] * 9, [R] * 9)])


def test_intervals_draw_people_not_nights() -> None:
    good = night_of([R] * 8, [R] * 8, name="g")
    bad = night_of([R] * 8, [N2] * 8, name="b")
    same = [ReplayNight(f"{i}", one.truth, one.streams, "p") for i, one in enumerate((good, bad))]
    assert replay([SIX], same)[0].intervals()["sensitivity"] == (0.5, 0.5)
    low, high = replay([SIX], [good, bad])[0].intervals()["sensitivity"]
    assert (low, high) == (0.0, 1.0)


@settings(max_examples=15, deadline=None)
@given(st.lists(nights(), min_size=2, max_size=5))
def test_the_median_delay_of_a_drawn_sample_is_its_weighted_median(several: list[ReplayNight]) -> None:
    one = replay([Rule("any", (Condition("R", 1, 1),), rest_min=0)], [*several, night_of([R] * 6, [R] * 6)])[0]
    weight = np.random.default_rng(0).integers(0, 3, (5, len(one.nights)))
    fast = one._drawn_delays(weight)
    for row, value in zip(weight, fast, strict=True):
        delays = sorted(
            d
            for times, s in zip(row, one.nights, strict=True)
            for d in s.delays_min[~np.isnan(s.delays_min)]
            for _ in range(times)
        )
        assert np.isnan(value) if not delays else value == delays[(len(delays) - 1) // 2]


RULES = """
[[rules]]
name = "six"
stage = "R"
at_least = 6
not_before_min = 60

[[rules]]
name = "either"
at_least = 8
streams = ["psg"]
any_of = [{ at_least = 4, of_last = 5, agree = "all" }]
rest_min = 20
most = 3
action = "cue"
"""


def test_a_rule_file_is_read_and_its_tables_say_the_same_again(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    six, either = read_rules(path)
    assert six == Rule("six", (Condition("R", 6, 6),), not_before_min=60)
    assert either.conditions == (Condition("R", 8, 8, ("psg",)), Condition("R", 4, 5))
    assert (either.rest_min, either.most, either.action) == (20, 3, "cue")
    assert "8 epochs of R in a row by psg or 4 of the last 5 epochs R" in either.sentence
    assert either.to_dict()["any_of"][0]["at_least"] == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("rules = 3", "has no rules"),
        ("[[rules]\n", "not a TOML file"),
        ('[[rules]]\nname = "x"\nat_lest = 3', "unknown key 'at_lest'"),
        ('[[rules]]\nname = "x"\nat_least = 0', "at_least must be 1 to of_last"),
        ('[[rules]]\nname = "x"\nat_least = "six"', "a value is not a number"),
        ('[[rules]]\nname = "x"\nnot_before_min = "late"', "a value is not a number"),
        ('[[rules]]\nname = "x"\nstage = "REM"', "unknown stage 'REM'"),
        ('[[rules]]\nname = "x"\nstreams = "psg"', "streams is not a list"),
        ('[[rules]]\nname = "x"\ncounted_from = "lights"', "counted_from"),
        ("[[rules]]\nat_least = 2", "needs a name"),
        ('[[rules]]\nname = "x"\n[[rules]]\nname = "x"', "two rules have the name 'x'"),
        ('[[rules]]\nname = "x"\nany_of = [3]', "not a table"),
    ],
)
def test_a_rule_file_that_is_wrong_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((InputError, ReadError), match=said) as raised:
        read_rules(path)
    assert "rules.toml" in raised.value.where


def test_a_missing_rule_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        read_rules(tmp_path / "none.toml")


def _bids(folder: Path, nights_: int = 3) -> Path:
    for number in range(1, nights_ + 1):
        place = folder / f"sub-{number}" / "eeg"
        place.mkdir(parents=True)
        for acq, columns in (("psg", ("stage_hum", "stage_ai")), ("band", ("stage_ai",))):
            rows = ["\t".join(("onset", "duration", *columns))]
            rows += ["\t".join((str(30 * i), "30", *["4" if i > 3 else "2"] * len(columns))) for i in range(12)]
            (place / f"sub-{number}_task-Sleep_acq-{acq}_events.tsv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "participants.tsv").write_text("participant_id\tpid\nsub-1\tA\nsub-2\tA\nsub-3\tB\n", encoding="utf-8")
    return folder


def test_nights_of_a_bids_folder_have_a_stream_per_column_and_know_whose_they_are(tmp_path: Path) -> None:
    found = read_replay_nights(_bids(tmp_path), "psg/stage_hum", vocabulary="0-4")
    assert [one.name for one in found] == ["sub-1", "sub-2", "sub-3"]
    assert [one.who for one in found] == ["A", "A", "B"]
    assert set(found[0].streams) == {"psg/stage_ai", "band/stage_ai"}
    assert isinstance(replay([SIX], found)[0], Replay)


def test_a_night_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    folder = _bids(tmp_path)
    (folder / "sub-2" / "eeg" / "sub-2_task-Sleep_acq-psg_events.tsv").write_text(
        "onset\tduration\tstage_hum\nx\t30\t2\n"
    )
    found = read_replay_nights(folder, "psg/stage_hum", vocabulary="0-4")
    assert len(found) == 2
    assert found.left_out == ("sub-2: line 2: onset is not a number and not a time",)


def test_a_folder_without_the_truth_says_which_streams_there_are(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no night has the stream") as raised:
        read_replay_nights(_bids(tmp_path), "psg/stage_human", vocabulary="0-4")
    assert "psg/stage_hum" in raised.value.allowed


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_without_nights_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError):
        read_replay_nights(tmp_path / name, "psg/stage_hum")


def test_what_a_stream_is_called_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "sub-1_events.tsv").write_bytes(b"onset\tduration\tstage_a\n0\t30\t\x00\x81\n")
    with pytest.raises(ReadError) as caught:
        read_replay_nights(tmp_path, "expert")
    assert "begins with 'stage'" in caught.value.rule
    assert "not UTF-8" in caught.value.next_step
