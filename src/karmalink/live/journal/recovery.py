"""Reading a journal back: whatever is whole, each lost stretch named, the same however often it is done."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.base.wording import counted
from karmalink.errors import InputError, ReadError
from karmalink.live.journal.frames import CHUNK, CLOSING, MARKER, Cipher, Frame, chunk_of, read_frames, read_header
from karmalink.live.journal.journal_writer import segments_of
from karmalink.live.sources.streams import Chunk, StreamChannel, StreamInfo
from karmalink.live.sources.time_line import LossWatch, StreamEvent, TimeLine
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.recording import VOLTAGES, Channel, Recording

__all__ = ["RecoveredJournal", "read_journal"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RecoveredJournal:
    """What a journal holds.

    Attributes
    ----------
    info : StreamInfo
        What was recorded.
    chunks : tuple of Chunk
        In the order in which they arrived, of all segments.
    markers : tuple of dict
        What was marked, with ``at_s`` where it has a place on the time line.
    notes : tuple of str
        What is not whole: segments that end in a torn frame, or were never closed.
    recording : str
        Its name.
    """

    info: StreamInfo
    chunks: tuple[Chunk, ...]
    markers: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    recording: str
    _line: list[Any] = field(default_factory=list)

    def lay(self) -> tuple[Recording, tuple[StreamEvent, ...]]:
        """Return the samples on their time line, gaps in their places, and what happened to the stream."""
        if not self._line:
            self._line.extend(_laid(self))
        return self._line[0], self._line[1]

    @property
    def annotations(self) -> list[Annotation]:
        """Markers and events as annotations, without words of people: those stay in the journal."""
        _, events = self.lay()
        found = [Annotation(one.at_s, max(one.seconds, 0.0), one.kind) for one in events]
        found += [Annotation(float(one["at_s"]), None, str(one["kind"])) for one in self.markers if "at_s" in one]
        return sorted(found, key=lambda one: one.onset_s)

    def __repr__(self) -> str:
        """One-line summary."""
        recording, events = self.lay()
        lost = sum(one.seconds for one in events if one.kind in {"gap", "restart"})
        held = f"{recording.duration_s / 60:.1f} min, {lost:.3g} s lost, {counted(len(self.markers), 'marker')}"
        return f"<RecoveredJournal {self.recording}: {held}>"


def read_journal(folder: str | Path, *, identity: str | None = None) -> RecoveredJournal:
    """Return whatever is whole of a journal. Nothing in the folder is changed.

    Parameters
    ----------
    folder : str or Path
        The journal.
    identity : str, optional
        The age secret key that it is sealed to.

    Raises
    ------
    ReadError
        No journal, or not one whole segment in it.
    InputError
        It is sealed, and the key is missing or not the right one; or its segments are of different streams.
    IntegrityError
        A frame is not what was written.
    """
    place = Path(folder)
    paths = segments_of(place) if place.is_dir() else []
    if not paths:
        raise ReadError("no journal is here", where=place, rule="a folder with segment-000001.klj")
    notes: list[str] = []
    infos: list[StreamInfo] = []
    chunks: list[Chunk] = []
    markers: list[dict[str, Any]] = []
    name, before = place.name, b""
    for path in paths:
        data = path.read_bytes()
        try:
            about, start = read_header(data, path.name)
        except ReadError as error:
            notes.append(f"{path.name}: {error.what}")
            before = b""
            continue
        if about["after"] != (hashlib.sha256(before).hexdigest() if before else ""):
            notes.append(f"{path.name}: the segment before it is not the one that it was written after")
        info, name = _info(about["stream"]), about["recording"]
        if infos and info.channels != infos[0].channels:
            raise InputError("the segments hold different channels", where=path, rule="one stream a journal")
        infos.append(info)
        cipher = _cipher(about, identity, path)
        stop, closed = start, False
        for frame, end in read_frames(data, start):
            _take(frame, cipher, chunks, markers)
            closed = frame.kind == CLOSING
            stop = end
        notes += _torn(path.name, len(data) - stop, closed=closed)
        before = data[:stop]
    if not infos:
        raise ReadError("nothing in this journal is whole", where=place, rule="; ".join(notes))
    return RecoveredJournal(infos[0], tuple(chunks), tuple(markers), tuple(notes), name)


def _take(frame: Frame, cipher: Cipher | None, chunks: list[Chunk], markers: list[dict[str, Any]]) -> None:
    payload = frame.payload if cipher is None else cipher.unseal(frame)
    if frame.kind == CHUNK:
        chunks.append(chunk_of(payload))
    elif frame.kind == MARKER:
        markers.append(json.loads(payload))


def _torn(name: str, left: int, *, closed: bool) -> Iterator[str]:
    if left:
        yield f"{name}: {left} bytes at the end are a frame that was cut; it is left out"
    if not closed:
        yield f"{name}: it was not closed; the recorder was stopped or the power failed, up to a second is lost"


def _info(stream: dict[str, Any]) -> StreamInfo:
    channels = tuple(StreamChannel(**channel) for channel in stream["channels"])
    return StreamInfo(channels, stream["device"], stream["counts"])


def _cipher(about: dict[str, Any], identity: str | None, path: Path) -> Cipher | None:
    """Return what opens the frames of a segment.

    Raises
    ------
    InputError
        The key is missing, or it is another person's.
    """
    if about["key"] is None:
        return None
    if identity is None:
        raise InputError("the journal is sealed", where=path, next_step="open it through its study, or name the key")
    from pyrage import DecryptError, IdentityError, decrypt, x25519

    try:
        key = decrypt(base64.b64decode(about["key"]), [x25519.Identity.from_str(identity)])
    except (DecryptError, IdentityError):
        raise InputError("this key does not open the journal", where=path, rule="it is sealed to one person") from None
    return Cipher(bytes(key), about["recording"], about["segment"])


def _laid(journal: RecoveredJournal) -> tuple[Recording, tuple[StreamEvent, ...]]:
    """Return the recording of the chunks, as the live night laid them on its time line."""
    line, watch = TimeLine(journal.info), LossWatch()
    parts: list[list[Any]] = [[] for _ in journal.info.channels]
    events: list[StreamEvent] = []
    for chunk in journal.chunks:
        placed = line.place(chunk)
        events += placed.events
        lost = watch.look(chunk.arrived_s, line.now_s)
        events += [] if lost is None else [lost]
        for held, samples in zip(parts, placed.samples, strict=True):
            held.append(samples)
    arrays = [np.concatenate(held) if held else np.empty(0) for held in parts]
    start = None
    if journal.chunks:
        first = journal.chunks[0]
        length = max(len(x) / c.sfreq for x, c in zip(first.samples, journal.info.channels, strict=True))
        start = dt.datetime.fromtimestamp(first.wall_s - length, dt.UTC).replace(tzinfo=None, microsecond=0)
    channels = []
    for channel, array in zip(journal.info.channels, arrays, strict=True):
        named = identify(channel.name)
        unit = "V" if channel.kind in VOLTAGES else ""
        channels.append(
            Channel(channel.name, channel.kind, channel.sfreq, array.size, unit, named.site, named.reference)
        )
    recording = Recording(journal.recording, tuple(channels), _Uneven(arrays), line.now_s, start, "journal")
    return recording, tuple(events)


@dataclass(frozen=True, slots=True, eq=False)
class _Uneven:
    """Channels of different lengths, in memory."""

    arrays: Sequence[Any]

    def read(self, index: int, first: int, stop: int) -> Any:
        """Return a copy of samples."""
        return self.arrays[index][first:stop].copy()
