"""Small EDF and BDF files for the tests, written field by field so that each can be broken on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FIXED = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)


@dataclass
class EdfFile:
    """What goes into a file; `digits` is one array per signal, shape (records, samples per record)."""

    digits: list[NDArray[np.int64]]
    labels: list[str]
    unit: str = "uV"
    physical: tuple[float, float] = (-1000.0, 1000.0)
    digital: tuple[int, int] = (-32768, 32767)
    record_s: float = 1.0
    reserved: str = ""
    recording: str = "Startdate 02-JAN-2020 X X X"
    date: str = "02.01.20"
    time: str = "22.30.00"
    bdf: bool = False
    onsets: list[float] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)
    count: str | None = None
    units: list[bytes] = field(default_factory=list)
    fill: bytes = b"\0"

    @property
    def blocks(self) -> list[bytes]:
        """The annotations of each record: as given, else the stamps alone."""
        return self.notes or [f"+{onset:.12g}\x14\x14\0".encode() for onset in self.onsets]

    @property
    def room(self) -> int:
        """Samples that the annotations take in a record."""
        width = 3 if self.bdf else 2
        return max(20, -(-max(map(len, self.blocks), default=0) // width))

    def to_bytes(self) -> bytes:
        """Return the file."""
        count = len(self.digits) + bool(self.blocks)
        records = len(self.digits[0]) if self.digits else len(self.blocks)
        version = b"\xffBIOSEMI" if self.bdf else b"0       "
        values = (
            "X X X X",
            self.recording,
            self.date,
            self.time,
            str(256 * (count + 1)),
            self.reserved,
            str(records) if self.count is None else self.count,
            f"{self.record_s:g}",
            str(count),
        )
        head = version + b"".join(v.encode("latin-1").ljust(w) for v, w in zip(values, FIXED[1:], strict=True))
        return head + self._signal_header() + b"".join(self._record(i) for i in range(records))

    def _signal_header(self) -> bytes:
        notes = [("BDF" if self.bdf else "EDF") + " Annotations"] if self.blocks else []
        samples = [str(one.shape[1]) for one in self.digits] + [str(self.room)] * len(notes)
        size = len(samples)
        columns = (
            (16, [*self.labels, *notes]),
            (80, [""] * size),
            (8, [one.decode("latin-1") for one in self.units] or [self.unit] * size),
            (8, [f"{self.physical[0]:g}"] * size),
            (8, [f"{self.physical[1]:g}"] * size),
            (8, [str(self.digital[0])] * size),
            (8, [str(self.digital[1])] * size),
            (80, [""] * size),
            (8, samples),
            (32, [""] * size),
        )
        return b"".join(text.encode("latin-1").ljust(width) for width, texts in columns for text in texts)

    def _record(self, place: int) -> bytes:
        width = 3 if self.bdf else 2
        parts = []
        for one in self.digits:
            whole = (one[place].astype(np.int64) & (2 ** (8 * width) - 1)).astype("<u4")
            parts.append(np.ascontiguousarray(whole.view(np.uint8).reshape(-1, 4)[:, :width]).tobytes())
        if self.blocks:
            parts.append(self.blocks[place].ljust(self.room * width, self.fill))
        return b"".join(parts)


def counted(records: int, samples: int, signals: int = 1) -> list[NDArray[np.int64]]:
    """Return digits that count up, so that every sample says where it belongs."""
    return [np.arange(records * samples).reshape(records, samples) * 7 % 1000 + signal for signal in range(signals)]
