"""The layout of an EDF or BDF file: header and data records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from karmalink.base.outside import unreadable
from karmalink.errors import ReadError
from karmalink.night.recordings.units import unit_as_written

__all__ = [
    "ANNOTATIONS",
    "CLOCK_NOTE",
    "LONGEST_HEADER",
    "EdfHeader",
    "EdfSignal",
    "FileRecords",
    "MemoryRecords",
    "Records",
    "column",
    "header_bytes",
    "parse_header",
    "strips",
]

CLOCK_NOTE = "the clock"
"""How a reader's note begins when it is about time, whatever the format: the doctor warns of those."""

# The header of EDF, EDF+ and BDF files as a table, and the arithmetic that shows whether a file is whole.
#
# Kemp et al. 1992 (EDF), Kemp & Olivan 2003 (EDF+), https://www.edfplus.info/specs; BDF is EDF with 24-bit samples. The
# fields that name the patient are stepped over and never read.

ANNOTATIONS = ("EDF Annotations", "BDF Annotations")

_FIXED = (
    ("version", 8),
    ("patient", 80),
    ("recording", 80),
    ("start date", 8),
    ("start time", 8),
    ("bytes in header", 8),
    ("reserved", 44),
    ("number of data records", 8),
    ("duration of a data record", 8),
    ("number of signals", 4),
)
_PER_SIGNAL = (
    ("label", 16),
    ("transducer", 80),
    ("physical dimension", 8),
    ("physical minimum", 8),
    ("physical maximum", 8),
    ("digital minimum", 8),
    ("digital maximum", 8),
    ("prefiltering", 80),
    ("samples per data record", 8),
    ("reserved", 32),
)
_FIXED_BYTES = sum(width for _, width in _FIXED)
_SIGNAL_BYTES = sum(width for _, width in _PER_SIGNAL)
_MOST_SIGNALS = 9_999
LONGEST_HEADER = _FIXED_BYTES + _SIGNAL_BYTES * _MOST_SIGNALS
"""Bytes of the longest header there can be."""
_LARGEST = 1e15

# First eight bytes → (name, bytes per sample).
_VERSIONS: Mapping[bytes, tuple[str, int]] = MappingProxyType({b"0       ": ("edf", 2), b"\xffBIOSEMI": ("bdf", 3)})
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class EdfSignal:
    """One signal of the header; `offset` is its first byte within a data record."""

    label: str
    unit: str
    physical_min: float
    physical_max: float
    digital_min: float
    digital_max: float
    samples: int
    offset: int

    @property
    def scaled(self) -> bool:
        """Whether the header says how digits become physical values."""
        return self.digital_max > self.digital_min and self.physical_max != self.physical_min


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """What the header says.

    Attributes
    ----------
    format : str
        ``edf`` or ``bdf``, with ``+`` and ``+d`` where the reserved field says so.
    width : int
        Bytes per sample: 2 or 3.
    start : datetime or None
        None where the header holds no possible date.
    records : int
        Data records, as stated; -1 while a recorder was writing, and where one that died left 0, less or a blank.
    record_s : float
        Seconds per data record.
    recording : str
        The field "local recording identification". Programs keep marks in it; people their codes: it is never shown.
    """

    format: str
    width: int
    start: datetime | None
    records: int
    record_s: float
    signals: tuple[EdfSignal, ...]
    notes: tuple[str, ...]
    recording: str = ""

    @property
    def header_bytes(self) -> int:
        """Bytes before the first data record."""
        return _FIXED_BYTES + _SIGNAL_BYTES * len(self.signals)

    @property
    def record_bytes(self) -> int:
        """Bytes of one data record."""
        return self.width * sum(signal.samples for signal in self.signals)


