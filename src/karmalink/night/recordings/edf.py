"""EDF, EDF+ (continuous and discontinuous) and BDF recordings: each signal at its own rate, read when asked for.

Samples come straight from the data records, so that signals of other rates are not resampled to the fastest one, a
recording with gaps keeps its time line, and a recording that a vault holds is read from memory without a file. The
tests compare every sample with what MNE reads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.wording import counted
from karmalink.errors import ReadError
from karmalink.night.recordings.annotations import GAP_TEXT, MARKS_GAPS, Annotation, annotations_of
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.edf_layout import (
    ANNOTATIONS,
    LONGEST_HEADER,
    EdfHeader,
    EdfSignal,
    FileRecords,
    MemoryRecords,
    Records,
    parse_header,
    strips,
)
from karmalink.night.recordings.edf_time import LONGEST_S, Run, time_line
from karmalink.night.recordings.recording import BlankedSignals, Channel, Recording, Signals
from karmalink.night.recordings.units import volts_per

__all__ = ["EdfSignals", "open_edf", "read_edf"]

_JITTER_S = 1e-3
_FASTEST = 1e6


@dataclass(frozen=True, eq=False)
class EdfSignals:
    """Samples of an EDF or BDF file, read from its data records."""

    records: Records
    header: EdfHeader
    signals: tuple[EdfSignal, ...]
    runs: tuple[Run, ...]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples `first` to `stop` of a channel; NaN in gaps."""
        signal = self.signals[index]
        rate = signal.samples / self.header.record_s
        out = np.full(max(0, stop - first), np.nan)
        for run in self.runs:
            begin = round(run.start_s * rate)
            low, high = max(first, begin), min(stop, begin + run.count * signal.samples)
            if low < high:
                self._fill(out[low - first : high - first], signal, run, low - begin)
        return out

    def _fill(self, out: NDArray[np.float64], signal: EdfSignal, run: Run, first: int) -> None:
        """Write the samples of one run from `first` on, counted from its beginning, into `out`, shape (n,).

        Some records at a time and in place: a night of one channel is 60 MB, and four copies of it would be held else.
        """
        begin, last = first // signal.samples, math.ceil((first + out.size) / signal.samples)
        width = self.header.width
        end = signal.offset + width * signal.samples
        place = begin * signal.samples - first  # where the next sample that is read belongs in `out`
        for raw in strips(self.records, run.record + begin, run.record + last, signal.offset, end):
            digits = _digits(raw.reshape(-1), width)
            part = out[max(0, place) : place + digits.size]
            part[:] = digits[max(0, -place) :][: part.size]
            _scale(part, signal)
            place += digits.size


def read_edf(path: Path, *, label: str, partial: bool = False) -> Recording:
    """Read an EDF or BDF file; its samples stay on disk until they are asked for.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        What to call the recording.
    partial : bool
        Take a file that was cut off as far as it goes.

    Raises
    ------
    ReadError
        Empty, truncated, or not EDF.
    """
    with path.open("rb") as file:
        head = file.read(LONGEST_HEADER)
    header = parse_header(head, where=path.name, expected=path.suffix[1:].lower())
    # Not resolve(): a study gives its recordings as links to files in memory, and there is no path behind such a link.
    records = FileRecords(path.absolute(), header.header_bytes, header.record_bytes)
    return _recording(header, records, path.stat().st_size, where=path.name, label=label, partial=partial)


def open_edf(raw: bytes, *, where: str, label: str, partial: bool = False) -> Recording:
    """Read an EDF or BDF recording from the bytes of its file; see `read_edf`."""
    header = parse_header(raw[:LONGEST_HEADER], where=where)
    records = MemoryRecords(raw, header.header_bytes, header.record_bytes)
    return _recording(header, records, len(raw), where=where, label=label, partial=partial)


def _recording(header: EdfHeader, records: Records, size: int, *, where: str, label: str, partial: bool) -> Recording:
    kept = [signal for signal in header.signals if signal.label not in ANNOTATIONS and signal.samples > 0]
    if not kept:
        raise ReadError(
            "the file holds annotations only, no signal",
            where=where,
            next_step="this is a file of scores or markers; choose the recording that belongs to it",
        )
    notes = list(header.notes)
    count = _whole_records(header, size, where, partial, notes)
    line = time_line(header, records, count, where=where, partial=partial)
    notes += line.notes
    header = replace(header, record_s=line.record_s)
    duration_s = line.duration_s
    if duration_s > LONGEST_S:  # a broken onset or record length, and memory for years of nothing
        raise ReadError(
            f"the recording would last {duration_s / 86_400:.3g} days",
            where=where,
            rule=f"at most {LONGEST_S / 86_400:g} days",
            next_step="look at the header's record duration and, in EDF+D, at the onsets of the records",
        )
    gaps = line.gaps
    channels = _channels(kept, header, duration_s, notes)
    signals: Signals = EdfSignals(records, header, tuple(kept), line.runs)
    read = annotations_of(header, records, count, where=where)
    notes += read.left_out()
    if MARKS_GAPS in header.recording:
        marks = [mark for mark in read.annotations if mark.text == GAP_TEXT]
        end = next((mark.onset_s for mark in marks if not mark.channel and _reaches(mark, duration_s)), duration_s)
        marks = [mark for mark in marks if mark.channel or mark.onset_s < end]
        if 0 < end < duration_s:  # the last record was filled up
            duration_s = end
            channels = tuple(replace(channel, n_samples=round(end * channel.sfreq)) for channel in channels)
        gaps += tuple((mark.onset_s, mark.onset_s + (mark.duration_s or 0.0)) for mark in marks if not mark.channel)
        signals = BlankedSignals(signals, _lost(marks, channels))
    return Recording(
        label=label,
        channels=channels,
        signals=signals,
        duration_s=duration_s,
        start=header.start + timedelta(seconds=line.first_s) if header.start else None,
        format=header.format,
        gaps=gaps,
        notes=tuple(notes),
        annotations=tuple(mark for mark in read.annotations if mark.text != GAP_TEXT),
    )


