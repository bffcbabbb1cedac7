"""Units of voltage: one table of spellings for every format; a unit that is not known keeps its numbers."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from night_edf_files import EdfFile
from recording_files import samples, stream, write_brainvision, xdf

from karmalink.errors import UsageError
from karmalink.night import Recording, examine, read_recording, read_recording_bytes, write_recording
from karmalink.night.recordings.units import VOLTS, unit_as_written, unit_named, volts_per

SPELLED = {
    "uV": (b"uV", b"uv", b"UV", b"Uv", b"\xb5V", b"\xe6V", b"\x83\xcaV", b"\xa6\xccV", b"\xec\xea\xc2"),
    "mV": (b"mV", b"mv", b"MV", b"m V", b"millivol", b"\xe3\x8e\xb7", "мВ".encode()),
    "V": (b"V", b"v", b"Volt", b"volts"),
    "nV": (b"nV", b"nv", b"nanovolt"),
}
MICRO = ("µV", "μV", "㎶", "мкВ", "µv", "[µV]", "microvolt", "\ufffdV", "Âµv")
LOST = (b".V", b"?V", b"_V", b"microV", b"uVolt", b"microvol")
UNKNOWN = (b"", b"bpm", b"%", b"uS", b"mV/Pa", b"ADU", b"cmH2O", b"10uV")


@pytest.mark.parametrize(("unit", "raw"), [(unit, raw) for unit, all_ in SPELLED.items() for raw in all_])
def test_a_spelling_is_its_unit(unit: str, raw: bytes) -> None:
    assert unit_named(unit_as_written(raw.replace(b"millivol", b"millivolt"))) == unit


@pytest.mark.parametrize("raw", [*(one.encode() for one in MICRO), *LOST[:5]])
def test_a_micro_sign_in_any_encoding_or_lost_on_the_way_is_micro(raw: bytes) -> None:
    assert unit_named(unit_as_written(raw)) == "uV"


@pytest.mark.parametrize("raw", UNKNOWN)
def test_another_unit_is_not_a_unit_of_voltage(raw: bytes) -> None:
    assert volts_per(unit_as_written(raw)) is None


def night(unit: bytes, kinds: tuple[str, ...] = ("EEG C4-M1",)) -> EdfFile:
    """Half an hour of a slow wave of 28 units in the field, root mean square."""
    wave = np.round(400 * np.sin(np.arange(1000) / 15)).astype(np.int64).reshape(10, 100)
    return EdfFile([wave] * len(kinds), list(kinds), physical=(-3276.8, 3276.7), units=[unit] * len(kinds))


@pytest.mark.parametrize("raw", [*SPELLED["uV"], *LOST[:5], "µV".encode()])
def test_an_edf_in_microvolts_is_read_in_volts_and_written_so(raw: bytes, tmp_path: Path) -> None:
    recording = read_recording_bytes(night(raw).to_bytes())
    assert recording.signal("EEG C4-M1").std() == pytest.approx(2.83e-5, rel=0.01)
    assert not [one for one in recording.notes if "unit" in one]
    back = read_recording(write_recording(recording, tmp_path / "x.bdf"))
    assert back.channels[0].unit_as_read == "uV"
    np.testing.assert_allclose(back.signal("EEG C4-M1"), recording.signal("EEG C4-M1"), atol=1e-9)


@pytest.mark.parametrize("raw", [b"ADU", b"", b"xyz"])
def test_an_unknown_unit_keeps_its_numbers_in_every_form_and_is_said(raw: bytes, tmp_path: Path) -> None:
    recording = read_recording_bytes(night(raw).to_bytes())
    numbers = recording.signal("EEG C4-M1")
    assert numbers.std() == pytest.approx(28.3, rel=0.01)
    assert any("their numbers are kept as they are" in note for note in recording.notes)
    for ending in (".edf", ".bdf"):
        back = read_recording(write_recording(recording, tmp_path / f"x{ending}"))
        assert back.channels[0].unit_as_read == raw.decode()
        np.testing.assert_allclose(back.signal("EEG C4-M1"), numbers, atol=0.002)
    table = read_recording(write_recording(recording, tmp_path / "x.npy"), sfreq=100, unit="V")
    np.testing.assert_allclose(table.signal("channel 1"), numbers)


def test_a_unit_outside_ascii_that_is_not_a_voltage_goes_out_as_it_came_in() -> None:
    from karmalink.night import edf_bytes

    recording = read_recording_bytes(night(b"\xb0C", ("Temp rectal",)).to_bytes())
    assert recording.channels[0].unit_as_read == "°C"
    assert read_recording_bytes(edf_bytes(recording)).channels[0].unit_as_read == "°C"


def test_small_numbers_of_another_unit_keep_their_digits() -> None:
    from karmalink.night import edf_bytes

    flow = Recording.from_array([[0.0004, -0.0002] * 50], ["Flow"], 10, unit="L/s")
    np.testing.assert_allclose(
        read_recording_bytes(edf_bytes(flow)).signal("Flow"), flow.signal("Flow"), atol=0.0004 / 30_000
    )


def test_one_field_has_one_reading_for_all_channels() -> None:
    """A heart of 20 units could pass for millivolts; the brain beside it under the same word says microvolts."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((3, 30_000)) * np.array([[20.0], [25.0], [20.0]])
    report = examine(Recording.from_array(data, ["EEG C4-M1", "EOG E1-M2", "ECG"], 100, unit="ADU"))
    for name in ("EEG C4-M1", "EOG E1-M2", "ECG"):
        assert report.recording.signal(name).std() == pytest.approx(2e-5, rel=0.4)
        assert report.recording.channel(name).unit_as_read == "uV"


