"""Bad input, file by file: a message that says what, where and what next; never a traceback. MNE's formats too."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from night_edf_files import EdfFile, counted
from recording_files import write_brainvision, write_eeglab, write_fif

from karmalink.errors import ReadError
from karmalink.night import Recording, examine, read_recording

GOOD = EdfFile(counted(4, 100), ["C3"]).to_bytes()
PRIVATE = "I was in my mother's house and the river had come in"

BAD: dict[str, tuple[str, bytes, str]] = {
    "empty file": ("x.edf", b"", "the file is empty"),
    "text instead of EDF": ("x.edf", PRIVATE.encode() * 50, "the file is text, not EDF"),
    "text instead of BDF": ("x.bdf", PRIVATE.encode(), "the file is text, not BDF"),
    "something else": ("x.edf", bytes(range(256)) * 3, "the file is something else, not EDF"),
    "cut in its fixed header": ("x.edf", GOOD[:100], "ends inside its header: 100 of 256"),
    "cut in its signal header": ("x.edf", GOOD[:300], "ends inside its header: 300 of 512"),
    "header only": ("x.edf", GOOD[:512], "promises 4 records of 1 s, the file holds 0"),
    "cut in its data": ("x.edf", GOOD[:-1], "promises 4 records of 1 s, the file holds 3"),
    "a word for a number": ("x.edf", GOOD[:236] + b"four    " + GOOD[244:], "'number of data records' holds no number"),
    "no signals": ("x.edf", GOOD[:252] + b"0   " + GOOD[256:], "0 signals"),
    "a wrong header length": ("x.edf", GOOD[:184] + b"999     " + GOOD[192:], "a length of 999 bytes"),
    "records of no length": ("x.edf", GOOD[:244] + b"0       " + GOOD[252:], "data records of 0 s"),
    "an unknown ending": ("x.xyz", GOOD, "nothing here reads files that end in '.xyz'"),
    "the partner of a header file": ("x.eeg", GOOD, "nothing here reads files that end in '.eeg'"),
    "text instead of BrainVision": ("x.vhdr", PRIVATE.encode(), "cannot be read as BrainVision"),
    "text instead of FIF": ("x.fif", PRIVATE.encode(), "cannot be read as FIF"),
    "text instead of EEGLAB": ("x.set", PRIVATE.encode(), "cannot be read as EEGLAB"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_and_nothing_of_it_is_quoted(case: str, tmp_path: Path) -> None:
    name, content, message = BAD[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError) as raised:
        read_recording(path)
    assert message in raised.value.what
    assert name in raised.value.where
    assert "mother" not in str(raised.value)


def test_a_missing_file_suggests_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "night1.edf").write_bytes(GOOD)
    with pytest.raises(ReadError, match="no such file") as raised:
        read_recording(tmp_path / "nihgt1.edf")
    assert "night1.edf" in raised.value.next_step


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(ReadError) as raised:
        read_recording("/nowhere/at/all.edf")
    assert raised.value.next_step == "the folder does not exist either"


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="this is a folder"):
        read_recording(tmp_path)


@pytest.mark.parametrize("write", [write_fif, write_brainvision, write_eeglab])
def test_mne_formats_come_in_volts_with_their_kinds(write: Callable[[Path, np.ndarray], Path], tmp_path: Path) -> None:
    data = np.random.default_rng(1).standard_normal((3, 700)) * 2e-5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write(tmp_path, data)
    recording = read_recording(path)
    assert recording.names == ("C3", "somewhere", "E1")
    assert recording.duration_s == 7
    for row, name in enumerate(recording.names):
        np.testing.assert_allclose(recording.signal(name), data[row], rtol=1e-4, atol=1e-11)
    kinds = [one.kind for one in recording.channels]
    assert kinds == ["eeg", "eeg" if path.suffix == ".fif" else "unknown", "eog"]
    np.testing.assert_allclose(recording.signal("E1", 1, 2), data[2, 100:200], rtol=1e-4, atol=1e-11)


def test_what_mne_warns_of_becomes_a_finding(tmp_path: Path) -> None:
    data = np.zeros((3, 700))
    path = write_brainvision(tmp_path, data)
    path.with_suffix(".vmrk").unlink()
    header = (
        path.read_text(encoding="utf-8").replace("MarkerFile=x.vmrk\n", "").replace("Ch1=C3,,1,µV", "Ch1=C3,,1,bogus")
    )
    path.write_text(header, encoding="utf-8")
    try:
        recording = read_recording(path)
    except ReadError:
        return
    found = [one for one in examine(recording).findings if one.check == "reader"]
    assert [one.evidence for one in found] == list(recording.notes)


def test_plain_numbers_with_a_stated_rate_are_a_recording() -> None:
    recording = Recording.from_array(np.zeros((2, 500)), ["C3-M2", "E1-M2"], 250)
    assert repr(recording) == "<Recording recording: 0.0 min, 1 eeg, 1 eog at up to 250 Hz>"
    assert recording.to_dict()["channels"][0]["site"] == "C3"
