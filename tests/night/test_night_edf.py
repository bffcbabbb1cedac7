"""EDF, EDF+ and BDF: every sample as MNE reads it, each signal at its own rate, gaps in their place."""

from __future__ import annotations

import errno
import warnings
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from night_edf_files import EdfFile, counted

from karmalink.errors import InputError, ReadError
from karmalink.night import Recording, edf_bytes, read_recording, read_recording_bytes, write_edf


@st.composite
def files(draw: st.DrawFn) -> EdfFile:
    """Any whole file of one rate (MNE resamples the others)."""
    bdf = draw(st.booleans())
    top = 2**23 - 1 if bdf else 2**15 - 1
    records, samples, signals = draw(st.integers(1, 5)), draw(st.integers(1, 12)), draw(st.integers(1, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    digits = [rng.integers(-top - 1, top + 1, (records, samples)) for _ in range(signals)]
    low = draw(st.integers(-9000, 9000))
    return EdfFile(
        digits=digits,
        labels=[f"C{i + 1}" for i in range(signals)],
        unit=draw(st.sampled_from(["uV", "mV", "V", "UV", ""])),
        physical=(float(low), float(low + draw(st.integers(1, 90_000)))),
        digital=(-top - 1, top),
        record_s=draw(st.sampled_from([1.0, 0.5, 2.0, 30.0])),
        bdf=bdf,
    )


@settings(deadline=None, max_examples=60)
@given(files())
def test_every_sample_is_what_mne_reads(file: EdfFile) -> None:
    import mne

    ending = ".bdf" if file.bdf else ".edf"
    ours = read_recording_bytes(file.to_bytes())
    import tempfile

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / f"x{ending}"
        path.write_bytes(file.to_bytes())
        read = mne.io.read_raw_bdf if file.bdf else mne.io.read_raw_edf
        theirs = read(path, preload=True, stim_channel=None, verbose="ERROR")
    assert ours.names == tuple(theirs.ch_names)
    for row, name in enumerate(ours.names):
        expected = theirs.get_data(picks=[row])[0]
        if file.unit == "UV":  # MNE does not know it and takes it for volts
            expected = expected * 1e-6
        np.testing.assert_allclose(ours.signal(name), expected, rtol=1e-9, atol=1e-12 * max(1, abs(expected).max()))


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_part_read_is_the_part_of_the_whole(first: int, stop: int) -> None:
    recording = read_recording_bytes(EdfFile(counted(6, 10), ["C3"]).to_bytes())
    whole = recording.signals.read(0, 0, 60)
    np.testing.assert_array_equal(recording.signals.read(0, first, stop), whole[first:stop])


def test_mixed_rates_stay_as_they_are() -> None:
    digits = [*counted(4, 100), *counted(4, 1)]
    recording = read_recording_bytes(
        EdfFile(digits, ["C3-A2", "SaO2"], digital=(0, 1000), physical=(0, 1000)).to_bytes()
    )
    assert [(one.sfreq, one.n_samples) for one in recording.channels] == [(100.0, 400), (1.0, 4)]
    np.testing.assert_allclose(recording.signal("SaO2") * 1e6, digits[1].ravel())


def test_edf_plus_d_keeps_gaps_as_time_without_samples() -> None:
    file = EdfFile(counted(4, 10), ["C3"], reserved="EDF+D", onsets=[0, 1, 5.5, 6.5])
    recording = read_recording_bytes(file.to_bytes())
    assert recording.format == "edf+d"
    assert recording.gaps == ((2.0, 5.5),)
    assert recording.duration_s == 7.5
    signal = recording.signal("C3")
    assert np.isnan(signal[20:55]).all()
    assert np.isfinite(signal[:20]).all()
    whole = read_recording_bytes(EdfFile(counted(4, 10), ["C3"]).to_bytes()).signal("C3")
    np.testing.assert_array_equal(signal[np.isfinite(signal)], whole)
    np.testing.assert_array_equal(recording.signal("C3", 1.5, 6.0), signal[15:60])


def test_edf_plus_d_that_runs_back_in_time_is_refused() -> None:
    file = EdfFile(counted(3, 10), ["C3"], reserved="EDF+D", onsets=[0, 5, 4])
    with pytest.raises(ReadError, match="record 3 begins before"):
        read_recording_bytes(file.to_bytes())


def test_edf_plus_c_starts_where_its_first_record_says() -> None:
    file = EdfFile(counted(2, 10), ["C3"], reserved="EDF+C", onsets=[0.25, 1.25])
    recording = read_recording_bytes(file.to_bytes())
    assert recording.start == datetime(2020, 1, 2, 22, 30, 0, 250_000)
    assert recording.names == ("C3",)


@pytest.mark.parametrize(
    ("date", "recording", "year"),
    [
        ("17.11.03", "", 2003),
        ("17.11.85", "", 1985),
        ("17.11.84", "", 2084),
        ("01.01.85", "Startdate 17-NOV-1999 X", 1999),
    ],
)
def test_edf_2_1_3_the_year_has_two_digits_unless_the_recording_field_has_four(
    date: str, recording: str, year: int
) -> None:
    start = read_recording_bytes(EdfFile(counted(1, 10), ["C3"], date=date, recording=recording).to_bytes()).start
    assert start is not None
    assert (start.year, start.month, start.day) == (year, start.month, start.day)


@pytest.mark.parametrize(("date", "recording"), [("99.99.99", ""), ("", ""), ("01.01.85", "Startdate X X X X")])
def test_a_start_that_is_no_date_is_no_start(date: str, recording: str) -> None:
    read = read_recording_bytes(EdfFile(counted(1, 10), ["C3"], date=date, recording=recording).to_bytes())
    assert read.start is None
    assert read.notes


def test_a_name_that_comes_twice_stays_two_channels() -> None:
    recording = read_recording_bytes(EdfFile(counted(1, 10, 2), ["C3", "C3"]).to_bytes())
    assert recording.names == ("C3", "C3 (2)")
    assert [one.kind for one in recording.channels] == ["eeg", "eeg"]


def test_a_channel_without_a_scale_cannot_be_used() -> None:
    recording = read_recording_bytes(EdfFile(counted(1, 10), ["C3"], digital=(5, 5)).to_bytes())
    assert not recording.channels[0].usable


def test_a_recording_that_was_never_closed_is_read_to_its_end() -> None:
    raw = EdfFile(counted(3, 10), ["C3"]).to_bytes()
    recording = read_recording_bytes(raw[:236] + b"-1      " + raw[244:])
    assert recording.duration_s == 3
    assert "leaves the number of records open" in recording.notes[0]


def test_a_cut_file_is_refused_unless_a_part_is_asked_for() -> None:
    raw = EdfFile(counted(10, 50), ["C3"]).to_bytes()[:-333]
    with pytest.raises(ReadError, match="promises 10 records of 1 s, the file holds 6"):
        read_recording_bytes(raw)
    recording = read_recording_bytes(raw, partial=True)
    assert recording.duration_s == 6
    assert "the last 4 s of 10 s are missing" in recording.notes[0]


def test_a_file_of_annotations_only_says_so() -> None:
    with pytest.raises(ReadError, match="annotations only"):
        read_recording_bytes(EdfFile([], [], reserved="EDF+C", onsets=[0.0, 1.0], record_s=0).to_bytes())


@settings(deadline=None)
@given(st.data())
def test_a_broken_header_is_an_error_of_ours_or_a_correct_reading(data: st.DataObject) -> None:
    raw = bytearray(EdfFile(counted(2, 10, 2), ["C3", "E1"], reserved="EDF+D", onsets=[0, 3]).to_bytes())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    try:
        recording = read_recording_bytes(bytes(raw[:cut]), partial=data.draw(st.booleans()))
    except ReadError:
        return
    for channel in recording.channels:
        assert recording.signal(channel.name).size == channel.n_samples


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([1e-7, 1e-5, 1e-3]))
def test_what_is_written_is_read_back_to_sixteen_bits(seed: int, scale: float) -> None:
    data = np.random.default_rng(seed).standard_normal((2, 300)) * scale
    recording = Recording.from_array(data, ["EEG C3-M2", "Chin"], 100, start=datetime(2021, 3, 4, 23, 5, 6))
    back = read_recording_bytes(edf_bytes(recording))
    assert back.start == recording.start
    assert back.names == recording.names
    for row, name in enumerate(back.names):
        step = 2 * max(abs(data[row]).max(), 1e-6) / 65_535
        np.testing.assert_allclose(back.signal(name), data[row], atol=1.01 * step)


def test_a_written_file_names_nobody_and_opens_in_mne(tmp_path: Path) -> None:
    import mne

    recording = Recording.from_array(np.ones((1, 200)) * 1e-5, ["C3"], 100, start=datetime(2021, 3, 4, 23, 5, 6))
    path = write_edf(recording, tmp_path / "x.edf")
    assert path.read_bytes()[8:88].decode().split() == ["X", "X", "X", "X"]
    raw = mne.io.read_raw_edf(path, preload=True, verbose="ERROR")
    np.testing.assert_allclose(raw.get_data(), 1e-5, rtol=1e-3)


def test_samples_that_are_no_numbers_are_never_written() -> None:
    with pytest.raises(InputError, match=r"1 of [0-9]+ samples of 'C3' are not numbers"):
        edf_bytes(Recording.from_array([[0.0, np.nan]], ["C3"], 100))


def test_a_year_edf_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="1899"):
        edf_bytes(Recording.from_array(np.zeros((1, 100)), ["C3"], 100, start=datetime(1899, 1, 1)))


