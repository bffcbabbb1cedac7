"""Files that come from outside: regular, and no larger than their kind can be, before a byte of them is read.

A named pipe would be waited for until somebody writes into it, a device has no end, and a compressed file of a few
megabytes can unpack to more than the machine holds.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from karmalink.errors import ReadError

__all__ = ["KINDS", "ZIP_FAULTS", "FileKind", "check_outside", "check_unpacked", "unpacked_blocks", "unreadable"]

_MB = 10**6
# What zipfile raises of a damaged archive, one with a password, or one packed in a way it does not know.
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
_TURN = 2**20  # bytes taken from a compressed file at a time


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    Attributes
    ----------
    title : str
        What it is called in a message.
    largest : int
        Bytes; far above what such a file has, and still read on a machine of 8 GB.
    smaller : str
        How to make one smaller.
    """

    title: str
    largest: int
    smaller: str


KINDS = {
    "text": FileKind("a text or a table", 512 * _MB, "split it, by year or by person"),
    "workbook": FileKind("a workbook", 128 * _MB, "save the one sheet as CSV"),
    "settings": FileKind("a file of settings", 4 * _MB, "is it the right file?"),
    "scores": FileKind("a file of stages", 256 * _MB, "is it the recording instead of its stages?"),
    "track": FileKind("a GPS track", 64 * _MB, "split it by day"),
    "map": FileKind("a map extract", 2_000 * _MB, "cut it to the area first: osmium extract --bbox …"),
    "map unpacked": FileKind(
        "an unpacked map extract", 8_000 * _MB, "cut it to the area first: osmium extract --bbox …"
    ),
    "model": FileKind("a model", 1_000 * _MB, "is it the right file?"),
    "raster": FileKind("a raster", 4_000 * _MB, "cut it to the area first: gdalwarp -te …"),
    # 24 hours of 256 channels at 2 kHz and 4 bytes.
    "recording": FileKind("a recording", 200_000 * _MB, "cut it by night"),
    # These are read into memory as a whole.
    "recording in memory": FileKind("a recording of this format", 8_000 * _MB, "export it as EDF, or cut it by night"),
}


def check_outside(path: Path, kind: str, *, next_step: str = "check the name and the folder") -> int:
    """Return the size of a file, or say why it is not read.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        A key of :data:`KINDS`.
    next_step : str
        What to do where there is no such file.

    Raises
    ------
    ReadError
        There is no such file, it is a folder, a pipe or a device, it is empty or too large, or may not be read.
    """
    try:
        about = path.stat()
    except FileNotFoundError:
        raise ReadError("there is no such file", where=path, next_step=next_step) from None
    except OSError as error:  # a name too long for the system, a file where a folder should be, a disk that fails
        raise unreadable(error, path) from None
    except ValueError:  # a NUL in the name
        raise ReadError("this file cannot be read", where=path, next_step="check the name and the folder") from None
    if stat.S_ISDIR(about.st_mode):
        raise ReadError("this is a folder, not a file", where=path, next_step="name one file in it")
    if not stat.S_ISREG(about.st_mode):
        raise ReadError(
            "this is not a regular file",
            where=path,
            rule="pipes, sockets and devices are not read: they may never end",
            next_step="save what it gives to a file, and name that",
        )
    if about.st_size == 0:
        raise ReadError("the file is empty", where=path, next_step="copy it again from where it was made")
    _check_size(path, about.st_size, KINDS[kind])
    return about.st_size


# Error number → what is wrong, and the next step.
_REASONS = {
    errno.ENOENT: ("it is not there any more", "put it back, and read it again"),
    errno.ESTALE: ("it is not there any more", "put it back, and read it again"),
    errno.EACCES: ("permission denied", "ask its owner for permission"),
    errno.EPERM: ("permission denied", "ask its owner for permission"),
    errno.EIO: ("its disk reports a fault", "check the disk, then copy the file from where it was made"),
    errno.EMFILE: ("too many files are open", "close other programs, or raise the limit: ulimit -n"),
    errno.ENFILE: ("too many files are open", "close other programs"),
    errno.ENOMEM: ("the memory is full", "close other programs"),
}


# An error that carries no number says by its class what it is.
_NUMBERS = ((PermissionError, errno.EACCES), (FileNotFoundError, errno.ENOENT), (IsADirectoryError, errno.EISDIR))


def unreadable(error: OSError, where: Path | str) -> ReadError:
    """Return the message for a file that the system does not read, with the true reason."""
    number = error.errno or next((known for kind, known in _NUMBERS if isinstance(error, kind)), 0)
    own = os.strerror(number) if number else "the system gives no reason"
    reason, step = _REASONS.get(number, (f"{own[:1].lower()}{own[1:]}", "check the name and the folder"))
    return ReadError(f"this file cannot be read: {reason}", where=where, next_step=step)


def check_unpacked(packed: zipfile.ZipFile, path: Path, kind: str) -> None:
    """Refuse a ZIP (a workbook, a KMZ) whose contents together are larger than their kind can be.

    Raises
    ------
    ReadError
        With the size that its own directory states.
    """
    _check_size(path, sum(member.file_size for member in packed.infolist()), KINDS[kind], " unpacked")


def unpacked_blocks(stream: IO[Any], path: Path, kind: str) -> Iterator[bytes]:
    """Yield what a compressed file holds, a megabyte at a time, and stop where it holds more than its kind can.

    Raises
    ------
    ReadError
        It unpacks to more than its kind can have.
    """
    done = 0
    while block := stream.read(_TURN):
        done += len(block)
        _check_size(path, done, KINDS[kind], " or more unpacked")
        yield block


def _check_size(path: Path, size: int, kind: FileKind, how: str = "") -> None:
    if size > kind.largest:
        raise ReadError(
            f"the file has {size / _MB:,.0f} MB{how}",
            where=path,
            rule=f"{kind.title} has at most {kind.largest / _MB:,.0f} MB",
            next_step=kind.smaller,
        )
