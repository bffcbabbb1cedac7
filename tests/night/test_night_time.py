"""Time as files keep it: pauses are gaps in their place, streams keep their own clock, starts their fractions."""

from __future__ import annotations

import struct
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night_edf_files import EdfFile, counted
from recording_files import chunk, samples, stream, write_brainvision, write_eeglab, write_fif, xdf

from karmalink.errors import KarmalinkError, ReadError, UsageError
from karmalink.night import Recording, edf_bytes, read_recording, read_recording_bytes
from karmalink.night.recordings.xdf import whole_chunks

DATA = np.random.default_rng(1).standard_normal((3, 700)) * 2e-5


def segmented(folder: Path, second: str) -> Path:
    """Write a BrainVision recording of two segments, the second from sample 301 on."""
    path = write_brainvision(folder, DATA)
    (folder / "x.vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=x.eeg\n[Marker Infos]\n"
        "Mk1=New Segment,,1,1,0,20240501230000000000\n"
        f"Mk2=New Segment,,301,1,0,{second}\n"
    )
    return path


def test_a_brainvision_pause_is_a_gap_in_its_place(tmp_path: Path) -> None:
    recording = read_recording(segmented(tmp_path, "20240501230013500000"))
    assert recording.gaps == ((3.0, 13.5),)
    assert recording.duration_s == 17.5
    signal = recording.signal("C3")
    np.testing.assert_allclose(signal[:300], DATA[0, :300], rtol=1e-4, atol=1e-11)
    assert np.isnan(signal[300:1350]).all()
    np.testing.assert_allclose(signal[1350:], DATA[0, 300:], rtol=1e-4, atol=1e-11)
    np.testing.assert_allclose(recording.signal("E1", 13, 14)[50:], DATA[2, 300:350], rtol=1e-4, atol=1e-11)


@pytest.mark.parametrize(
    ("second", "said"), [("00000000000000000000", "does not tell"), ("20240501220000000000", "goes back")]
)
def test_a_pause_of_unknown_length_is_said(tmp_path: Path, second: str, said: str) -> None:
    recording = read_recording(segmented(tmp_path, second))
    assert recording.duration_s == 7
    assert said in recording.notes[0] and recording.notes[0].startswith("the clock")


def test_brainvision_data_that_do_not_fit_their_header_are_refused(tmp_path: Path) -> None:
    path = write_brainvision(tmp_path, DATA[:, :699])
    (tmp_path / "x.eeg").write_bytes((tmp_path / "x.eeg").read_bytes()[:-4])
    with pytest.raises(ReadError, match="cannot be read as BrainVision"):
        read_recording(path)


def test_an_eeglab_boundary_is_a_gap_as_long_as_what_was_cut_out(tmp_path: Path) -> None:
    from scipy.io import loadmat, savemat

    path = write_eeglab(tmp_path, DATA)
    content = loadmat(path, simplify_cells=True)["EEG"]
    content["event"] = np.array(
        [("boundary", 300.5, 250.0)], dtype=[("type", object), ("latency", float), ("duration", float)]
    )
    content["chanlocs"] = np.array([(n,) for n in ("C3", "somewhere", "E1")], dtype=[("labels", object)])
    savemat(path, {"EEG": content}, appendmat=False, oned_as="row")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording = read_recording(path)
    assert recording.duration_s == pytest.approx(9.5, abs=0.02)
    assert recording.gaps == ((pytest.approx(3.0, abs=0.02), pytest.approx(5.5, abs=0.02)),)
    np.testing.assert_allclose(recording.signal("C3")[-300:], DATA[0, -300:], rtol=1e-4, atol=1e-11)


def test_a_fif_begins_with_its_first_sample_not_with_the_measurement(tmp_path: Path) -> None:
    import mne

    info = mne.create_info(["C3"], 100, ["eeg"])
    raw = mne.io.RawArray(DATA[:1], info, first_samp=1250, verbose="ERROR")
    raw.set_meas_date(datetime(2024, 5, 1, 23, tzinfo=UTC))
    raw.set_annotations(mne.Annotations([14.5], [1.0], ["BAD_ACQ_SKIP"], orig_time=raw.info["meas_date"]))
    path = tmp_path / "x_raw.fif"
    raw.save(path, verbose="ERROR")
    recording = read_recording(path)
    assert recording.start == datetime(2024, 5, 1, 23, 0, 12, 500_000)
    assert recording.gaps == ((2.0, 3.0),)
    assert np.isnan(recording.signal("C3")[200:300]).all()
    np.testing.assert_allclose(recording.signal("C3")[300:], DATA[0, 300:], rtol=1e-4, atol=1e-11)


