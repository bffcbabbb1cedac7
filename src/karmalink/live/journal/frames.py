"""The bytes of a journal: a header, then frames that are whole or end the segment.

====== ==================================================================================================
header ``KLJ1``, length (uint32), JSON, CRC-32: recording, segment, stream, the frame before it, sealed key
frame  length of the payload (uint32), kind (uint8), counter (uint64), payload, CRC-32 of all before it
====== ==================================================================================================

All numbers are little-endian. Where a journal is sealed, each segment has a fresh random key, sealed to the person's
public key with age; payloads are AES-256-GCM, the nonce is the frame's counter within the segment, and recording,
segment, counter, kind and length are authenticated. A key is never used by two segments, nor a counter twice with
other content.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from karmalink.errors import IntegrityError, ReadError
from karmalink.live.sources.streams import Chunk

__all__ = ["BOUNDARY", "CHUNK", "CLOSING", "MARKER", "Cipher", "Frame", "chunk_bytes", "chunk_of", "frame_bytes"]
__all__ += ["header_bytes", "read_frames", "read_header"]

CHUNK, BOUNDARY, MARKER, CLOSING = 1, 2, 3, 4
_MAGIC = b"KLJ1"
_HEAD = struct.Struct("<IBQ")
_CRC = struct.Struct("<I")
_CLOCKS = struct.Struct("<qddddH")
_COUNT = struct.Struct("<I")
_NO_COUNTER = -(2**63)
_LONGEST = 2**28
_TAG = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame: its kind, its counter, and what it holds."""

    kind: int
    counter: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Cipher:
    """Seals the payloads of one segment.

    Attributes
    ----------
    key : bytes
        32 bytes, used by this segment only.
    recording, segment
        What the frames belong to.
    """

    key: bytes
    recording: str
    segment: int

    def seal(self, kind: int, counter: int, payload: bytes) -> bytes:
        """Return the payload encrypted and authenticated."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, about = self._about(kind, counter, len(payload))
        return AESGCM(self.key).encrypt(nonce, payload, about)

    def unseal(self, frame: Frame) -> bytes:
        """Return the payload.

        Raises
        ------
        IntegrityError
            It is not what was sealed.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, about = self._about(frame.kind, frame.counter, len(frame.payload) - _TAG)
        try:
            return AESGCM(self.key).decrypt(nonce, frame.payload, about)
        except InvalidTag:
            raise IntegrityError(
                "a frame of the journal is not what was written",
                where=f"segment {self.segment}, frame {frame.counter}",
                next_step="compare the journal with a copy of it",
            ) from None

    def _about(self, kind: int, counter: int, length: int) -> tuple[bytes, bytes]:
        about = f"{self.recording}|{self.segment}|{counter}|{kind}|{length}".encode()
        return counter.to_bytes(12, "little"), about


def header_bytes(about: dict[str, Any]) -> bytes:
    """Return the bytes a segment begins with."""
    body = json.dumps(about, sort_keys=True).encode()
    head = _MAGIC + _COUNT.pack(len(body)) + body
    return head + _CRC.pack(zlib.crc32(head))


def read_header(data: bytes, where: str) -> tuple[dict[str, Any], int]:
    """Return what a segment says of itself, and where its frames begin.

    Raises
    ------
    ReadError
        The header is not whole: nothing was recorded in this segment.
    """
    start = len(_MAGIC) + _COUNT.size
    length = _COUNT.unpack(data[len(_MAGIC) : start])[0] if len(data) >= start else 0
    stop = start + length
    whole = data.startswith(_MAGIC) and len(data) >= stop + _CRC.size
    if not whole or _CRC.unpack(data[stop : stop + _CRC.size])[0] != zlib.crc32(data[:stop]):
        raise ReadError("the segment has no whole header", where=where, rule="it was cut before the first frame")
    return json.loads(data[start:stop]), stop + _CRC.size


def frame_bytes(kind: int, counter: int, payload: bytes, cipher: Cipher | None) -> bytes:
    """Return a frame as it is written."""
    body = payload if cipher is None else cipher.seal(kind, counter, payload)
    head = _HEAD.pack(len(body), kind, counter)
    return head + body + _CRC.pack(zlib.crc32(head + body))


def read_frames(data: bytes, start: int) -> Iterator[tuple[Frame, int]]:
    """Yield the whole frames and where each ends; stops at the first that is not whole, or out of order."""
    place, expected = start, 0
    while place + _HEAD.size + _CRC.size <= len(data):
        length, kind, counter = _HEAD.unpack_from(data, place)
        stop = place + _HEAD.size + length
        if length > _LONGEST or stop + _CRC.size > len(data) or counter != expected:
            return
        if _CRC.unpack_from(data, stop)[0] != zlib.crc32(data[place:stop]):
            return
        yield Frame(kind, counter, data[place + _HEAD.size : stop]), stop + _CRC.size
        place, expected = stop + _CRC.size, expected + 1


def chunk_bytes(chunk: Chunk) -> bytes:
    """Return a chunk with every clock it carries; samples keep all 64 bits."""
    counter = _NO_COUNTER if chunk.counter is None else chunk.counter
    source = float("nan") if chunk.source_s is None else chunk.source_s
    parts = [_CLOCKS.pack(counter, source, float("nan"), chunk.arrived_s, chunk.wall_s, len(chunk.samples))]
    for samples in chunk.samples:
        parts += [_COUNT.pack(len(samples)), np.ascontiguousarray(samples, dtype="<f8").tobytes()]
    return b"".join(parts)


def chunk_of(payload: bytes) -> Chunk:
    """Return the chunk of `chunk_bytes`."""
    counter, source, _offset, arrived, wall, channels = _CLOCKS.unpack_from(payload)
    place, samples = _CLOCKS.size, []
    for _ in range(channels):
        (count,) = _COUNT.unpack_from(payload, place)
        place += _COUNT.size
        samples.append(np.frombuffer(payload, "<f8", count, place).astype(np.float64))
        place += 8 * count
    return Chunk(
        samples, None if counter == _NO_COUNTER else counter, None if np.isnan(source) else source, arrived, wall
    )
