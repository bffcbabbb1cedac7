"""The summary by the AASM's definitions: nights worked by hand, a slow reference, and the peer where it agrees."""

from __future__ import annotations

import itertools
import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import CannotAnswer, InputError
from karmalink.night import Hypnogram, SleepSummary, summarise

#          0-2 min  2-3   3-8    8-10  10-11 11-16  16-19 19-20 20-26  26-28
BY_HAND = "W W W W  N1 N1 " + "N2 " * 10 + "N3 " * 4 + "W W " + "N2 " * 10 + "R " * 6 + "W W " + "R " * 12 + "W " * 4


def night(text: str, **rest: object) -> Hypnogram:
    return Hypnogram.from_labels(text.split(), **rest)


def test_a_night_worked_by_hand() -> None:
    summary = summarise(night(BY_HAND))
    assert summary.total_recording_min == 28
    assert summary.total_sleep_min == 1 + 5 + 2 + 5 + 3 + 6
    assert summary.sleep_efficiency_pct == pytest.approx(100 * 22 / 28)
    assert summary.sleep_latency_min == 2
    assert summary.rem_latency_min == 16 - 2
    assert summary.sleep_period_min == 26 - 2
    assert summary.wake_after_onset_min == 1 + 1 + 2
    assert summary.wake_in_period_min == 1 + 1
    assert summary.awakenings == 2
    assert summary.persistent_sleep_latency_min is None  # the longest run is 8 minutes
    assert summary.stage_min == {"W": 6, "N1": 1, "N2": 10, "N3": 2, "R": 9}
    assert summary.stage_pct["R"] == pytest.approx(100 * 9 / 22)
    assert summary.unscored_min == 0
    assert summary.uncertain_pct is None


def test_aasm_lights_off_and_on_bound_every_figure() -> None:
    summary = summarise(night(BY_HAND), lights_off_s=60, lights_on_s=26.5 * 60)
    assert summary.total_recording_min == 25.5
    assert summary.sleep_latency_min == 1
    assert summary.rem_latency_min == 14  # from sleep onset, not from lights off
    assert summary.wake_after_onset_min == 2.5
    assert summary.stage_min["W"] == 1 + 2 + 0.5


def test_an_epoch_that_the_lights_cut_counts_for_its_part() -> None:
    summary = summarise(night("N2 N2 N2"), lights_off_s=10, lights_on_s=70)
    assert summary.total_sleep_min == pytest.approx(1)
    assert summary.sleep_latency_min == 0


def test_the_aasm_wake_after_sleep_onset_goes_to_lights_on_the_peers_ends_with_the_last_sleep() -> None:
    summary = summarise(night("W N2 W W N2 W W W W"))
    assert summary.wake_after_onset_min == 3
    assert summary.wake_in_period_min == 1
    assert summary.wake_after_onset_min == pytest.approx(
        summary.total_recording_min - summary.sleep_latency_min - summary.total_sleep_min  # type: ignore[operator]
    )


def test_latency_to_persistent_sleep_does_not_depend_on_the_epoch_length() -> None:
    minutes = "W " * 3 + "N1 " * 4 + "W " + "N2 " * 10
    for per_minute, epoch_s in ((1, 60.0), (2, 30.0), (3, 20.0), (12, 5.0)):
        labels = [label for label in minutes.split() for _ in range(per_minute)]
        assert summarise(Hypnogram.from_labels(labels, epoch_s=epoch_s)).persistent_sleep_latency_min == 8


def test_what_was_not_scored_is_counted_and_said() -> None:
    summary = summarise(night("W ? ? N1 N2 ? R W", probabilities=None))
    assert summary.unscored_min == 1.5
    assert summary.notes == (
        "1.0 min before the first sleep are unscored: it may have begun earlier",
        "0.5 min before the first REM are unscored: it may have begun earlier",
    )
    assert summary.awakenings == 0


def test_time_with_the_lights_off_that_was_never_recorded_is_not_scored() -> None:
    assert summarise(night("W N2"), lights_on_s=120).unscored_min == 1


def test_a_night_without_sleep_has_no_latency() -> None:
    summary = summarise(night("W W ? W"))
    assert summary.total_sleep_min == 0
    assert summary.sleep_latency_min is summary.rem_latency_min is summary.wake_after_onset_min is None
    assert summary.stage_pct["N2"] is None
    json.dumps(summary.to_dict(), allow_nan=False)
    assert "sleep latency none" in repr(summary)


def test_uncertain_epochs_are_counted_among_the_scored() -> None:
    table = np.array([[0.9, 0.1, 0, 0, 0], [0.5, 0.5, 0, 0, 0], [np.nan] * 5])
    assert summarise(Hypnogram(np.array([0, 0, -1]), probabilities=table)).uncertain_pct == 50


