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

from karmalink.base.outside import check_outside
from karmalink.base.wording import counted
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
from karmalink.night.recordings.edf_time import first_onset

__all__ = [
    "GAP_TEXT",
    "MARKS_GAPS",
    "Annotation",
    "AnnotationFile",
    "OddAnnotation",
    "annotations_of",
    "parse_annotations",
    "read_annotations",
]

GAP_TEXT = "Recording gap"
"""The annotation over samples that were not recorded or cannot be used, where a file has to hold numbers for them."""

MARKS_GAPS = "Gaps=annotated"
"""In the header's recording field: gaps of this file are marked so, and are made gaps again when it is read."""

_NUMBER = rb"\d{1,12}(?:[.,]\d{0,40})?"
# Wider than EDF+ 2.2.2 where what is meant is plain: a decimal comma, a mark for a duration and none behind it.
_TAL = re.compile(rb"([+-]?%b)(?:\x15(%b)?)?\x14(?:([^\x00]*)\x14)?" % (_NUMBER, _NUMBER))
_NAMED = 5


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
class OddAnnotation:
    """What does not have the form of an annotation: in which record (from 1), and whether it speaks of a stage."""

    record: int
    staged: bool


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """The annotations of one file in the order of their onsets, and the clock at its first sample.

    `odd` are those that do not have the form of an annotation and were left out.
    """

    start: datetime | None
    annotations: tuple[Annotation, ...]
    odd: tuple[OddAnnotation, ...] = ()

    def left_out(self) -> tuple[str, ...]:
        """Return a note that says how many were left out, and where; nothing where none was."""
        if not self.odd:
            return ()
        places = list(dict.fromkeys(str(malformed.record) for malformed in self.odd))
        more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        named = f"record{'s' if len(places) > 1 else ''} {', '.join(places[:_NAMED])}{more}"
        form = "does not have the form of one and was" if len(self.odd) == 1 else "do not have the form of one and were"
        return (f"{counted(len(self.odd), 'annotation')} in {named} {form} left out",)


def read_annotations(path: Path | str, *, partial: bool = False) -> AnnotationFile:
    """Read the annotations of an EDF+ or BDF+ file, with or without signals.

    Raises
    ------
    ReadError
        No EDF+ or BDF+ file, cut off, or it holds no annotation signal.
    """
    file = Path(path)
    check_outside(file, "recording")
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
    if not any(signal.label in ANNOTATIONS for signal in header.signals):
        raise ReadError("the file holds no annotations", where=where, rule="EDF+ or BDF+ with an annotation signal")
    return annotations_of(header, records, min(held, promised), where=str(where))


def annotations_of(header: EdfHeader, records: Records, count: int, *, where: str) -> AnnotationFile:
    """Return the annotations in the first `count` records, in seconds from the first sample.

    The first annotation signal keeps the time: the annotation with an empty text at the beginning of each record is
    that record's own onset. Whatever else it says, as ``+0<20><20>Recording starts<20>``, is an annotation.

    Raises
    ------
    ReadError
        In EDF+D: the first record lies before the header's start, or days after it.
    """
    begin, _ = first_onset(header, records, count, where=where)
    odd: list[OddAnnotation] = []
    dated: list[tuple[float, Annotation]] = []
    signals = [signal for signal in header.signals if signal.label in ANNOTATIONS and signal.samples > 0]
    for signal in signals:
        texts = column(records, 0, count, signal.offset, signal.offset + signal.samples * header.width) if count else ()
        for record, text in enumerate(texts, start=1):
            # Blanks as filling are not what the standard has, and no annotation.
            for part in filter(None, (piece.strip(b" \t\r\n") for piece in text.tobytes().split(b"\0"))):
                match = _TAL.fullmatch(part)
                if match is None:
                    odd.append(OddAnnotation(record, b"tage" in part))
                    continue
                onset = _seconds(match[1]) or 0.0
                dated.extend((onset, annotation) for annotation in _annotations(_seconds(match[2]), match[3] or b""))
    placed = [replace(annotation, onset_s=round(onset - begin, 9)) for onset, annotation in dated]
    start = None if header.start is None else header.start + timedelta(seconds=begin)
    return AnnotationFile(start, tuple(sorted(placed, key=lambda annotation: annotation.onset_s)), tuple(odd))


def _seconds(text: bytes | None) -> float | None:
    """Return the number of an onset or a duration, with a point or a comma; None where none is stated."""
    clean = (text or b"").replace(b",", b".").strip()
    return float(clean) if clean.strip(b"+-.") else None


def _annotations(duration: float | None, texts: bytes) -> Iterator[Annotation]:
    for raw in texts.split(b"\x14"):
        words, _, channel = _decoded(raw).partition("@@")
        if words:
            yield Annotation(0.0, duration, words, channel)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:  # EDF+ has UTF-8; recorders of Western Europe write Windows-1252
        return raw.decode("cp1252", "replace")
