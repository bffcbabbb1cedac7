"""Recordings to MNE and back: samples in volts, gaps as BAD annotations, the clock; held against MNE's own reader."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import UsageError
from karmalink.night import Annotation, Recording, examine, read_recording, simulate_night, write_edf
from karmalink.night.recordings.recording import ArraySignals, BlankedSignals, Channel

START = datetime(2031, 3, 7, 22, 41, 3, 250_000)
NAMES = ("EEG C4-M1", "EOG E1-M2", "EMG chin", "SpO2")


def recording(**changes: Any) -> Recording:
    rng = np.random.default_rng(1)
    data = rng.normal(0, 20e-6, (4, 3_000))
    made = Recording.from_array(data, NAMES, 100.0, label="n", start=START)
    channels = tuple(replace(one, unit_as_read="%" if one.name == "SpO2" else "uV") for one in made.channels)
    return replace(made, channels=channels, **changes)


def gapped() -> Recording:
    """Return a recording with a gap of all channels at 5–8 s and a missing second of the EOG at 20 s."""
    one = recording(gaps=((5.0, 8.0),))
    lost = {index: [(500, 800), *([(2_000, 2_100)] if index == 1 else [])] for index in range(4)}
    return replace(one, signals=BlankedSignals(one.signals, lost))


def test_to_mne_samples_types_rate_and_clock() -> None:
    one = recording()
    raw = one.to_mne()
    assert raw.ch_names == list(NAMES)
    assert raw.get_channel_types() == ["eeg", "eog", "emg", "misc"]
    assert raw.info["sfreq"] == 100.0
    assert raw.info["meas_date"] == START.replace(tzinfo=UTC)
    np.testing.assert_array_equal(raw.get_data(), np.array([one.signal(name) for name in NAMES]))


def test_to_mne_agrees_with_what_mne_reads_from_the_same_file(tmp_path: Path) -> None:
    night, _ = simulate_night(0.1, seed=4, start=datetime(2031, 3, 7, 22, 41))
    path = write_edf(night, tmp_path / "n.edf", annotations=[Annotation(12.5, 1.0, "LRLR")])
    ours = read_recording(path).to_mne()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = mne.io.read_raw_edf(path, verbose="ERROR")
        data = theirs.get_data()
    np.testing.assert_allclose(ours.get_data(), data, rtol=1e-9, atol=1e-15)
    assert ours.ch_names == theirs.ch_names
    assert ours.info["meas_date"] == theirs.info["meas_date"]
    assert list(ours.annotations.onset) == list(theirs.annotations.onset)
    assert list(ours.annotations.description) == list(theirs.annotations.description)


def test_from_mne_of_a_file_is_the_recording_that_is_read(tmp_path: Path) -> None:
    night, _ = simulate_night(0.1, seed=4)
    path = write_edf(night, tmp_path / "n.edf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Recording.from_mne(mne.io.read_raw_edf(path, verbose="ERROR"), label="n")
    ours = read_recording(path)
    assert [(one.name, one.kind, one.sfreq, one.n_samples, one.reference) for one in theirs.channels] == [
        (one.name, one.kind, one.sfreq, one.n_samples, one.reference) for one in ours.channels
    ]
    assert theirs.start == ours.start
    for name in ours.names:
        np.testing.assert_allclose(theirs.signal(name), ours.signal(name), rtol=1e-9, atol=1e-15)
    assert not examine(theirs).of_severity("corrected", "unusable")


def test_to_mne_gaps_are_bad_annotations_over_zeros() -> None:
    raw = gapped().to_mne()
    rows = [(one["onset"], one["duration"], one["description"], tuple(one["ch_names"])) for one in raw.annotations]
    assert rows == [(5.0, 3.0, "BAD_ACQ_SKIP", ()), (20.0, 1.0, "BAD_missing", ("EOG E1-M2",))]
    data = raw.get_data()
    assert np.isfinite(data).all()
    assert not data[:, 500:800].any()
    assert not data[1, 2_000:2_100].any()
    assert data[0, 2_000:2_100].all()


def test_to_mne_mne_leaves_gaps_out() -> None:
    raw = recording(gaps=((5.0, 8.0),)).to_mne()
    assert raw.get_data(reject_by_annotation="omit").shape == (4, 2_700)


def test_round_trip_keeps_everything_but_units() -> None:
    marks = (Annotation(1.5, 0.0, "Lights off"), Annotation(10.0, 2.5, "LRLR", "EOG E1-M2"))
    one = replace(gapped(), annotations=marks)
    one = replace(one, channels=(*one.channels[:2], replace(one.channels[2], usable=False), one.channels[3]))
    back = Recording.from_mne(one.to_mne(), label="n")
    assert (back.names, back.start, back.gaps, back.duration_s) == (one.names, one.start, one.gaps, one.duration_s)
    assert back.annotations == marks
    assert [(channel.kind, channel.usable, channel.in_volts) for channel in back.channels] == [
        (channel.kind, channel.usable, channel.in_volts) for channel in one.channels
    ]
    for name in one.names:
        np.testing.assert_array_equal(back.signal(name), one.signal(name))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(1, 8), st.integers(-1, 2)), max_size=5))
def test_round_trip_missing_samples_are_the_same(stretches: list[tuple[int, int, int]]) -> None:
    data = np.arange(120, dtype=np.float64).reshape(3, 40) + 1
    lost: dict[int, list[tuple[int, int]]] = {0: [], 1: [], 2: []}
    gaps = []
    for first, length, channel in stretches:
        stop = min(40, first + length)
        if channel < 0:
            gaps.append((first / 10, stop / 10))
        for index in range(3) if channel < 0 else (channel,):
            lost[index].append((first, stop))
    channels = tuple(Channel(name, "eeg", 10.0, 40, "V") for name in ("C3", "C4", "Cz"))
    one = Recording("n", channels, BlankedSignals(ArraySignals(data), lost), 4.0, gaps=tuple(sorted(set(gaps))))
    back = Recording.from_mne(one.to_mne())
    assert np.array(back.gaps) == pytest.approx(np.array(one.gaps), abs=1e-9)
    for name in one.names:
        np.testing.assert_array_equal(back.signal(name), one.signal(name))


def test_from_mne_a_cropped_raw_begins_later() -> None:
    raw = replace(recording(), annotations=(Annotation(12.0, 1.0, "x"),)).to_mne()
    cropped = Recording.from_mne(raw.copy().crop(tmin=10.0))
    assert cropped.start == START.replace(second=13)
    assert [one.onset_s for one in cropped.annotations] == [2.0]
    np.testing.assert_array_equal(cropped.signal("EMG chin"), recording().signal("EMG chin", 10.0))


def test_from_mne_types_win_over_names_unless_they_say_nothing() -> None:
    info = mne.create_info(["C3", "a", "b", "leg"], 100.0, ["eog", "eeg", "misc", "emg"])
    made = Recording.from_mne(mne.io.RawArray(np.zeros((4, 100)), info, verbose="ERROR"))
    assert [channel.kind for channel in made.channels] == ["eog", "eeg", "unknown", "leg"]


def test_to_mne_channels_of_several_rates_are_refused_and_can_be_named() -> None:
    one = recording()
    slow = replace(one.channels[3], sfreq=1.0, n_samples=30)
    mixed = replace(one, channels=(*one.channels[:3], slow))
    with pytest.raises(UsageError, match="1, 100 samples per second"):
        mixed.to_mne()
    assert mixed.to_mne(NAMES[:3]).ch_names == list(NAMES[:3])
    with pytest.raises(UsageError, match="no samples per second"):
        mixed.to_mne([])


def test_to_mne_annotations_of_channels_left_out_are_of_all() -> None:
    one = replace(recording(), annotations=(Annotation(1.0, None, "x", "SpO2"),))
    raw = one.to_mne(NAMES[:3])
    assert list(raw.annotations.ch_names) == [()]