def test_a_file_that_goes_away_while_it_is_read_is_an_error_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(EdfFile(counted(50, 100), ["C3"]).to_bytes())
    recording = read_recording(path)
    first = recording.signal("C3")
    np.testing.assert_array_equal(read_recording_bytes(path.read_bytes()).signal("C3"), first)
    path.write_bytes(path.read_bytes()[:3000])  # as a vault does that wipes its clear copy
    with pytest.raises(ReadError, match="was cut while it was being read"):
        recording.signal("C3")
    path.unlink()
    with pytest.raises(ReadError, match="not there any more"):
        recording.signal("C3")


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EACCES, "permission denied"), (errno.EIO, "disk reports a fault"), (errno.EMFILE, "too many files")],
)
def test_a_file_that_is_not_read_any_more_says_the_true_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(EdfFile(counted(50, 100), ["C3"]).to_bytes())
    recording = read_recording(path)

    def refuses(*_: object, **__: object) -> None:
        raise OSError(number, "as the system says it")

    monkeypatch.setattr(np, "fromfile", refuses)
    with pytest.raises(ReadError, match=reason) as told:
        recording.signal("C3")
    assert told.value.next_step


def test_bytes_after_the_last_record_are_said_and_not_read() -> None:
    recording = read_recording_bytes(EdfFile(counted(2, 10), ["C3"]).to_bytes() + b"xyz")
    assert recording.duration_s == 2
    assert recording.notes == ("3 bytes follow the last record the header promises; they were not read",)


