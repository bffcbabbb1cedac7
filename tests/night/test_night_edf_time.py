"""What stamps of EDF+ records say: one time line for samples, annotations and stages; leaps are gaps, wavers not."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from night_edf_files import EdfFile, counted

from karmalink.errors import ReadError
from karmalink.night import edf_bytes, examine, read_annotations, read_hypnogram, read_recording, read_recording_bytes
from karmalink.night.recordings.annotations import parse_annotations

STAGE = "+{:g}\x1530\x14Sleep stage {}\x14\0"


def edf(
    onsets: Sequence[float],
    *,
    kind: str = "EDF+C",
    record_s: float = 1.0,
    samples: int = 100,
    texts: dict[int, str] | None = None,
    digits: int = 4,
    **rest: object,
) -> EdfFile:
    """A recording whose records begin at `onsets`; `texts` are annotations by the record they stand in."""
    notes = [
        f"+{round(onset, digits):.{digits}f}".rstrip("0").rstrip(".").encode()
        + b"\x14\x14\0"
        + (texts or {}).get(i, "").encode()
        for i, onset in enumerate(onsets)
    ]
    return EdfFile(counted(len(onsets), samples), ["C3"], reserved=kind, record_s=record_s, notes=notes, **rest)  # type: ignore[arg-type]


def leaping(after: int, by: float, count: int = 120) -> list[float]:
    return [i + (by if i >= after else 0.0) for i in range(count)]


@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D", ""])
def test_a_leap_of_the_stamps_is_a_gap_whatever_the_header_calls_it(kind: str, tmp_path: Path) -> None:
    texts = {i: STAGE.format(at, "N2") for i, at in enumerate(leaping(60, 600.0)) if i % 30 == 0}
    path = tmp_path / "x.edf"
    path.write_bytes(edf(leaping(60, 600.0), kind=kind, texts=texts).to_bytes())
    recording, stages = read_recording(path), read_hypnogram(path)
    assert recording.gaps == ((60.0, 660.0),)
    assert recording.duration_s == stages.duration_s == 720
    assert recording.start == stages.start
    signal = recording.signal("C3")
    assert (
        np.isnan(signal[6000:66_000]).all() and np.isfinite(signal[:6000]).all() and np.isfinite(signal[66_000:]).all()
    )
    said = [note for note in recording.notes if note.startswith("the clock")]
    assert len(said) == (0 if kind == "EDF+D" else 1)
    assert {one.check for one in examine(recording).findings} >= {"gaps"}


def test_bdf_plus_c_that_leaps_is_a_gap_too() -> None:
    recording = read_recording_bytes(edf(leaping(3, 10.0, 6), kind="BDF+C", bdf=True).to_bytes())
    assert recording.gaps == ((3.0, 13.0),)


@pytest.mark.parametrize(
    "at",
    [
        lambda i: i + 0.004 * (i % 2),
        lambda i: i - 0.0045 * (i % 2),
        lambda i: i + 0.004 * np.sin(i),
        lambda i: i + 0.007 * (i % 2),
    ],
)
@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D"])
def test_stamps_that_waver_around_a_sample_lose_nothing(kind: str, at: Callable[[int], float]) -> None:
    recording = read_recording_bytes(edf([at(i) for i in range(200)], kind=kind).to_bytes())
    assert (recording.gaps, recording.duration_s, recording.sfreq) == ((), 200.0, 100.0)
    assert np.isfinite(recording.signal("C3")).all()
    assert len(recording.notes) == 1 and "waver" in recording.notes[0]


@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D"])
def test_a_clock_that_runs_slow_by_less_than_half_a_sample_a_record_is_said_once(kind: str) -> None:
    recording = read_recording_bytes(edf([1.0015 * i for i in range(400)], kind=kind).to_bytes())
    assert (recording.gaps, recording.duration_s) == ((), 400.0)
    report = examine(recording)
    assert len([one for one in report.findings if one.check in {"clock", "gaps"}]) == 1
    assert "run apart by 0.599 s" in recording.notes[0]


def test_a_clock_that_runs_away_by_more_than_a_second_tells_the_rate() -> None:
    recording = read_recording_bytes(edf([1.0015 * i for i in range(2000)], kind="EDF+D").to_bytes())
    assert recording.gaps == ()
    assert recording.sfreq == pytest.approx(100 / 1.0015)
    assert recording.duration_s == pytest.approx(2003.0, abs=0.01)
    assert np.isfinite(recording.signal("C3")).all()
    assert recording.channels[0].n_samples == 200_000
    again = read_recording_bytes(edf_bytes(recording))
    np.testing.assert_allclose(again.signal("C3")[:200_000], recording.signal("C3"), atol=1e-6)


def test_stamps_of_two_decimals_of_records_that_need_four_lose_nothing() -> None:
    recording = read_recording_bytes(
        edf([0.9984 * i for i in range(300)], kind="EDF+D", record_s=0.9984, samples=256, digits=2).to_bytes()
    )
    assert recording.gaps == ()
    assert np.isfinite(recording.signal("C3")).all()


@pytest.mark.parametrize("lost", [1, 2, 50])
def test_one_lost_sample_is_a_gap_of_one_sample(lost: int) -> None:
    onsets = [i + (lost / 100 if i >= 7 else 0.0) for i in range(20)]
    recording = read_recording_bytes(edf(onsets, kind="EDF+D").to_bytes())
    assert recording.gaps == ((7.0, pytest.approx(7 + lost / 100)),)
    assert int(np.isnan(recording.signal("C3")).sum()) == lost


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=20),
    st.floats(-0.0045, 0.0045),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["EDF+C", "EDF+D"]),
)
def test_gaps_are_those_of_a_walk_through_the_records(pauses: list[int], waver: float, seed: int, kind: str) -> None:
    """Whole seconds of pause between records, and a waver of less than half a sample on every stamp."""
    rng = np.random.default_rng(seed)
    begins, at = [], 0.0
    for pause in pauses:
        at += pause
        begins.append(at)
        at += 1.0
    begins = [begin - begins[0] for begin in begins]
    stamps = [0.0, *(begin + waver * rng.random() / 2 for begin in begins[1:])]
    recording = read_recording_bytes(edf(stamps, kind=kind).to_bytes())
    expected = [(a + 1, b) for a, b in itertools.pairwise(begins) if b > a + 1]
    if kind == "EDF+C" and len(expected) + 1 > max(2, len(begins) / 2):
        assert recording.gaps == () and recording.duration_s == len(begins)
        return
    assert len(recording.gaps) == len(expected)
    np.testing.assert_allclose(np.array(recording.gaps).reshape(-1, 2), np.array(expected).reshape(-1, 2), atol=0.005)


@pytest.mark.parametrize(
    ("onsets", "said"),
    [
        ([0.0, 1.0, 2.0, 1.0, 4.0], "goes back"),
        ([0.0, 2.0, 4.0, 6.0, 8.0], "does not fit their length"),
        ([0.0, 1.0, 2.0, 900_000.0], "leaps by days"),
    ],
)
def test_a_continuous_file_whose_stamps_make_no_sense_is_laid_end_to_end_and_said(
    onsets: list[float], said: str
) -> None:
    recording = read_recording_bytes(edf(onsets).to_bytes())
    assert (recording.duration_s, recording.gaps) == (len(onsets), ())
    assert said in recording.notes[0] and recording.notes[0].startswith("the clock")


def test_stamps_nobody_filled_in_are_no_stamps() -> None:
    recording = read_recording_bytes(edf([0.0] * 5).to_bytes())
    assert (recording.duration_s, recording.gaps, recording.notes) == (5.0, (), ())


@pytest.mark.parametrize("first", [0.0, 0.25, 2.0, 3600.0])
def test_recording_annotations_and_stages_share_one_start(first: float, tmp_path: Path) -> None:
    onsets = [first + i for i in range(60)]
    texts = {0: STAGE.format(first, "W"), 30: STAGE.format(first + 30, "R")}
    path = tmp_path / "x.edf"
    path.write_bytes(edf(onsets, texts=texts).to_bytes())
    recording, marks, stages = read_recording(path), read_annotations(path), read_hypnogram(path)
    assert recording.start == marks.start == stages.start
    assert [one.onset_s for one in marks.annotations] == [one.onset_s for one in recording.annotations] == [0.0, 30.0]
    assert (stages.offset_s, stages.labels) == (0.0, ("W", "R"))


FIRST = {
    "the standard": "+{:g}\x14\x14\0",
    "with a text of its own": "+{:g}\x14\x14Recording starts\x14\0",
    "with two texts": "+{:g}\x14\x14Recording starts\x14Lights off\x14\0",
    "a text and no stamp": "+{:g}\x14Recording starts\x14\0",
    "a text, then the stamp": "+{:g}\x14Recording starts\x14\0+{:g}\x14\x14\0",
}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("begin", [0.0, 0.5])
def test_a_text_on_the_first_stamp_shifts_nothing(first: str, begin: float, tmp_path: Path) -> None:
    notes = []
    for i in range(10):
        head = FIRST[first] if i == 0 else FIRST["the standard"]
        onset = begin + 30 * i
        notes.append((head.format(onset, onset) + STAGE.format(onset, "W" if i < 2 else "R")).encode())
    path = tmp_path / "x.edf"
    path.write_bytes(EdfFile(counted(10, 300), ["C3"], reserved="EDF+C", record_s=30, notes=notes).to_bytes())
    stages, marks = read_hypnogram(path), read_annotations(path).annotations
    assert (stages.offset_s, stages.labels) == (0.0, ("W", "W", *"RRRRRRRR"))
    assert stages.start is not None and stages.start.microsecond == begin * 1e6
    assert marks[0].onset_s == 0.0
    texts = [one.text for one in marks if not one.text.startswith("Sleep")]
    assert texts == [part for part in FIRST[first].split("\x14") if part[:1].isalpha()]


@pytest.mark.parametrize("first", ["the standard", "with a text of its own", "with two texts"])
def test_annotations_are_those_that_edfio_and_mne_read(first: str, tmp_path: Path) -> None:
    """MNE leaves the offset of the first stamp away from a text that stands in it: compared where that is 0."""
    import edfio
    import mne

    notes = [
        ((FIRST[first] if i == 0 else FIRST["the standard"]).format(30 * i) + STAGE.format(30 * i, "R")).encode()
        for i in range(5)
    ]
    path = tmp_path / "x.edf"
    path.write_bytes(EdfFile(counted(5, 300), ["C3"], reserved="EDF+C", record_s=30, notes=notes).to_bytes())
    ours = [(one.onset_s, one.text) for one in read_recording(path).annotations]
    theirs = [(one.onset, one.text) for one in edfio.read_edf(path).annotations if one.text]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = mne.io.read_raw_edf(path, verbose="ERROR")
    assert sorted(ours) == sorted(theirs)
    assert sorted(ours) == sorted((float(one["onset"]), str(one["description"])) for one in raw.annotations)


ODD = {
    "an empty duration": ("+7\x15\x14Arousal\x14\0", 1, 0),
    "a decimal comma": ("+7,5\x14Snore\x14\0", 1, 0),
    "no sign": ("7.5\x14Snore\x14\0", 1, 0),
    "no mark behind the text": ("+7\x14Snore\0", 0, 1),
    "words for a number": ("+seven\x14Snore\x14\0", 0, 1),
    "three of them": ("+a\x14x\x14\0+b\x14x\x14\0+c\x14x\x14\0", 0, 3),
}


@pytest.mark.parametrize("case", ODD)
def test_one_odd_annotation_leaves_the_stages_as_they_are_and_is_named(case: str, tmp_path: Path) -> None:
    text, read, odd = ODD[case]
    texts = {i: STAGE.format(30 * i, "N2") + (text if i == 1 else "") for i in range(10)}
    path = tmp_path / "x.edf"
    path.write_bytes(edf([30.0 * i for i in range(10)], record_s=30, samples=300, texts=texts).to_bytes())
    recording = read_recording(path)
    assert read_hypnogram(path).labels == ("N2",) * 10
    assert len(recording.annotations) == 10 + read
    said = [note for note in recording.notes if "left out" in note]
    assert len(said) == bool(odd)
    if odd:
        assert said[0].startswith(f"{odd} annotation{'s' if odd > 1 else ''} in record 2 do")


def test_a_stage_that_cannot_be_read_is_refused_with_its_record(tmp_path: Path) -> None:
    texts = {i: STAGE.format(30 * i, "N2") for i in range(10)} | {4: "+abc\x1530\x14Sleep stage R\x14\0"}
    path = tmp_path / "x.edf"
    path.write_bytes(edf([30.0 * i for i in range(10)], record_s=30, samples=300, texts=texts).to_bytes())
    with pytest.raises(ReadError, match="record 5 holds a stage"):
        read_hypnogram(path)


def test_blanks_as_filling_and_texts_in_windows_1252_are_read() -> None:
    note = b"+0\x14\x14\0+1\x14M\xfcller sagt\x14\0"
    found = parse_annotations(
        EdfFile(counted(1, 300), ["C3"], reserved="EDF+C", notes=[note], fill=b" ").to_bytes(), where="x"
    )
    assert [one.text for one in found.annotations] == ["Müller sagt"]
    assert found.odd == ()


@pytest.mark.parametrize("count", ["-1", "0", "-2", "", "00000000"])
@pytest.mark.parametrize("kind", ["", "EDF+C", "EDF+D"])
def test_a_count_of_records_that_was_never_written_is_open(count: str, kind: str, tmp_path: Path) -> None:
    file = edf([float(i) for i in range(7)], kind=kind, count=count, texts={0: STAGE.format(0, "W")})
    path = tmp_path / "x.edf"
    path.write_bytes(file.to_bytes() + b"\0" * 11)
    for partial in (False, True):
        recording = read_recording(path, partial=partial)
        assert recording.duration_s == 7
        assert recording.notes[0].startswith("the header leaves the number of records open; the file holds 7 and 11 b")
    assert len(read_annotations(path).annotations) == 1


def test_a_count_of_records_that_was_never_written_over_no_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.edf").write_bytes(EdfFile(counted(1, 100), ["C3"], count="0").to_bytes()[:512])
    with pytest.raises(ReadError, match="a header and no data"):
        read_recording(tmp_path / "x.edf")


def test_annotations_of_a_wide_file_are_sought_record_by_record(tmp_path: Path) -> None:
    """Reading from disk and from memory take other ways; both give every stamp and text."""
    texts = {i: f"+{i}\x14mark {i}\x14\0" for i in range(50)}
    notes = [f"+{i}\x14\x14\0{texts[i]}".encode() for i in range(50)]
    file = EdfFile(counted(50, 500, signals=20), [f"C{i}" for i in range(20)], reserved="EDF+C", notes=notes)
    (tmp_path / "x.edf").write_bytes(file.to_bytes())
    from_disk = read_recording(tmp_path / "x.edf").annotations
    assert from_disk == read_recording_bytes(file.to_bytes()).annotations
    assert [one.text for one in from_disk] == [f"mark {i}" for i in range(50)]