# XDF ------------------------------------------------------------------------------------------------------------------


def test_xdf_a_stream_keeps_the_rate_of_its_stamps_and_streams_their_distance(tmp_path: Path) -> None:
    count, true_rate = 30_000, 250.05
    stamps = 1000.0 + np.arange(count) / true_rate
    data = np.random.default_rng(0).standard_normal((count, 2)).astype(np.float32) * 20
    slow = 1010.0 + np.arange(500) / 10
    path = tmp_path / "x.xdf"
    path.write_bytes(
        xdf(
            stream(1, "amp", "EEG", 250, ["C3", "HEOG"]),
            stream(2, "belt", "Resp", 10, ["Thorax"], ""),
            samples(1, stamps, data),
            samples(2, slow, np.arange(500.0).reshape(-1, 1)),
        )
    )
    recording = read_recording(path)
    assert recording.names == ("C3", "HEOG", "Thorax")
    assert [one.kind for one in recording.channels] == ["eeg", "eog", "resp"]
    assert recording.channel("C3").sfreq == pytest.approx(true_rate, rel=1e-6)
    assert recording.start == datetime(2024, 5, 1, 22, 58)
    np.testing.assert_allclose(recording.signal("C3")[:count], data[:, 0] * 1e-6, rtol=1e-6)
    belt = recording.signal("Thorax")
    assert np.isnan(belt[:100]).all()
    np.testing.assert_array_equal(belt[100:600], np.arange(500.0))


def test_xdf_a_jump_of_the_stamps_is_a_gap(tmp_path: Path) -> None:
    stamps = 5.0 + np.arange(2000) / 100
    stamps[1200:] += 30
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf(stream(1, "amp", "EEG", 100, ["C3"]), samples(1, stamps, np.ones((2000, 1)))))
    recording = read_recording(path)
    assert recording.duration_s == 50
    assert recording.gaps == ((12.0, 42.0),)
    assert int(np.isnan(recording.signal("C3")).sum()) == 3000


def test_xdf_stamps_that_go_back_end_the_stream_there_and_are_said(tmp_path: Path) -> None:
    stamps = 5.0 + np.arange(2000) / 100
    stamps[1200:] -= 200_000
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf(stream(1, "amp", "EEG", 100, ["C3"]), samples(1, stamps, np.ones((2000, 1)))))
    recording = read_recording(path)
    assert recording.duration_s == 12
    assert any(note.startswith("the clock of a stream goes back") for note in recording.notes)


def test_xdf_of_markers_only_and_a_cut_one(tmp_path: Path) -> None:
    whole = xdf(
        stream(1, "amp", "EEG", 100, ["C3"]), *(samples(1, np.arange(100) / 100 + i, np.ones((100, 1))) for i in (0, 1))
    )
    path = tmp_path / "x.xdf"
    path.write_bytes(whole[:-50])
    with pytest.raises(ReadError, match="cut off or broken"):
        read_recording(path)
    assert read_recording(path, partial=True).duration_s == 1
    path.write_bytes(xdf(stream(1, "marks", "Markers", 0, ["x"])))
    with pytest.raises(ReadError, match="no regular stream"):
        read_recording(path)


def test_xdf_a_chunk_that_states_more_samples_than_it_holds_is_where_the_file_ends() -> None:
    good = xdf(stream(1, "amp", "EEG", 100, ["C3"]))
    lie = chunk(3, struct.pack("<I", 1) + b"\x08" + (2**40).to_bytes(8, "little") + b"\0" * 20)
    assert whole_chunks(good + lie, Path("x")) == len(good)


# Plain numbers --------------------------------------------------------------------------------------------------------