def test_impossible_lights_are_refused() -> None:
    for off, on in ((60, 60), (90, 30), (1e6, 2e6), (-50, -10)):
        with pytest.raises(InputError):
            summarise(night("W N1 N2"), lights_off_s=off, lights_on_s=on)
    with pytest.raises(CannotAnswer, match="nothing was scored"):
        summarise(night("? ? ?"))


def slow(codes: list[int], epoch_s: int, off: int, on: int) -> dict[str, float | None]:
    """Work the figures out second by second."""
    seconds = [code for code in codes for _ in range(epoch_s)] + [-1] * 10_000
    window = [seconds[second] for second in range(off, on)]
    asleep = [second for second, code in enumerate(window) if code > 0]
    rem = [second for second, code in enumerate(window) if code == 4]
    onset = asleep[0] if asleep else None
    persistent = next((s for s in range(len(window) - 599) if all(c > 0 for c in window[s : s + 600])), None)
    wakes = 0
    scored = [code for code in window if code >= 0]
    sleeping = [i for i, code in enumerate(scored) if code > 0]
    for before, after in itertools.pairwise(sleeping):
        wakes += after - before > 1
    return {
        "total_recording_min": len(window) / 60,
        "total_sleep_min": len(asleep) / 60,
        "sleep_efficiency_pct": 100 * len(asleep) / len(window),
        "sleep_latency_min": None if onset is None else onset / 60,
        "persistent_sleep_latency_min": None if persistent is None else persistent / 60,
        "rem_latency_min": (rem[0] - onset) / 60 if rem and onset is not None else None,
        "sleep_period_min": None if onset is None else (asleep[-1] + 1 - onset) / 60,
        "wake_after_onset_min": None if onset is None else sum(code == 0 for code in window[onset:]) / 60,
        "wake_in_period_min": None if onset is None else sum(code == 0 for code in window[onset : asleep[-1]]) / 60,
        "awakenings": wakes,
        "unscored_min": sum(code < 0 for code in window) / 60,
    }


@settings(deadline=None)
@given(st.data())
def test_every_figure_is_what_counting_seconds_gives(data: st.DataObject) -> None:
    runs = data.draw(st.lists(st.tuples(st.integers(-1, 4), st.integers(1, 30)), min_size=1, max_size=12))
    codes = [code for code, length in runs for _ in range(length)]
    epoch_s = data.draw(st.sampled_from([20, 30]))
    total = len(codes) * epoch_s
    off = data.draw(st.integers(0, total - 1))
    on = data.draw(st.integers(off + 1, total + 100))
    hypnogram = Hypnogram(np.array(codes), epoch_s=epoch_s)
    expected = slow(codes, epoch_s, off, on)
    try:
        summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on)
    except CannotAnswer:
        assert expected["unscored_min"] == expected["total_recording_min"]
        return
    for name, value in expected.items():
        assert getattr(summary, name) == (None if value is None else pytest.approx(value, abs=1e-9)), name


PEER = {
    "TIB": "total_recording_min",
    "TST": "total_sleep_min",
    "SPT": "sleep_period_min",
    "WASO": "wake_in_period_min",
    "SE": "sleep_efficiency_pct",
    "SOL": "sleep_latency_min",
}


def test_yasa_sleep_statistics_agree_where_the_definitions_do() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import yasa

        words = {"W": "WAKE", "R": "REM"}
        rng = np.random.default_rng(5)
        for _ in range(20):
            codes = np.repeat(rng.integers(0, 5, 30), rng.integers(1, 20, 30))
            hypnogram = Hypnogram(codes)
            theirs = yasa.Hypnogram(
                [words.get(label, label) for label in hypnogram.labels], freq="30s"
            ).sleep_statistics()
            ours = summarise(hypnogram)
            for peer, name in PEER.items():
                assert getattr(ours, name) == pytest.approx(theirs[peer], abs=1e-3), peer
            for stage in ("N1", "N2", "N3", "R"):
                assert ours.stage_min[stage] == pytest.approx(theirs.get(words.get(stage, stage), 0))
                assert ours.stage_pct[stage] == pytest.approx(theirs.get(f"%{words.get(stage, stage)}", 0), abs=1e-3)
            # AASM counts REM latency from sleep onset, the peer from lights off.
            if not math.isnan(theirs["Lat_REM"]):
                assert ours.rem_latency_min == pytest.approx(theirs["Lat_REM"] - theirs["SOL"])


def test_the_summary_is_a_table() -> None:
    frame = summarise(night(BY_HAND)).to_dataframe()
    assert frame.set_index("figure").loc["total sleep time", "value"] == 22
    assert isinstance(summarise(night(BY_HAND)), SleepSummary)