def test_a_channel_of_its_own_fault_does_not_change_the_reading_of_a_known_field() -> None:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((3, 30_000)) * np.array([[2e-5], [2e-5], [2e-2]])
    report = examine(Recording.from_array(data, ["EEG C4-M1", "EEG C3-M2", "EEG O2-M1"], 100, unit="uV"))
    units = {one.channel: one.severity for one in report.findings if one.check == "units"}
    assert list(units) == ["EEG O2-M1"]
    np.testing.assert_array_equal(report.recording.signal("EEG C4-M1"), data[0])


def test_what_the_doctor_corrects_is_written_in_the_unit_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    report = examine(Recording.from_array(rng.standard_normal((1, 30_000)) * 20, ["EEG C4-M1"], 100, unit="ADU"))
    back = read_recording(write_recording(report.recording, tmp_path / "x.edf"))
    assert back.channels[0].unit_as_read == "uV"
    assert back.signal("EEG C4-M1").std() == pytest.approx(2e-5, rel=0.05)


@pytest.mark.parametrize(
    ("unit", "factor"), [("uv", 1e-6), ("UV", 1e-6), ("mv", 1e-3), ("uS", 1.0), ("parsec", 1.0), ("µV", 1e-6)]
)
def test_a_brainvision_header_is_read_by_the_same_table(unit: str, factor: float, tmp_path: Path) -> None:
    data = np.random.default_rng(1).standard_normal((3, 700))
    path = write_brainvision(tmp_path, data * 1e-6)
    header = path.read_text(encoding="utf-8")
    path.write_text(header.replace("µV", unit), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording = read_recording(path)
    np.testing.assert_allclose(recording.signal("C3"), data[0] * factor, rtol=1e-3, atol=1e-3 * factor)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-6), ("µV", 1e-6), ("MICROVOLTS", 1e-6), ("mV", 1e-3), ("", 1)])
def test_a_stream_is_read_by_the_same_table(unit: str, factor: float, tmp_path: Path) -> None:
    data = np.random.default_rng(1).standard_normal((400, 1))
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf(stream(1, "amp", "EEG", 100, ["C3"], unit), samples(1, np.arange(400) / 100, data)))
    np.testing.assert_allclose(read_recording(path).signal("C3"), data[:, 0] * factor, rtol=1e-5)


def test_plain_numbers_take_every_spelling_and_no_other_unit(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("1\n2\n3\n")
    for word in ("µV", "uv", "microvolts"):
        np.testing.assert_allclose(
            read_recording(tmp_path / "x.txt", sfreq=1, unit=word).signal("channel 1"), [1e-6, 2e-6, 3e-6]
        )
    with pytest.raises(UsageError, match="not a unit of voltage") as raised:
        read_recording(tmp_path / "x.txt", sfreq=1, unit="bpm")
    assert raised.value.allowed == ", ".join(sorted(VOLTS))
