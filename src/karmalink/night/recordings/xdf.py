"""XDF, the file of Lab Streaming Layer: every stream on its own clock, laid on one time line at its own rate.

A device sold as 250 Hz samples at 250.02; over a night that is 2.3 s, so the rate is taken from the time stamps,
between the losses that they show (`stamps`): each loss is a gap in its place, and nothing is moved together.
Format: https://github.com/sccn/xdf/wiki/Specifications.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import ReadError
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.edf_layout import CLOCK_NOTE
from karmalink.night.recordings.recording import Channel, Recording, Segment, gaps_between
from karmalink.night.recordings.stamps import StampedLine, lay_stamps
from karmalink.night.recordings.units import volts_per

__all__ = ["StreamSignals", "read_xdf", "whole_chunks"]

_MAGIC = b"XDF:"
_LONGEST_S = 3 * 86_400.0
_FASTEST_HZ = 1e5
# A clock that goes back by more than this was set: single stamps jitter by tens of milliseconds.
_BACK_S = 1.0
_KINDS = frozenset({"eeg", "eog", "emg", "ecg"})


@dataclass(frozen=True, eq=False)
class StreamSignals:
    """Samples of the streams by channel: (stream, row), each stream with its pieces on the time line."""

    data: Sequence[NDArray[Any]]
    pieces: Sequence[Sequence[Segment]]
    rows: Sequence[tuple[int, int, float]]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples; NaN where the stream has none."""
        stream, row, factor = self.rows[index]
        out = np.full(max(0, stop - first), np.nan)
        for piece in self.pieces[stream]:
            low, high = max(first, piece.place), min(stop, piece.place + piece.count)
            if low < high:
                begin = piece.source + low - piece.place
                out[low - first : high - first] = self.data[stream][begin : begin + high - low, row]
        return out * factor


@dataclass(frozen=True, slots=True)
class _Stream:
    """A stream of regular samples with what its description says."""

    name: str
    type: str
    labels: tuple[str, ...]
    units: tuple[str, ...]
    rate: float
    stamps: NDArray[np.float64]
    data: NDArray[Any]


def read_xdf(path: Path, *, label: str, partial: bool = False) -> Recording:
    """Read the regular numeric streams of an XDF file, and its markers as annotations.

    Irregular streams of numbers are passed over.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        What to call the recording.
    partial : bool
        Take a file whose last chunk was cut off as far as it goes: what a recorder leaves that was killed.

    Raises
    ------
    ReadError
        Not an XDF file, cut off, or without a regular stream of numbers.
    """
    raw = path.read_bytes()
    kept = whole_chunks(raw, path)
    notes = []
    if kept < len(raw):
        if not partial:
            raise ReadError(
                f"the file is cut off or broken after {kept} of {len(raw)} bytes",
                where=path,
                rule="whole chunks",
                next_step="copy it again, or read what is there with --partial (partial=True)",
            )
        notes.append(f"the file is cut off: its last {len(raw) - kept} bytes are not a whole chunk")
    streams, header = _load(raw[:kept], path)
    regular = [stream for stream in map(_stream, streams) if stream is not None]
    if not regular:
        raise ReadError(
            "the file holds no regular stream of numbers",
            where=path,
            rule="a stream with a nominal rate above 0",
            next_step="this is a file of markers; choose the one with the signals",
        )
    recording = _recording(regular, header, notes, path, label)
    begin = min(float(stream.stamps[0]) for stream in regular)
    return replace(recording, annotations=_markers(streams, begin))


def _markers(streams: Sequence[Mapping[str, Any]], begin: float) -> tuple[Annotation, ...]:
    """Return the markers of streams of words, in seconds from the first sample; negative before it."""
    markers = [
        Annotation(round(float(stamp) - begin, 9), None, str(row[0]))
        for stream in streams
        if isinstance(stream["time_series"], list)
        for stamp, row in zip(stream["time_stamps"], stream["time_series"], strict=False)
        if row and isinstance(row[0], str) and row[0].strip() and np.isfinite(float(stamp))
    ]
    return tuple(sorted(markers, key=lambda marker: marker.onset_s))


def whole_chunks(raw: bytes, path: Path) -> int:
    """Return how many bytes are whole chunks: what follows is cut off or broken.

    Raises
    ------
    ReadError
        The file is not an XDF.
    """
    if raw[:4] != _MAGIC:
        raise ReadError("not an XDF file", where=path, rule="an XDF file begins with 'XDF:'")
    at = len(_MAGIC)
    while at < len(raw):
        width = raw[at]
        if width not in {1, 4, 8} or at + 1 + width > len(raw):
            return at
        length = int.from_bytes(raw[at + 1 : at + 1 + width], "little")
        end = at + 1 + width + length
        if length < 2 or end > len(raw):
            return at
        tag = int.from_bytes(raw[at + 1 + width : at + 3 + width], "little")
        if not 1 <= tag <= 6 or (tag == 3 and not _samples_fit(raw, at + 3 + width, end)):
            return at
        at = end
    return at