def header_bytes(
    signals: Sequence[Mapping[str, str]], records: int, record_s: str, about: Sequence[str], *, bdf: bool, plus: bool
) -> bytes:
    """Return a header.

    Parameters
    ----------
    signals : sequence of mappings
        Fields of each signal by the names of the table above; absent ones are blank.
    records : int
        Data records.
    record_s : str
        Seconds per data record, as it is to be written.
    about : sequence of str
        Patient, recording, start date and start time, as they are to be written.
    bdf, plus : bool
        24 bits a sample; whether the file holds annotations (EDF+C, BDF+C).
    """
    kind = "BDF" if bdf else "EDF"
    version = next(magic for magic, (name, _) in _VERSIONS.items() if name == kind.lower())
    size = _FIXED_BYTES + _SIGNAL_BYTES * len(signals)
    reserved = f"{kind}+C" if plus else "24BIT" if bdf else ""
    values = (*about, str(size), reserved, str(records), record_s, str(len(signals)))
    out = bytearray(version)
    for (_, width), value in zip(_FIXED[1:], values, strict=True):
        out += value.encode("ascii", "replace")[:width].ljust(width)
    for name, width in _PER_SIGNAL:
        for fields in signals:
            # ASCII, but for a unit that came in as "°C" and goes out as it came.
            out += fields.get(name, "").encode("latin-1", "replace")[:width].ljust(width)
    return bytes(out)


def parse_header(raw: bytes, *, where: str, expected: str = "edf") -> EdfHeader:
    """Return the header at the beginning of `raw`.

    Parameters
    ----------
    raw : bytes
        The file, or at least its header.
    where : str
        Named in errors.
    expected : str
        ``edf`` or ``bdf``, as the file's ending says.

    Raises
    ------
    ReadError
        The file is empty, is not an EDF, or its header is cut off or contradicts itself.
    """
    kind, width = _version(raw, where, expected)
    fixed = _cut(raw, _FIXED, 1, 0, where)
    count = int(_number(fixed["number of signals"][0], "number of signals", where))
    if not 0 < count <= _MOST_SIGNALS:
        raise ReadError(f"the header states {count} signals", where=where, rule=f"from 1 to {_MOST_SIGNALS} signals")
    fields = _cut(raw, _PER_SIGNAL, count, _FIXED_BYTES, where)
    stated = int(_number(fixed["bytes in header"][0], "bytes in header", where))
    needed = _FIXED_BYTES + _SIGNAL_BYTES * count
    if stated != needed:
        raise ReadError(
            f"the header states a length of {stated} bytes, its {count} signals make {needed}",
            where=where,
            rule="256 bytes and 256 for each signal",
        )
    signals = _signals(fields, count, width, where)
    reserved = fixed["reserved"][0].strip().upper()
    plus = {f"{kind.upper()}+C": "+", f"{kind.upper()}+D": "+d"}.get(reserved[:5], "")
    # Where the field was left blank its signal says it.
    if not plus and any(signal.label in ANNOTATIONS for signal in signals):
        plus = "+"
    start, notes = _start(fixed["start date"][0], fixed["start time"][0], fixed["recording"][0])
    return EdfHeader(
        format=kind + plus,
        width=width,
        start=start,
        records=_records(fixed["number of data records"][0], where),
        record_s=_number(fixed["duration of a data record"][0], "duration of a data record", where),
        signals=signals,
        notes=notes,
        recording=fixed["recording"][0].strip(),
    )


def _records(text: str, where: str) -> int:
    """Return how many data records the header states, -1 where it leaves that open.

    -1 is what EDF has for a recording that goes on. Recorders that died before they wrote the number leave 0, another
    number below 1, or blanks; the data follow all the same.
    """
    if not text.strip().strip("\x00"):
        return -1
    stated = int(_number(text, "number of data records", where))
    return stated if stated > 0 else -1


