"""Writing recordings and annotations as EDF, EDF+, BDF and BDF+: the tables of `edfheader`, filled in.

Kemp et al. 1992; Kemp & Olivan 2003, https://www.edfplus.info/specs. Every channel keeps its own rate and is written
over its own range; zero is written as zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from karmalink.base.files import write_whole
from karmalink.errors import InputError
from karmalink.night.recordings.annotations import GAP_TEXT, MARKS_GAPS, Annotation
from karmalink.night.recordings.edf_layout import header_bytes
from karmalink.night.recordings.recording import Channel, Recording, missing_stretches

__all__ = ["annotation_bytes", "annotation_fields", "edf_bytes", "edf_names", "packed", "write_edf"]

# Time-stamped annotation lists of EDF+ and BDF+: the bytes that stand between the signals of each record.
#
# Kemp & Olivan 2003, 2.2.2 to 2.2.4.

_CONTROL = re.compile(r"[\x00-\x1f]+")
_LEAST_ROOM = 64


def packed(
    marks: Sequence[Annotation], count: int, record_s: float, start: datetime | None, width: int, where: Path | str
) -> tuple[list[bytes], int]:
    """Return the annotation bytes of each record, and how many samples they take.

    Each record begins with its own onset. An annotation stands in the record it begins in, or in a later one where that
    is full: a record has the same room everywhere, and one crowded second would swell them all. One of before the first
    sample has a negative onset, as EDF+ 2.2.2 allows.
    """
    shift = 0.0 if start is None else start.microsecond / 1e6
    texts = [
        (annotation.onset_s, _tal(annotation, shift, where))
        for annotation in sorted(marks, key=lambda annotation: annotation.onset_s)
    ]
    longest = max((len(text) for _, text in texts), default=0)
    own = len(f"+{_plain(count * record_s + 1)}\x14\x14\0") + 12
    total = sum(len(text) for _, text in texts)
    size = max(_LEAST_ROOM, own + longest, own + 2 * -(-total // max(count, 1)))
    size = -(-size // (2 * width)) * 2 * width
    if count == 1:
        size = -(-(own + total) // (2 * width)) * 2 * width
    blocks, waiting = [], 0
    for record in range(count):
        block = bytearray(f"+{_plain(record * record_s + shift)}\x14\x14\0".encode())
        last = record == count - 1
        while waiting < len(texts):
            onset, text = texts[waiting]
            if len(block) + len(text) > size or (onset >= (record + 1) * record_s and not last):
                break
            block += text
            waiting += 1
        blocks.append(bytes(block))
    # What did not fit behind its second goes in front, where there is room: EDF+ lets it stand in any record.
    for record in range(count):
        while waiting < len(texts) and len(blocks[record]) + len(texts[waiting][1]) <= size:
            blocks[record] += texts[waiting][1]
            waiting += 1
    return [block.ljust(size, b"\0") for block in blocks], size // width


def _tal(annotation: Annotation, shift: float, where: Path | str) -> bytes:
    onset = annotation.onset_s + shift
    if not abs(annotation.onset_s) < 1e9:
        raise InputError(
            f"an annotation begins at {annotation.onset_s:g} s", where=where, rule="less than 30 years away"
        )
    text = _CONTROL.sub(" ", annotation.text) + (
        f"@@{_CONTROL.sub(' ', annotation.channel)}" if annotation.channel else ""
    )
    length = "" if annotation.duration_s is None else f"\x15{_plain(annotation.duration_s)}"
    return f"{'-' if onset < 0 else '+'}{_plain(abs(onset))}{length}\x14{text}\x14\0".encode()


def _plain(seconds: float) -> str:
    """Return seconds without an exponent, which EDF+ does not allow, and without digits that were not measured."""
    return f"{seconds:.9f}".rstrip("0").rstrip(".")


def annotation_fields(room: int, *, bdf: bool) -> dict[str, str]:
    """Return the header fields of the signal that holds annotations, `room` samples a record."""
    top = 2**23 if bdf else 2**15
    return {
        "label": "BDF Annotations" if bdf else "EDF Annotations",
        "physical minimum": "-1",
        "physical maximum": "1",
        "digital minimum": str(-top),
        "digital maximum": str(top - 1),
        "samples per data record": str(room),
    }


_LABEL = 16
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# A header field of eight characters holds no more digits.
_WIDEST = 9_999_999.0
# The least range that a header field of eight characters holds with its sign and a digit.
_LEAST = 1e-5
_VOLT_UNITS = (("uV", 1e6), ("mV", 1e3), ("V", 1.0))
# Lengths of a record in seconds, the first at which every channel has a whole number of samples.
_RECORDS_S = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0, 30.0, 60.0)
# Rates that a clock told (99.85 and .9985 Hz) have a common record but for what its eight characters leave out.
_WHOLE = 1e-3
# What the last record is filled up with beyond this is marked, so that reading does not make the recording longer.
_FILLED_S = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One signal as it stands in the file: header fields and digits."""

    fields: dict[str, str]
    digits: NDArray[np.int32]
    samples: int