def test_edf_plus_d_2_2_4_every_record_carries_its_onset() -> None:
    raw = EdfFile(counted(2, 10), ["C3"], reserved="EDF+D", onsets=[0, 5]).to_bytes().replace(b"+5\x14", b"xx\x14")
    with pytest.raises(ReadError, match="record 2 of a discontinuous recording carries no time"):
        read_recording_bytes(raw)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"record_s": 400_000.0}, "would last 9.26 days"),
        ({"record_s": 1e-6}, "more than a million samples"),
        ({"physical": (0, 9e99)}, "holds 9e\\+99"),
        ({"reserved": "EDF+D", "onsets": [0.0, 9e9]}, "would last 1.04e"),
    ],
)
def test_numbers_no_recording_has_are_refused(broken: dict[str, object], message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_recording_bytes(EdfFile(counted(2, 10), ["C3"], **broken).to_bytes())  # type: ignore[arg-type]


def test_edf_d_a_clock_that_goes_back_is_refused_and_read_in_part_up_to_there() -> None:
    raw = EdfFile(counted(6, 10), ["C3"], reserved="EDF+D", onsets=[0, 1, 2, 1, 2, 3]).to_bytes()
    with pytest.raises(ReadError, match="record 4 begins before"):
        read_recording_bytes(raw)
    part = read_recording_bytes(raw, partial=True)
    assert part.duration_s == 3
    assert part.notes == ("the clock goes back after record 3 of 6; what lies behind is left out",)


def test_edf_d_a_clock_that_leaps_by_weeks_is_read_in_part_up_to_there() -> None:
    raw = EdfFile(counted(4, 10), ["C3"], reserved="EDF+D", onsets=[0, 1, 900_000, 900_001]).to_bytes()
    with pytest.raises(ReadError, match="days"):
        read_recording_bytes(raw)
    assert "the clock leaps by days after record 2" in read_recording_bytes(raw, partial=True).notes[0]