def _version(raw: bytes, where: str, expected: str) -> tuple[str, int]:
    if not raw:
        raise ReadError("the file is empty", where=where, next_step="copy the recording again from where it was made")
    version = _VERSIONS.get(raw[:8])
    if version is not None and len(raw) >= _FIXED_BYTES:
        return version
    if version is not None:
        raise ReadError(
            f"the file ends inside its header: {len(raw)} of {_FIXED_BYTES} bytes", where=where, rule="a whole header"
        )
    looks = "text" if _is_text(raw[:4096]) else "something else"
    raise ReadError(
        f"the file is {looks}, not {expected.upper()}",
        where=where,
        rule="EDF begins with '0' and seven blanks, BDF with byte 255 and 'BIOSEMI'",
        next_step="give the file the ending of what it is, or choose the recording itself",
    )


def _is_text(raw: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", raw)


def _cut(raw: bytes, table: tuple[tuple[str, int], ...], count: int, start: int, where: str) -> dict[str, list[str]]:
    """Cut `raw` by a table of field widths; every field comes `count` times before the next begins."""
    end = start + count * sum(width for _, width in table)
    if len(raw) < end:
        raise ReadError(
            f"the file ends inside its header: {len(raw)} of {end} bytes",
            where=where,
            next_step="copy the recording again from where it was made",
        )
    fields: dict[str, list[str]] = {}
    at = start
    for name, width in table:
        pieces = [raw[at + i * width : at + (i + 1) * width] for i in range(count)]
        fields[name] = [piece.decode("latin-1") for piece in pieces]
        at += count * width
    return fields


def _number(text: str, name: str, where: str) -> float:
    clean = text.strip().strip("\x00").replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", clean):
        raise ReadError(f"the header's field '{name}' holds no number", where=where, rule="a decimal number in ASCII")
    number = float(clean)
    if abs(number) > _LARGEST:
        raise ReadError(f"the header's field '{name}' holds {number:g}", where=where, rule=f"at most {_LARGEST:g}")
    return number


def _signals(fields: dict[str, list[str]], count: int, width: int, where: str) -> tuple[EdfSignal, ...]:
    signals = []
    offset = 0
    for i in range(count):
        samples = int(_number(fields["samples per data record"][i], "samples per data record", where))
        if samples < 0:
            raise ReadError(f"signal {i + 1} has {samples} samples a record", where=where, rule="0 or more")
        signals.append(
            EdfSignal(
                label=re.sub(r"[\x00-\x1f]", "", fields["label"][i]).strip(),
                unit=unit_as_written(fields["physical dimension"][i].encode("latin-1")),
                physical_min=_number(fields["physical minimum"][i], "physical minimum", where),
                physical_max=_number(fields["physical maximum"][i], "physical maximum", where),
                digital_min=_number(fields["digital minimum"][i], "digital minimum", where),
                digital_max=_number(fields["digital maximum"][i], "digital maximum", where),
                samples=samples,
                offset=offset,
            )
        )
        offset += samples * width
    return tuple(signals)


def _start(date: str, time: str, recording: str) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the start; EDF+ keeps a four-digit year in the recording field, EDF two digits that turn over in 1985."""
    clock = re.fullmatch(r"(\d\d)[.:](\d\d)[.:](\d\d)", time.strip())
    short = re.fullmatch(r"(\d\d)[.:/-](\d\d)[.:/-](\d\d)", date.strip())
    long = re.match(r"Startdate (\d\d)-([A-Za-z]{3})-(\d{4})", recording)
    if clock is None or (short is None and long is None):
        return None, ("the header holds no start date and time",)
    if recording.startswith("Startdate X "):  # EDF+ 2.1.3.3: the date is not known, "01.01.85" only fills the field
        return None, ("the header does not tell the start date",)
    if long is not None and long[2].upper() in _MONTHS:
        day, month, year = int(long[1]), _MONTHS.index(long[2].upper()) + 1, int(long[3])
    elif short is not None:
        day, month, year = int(short[1]), int(short[2]), int(short[3])
        year += 1900 if year >= 85 else 2000
    else:
        return None, ("the header holds no start date and time",)
    try:
        return datetime(year, month, day, int(clock[1]), int(clock[2]), int(clock[3])), ()
    except ValueError:
        return None, ("the header's start is not a possible date and time",)


# The data records of an EDF or BDF file, a few at a time: from memory, or from a file that is opened for each reading.
#
# Not from a memory map: a vault wipes the clear copy of a recording when it is done with it, and reading a map of a
# file that was cut meanwhile ends the process instead of raising an error.

_CHUNK_BYTES = 4 * 2**20
# A strip is sought record by record where it is less than this part of a record.
_SOUGHT = 16


class Records(Protocol):
    """Data records of equal length."""

    @property
    def size(self) -> int: ...

    def block(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Return records `first` to `stop`, shape (stop - first, size)."""
        ...

    def strip(self, first: int, stop: int, begin: int, end: int) -> NDArray[np.uint8]:
        """Return bytes `begin` to `end` of these records, shape (stop - first, end - begin)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MemoryRecords:
    """Records of a file that is in memory; `offset` is where they begin, `size` the bytes of one."""

    raw: bytes = field(repr=False)
    offset: int
    size: int

    def block(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Return records, shape (stop - first, size)."""
        begin = self.offset + first * self.size
        flat = np.frombuffer(self.raw, dtype=np.uint8, count=(stop - first) * self.size, offset=begin)
        return flat.reshape(-1, self.size)

    def strip(self, first: int, stop: int, begin: int, end: int) -> NDArray[np.uint8]:
        """Return bytes of each record, shape (stop - first, end - begin)."""
        return np.ascontiguousarray(self.block(first, stop)[:, begin:end])


@dataclass(frozen=True, slots=True, eq=False)
class FileRecords:
    """Records of a file on disk."""

    path: Path
    offset: int
    size: int

    def block(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Return records, shape (stop - first, size).

        Raises
        ------
        ReadError
            The system does not read the file any more, or it lost bytes since it was opened.
        """
        count = (stop - first) * self.size
        try:
            flat = np.fromfile(self.path, dtype=np.uint8, count=count, offset=self.offset + first * self.size)
        except OSError as error:
            raise unreadable(error, self.path.name) from None
        return self._whole(flat, count).reshape(-1, self.size)

    def strip(self, first: int, stop: int, begin: int, end: int) -> NDArray[np.uint8]:
        """Return bytes of each record, shape (stop - first, end - begin).

        Where they are a small part of a record each is sought on its own: the annotations of a night with forty
        channels are a few kilobytes of half a gigabyte.
        """
        if (end - begin) * _SOUGHT > self.size:
            return np.ascontiguousarray(self.block(first, stop)[:, begin:end])
        raw = bytearray()
        try:
            with self.path.open("rb", buffering=0) as file:
                for record in range(first, stop):
                    file.seek(self.offset + record * self.size + begin)
                    raw += file.read(end - begin)
        except OSError as error:
            raise unreadable(error, self.path.name) from None
        octets = np.frombuffer(bytes(raw), dtype=np.uint8)
        return self._whole(octets, (stop - first) * (end - begin)).reshape(-1, end - begin)

    def _whole(self, flat: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
        if flat.size < count:
            raise ReadError(
                f"the file was cut while it was being read: {count - flat.size} of {count} bytes are missing",
                where=self.path.name,
                next_step="read the recording again; signals come from the file when they are asked for",
            )
        return flat


def column(records: Records, first: int, stop: int, begin: int, end: int) -> NDArray[np.uint8]:
    """Return bytes `begin` to `end` of records `first` to `stop`, shape (stop - first, end - begin)."""
    return np.concatenate(list(strips(records, first, stop, begin, end)))


def strips(records: Records, first: int, stop: int, begin: int, end: int) -> Iterator[NDArray[np.uint8]]:
    """Yield bytes `begin` to `end` of records `first` to `stop`, shape (records, end - begin).

    Some megabytes of records at a time, so that one channel never needs the memory of them all.
    """
    step = max(1, _CHUNK_BYTES // records.size)
    for at in range(first, stop, step):
        yield records.strip(at, min(stop, at + step), begin, end)