def edf_bytes(
    recording: Recording, *, annotations: Sequence[Annotation] = (), mark_gaps: bool = False, bdf: bool = False
) -> bytes:
    """Return the recording as the bytes of an EDF file, for storage that encrypts: nothing touches a disk.

    Parameters
    ----------
    recording : Recording
        What to write.
    annotations : sequence of Annotation
        Written as EDF+ annotations. Without any, with a start and a length of whole seconds and without gaps the file
        is plain EDF.
    mark_gaps : bool
        Write samples that are not numbers as 0 and mark each such stretch by an annotation "Recording gap", from which
        `read_recording` makes them no numbers again.
    bdf : bool
        24 bits a sample instead of 16.

    Raises
    ------
    InputError
        A channel holds samples that are not numbers and `mark_gaps` is not set: EDF has no place for them. The year is
        not of 1985–2084, or the rates have no common record.
    """
    start = recording.start
    record_s = _record_s(recording)
    columns = [
        _column(recording, channel, name, record_s, bdf=bdf, mark_gaps=mark_gaps)
        for channel, name in zip(recording.channels, edf_names(recording.names), strict=True)
    ]
    count = max((math.ceil(column.digits.size / column.samples) for column in columns), default=0)
    past = count * record_s - recording.duration_s
    gaps = [Annotation(recording.duration_s, past, GAP_TEXT)] if past > _FILLED_S else []
    gaps += _lost(recording) if mark_gaps else []
    marks = [*annotations, *gaps]
    plus = bool(marks) or (start is not None and start.microsecond > 0)
    fields, notes = [column.fields for column in columns], None
    if plus:
        notes, room = packed(marks, count, record_s, start, 3 if bdf else 2, recording.label)
        fields.append(annotation_fields(room, bdf=bdf))
    about = _about(start, recording.label, MARKS_GAPS if gaps else "")
    return header_bytes(fields, count, _shown(record_s), about, bdf=bdf, plus=plus) + _body(
        columns, notes, count, bdf=bdf
    )


def write_edf(
    recording: Recording, path: Path | str, *, annotations: Sequence[Annotation] = (), mark_gaps: bool = False
) -> Path:
    """Write the recording as EDF or, where the name ends in ``.bdf``, as BDF; return the path. See `edf_bytes`.

    The header holds no name; the start is kept.
    """
    target = Path(path)
    bdf = target.suffix.lower() == ".bdf"
    return write_whole(target, edf_bytes(recording, annotations=annotations, mark_gaps=mark_gaps, bdf=bdf))


def annotation_bytes(annotations: Iterable[Annotation], start: datetime | None, *, where: Path | str = "") -> bytes:
    """Return an EDF+ file that holds annotations only, as EDFbrowser and MNE import them.

    Raises
    ------
    InputError
        The start is not of 1985–2084.
    """
    blocks, room = packed(list(annotations), 1, 0.0, start, 2, where)
    fields = [annotation_fields(room, bdf=False)]
    return header_bytes(fields, 1, "0", _about(start, where, ""), bdf=False, plus=True) + blocks[0]


def edf_names(names: Sequence[str]) -> list[str]:
    """Return the names in ASCII and at most 16 characters, as EDF wants them, still each another's."""
    taken: list[str] = []
    for name in names:
        short = name.encode("ascii", "replace").decode()[:_LABEL]
        count = 1
        while short in taken:
            count += 1
            short = f"{short[: _LABEL - 3]}~{count}"
        taken.append(short)
    return taken


def _lost(recording: Recording) -> list[Annotation]:
    """Return one annotation per stretch of a channel that holds no numbers; without a channel where all do not."""
    short = dict(zip(recording.names, edf_names(recording.names), strict=True))
    return [
        Annotation(first, stop - first, GAP_TEXT, short[name]) if name else Annotation(first, stop - first, GAP_TEXT)
        for first, stop, name in missing_stretches(recording)
    ]


