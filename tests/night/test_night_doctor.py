"""The doctor: what is planted is found, corrected and said; what is sound is left alone; a person can override it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from night_edf_files import EdfFile, counted
from scipy.signal import lfilter

from karmalink.errors import UnknownName, UsageError
from karmalink.night import CHECKS, DoctorReport, Finding, Recording, examine, read_recording_bytes, simulate_night
from karmalink.night.doctor.checks import amplitude
from karmalink.night.recordings.units import VOLTS, volts_per

RATE = 100
NAMES = ("EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin")


def sound(seconds: int = 600, seed: int = 0) -> np.ndarray:
    """Return four channels of a plausible size and colour: three of brain and eyes, one of muscle; about 20 µV."""
    white = np.random.default_rng(seed).standard_normal((4, seconds * RATE))
    coloured = lfilter([1.0], [1.0, -0.9], white[:3], axis=1)
    return np.vstack([coloured / coloured.std(), white[3:]]) * 2e-5


def recording(data: np.ndarray, unit: str = "uV") -> Recording:
    return Recording.from_array(data, NAMES, RATE, unit=unit)


def found(report: DoctorReport, check: str, channel: str = NAMES[0]) -> list[Finding]:
    return [one for one in report.findings if one.check == check and one.channel == channel]


def test_a_sound_night_gets_notes_and_no_more() -> None:
    night, _ = simulate_night(2, seed=4)
    report = examine(night)
    assert not report.of_severity("corrected", "warning", "unusable")
    for name in night.names:
        np.testing.assert_array_equal(report.recording.signal(name), night.signal(name))


@pytest.mark.parametrize(
    ("stated", "factor", "corrected"),
    [("V", 1e6, "µV"), ("", 1e3, "mV"), ("mV", 1e3, "µV"), ("UV", 1e-6, "V"), ("ADU", 1e6, "µV")],
)
def test_a_wrong_unit_is_found_and_mended(stated: str, factor: float, corrected: str) -> None:
    data = sound()
    report = examine(recording(data * factor, unit=stated))
    (finding,) = found(report, "units")
    assert finding.severity == "corrected"
    assert finding.done == f"read as {corrected}: 17.2 µV"
    assert "µV as read" in finding.evidence
    np.testing.assert_allclose(report.recording.signal(NAMES[0]), data[0])


@settings(deadline=None)
@given(st.sampled_from(["V", "mV", "uV"]), st.sampled_from(["V", "mV", "uV", "nV", "UV", "?"]))
def test_whatever_the_unit_field_says_the_signal_comes_out_in_volts(true: str, stated: str) -> None:
    data = np.random.default_rng(1).standard_normal((1, 1000)) * 2e-5
    as_read = data / VOLTS[true] * (volts_per(stated) or 1.0)
    report = examine(Recording.from_array(as_read, ["C3"], RATE, unit=stated))
    np.testing.assert_allclose(report.recording.signal("C3"), data[0])


@pytest.mark.parametrize("microvolts", [0.15, 0.2, 0.4])
def test_a_quiet_channel_keeps_its_unit_where_that_is_right(microvolts: float) -> None:
    quiet = np.random.default_rng(2).standard_normal((1, 4000)) * microvolts * 1e-6
    in_nanovolts = examine(Recording.from_array(quiet, ["C3"], RATE, unit="nV"))
    beside = Recording.from_array(np.vstack([sound()[0][:4000], quiet[0]]), ["C4-M1", "C3"], RATE, unit="uV")
    for report in (in_nanovolts, examine(beside)):
        np.testing.assert_allclose(np.nan_to_num(report.recording.signal("C3")), quiet[0])
        (finding,) = found(report, "units", "C3")
        assert finding.severity == "unusable" and "quieter than any EEG" in finding.done
        assert not report.recording.channel("C3").usable


def test_the_unit_is_left_alone_or_set_when_a_person_says_so() -> None:
    broken = recording(sound() * 1e6, unit="V")
    left = examine(broken, override=["units:EEG C4-M1"])
    assert found(left, "units")[0].done == "unchanged, by your override"
    np.testing.assert_array_equal(left.recording.signal(NAMES[0]), broken.signal(NAMES[0]))
    assert found(left, "units", NAMES[1])[0].severity == "corrected"
    named = examine(broken, override=["units:EEG C4-M1=mV"])
    np.testing.assert_allclose(named.recording.signal(NAMES[0]), broken.signal(NAMES[0]) * 1e-3)


def test_no_unit_makes_a_body_of_it() -> None:
    report = examine(recording(sound() * 30))
    (finding,) = found(report, "units")
    assert finding.severity == "unusable"
    assert not report.recording.channel(NAMES[0]).usable


def test_samples_that_are_no_numbers_are_left_out() -> None:
    data = sound()
    data[0, 1000:1500] = np.nan
    data[0, 7] = np.inf
    report = examine(recording(data))
    (finding,) = found(report, "nonfinite")
    assert finding.evidence.startswith("501 samples (0.8%) in 2 stretches")
    signal = report.recording.signal(NAMES[0])
    assert np.isnan(signal[[7, 1000, 1499]]).all()
    assert int(np.isnan(signal).sum()) == 501


def test_a_flat_stretch_is_left_out_and_can_be_kept() -> None:
    data = sound()
    data[0, 20_000:30_000] = 1e-5
    report = examine(recording(data))
    (finding,) = found(report, "flat")
    assert finding.evidence.endswith("100.0 s in 1 stretch")
    assert np.isnan(report.recording.signal(NAMES[0])[20_000:30_000]).all()
    assert report.recording.channel(NAMES[0]).missing == pytest.approx(1 / 6)
    kept = examine(recording(data), override=["flat"])
    np.testing.assert_array_equal(kept.recording.signal(NAMES[0]), data[0])


def test_an_electrode_that_came_off_is_found_in_a_simulated_night() -> None:
    night, _ = simulate_night(1.5, seed=2, dropouts=1)
    assert found(examine(night), "flat")


def test_a_flat_channel_is_not_used() -> None:
    data = sound()
    data[0] = 0.0
    report = examine(recording(data))
    assert found(report, "flat")[0].severity == "unusable"
    assert not report.recording.channel(NAMES[0]).usable
    assert "no usable EEG: 1 EEG channel excluded" in [one.evidence for one in report.findings]


def test_a_railed_stretch_is_left_out() -> None:
    data = np.clip(sound(), -9e-5, 9e-5)
    data[0, 5_000:5_300] = 9e-5
    report = examine(recording(data))
    (finding,) = found(report, "railed")
    assert finding.evidence == "samples at the end of the range, -83 or 90 µV: 3.0 s in 1 stretch"
    assert np.isnan(report.recording.signal(NAMES[0])[5_000:5_300]).all()
    assert not found(report, "railed", NAMES[1])


def test_a_name_that_tells_nothing_is_asked_about_and_can_be_named() -> None:
    strange = Recording.from_array(sound()[:2], ["abc", "C3"], RATE)
    (finding,) = found(examine(strange), "types", "abc")
    assert (finding.severity, finding.override) == ("warning", "types:abc=eeg")
    named = examine(strange, override=["types:abc=eog"])
    assert named.recording.channel("abc").kind == "eog"


def test_no_eeg_is_said() -> None:
    report = examine(Recording.from_array(sound()[3:], ["Chin"], RATE))
    assert [one.evidence for one in report.of_severity("unusable")] == ["no channel name is that of an EEG"]


def test_mixed_and_low_rates_are_said() -> None:
    digits = [*counted(600, 50), *counted(600, 1), *counted(600, 20)]
    report = examine(read_recording_bytes(EdfFile(digits, ["C3", "SaO2", "E1"]).to_bytes()))
    assert [one.evidence for one in found(report, "rates", "")] == [
        "channels at 50, 20, 1 Hz",
        "C3: 50 samples per second, so frequencies above 25 Hz are missing",
    ]
    assert found(report, "rates", "E1")[0].severity == "unusable"
    assert not report.recording.channel("E1").usable


def test_a_gap_is_named_by_the_clock() -> None:
    file = EdfFile(counted(400, 50), ["C3"], reserved="EDF+D", onsets=[*range(300), *range(1000, 1100)])
    report = examine(read_recording_bytes(file.to_bytes()))
    assert found(report, "gaps", "")[0].evidence == "nothing recorded for 700 s from 22:35:00"


@pytest.mark.parametrize(("seconds", "said"), [(60, "1.0 min, less than 5 min"), (600, "10.0 min, less than a night")])
def test_what_the_length_means_is_said(seconds: int, said: str) -> None:
    assert said in [one.evidence for one in examine(recording(sound(seconds))).findings]


def test_more_than_a_day_and_no_start_are_said() -> None:
    long = read_recording_bytes(EdfFile(counted(100, 50), ["C3"], record_s=1000.0, date="", recording="").to_bytes())
    said = [one.evidence for one in found(examine(long), "length", "")]
    assert said == ["the file does not state when the recording began", "27.8 h, more than a day"]


def test_what_the_reader_had_to_put_up_with_is_a_finding() -> None:
    odd = replace(recording(sound()), notes=("the header holds no start date and time",))
    assert found(examine(odd), "reader", "")[0].evidence == odd.notes[0]


def test_the_recording_itself_is_never_changed() -> None:
    data = sound() * 1e6
    data[0, :1000] = np.nan
    before = data.copy()
    original = recording(data, unit="V")
    examine(original)
    np.testing.assert_array_equal(original.signal(NAMES[0]), before[0])


@pytest.mark.parametrize("override", ["unit", "units:Cz", "units=parsec", "types:EEG C4-M1=egg"])
def test_a_ruling_that_means_nothing_is_refused(override: str) -> None:
    with pytest.raises((UsageError, UnknownName)) as raised:
        examine(recording(sound()), override=[override])
    assert raised.value.allowed


def test_every_finding_names_a_check_and_offers_a_ruling_that_works() -> None:
    data = sound()
    data[0] *= 1e6
    data[1, 10_000:20_000] = 0
    data[2] *= 30
    original = recording(data, unit="V")
    report = examine(original)
    assert {one.check for one in report.findings} <= set(CHECKS)
    offers = [one.override for one in report.findings if one.override and "NAME" not in one.override]
    assert len(offers) >= 3
    again = examine(original, override=offers)
    assert len(again.of_severity("corrected", "warning", "unusable")) < len(
        report.of_severity("corrected", "warning", "unusable")
    )


def test_the_report_is_a_table_and_json() -> None:
    report = examine(recording(sound() * 1e6, unit="V"))
    assert list(report.to_dataframe().columns) == ["check", "severity", "channel", "evidence", "done", "override"]
    assert len(report.to_dict()["findings"]) == len(report.findings)
    assert repr(report) == "<DoctorReport recording: 3 note, 4 corrected>"


def test_progress_counts_channels() -> None:
    seen: list[tuple[int, int]] = []
    examine(recording(sound(60)), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_amplitude_is_blind_to_drift_and_offset() -> None:
    noise = sound()[0]
    drift = np.linspace(0, 0.01, noise.size) + 0.3
    assert amplitude(noise + drift, RATE) == pytest.approx(amplitude(noise, RATE), rel=0.05)