def _samples_fit(raw: bytes, at: int, end: int) -> bool:
    """Whether a chunk of samples can hold as many as it states: else memory is asked for what is not there."""
    width = raw[at + 4] if at + 4 < end else 0
    if width not in {1, 4, 8} or at + 5 + width > end:
        return False
    return int.from_bytes(raw[at + 5 : at + 5 + width], "little") <= end - at


def _load(raw: bytes, path: Path) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    import logging

    import pyxdf

    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)  # it logs what the reader says in its own words
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            streams, header = pyxdf.load_xdf(io.BytesIO(raw), dejitter_timestamps=False)
    except Exception as error:  # pyxdf raises whatever its parsers meet
        raise ReadError(
            f"the file cannot be read as XDF ({type(error).__name__})",
            where=path,
            next_step="copy the recording again from where it was made",
        ) from error
    return streams, header


def _stream(stream: Mapping[str, Any]) -> _Stream | None:
    """Return a stream that is sampled regularly, None for markers and for streams without samples."""
    info, data = stream["info"], stream["time_series"]
    stamps = np.asarray(stream["time_stamps"], dtype=np.float64)
    rate = _number(_text(info, "nominal_srate"))
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.dtype.kind not in "iuf" or len(data) < 2:
        return None
    if not 0 < rate <= _FASTEST_HZ or len(stamps) != len(data) or not np.isfinite(stamps).all():
        return None
    described = _described(info)
    name = _text(info, "name")
    labels = tuple(
        _text(about, "label") or f"{name or 'channel'} {place}"
        for place, about in enumerate([*described, *[{}] * data.shape[1]][: data.shape[1]], start=1)
    )
    units = tuple(_text(about, "unit") for about in [*described, *[{}] * data.shape[1]][: data.shape[1]])
    return _Stream(name, _text(info, "type").casefold(), labels, units, rate, stamps, data)


def _described(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        channels = info["desc"][0]["channels"][0]["channel"]
    except (KeyError, IndexError, TypeError):
        return []
    return [about if isinstance(about, dict) else {} for about in channels]


def _text(info: Mapping[str, Any], key: str) -> str:
    value = info.get(key)
    first = value[0] if isinstance(value, list) and value else value
    return first.strip() if isinstance(first, str) else ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _recording(
    streams: Sequence[_Stream], header: Mapping[str, Any], notes: list[str], path: Path, label: str
) -> Recording:
    begin = min(float(stream.stamps[0]) for stream in streams)
    lines = [_placed(stream, begin, notes, path) for stream in streams]
    duration = max((line.pieces[-1].place + line.pieces[-1].count) / line.rate for line in lines)
    channels, rows, taken = [], [], set[str]()
    for number, (stream, line) in enumerate(zip(streams, lines, strict=True)):
        for row, (name, unit) in enumerate(zip(stream.labels, stream.units, strict=True)):
            unique, again = name, 2
            while unique in taken:
                unique, again = f"{name} ({again})", again + 1
            taken.add(unique)
            named = identify(name)
            # A stream's own word where its labels tell nothing: "Fp1" needs none, "ch1" of a stream of type EEG does.
            kind = stream.type if named.kind == "unknown" and stream.type in _KINDS else named.kind
            size = round(duration * line.rate)
            channels.append(Channel(unique, kind, line.rate, size, unit, named.site, named.reference))
            rows.append((number, row, volts_per(unit) or 1.0))
    start = _start(header)
    if start is not None:
        notes.append("XDF tells when the file was opened, not when the first sample was taken: seconds may lie between")
    shared = gaps_between(lines[0].pieces, lines[0].rate) if len(streams) == 1 else ()
    return Recording(
        label,
        tuple(channels),
        StreamSignals([stream.data for stream in streams], [line.pieces for line in lines], rows),
        duration,
        start,
        "xdf",
        shared,
        tuple(notes),
    )


def _placed(stream: _Stream, begin: float, notes: list[str], path: Path) -> StampedLine:
    """Return the rate the stamps tell, and the pieces of the stream on the time line."""
    stamps = stream.stamps
    back = np.flatnonzero(np.diff(stamps) < -_BACK_S) + 1
    if back.size:
        notes.append(f"{CLOCK_NOTE} of a stream goes back {back.size} times; what lies behind such a jump is left out")
        stamps = stamps[: int(back[0])]
    if len(stamps) < 2 or stamps[-1] - begin > _LONGEST_S:
        raise ReadError(
            "the time stamps of a stream make no recording", where=path, rule=f"at most {_LONGEST_S / 86_400:g} days"
        )
    line = lay_stamps(stamps, stream.rate, begin=begin)
    notes += line.notes(f"stream {stream.name}" if stream.name else "")
    return line


def _start(header: Mapping[str, Any]) -> datetime | None:
    try:
        text = _text(header["info"], "datetime")
    except (KeyError, TypeError):
        return None
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
