"""EDF, EDF+ and BDF as written: every sample, gap, start and annotation comes back, and MNE reads the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError, UsageError
from karmalink.night import (
    RECORDING_WRITERS,
    Recording,
    edf_bytes,
    read_annotations,
    read_recording,
    read_recording_bytes,
    write_recording,
)
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.edf_writer import edf_names
from karmalink.night.recordings.recording import ArraySignals, Channel

ANY_FOLDER = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Any recording that EDF can hold: any size, length, rate, with or without lost samples."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate = draw(st.sampled_from([1.0, 50.0, 100.0, 128.0, 250.0213, 33.25]))
    data = rng.standard_normal((draw(st.integers(1, 3)), draw(st.integers(3, 900))))
    data *= draw(st.sampled_from([1e-9, 1e-6, 1e-4, 0.3, 25.0]))
    if draw(st.booleans()):
        first = draw(st.integers(0, data.shape[1] - 2))
        data[0, first : first + draw(st.integers(1, 300))] = np.nan
    start = draw(st.none() | st.datetimes(datetime(1985, 1, 1), datetime(2084, 12, 31)))
    names = ["EEG C3-M2", "EEG C4-M1 of the left bed", "Augen, äußere"][: len(data)]
    return Recording.from_array(data, names, rate, start=start, kinds=["eeg"] * len(data))


@pytest.mark.parametrize("bdf", [False, True])
@ANY_FOLDER
@given(data=st.data())
def test_every_sample_gap_and_start_comes_back(bdf: bool, data: st.DataObject) -> None:
    night = data.draw(recordings())
    back = read_recording_bytes(edf_bytes(night, mark_gaps=True, bdf=bdf))
    assert back.start == night.start
    assert back.duration_s == pytest.approx(night.duration_s, rel=1e-6)
    for name, short in zip(night.names, edf_names(night.names), strict=True):
        expected, found = night.signal(name), back.signal(short)
        assert found.size == expected.size
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        peak = max(float(np.nanmax(np.abs(expected), initial=0.0)), 1e-6)
        np.testing.assert_allclose(found, expected, atol=1.1 * peak / (2**23 if bdf else 2**15), equal_nan=True)


@ANY_FOLDER
@given(data=st.data())
def test_mne_reads_what_is_written(data: st.DataObject, tmp_path: Path) -> None:
    import mne

    night = data.draw(recordings())
    path = write_recording(night, tmp_path / "x.edf", annotations=[Annotation(0.0, None, "here")])
    theirs = mne.io.read_raw_edf(path, preload=True, verbose="ERROR")
    ours = read_recording(path)
    for row, name in enumerate(ours.names):
        expected = np.nan_to_num(ours.signal(name))
        size = min(expected.size, theirs.n_times)
        scale = max(1e-9, float(np.abs(expected).max()))
        np.testing.assert_allclose(theirs.get_data(picks=[row])[0][:size] / scale, expected[:size] / scale, atol=1e-6)
    assert "here" in list(theirs.annotations.description)


def test_zero_is_written_as_zero() -> None:
    back = read_recording_bytes(edf_bytes(Recording.from_array([[0.0, 3e-5, 0.0, -1e-5] * 50], ["C3"], 100)))
    assert back.signal("C3")[0] == 0.0


def test_channels_of_several_rates_each_keep_theirs() -> None:
    rates = (256.0, 100.0, 1.0, 0.5)
    data = [np.arange(round(8 * rate)) * 1e-6 for rate in rates]

    class Held:
        def read(self, index: int, first: int, stop: int) -> np.ndarray:
            return data[index][first:stop].copy()

    channels = tuple(Channel(f"C{i}", "eeg", rate, data[i].size, "V") for i, rate in enumerate(rates, start=0))
    back = read_recording_bytes(edf_bytes(Recording("x", channels, Held(), 8.0)))
    assert [one.sfreq for one in back.channels] == list(rates)
    np.testing.assert_allclose(back.signal("C0"), data[0], atol=1e-7)


def test_rates_without_a_common_record_are_refused() -> None:
    channels = (Channel("C3", "eeg", 250.0213, 10), Channel("C4", "eeg", 99.7, 10))
    with pytest.raises(InputError, match="no common record"):
        edf_bytes(Recording("x", channels, ArraySignals(np.zeros((2, 10))), 0.1))


def test_a_number_too_large_for_the_header_is_refused() -> None:
    with pytest.raises(InputError, match="reaches"):
        edf_bytes(Recording.from_array([[1e9, 0.0]], ["Pulse"], 1, kinds=["pulse"], unit="bpm"))


def test_a_crowded_second_does_not_swell_every_record() -> None:
    marks = [Annotation(1.0, 0.5, f"event {n}") for n in range(300)]
    night = Recording.from_array(np.zeros((1, 60 * 100)), ["C3"], 100, kinds=["eeg"])
    raw = edf_bytes(night, annotations=marks)
    assert len(raw) < 60 * 200 + 40_000
    assert len(read_annotations_of(raw)) == 300


def read_annotations_of(raw: bytes) -> list[Annotation]:
    from karmalink.night.recordings.annotations import parse_annotations

    found = parse_annotations(raw, where="x")
    assert found.odd == ()
    return list(found.annotations)


@given(st.lists(st.tuples(st.floats(0, 59), st.text("abc ", min_size=1, max_size=80)), max_size=60))
@settings(deadline=None, max_examples=30)
def test_no_annotation_is_lost_whatever_their_number_and_length(rows: list[tuple[float, str]]) -> None:
    night = Recording.from_array(np.zeros((1, 60 * 50)), ["C3"], 50, kinds=["eeg"])
    marks = [Annotation(round(onset, 6), 1.0, f"x{text}x") for onset, text in rows]
    if not marks:
        return
    back = read_annotations_of(edf_bytes(night, annotations=marks))
    assert sorted((one.onset_s, one.text) for one in back) == sorted((one.onset_s, one.text) for one in marks)


def test_tables_and_arrays_hold_microvolts(tmp_path: Path) -> None:
    night = Recording.from_array([[1e-6, np.nan, 3e-6], [0.0, 1.0, 2.0]], ["C3-M2", "E1, left"], 100)
    for ending in (".csv", ".tsv", ".npy"):
        back = read_recording(write_recording(night, tmp_path / f"x{ending}"), sfreq=100)
        np.testing.assert_allclose(back.signal(back.names[0]), night.signal("C3-M2"), equal_nan=True)
    assert set(RECORDING_WRITERS) == {".edf", ".bdf", ".csv", ".tsv", ".npy"}


def test_what_no_form_can_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    channels = (Channel("C3", "eeg", 100.0, 10), Channel("C4", "eeg", 50.0, 10))
    mixed = Recording("x", channels, ArraySignals(np.zeros((2, 10))), 0.1)
    for name in ("x.csv", "x.doc"):
        with pytest.raises(UsageError):
            write_recording(mixed, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_annotations_stay_with_a_recording_through_edf(tmp_path: Path) -> None:
    night = Recording.from_array(np.zeros((1, 500)), ["C3"], 100, start=datetime(2020, 1, 1, 23, 0, 0, 250_000))
    path = write_recording(night, tmp_path / "x.bdf", annotations=[Annotation(2.5, 1.0, "LRLR", "C3")])
    found = read_annotations(path)
    assert (found.start, found.annotations) == (night.start, (Annotation(2.5, 1.0, "LRLR", "C3"),))