def _reaches(mark: Annotation, end_s: float) -> bool:
    return mark.onset_s + (mark.duration_s or 0.0) >= end_s - _JITTER_S


def _lost(marks: Sequence[Annotation], channels: Sequence[Channel]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return (first, stop) of the samples of each channel that the marks say were not recorded."""
    return {
        index: tuple(
            (round(mark.onset_s * channel.sfreq), round((mark.onset_s + (mark.duration_s or 0.0)) * channel.sfreq))
            for mark in marks
            if mark.channel in {"", channel.name}
        )
        for index, channel in enumerate(channels)
    }


def _whole_records(header: EdfHeader, size: int, where: str, partial: bool, notes: list[str]) -> int:
    """Return how many data records the file holds, having compared with how many the header promises."""
    if header.record_bytes == 0 or header.record_s <= 0:
        raise ReadError(
            f"data records of {header.record_s:g} s and {header.record_bytes} bytes", where=where, rule="above 0"
        )
    if max(signal.samples for signal in header.signals) / header.record_s > _FASTEST:
        raise ReadError("a signal of more than a million samples a second", where=where, rule="rates up to 1 MHz")
    held, rest = divmod(size - header.header_bytes, header.record_bytes)
    if header.records == -1:
        cut = f" and {counted(rest, 'byte')} of one that was cut off" if rest else ""
        notes.append(f"the header leaves the number of records open; the file holds {held}{cut}")
    elif held < header.records and not partial:
        raise ReadError(
            f"the file is cut off: its header promises {header.records} records of {header.record_s:g} s, "
            f"the file holds {held}",
            where=where,
            rule=f"{header.header_bytes + header.records * header.record_bytes} bytes, found {size}",
            next_step="copy the recording again, or read what is there with --partial (partial=True)",
        )
    elif held < header.records:
        lost = (header.records - held) * header.record_s
        notes.append(f"the file is cut off: the last {lost:g} s of {header.records * header.record_s:g} s are missing")
    elif held > header.records or rest:
        extra = size - header.header_bytes - header.records * header.record_bytes
        notes.append(f"{extra} bytes follow the last record the header promises; they were not read")
    count = held if header.records == -1 else min(held, header.records)
    if count <= 0:
        raise ReadError("the file holds a header and no data", where=where, next_step="copy the recording again")
    return int(count)


def _channels(
    signals: Sequence[EdfSignal], header: EdfHeader, duration_s: float, notes: list[str]
) -> tuple[Channel, ...]:
    channels: list[Channel] = []
    taken: set[str] = set()
    for place, signal in enumerate(signals, start=1):
        name = base = signal.label or f"signal {place}"
        again = 2
        while name in taken:
            name, again = f"{base} ({again})", again + 1
        taken.add(name)
        if name != base:
            notes.append(f"the name {base!r} comes twice; signal {place} is called {name!r} here")
        if not signal.scaled:
            notes.append(f"the header does not say how {name!r} is scaled (minimum and maximum are the same)")
        rate = signal.samples / header.record_s
        named = identify(base)
        channels.append(
            Channel(
                name,
                named.kind,
                rate,
                round(duration_s * rate),
                signal.unit,
                named.site,
                named.reference,
                signal.scaled,
            )
        )
    return tuple(channels)


def _scale(digits: NDArray[np.float64], signal: EdfSignal) -> None:
    """Turn digits into volts, or into the file's own unit where that is not a voltage, in place."""
    if signal.scaled:
        # x = (d − d_min) · (p_max − p_min) / (d_max − d_min) + p_min
        digits -= signal.digital_min
        digits *= (signal.physical_max - signal.physical_min) / (signal.digital_max - signal.digital_min)
        digits += signal.physical_min
    digits *= volts_per(signal.unit) or 1.0


def _digits(raw: NDArray[np.uint8], width: int) -> NDArray[Any]:
    """Return little-endian two's complement integers of 2 or 3 bytes."""
    if width == 2:
        return raw.view("<i2")
    triples = raw.reshape(-1, 3).astype(np.int32)
    return ((triples[:, 0] | (triples[:, 1] << 8) | (triples[:, 2] << 16)) ^ 0x800000) - 0x800000
