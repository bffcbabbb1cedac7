"""Writing a journal: nothing that was acknowledged is lost, and what could not be written is said."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from karmalink.base.files import sync_folder
from karmalink.errors import InputError
from karmalink.live.journal.frames import (
    BOUNDARY,
    CHUNK,
    CLOSING,
    MARKER,
    Cipher,
    chunk_bytes,
    frame_bytes,
    header_bytes,
    read_frames,
    read_header,
)
from karmalink.live.sources.streams import Chunk, StreamInfo

__all__ = ["LOCK", "JournalWriter", "segments_of"]

LOCK = ".recording"
_SYNC_S = 1.0
_MOST_WAITING = 256 * 2**20
_DIRECT = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def segments_of(folder: Path) -> list[Path]:
    """Return the segments of a journal, in the order in which they were begun."""
    return sorted(folder.glob("segment-*.klj"))


class JournalWriter:
    """Appends to a journal. Each start begins a new segment; nothing that is there is changed.

    Attributes
    ----------
    trouble : str
        Why the last frames are not on the disk, in words; empty while all is well. They wait in memory.
    dropped : int
        Frames of samples that were given up because the memory for waiting was full.

    Parameters
    ----------
    folder : Path
        The journal; made where it is not there.
    info : StreamInfo
        What is recorded.
    recording : str
        Its name.
    recipient : str, optional
        The age public key it is sealed to. Without one it is written in the clear.

    Raises
    ------
    InputError
        Another recorder writes to this journal, or its folder is a file.
    """

    def __init__(self, folder: Path, info: StreamInfo, *, recording: str = "", recipient: str | None = None) -> None:
        if folder.exists() and not folder.is_dir():
            raise InputError("a journal is a folder, and this is a file", where=folder, next_step="name another place")
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / LOCK)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise InputError(
                "another recorder writes to this journal",
                where=folder,
                rule="one recorder a journal",
                next_step="stop the other, or name another folder",
            ) from None
        self.trouble, self.dropped = "", 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._counter, self._whole, self._synced = 0, 0, time.monotonic()
        self._open(folder, info, recording or folder.name, recipient)

    def _open(self, folder: Path, info: StreamInfo, recording: str, recipient: str | None) -> None:
        before = segments_of(folder)
        number = int(before[-1].stem.split("-")[1]) + 1 if before else 1
        key = secrets.token_bytes(32) if recipient else b""
        self._cipher = Cipher(key, recording, number) if recipient else None
        about: dict[str, Any] = {
            "recording": recording,
            "segment": number,
            "stream": asdict(info),
            "after": _last_frame(before[-1]) if before else "",
            "key": base64.b64encode(_sealed(key, recipient)).decode() if recipient else None,
        }
        self.path = folder / f"segment-{number:06}.klj"
        self._file = os.open(self.path, _DIRECT, 0o600)
        header = header_bytes(about)
        self._write(header)
        self._whole = len(header)
        os.fsync(self._file)  # the key has to be on the disk before the first frame
        sync_folder(folder)

    def chunk(self, chunk: Chunk) -> None:
        """Append samples; they are on the disk within a second."""
        self._append(CHUNK, chunk_bytes(chunk))
        if time.monotonic() - self._synced >= _SYNC_S:
            self._append(BOUNDARY, b"")
            self.sync()

    def marker(self, what: dict[str, Any]) -> bool:
        """Append a marker; return whether it is on the disk. Only then is it acknowledged."""
        self._append(MARKER, json.dumps(what, ensure_ascii=False, sort_keys=True).encode())
        return self.sync()

    def sync(self) -> bool:
        """Bring everything to the disk; return whether that went well."""
        self._synced = time.monotonic()
        self._flush()
        if self._waiting:
            return False
        try:
            os.fsync(self._file)
        except OSError as error:
            self.trouble = os.strerror(error.errno or 0)
            return False
        self.trouble = ""
        return True

    def close(self) -> None:
        """Write the closing frame, which counts all others, and let the journal go."""
        self._append(CLOSING, json.dumps({"frames": self._counter}).encode())
        self.sync()
        os.close(self._file)
        self._lock.release()

    def __enter__(self) -> JournalWriter:
        """Return the writer."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Close."""
        self.close()

    def _append(self, kind: int, payload: bytes) -> None:
        frame = frame_bytes(kind, self._counter, payload, self._cipher)
        held = sum(len(one) for _, one in self._waiting) if self._waiting else 0
        if kind == CHUNK and held + len(frame) > _MOST_WAITING:
            self.dropped += 1
            return
        self._counter += 1
        self._waiting.append((kind, frame))
        self._flush()

    def _flush(self) -> None:
        """Write what waits, in order; a frame that is torn by a full disk is cut off and written again, as it was."""
        try:
            while self._waiting:
                self._write(self._waiting[0][1])
                self._whole += len(self._waiting.popleft()[1])
        except OSError as error:
            self.trouble = os.strerror(error.errno or 0)
            self._cut()

    def _cut(self) -> None:
        try:
            os.ftruncate(self._file, self._whole)
            os.lseek(self._file, self._whole, os.SEEK_SET)
        except OSError as error:
            self.trouble = os.strerror(error.errno or 0)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]


def _sealed(key: bytes, recipient: str | None) -> bytes:
    from pyrage import RecipientError, encrypt, x25519

    try:
        return bytes(encrypt(key, [x25519.Recipient.from_str(recipient or "")]))
    except RecipientError:
        raise InputError("not a public key of age", where="recipient", rule="age1…") from None


def _last_frame(path: Path) -> str:
    """Return a mark of the last whole frame of a segment: the next one names it, so that none can be taken out."""
    data = path.read_bytes()
    try:
        _, start = read_header(data, path.name)
    except InputError:
        return ""
    last = start
    for _, stop in read_frames(data, start):
        last = stop
    return hashlib.sha256(data[:last]).hexdigest()