def _record_s(recording: Recording) -> float:
    """Return a record length in which every channel has a whole number of samples."""
    rates = sorted({channel.sfreq for channel in recording.channels})
    for seconds in _RECORDS_S:
        if all(abs(rate * seconds - round(rate * seconds)) < 1e-9 and round(rate * seconds) > 0 for rate in rates):
            return seconds
    for first in rates:  # eight characters of record length leave a thirtieth of a second over a night
        seconds = float(_shown(max(1, round(first)) / first))
        whole = [rate * seconds for rate in rates]
        if all(abs(samples - round(samples)) < _WHOLE and round(samples) > 0 for samples in whole):
            return seconds
    raise InputError(
        f"channels at {', '.join(f'{rate:.6g}' for rate in rates)} samples a second have no common record",
        where=recording.label,
        rule="EDF: every channel has a whole number of samples in a data record",
        next_step="write the channels of each rate on their own",
    )


def _column(
    recording: Recording, channel: Channel, name: str, record_s: float, *, bdf: bool, mark_gaps: bool
) -> _Column:
    values = recording.signal(channel.name)
    lost = ~np.isfinite(values)
    if lost.any() and not mark_gaps:
        raise InputError(
            f"{int(lost.sum())} of {lost.size} samples of {channel.name!r} are not numbers",
            where=recording.label,
            rule="EDF holds whole numbers only",
            next_step="write them as marked gaps (mark_gaps=True), or keep the file as it was recorded",
        )
    values = np.where(lost, 0.0, values)
    largest = float(np.abs(values).max(initial=0.0))
    unit, factor = channel.unit_as_read, 1.0
    if channel.in_volts:  # what is in no unit of voltage keeps its own, and its numbers
        unit, factor = next((pair for pair in _VOLT_UNITS if largest * pair[1] < _WIDEST), _VOLT_UNITS[-1])
    # Another unit may be small numbers by nature: a flow in litres a second keeps its digits.
    peak = max(largest * factor, 1.0 if channel.in_volts else _LEAST)
    if peak >= _WIDEST:
        raise InputError(
            f"{channel.name!r} reaches {peak:.3g}",
            where=recording.label,
            rule=f"EDF holds values up to {_WIDEST:g}",
            next_step="look at its unit: karmalink night doctor",
        )
    peak = _rounded_up(peak)
    top = 2**23 - 1 if bdf else 2**15 - 1
    fields = {
        "label": name,
        "physical dimension": unit.encode("latin-1", "replace").decode("latin-1")[:8],
        "physical minimum": _shown(-peak),
        "physical maximum": _shown(peak),
        "digital minimum": str(-top),
        "digital maximum": str(top),
        "samples per data record": str(round(channel.sfreq * record_s)),
    }
    digits = np.clip(np.round(values * (factor * top / peak)), -top, top).astype(np.int32)
    return _Column(fields, digits, round(channel.sfreq * record_s))


def _body(columns: Sequence[_Column], notes: Sequence[bytes] | None, count: int, *, bdf: bool) -> bytes:
    """Return the data records; the last is filled up with zeros."""
    width = 3 if bdf else 2
    parts = []
    for column in columns:
        whole = np.zeros(count * column.samples, dtype="<i4")
        whole[: column.digits.size] = column.digits
        raw = whole.view(np.uint8).reshape(-1, 4)[:, :width]
        parts.append(np.ascontiguousarray(raw).reshape(count, column.samples * width))
    if notes is not None:
        parts.append(np.frombuffer(b"".join(notes), dtype=np.uint8).reshape(count, -1))
    return np.concatenate(parts, axis=1).tobytes() if parts else b""


def _about(start: datetime | None, where: Path | str, mark: str) -> tuple[str, str, str, str]:
    """Return patient, recording, date and time; without a name."""
    if start is not None and not 1985 <= start.year <= 2084:
        raise InputError(f"EDF cannot hold the year {start.year}", where=where, rule="EDF+ 2.1.3.2: 1985–2084")
    day = "X" if start is None else f"{start.day:02d}-{_MONTHS[start.month - 1]}-{start.year:04d}"
    recording = f"Startdate {day} X X X {mark}".strip()
    if start is None:
        return "X X X X", recording, "01.01.85", "00.00.00"
    return "X X X X", recording, f"{start:%d.%m}.{start.year % 100:02d}", f"{start:%H.%M.%S}"


def _rounded_up(peak: float) -> float:
    """Return the least number not below `peak` that a header field of eight characters holds with its sign."""
    digits = 6 - len(str(int(peak)))
    step = 10.0 ** -max(0, digits)
    return float(_shown(math.ceil(peak / step - 1e-9) * step))


def _shown(value: float) -> str:
    """Return a number in at most eight characters."""
    for digits in range(7, 0, -1):
        text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
        if len(text) <= 8:
            return text
    return f"{value:.0f}"
