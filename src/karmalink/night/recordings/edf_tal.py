"""Time-stamped annotation lists of EDF+ and BDF+: the bytes that stand between the signals of each record.

Kemp & Olivan 2003, 2.2.2 to 2.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from karmalink.errors import InputError
from karmalink.night.recordings.annotations import Annotation

__all__ = ["annotation_fields", "packed"]

_CONTROL = re.compile(r"[\x00-\x1f]+")
_LEAST_ROOM = 64


def packed(
    marks: Sequence[Annotation], count: int, record_s: float, start: datetime | None, width: int, where: Path | str
) -> tuple[list[bytes], int]:
    """Return the annotation bytes of each record, and how many samples they take.

    Each record begins with its own onset. An annotation stands in the record it begins in, or in a later one where that
    is full: a record has the same room everywhere, and one crowded second would swell them all.
    """
    shift = 0.0 if start is None else start.microsecond / 1e6
    texts = [(one.onset_s, _tal(one, shift, where)) for one in sorted(marks, key=lambda one: one.onset_s)]
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


def _tal(one: Annotation, shift: float, where: Path | str) -> bytes:
    if not 0 <= one.onset_s < 1e9:
        raise InputError("an annotation lies before the first sample", where=where, rule="onsets of 0 s or more")
    text = _CONTROL.sub(" ", one.text) + (f"@@{_CONTROL.sub(' ', one.channel)}" if one.channel else "")
    length = "" if one.duration_s is None else f"\x15{_plain(one.duration_s)}"
    return f"+{_plain(one.onset_s + shift)}{length}\x14{text}\x14\0".encode()


def _plain(seconds: float) -> str:
    """Return seconds without an exponent, which EDF+ does not allow, and without digits nobody measured."""
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
