"""Annotations of EDF+ and BDF+ files: what happened when, in seconds from the recording's first sample.

Kemp & Olivan 2003 (EDF+ 2.2.4): an annotation is ``+onset[<21>duration]<20>text<20>…<0>``; onsets count from the
header's start, and the first record says how long after it the first sample was taken. Whoever forgets that shifts
every score by up to a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from karmalink.errors import ReadError
from karmalink.night.recordings.edf_layout import (
    ANNOTATIONS,
    LONGEST_HEADER,
    EdfHeader,
    FileRecords,
    MemoryRecords,
    Records,
    column,
    parse_header,
)

__all__ = [
    "GAP_TEXT",
    "MARKS_GAPS",
    "Annotation",
    "AnnotationFile",
    "annotations_of",
    "parse_annotations",
    "read_annotations",
]

GAP_TEXT = "Recording gap"
"""The annotation over samples that were not recorded or cannot be used, where a file has to hold numbers for them."""

MARKS_GAPS = "Gaps=annotated"
"""In the header's recording field: gaps of this file are marked so, and are made gaps again when it is read."""

_LATEST_S = 7 * 86_400.0
_TAL = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,40})?)(?:\x15(\d{1,12}(?:\.\d{0,40})?))?\x14(?:([^\x00]*)\x14)?")


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation.

    Attributes
    ----------
    onset_s : float
        Seconds from the recording's first sample.
    duration_s : float or None
        Its length; None where the file gives none.
    text : str
        What it says. It may hold a person's words: messages never quote it.
    channel : str
        The channel it is about (``text@@channel`` in the file), empty where it is about all.
    """

    onset_s: float
    duration_s: float | None
    text: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """The annotations of one file in the order of their onsets, and the clock at its first sample.

    `unread` counts those that do not have the form of an annotation.
    """

    start: datetime | None
    annotations: tuple[Annotation, ...]
    unread: int = 0


def read_annotations(path: Path | str, *, partial: bool = False) -> AnnotationFile:
    """Read the annotations of an EDF+ or BDF+ file, with or without signals.

    Raises
    ------
    ReadError
        No EDF+ or BDF+ file, cut off, or it holds no annotation signal.
    """
    file = Path(path)
    if file.is_dir():
        raise ReadError("this is a folder, not a file", where=file, next_step="name one file in it")
    if not file.is_file():
        raise ReadError("there is no such file", where=file, next_step="look at the name and the folder")
    with file.open("rb") as stream:
        header = parse_header(stream.read(LONGEST_HEADER), where=str(file))
    records = FileRecords(file.absolute(), header.header_bytes, header.record_bytes)
    return _file(header, records, file.stat().st_size, file, partial=partial)


def parse_annotations(raw: bytes, *, where: Path | str, partial: bool = False) -> AnnotationFile:
    """Return the annotations in the bytes of a file; see `read_annotations`."""
    header = parse_header(raw, where=str(where))
    records = MemoryRecords(raw, header.header_bytes, header.record_bytes)
    return _file(header, records, len(raw), where, partial=partial)


def _file(header: EdfHeader, records: Records, size: int, where: Path | str, *, partial: bool) -> AnnotationFile:
    held = (size - header.header_bytes) // header.record_bytes if header.record_bytes else 0
    promised = held if header.records == -1 else header.records
    if held < promised and not partial:
        raise ReadError(
            f"the file is cut off: its header promises {promised} records, the file holds {held}",
            where=where,
            next_step="copy it again, or read what is there with --partial (partial=True)",
        )
    if not any(one.label in ANNOTATIONS for one in header.signals):
        raise ReadError("the file holds no annotations", where=where, rule="EDF+ or BDF+ with an annotation signal")
    found, shift, unread = annotations_of(header, records, min(held, promised))
    if not 0 <= shift <= _LATEST_S:
        raise ReadError(
            f"the first record begins {shift:g} s after the header's start",
            where=where,
            rule="EDF+ 2.2.4: less than a second; in EDF+D at most a few days",
        )
    start = None if header.start is None else header.start + timedelta(seconds=shift)
    return AnnotationFile(start, found, unread)


def annotations_of(header: EdfHeader, records: Records, count: int) -> tuple[tuple[Annotation, ...], float, int]:
    """Return the annotations in the first `count` records, when the first sample is, and how many have no form.

    The first annotation signal keeps the time: its first annotation in each record is that record's own onset, in
    seconds after the header's start.
    """
    shift: float | None = None
    unread = 0
    found: list[tuple[float, Annotation]] = []
    signals = [one for one in header.signals if one.label in ANNOTATIONS and one.samples > 0]
    for number, signal in enumerate(signals):
        texts = column(records, 0, count, signal.offset, signal.offset + signal.samples * header.width) if count else ()
        for text in texts:
            for place, part in enumerate(filter(None, text.tobytes().split(b"\0"))):
                match = _TAL.fullmatch(part)
                if match is None:
                    unread += 1
                elif number == 0 and place == 0 and not match[3]:
                    shift = float(match[1]) if shift is None else shift
                else:
                    found.extend((float(match[1]), one) for one in _annotations(match[2], match[3] or b""))
    begin = shift or 0.0
    placed = [replace(one, onset_s=round(onset - begin, 9)) for onset, one in found]
    return tuple(sorted(placed, key=lambda one: one.onset_s)), begin, unread


def _annotations(duration: bytes | None, texts: bytes) -> Iterator[Annotation]:
    for text in texts.split(b"\x14"):
        words, _, channel = text.decode("utf-8", "replace").partition("@@")
        if words:
            yield Annotation(0.0, float(duration) if duration else None, words, channel)
