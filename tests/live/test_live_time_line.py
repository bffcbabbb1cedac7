"""Losses become gaps in their place; clocks that leap move nothing; what goes missing unsaid is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_streams import INFO, chunks, source

from karmalink.errors import InputError, UnknownName, UsageError
from karmalink.live import Chunk, StreamChannel, StreamInfo, open_source, run_source
from karmalink.live.sources.faults import parse_faults
from karmalink.live.sources.time_line import LossWatch, TimeLine


def laid(made: list[Chunk], info: StreamInfo = INFO) -> tuple[list[np.ndarray], list[str], TimeLine]:
    """Return the samples of each channel on the time line, the kinds of events, and the line."""
    line, parts, kinds = TimeLine(info), [[] for _ in info.channels], []
    for chunk in made:
        placed = line.place(chunk)
        kinds += [event.kind for event in placed.events]
        for part, samples in zip(parts, placed.samples, strict=True):
            part.append(samples)
    return [np.concatenate(part) for part in parts], kinds, line


@settings(max_examples=20)
@given(st.sets(st.integers(1, 38), max_size=10))
def test_lost_chunks_of_a_counting_device_are_gaps_to_the_sample(lost: set[int]) -> None:
    made = chunks(40)
    whole, _, _ = laid(made)
    found, kinds, line = laid([one for number, one in enumerate(made) if number not in lost])
    expected = [x.copy() for x in whole]
    for number in lost:
        for x, channel in zip(expected, INFO.channels, strict=True):
            x[round(number * 0.2 * channel.sfreq) : round((number + 1) * 0.2 * channel.sfreq)] = np.nan
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)
    assert set(kinds) <= {"gap"}
    assert line.now_s == pytest.approx(8.0)


def test_without_a_counter_the_senders_clock_and_the_arrivals_say_it_together() -> None:
    made = [replace(one, counter=None) for one in chunks(40)]
    found, kinds, _ = laid([*made[:10], *made[20:]])
    assert (kinds, found[0].size) == (["gap"], 800)
    assert np.isnan(found[0][200:400]).all()


@pytest.mark.parametrize("step", [-200_000.0, -15.0, 20.0, 200_000.0])
@pytest.mark.parametrize("counts", [True, False])
def test_a_clock_that_leaps_alone_moves_nothing_and_is_told_at_once(step: float, counts: bool) -> None:
    made = [one if counts else replace(one, counter=None) for one in chunks(20)]
    leapt = [replace(one, source_s=one.source_s + step) if n >= 10 else one for n, one in enumerate(made)]
    found, kinds, line = laid(leapt)
    np.testing.assert_array_equal(found[0], laid(made)[0][0])
    assert (kinds, line.now_s) == (["clock"], pytest.approx(4.0))


def test_this_computers_clock_is_watched_too() -> None:
    made = [replace(one, wall_s=one.wall_s + 3600 * (n >= 5)) for n, one in enumerate(chunks(10))]
    assert laid(made)[1] == ["clock"]


def test_samples_that_are_sent_again_are_left_out() -> None:
    made = chunks(30)
    again = [replace(one, arrived_s=one.arrived_s + 2) for one in made[15:20]]
    found, kinds, _ = laid([*made[:20], *again, *made[20:]])
    np.testing.assert_array_equal(found[0], laid(made)[0][0])
    assert set(kinds) <= {"doubled", "clock"}


def test_a_sender_that_begins_again_goes_on_where_the_arrivals_say() -> None:
    first, second = chunks(20), chunks(10, seed=1)
    late = [replace(one, arrived_s=one.arrived_s + 9, wall_s=one.wall_s + 9) for one in second]
    found, kinds, _ = laid([*first, *late])
    assert "restart" in kinds
    assert np.isnan(found[0][400:900]).all()
    assert found[0].size == 1100


def test_a_stall_that_comes_in_one_burst_loses_nothing() -> None:
    made = chunks(40)
    burst = [replace(one, arrived_s=max(one.arrived_s, 6.0), wall_s=1e9 + max(one.arrived_s, 6.0)) for one in made]
    found, kinds, _ = laid(burst)
    np.testing.assert_array_equal(found[0], laid(made)[0][0])
    assert kinds == []


@pytest.mark.parametrize(("share", "seen"), [(0.0015, True), (0.003, True), (0.0003, False), (0.0, False)])
def test_silent_loss_is_seen_within_five_minutes_and_jitter_is_not_called_one(share: float, seen: bool) -> None:
    rng, watch, told = np.random.default_rng(0), LossWatch(), []
    for second in np.arange(0, 300, 0.25):
        event = watch.look(second + rng.uniform(0, 0.05), second * (1 - share))
        told += [] if event is None else [event]
    assert [one.kind for one in told] == (["loss"] if seen else [])


def test_a_stream_that_changes_its_channels_is_refused() -> None:
    line = TimeLine(INFO)
    [chunk] = chunks(1)
    with pytest.raises(InputError, match="1 channels"):
        line.place(replace(chunk, samples=chunk.samples[:1]))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("drop@60+4", "gap"),
        ("stall@60+5", "stall"),
        ("step@60=-15", "clock"),
        ("restart@90", "restart"),
        ("loop@60+3", "doubled"),
        ("loss=0.0015", "loss"),
    ],
)
def test_every_fault_of_the_simulated_sleeper_is_told(words: str, kind: str) -> None:
    played = run_source(source(words))
    assert kind in {event.kind for event in played.events}
    assert played.ended == "the recording is over"


def test_electrodes_that_are_off_give_no_stage() -> None:
    played = run_source(source("off@90+120"))
    assert played.hypnogram.labels[4:6] == ("?", "?")
    assert "?" not in played.hypnogram.labels[:3]


@pytest.mark.parametrize("words", ["stall@x", "melt@3", "stall@1+2=3=4"])
def test_faults_that_cannot_be_read_are_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_faults(words)


@pytest.mark.parametrize(
    ("words", "error"),
    [("radio:x", UnknownName), ("file", UnknownName), ("file:", UsageError), ("simulated:sed=1", UnknownName)],
)
def test_sources_that_are_not_there_are_refused(words: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_source(words)


@pytest.mark.parametrize("names", [("a", "a"), ()])
def test_streams_that_cannot_be_placed_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        StreamInfo(tuple(StreamChannel(name, "eeg", 100.0) for name in names), "x")
