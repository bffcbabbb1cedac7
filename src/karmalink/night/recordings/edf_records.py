"""The data records of an EDF or BDF file, a few at a time: from memory, or from a file that is opened for each reading.

Not from a memory map: a vault wipes the clear copy of a recording when it is done with it, and reading a map of a file
that was cut meanwhile ends the process instead of raising an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import ReadError

__all__ = ["FileRecords", "MemoryRecords", "Records", "column"]

_CHUNK_BYTES = 16 * 2**20


class Records(Protocol):
    """Data records of equal length."""

    @property
    def size(self) -> int: ...

    def block(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Return records `first` to `stop`, shape (stop - first, size)."""
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
            The file went away or lost bytes since it was opened.
        """
        count = (stop - first) * self.size
        try:
            flat = np.fromfile(self.path, dtype=np.uint8, count=count, offset=self.offset + first * self.size)
        except OSError:
            flat = np.empty(0, dtype=np.uint8)
        if flat.size < count:
            raise ReadError(
                "the file went away or was cut while it was being read",
                where=self.path.name,
                next_step="read the recording again; signals come from the file when they are asked for",
            )
        return flat.reshape(-1, self.size)


def column(records: Records, first: int, stop: int, begin: int, end: int) -> NDArray[np.uint8]:
    """Return bytes `begin` to `end` of records `first` to `stop`, shape (stop - first, end - begin)."""
    return np.concatenate([np.ascontiguousarray(block[:, begin:end]) for block in _blocks(records, first, stop)])


def _blocks(records: Records, first: int, stop: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the records in blocks of some megabytes, so that one channel never needs the memory of them all."""
    step = max(1, _CHUNK_BYTES // records.size)
    for begin in range(first, stop, step):
        yield records.block(begin, min(stop, begin + step))