def test_plain_numbers_with_a_stated_rate(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("[C3-A1]\n1.5\n-2\n3e1\n")
    dreams = read_recording(tmp_path / "x.txt", sfreq=100)
    assert (dreams.names, dreams.channel("C3-A1").reference) == (("C3-A1",), "M1")
    np.testing.assert_allclose(dreams.signal("C3-A1"), [1.5e-6, -2e-6, 3e-5])
    (tmp_path / "x.csv").write_text("C3-M2,E1\n1,2\n3,4\n")
    table = read_recording(tmp_path / "x.csv", sfreq=2, unit="mV")
    np.testing.assert_allclose(table.signal("E1"), [2e-3, 4e-3])
    np.save(tmp_path / "x.npy", np.arange(6, dtype=np.int16).reshape(2, 3))
    assert read_recording(tmp_path / "x.npy", sfreq=3).names == ("channel 1", "channel 2")


@pytest.mark.parametrize(
    ("name", "content", "options", "error", "message"),
    [
        ("x.txt", b"1\n2\n", {}, UsageError, "how many there are a second"),
        ("x.txt", b"1\n2\n", {"sfreq": 0}, UsageError, "0 samples a second"),
        ("x.txt", b"1\n2\n", {"sfreq": 1, "unit": "parsec"}, UsageError, "not a unit of voltage"),
        ("x.txt", b"1 2\n3\n", {"sfreq": 1}, ReadError, "line 2 has 1 column, the first 2"),
        ("x.txt", b"a b\n1 2\n3 x\n", {"sfreq": 1}, ReadError, "line 3 holds something"),
        ("x.txt", b"a b\n", {"sfreq": 1}, ReadError, "no numbers"),
        ("x.csv", b"1\n" * 3_000, {"sfreq": 0.01}, ReadError, "3.47 days"),
        ("x.npy", b"\x93NUMPY\x01\x00v\x00{", {"sfreq": 1}, ReadError, "not a NumPy array"),
    ],
)
def test_plain_numbers_that_cannot_be_read_are_told(
    tmp_path: Path, name: str, content: bytes, options: dict[str, object], error: type[Exception], message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message):
        read_recording(tmp_path / name, **options)


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ReadError, match="not a NumPy array"):
        read_recording(tmp_path / "x.npy", sfreq=1)


# Damage ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for write in (write_fif, write_brainvision, write_eeglab):
            write(folder, DATA[:, :200])
    night = Recording.from_array(DATA[:, :400], ["C3", "C4", "E1"], 100, start=datetime(2020, 1, 1, 23))
    (folder / "x.edf").write_bytes(edf_bytes(night))
    (folder / "x.bdf").write_bytes(edf_bytes(night, mark_gaps=True, bdf=True))
    (folder / "d.edf").write_bytes(
        EdfFile(counted(6, 20), ["C3"], reserved="EDF+D", onsets=[0, 1, 2, 10, 11, 12]).to_bytes()
    )
    (folder / "x.xdf").write_bytes(
        xdf(stream(1, "amp", "EEG", 100, ["C3"]), samples(1, np.arange(200) / 100, np.ones((200, 1))))
    )
    (folder / "x.csv").write_text("C3,E1\n" + "1.5,-3\n" * 50)
    np.save(folder / "x.npy", DATA[:, :50])
    return folder


FILES = ["x.edf", "x.bdf", "d.edf", "x.xdf", "x.csv", "x.npy", "x.fif", "x.vhdr", "x.eeg", "x.vmrk", "x.set"]


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_recording_is_an_error_of_ours_or_a_recording_of_the_same_time(
    whole: Path, tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(FILES))
    raw = bytearray((whole / name).read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    near = data.draw(st.sampled_from([600, len(raw)]))  # headers are where lies do harm
    for _ in range(data.draw(st.integers(0, 4))):
        if raw:
            raw[data.draw(st.integers(0, min(near, len(raw)) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    for other in whole.iterdir():
        if not (tmp_path / other.name).exists() or other.name in {"x.vhdr", "x.eeg", "x.vmrk"}:
            (tmp_path / other.name).write_bytes(other.read_bytes())
    (tmp_path / name).write_bytes(bytes(raw))
    opened = tmp_path / ("x.vhdr" if name in {"x.eeg", "x.vmrk"} else name)
    try:
        recording = read_recording(opened, partial=data.draw(st.booleans()), sfreq=100)
        for channel in recording.channels[:4]:
            if channel.n_samples < 1_000_000:
                signal = recording.signal(channel.name)
                assert signal.size == channel.n_samples
            assert recording.signal(channel.name, 0, 0.01).size <= max(1, round(channel.sfreq * 0.01))
    except KarmalinkError:
        return
    assert 0 <= recording.duration_s <= 3 * 86_400


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=600))
def test_any_bytes_are_an_error_of_ours(raw: bytes) -> None:
    for head in (b"", b"0       ", b"\xffBIOSEMI"):
        with pytest.raises(KarmalinkError):
            read_recording_bytes(head + raw)
