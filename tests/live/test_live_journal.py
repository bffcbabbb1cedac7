"""The journal: whatever is cut off, what is whole comes back; sealed, no two frames share key and nonce."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_streams import INFO, chunks
from pyrage import x25519

from karmalink.errors import InputError, IntegrityError, KarmalinkError, ReadError
from karmalink.live import JournalWriter, read_journal
from karmalink.live.journal.frames import read_frames, read_header
from karmalink.live.journal.journal_writer import segments_of
from karmalink.night import read_recording, write_edf

MARKS = 3


def written(folder: Path, count: int = 20, *, recipient: str | None = None) -> Path:
    """Write a journal of some chunks and three markers; return its only segment."""
    with JournalWriter(folder, INFO, recipient=recipient) as journal:
        for number, chunk in enumerate(chunks(count)):
            journal.chunk(chunk)
            if number % 7 == 0:
                assert journal.marker({"kind": "note", "n": number, "at_s": number * 0.2})
    return segments_of(folder)[0]


def test_what_was_written_comes_back_with_every_clock(tmp_path: Path) -> None:
    written(tmp_path / "j")
    found = read_journal(tmp_path / "j")
    for one, two in zip(found.chunks, chunks(20), strict=True):
        assert (one.counter, one.source_s, one.arrived_s, one.wall_s) == (
            two.counter,
            two.source_s,
            two.arrived_s,
            two.wall_s,
        )
        for x, y in zip(one.samples, two.samples, strict=True):
            np.testing.assert_array_equal(x, y)
    assert ([one["n"] for one in found.markers], found.notes) == ([0, 7, 14], ())


def prefixes(data: bytes) -> Iterator[int]:
    """Yield where to cut: every byte of header and of two frames, and every 61st of the rest."""
    _, start = read_header(data, "x")
    ends = [stop for _, stop in read_frames(data, start)]
    yield from range(0, start + 1, 7)
    yield from range(ends[2], ends[3] + 1, 3)
    yield from range(ends[-3], len(data) + 1)
    yield from range(start, len(data), 611)


def test_every_prefix_recovers_what_is_whole_and_says_what_is_not(tmp_path: Path) -> None:
    data = written(tmp_path / "j").read_bytes()
    _, start = read_header(data, "x")
    ends = [(frame, stop) for frame, stop in read_frames(data, start)]
    cut = tmp_path / "cut"
    cut.mkdir()
    path = cut / "segment-000001.klj"
    for size in prefixes(data):
        path.write_bytes(data[:size])
        whole = [frame.kind for frame, stop in ends if stop <= size]
        if size < start:
            with pytest.raises(ReadError):
                read_journal(cut)
            continue
        found = read_journal(cut)
        assert (len(found.chunks), len(found.markers)) == (whole.count(1), whole.count(3))
        assert bool(found.notes) == (size < len(data))
        assert path.read_bytes() == data[:size]  # reading changes nothing


def test_a_new_start_goes_on_in_a_new_segment_and_keeps_what_is_there(tmp_path: Path) -> None:
    first = written(tmp_path / "j")
    first.write_bytes(first.read_bytes()[:-900])
    kept = first.read_bytes()
    written(tmp_path / "j", 5)
    assert first.read_bytes() == kept
    found = read_journal(tmp_path / "j")
    assert found.chunks[-5].counter == 0
    assert len(found.notes) == 2
    second = segments_of(tmp_path / "j")[1]
    first.write_bytes(kept[:-900])  # somebody takes frames out behind the back of the next segment
    assert any("not the one" in note for note in read_journal(tmp_path / "j").notes)
    assert second.exists()


def test_sealed_journals_hold_no_plain_sample_and_open_with_their_key_only(tmp_path: Path) -> None:
    person, other = x25519.Identity.generate(), x25519.Identity.generate()
    path = written(tmp_path / "j", recipient=str(person.to_public()))
    data = path.read_bytes()
    assert chunks(1)[0].samples[0][:4].tobytes() not in data
    assert b"note" not in data
    assert len(read_journal(tmp_path / "j", identity=str(person)).chunks) == 20
    for identity in (None, str(other)):
        with pytest.raises(InputError):
            read_journal(tmp_path / "j", identity=identity)


def test_no_key_and_nonce_are_used_twice_when_a_night_is_cut_and_started_again(tmp_path: Path) -> None:
    person = x25519.Identity.generate()
    path = written(tmp_path / "j", 4, recipient=str(person.to_public()))
    whole = path.read_bytes()
    _, start = read_header(whole, "x")
    sealed = {frame.counter: frame.payload for frame, _ in read_frames(whole, start)}
    for size in range(start, len(whole), 97):
        path.write_bytes(whole[:size])
        written(tmp_path / "j", 2, recipient=str(person.to_public()))
        second = segments_of(tmp_path / "j")[-1].read_bytes()
        about, begin = read_header(second, "x")
        assert about["key"] != read_header(whole, "x")[0]["key"]
        assert not {frame.payload for frame, _ in read_frames(second, begin)} & set(sealed.values())


def test_a_frame_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    import zlib

    person = x25519.Identity.generate()
    path = written(tmp_path / "j", 4, recipient=str(person.to_public()))
    data = bytearray(path.read_bytes())
    _, start = read_header(bytes(data), "x")
    [(_, stop)] = list(read_frames(bytes(data), start))[:1]
    data[start + 20] ^= 1
    data[stop - 4 : stop] = zlib.crc32(bytes(data[start : stop - 4])).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(IntegrityError):
        read_journal(tmp_path / "j", identity=str(person))


def test_two_recorders_cannot_write_one_journal(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j", INFO), pytest.raises(InputError, match="another recorder"):
        JournalWriter(tmp_path / "j", INFO)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_told_and_nothing_is_lost_once_it_takes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    real, refusing = os.write, True

    def write(file: int, data: memoryview) -> int:
        if refusing and len(data) > 30:
            real(file, data[:17])  # a torn frame
            raise OSError(code, os.strerror(code))
        return real(file, data)

    with JournalWriter(tmp_path / "j", INFO) as journal:
        made = chunks(12)
        journal.chunk(made[0])
        monkeypatch.setattr("karmalink.live.journal.journal_writer.os.write", write)
        for chunk in made[1:6]:
            journal.chunk(chunk)
        assert not journal.marker({"kind": "note"})  # not on the disk, so not acknowledged
        assert journal.trouble == os.strerror(code)
        refusing = False
        for chunk in made[6:]:
            journal.chunk(chunk)
        assert journal.marker({"kind": "note"})
        assert journal.trouble == ""
    found = read_journal(tmp_path / "j")
    assert [one.counter for one in found.chunks] == [one.counter for one in made]
    assert (len(found.markers), found.notes) == (2, ())


def test_export_keeps_gaps_and_markers_and_is_the_same_twice(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j", INFO) as journal:
        for number, chunk in enumerate(chunks(100)):
            if not 40 <= number < 50:
                journal.chunk(chunk)
        journal.marker({"kind": "trigger wake", "at_s": 12.0})
    found = read_journal(tmp_path / "j")
    recording, events = found.lay()
    assert [(one.kind, round(one.at_s), round(one.seconds)) for one in events] == [("gap", 8, 2)]
    for name in ("a.bdf", "b.bdf"):
        write_edf(recording, tmp_path / name, annotations=found.annotations, mark_gaps=True)
    assert (tmp_path / "a.bdf").read_bytes() == (tmp_path / "b.bdf").read_bytes()
    back = read_recording(tmp_path / "a.bdf")
    np.testing.assert_array_equal(np.isnan(back.signal("EEG C4-M1")), np.isnan(recording.signal("EEG C4-M1")))
    assert "trigger wake" in {one.text for one in back.annotations}


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_what_is_no_journal_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / "j")  # type: ignore[operator]
    with pytest.raises(KarmalinkError):
        read_journal(tmp_path / "j")
