"""Hypnograms from plain text: a stage per line, seconds and stage per line, and the event lists of RemLogic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from karmalink.errors import ReadError
from karmalink.night.hypnograms.hypnogram import Hypnogram, Span, check_extent, hypnogram_from_spans
from karmalink.night.hypnograms.stages import encode
from karmalink.night.text_files import text_of

__all__ = ["looks_like_latencies", "read_latencies", "read_remlogic", "read_stage_list"]

_USUAL_S = 30.0
_DREAMS_S = 5.0
_DREAMS_HEAD = re.compile(r"\[\s*hypnogram.*\]", re.IGNORECASE)
_SECONDS_HEAD = re.compile(r"\s*(latency|onset|time|seconds?)\s+(type|stages?)\s*", re.IGNORECASE)
_STAGE_AND_FLAG = re.compile(r"(-?\d+)[ \t]+-?\d+")
_REMLOGIC = ("Time [hh:mm:ss]", "Event", "Duration[s]")
_DAY_S = 86_400


def read_stage_list(
    path: Path | str, *, epoch_s: float | None = None, vocabulary: str | None = None, column: str | None = None
) -> Hypnogram:
    """Read one stage per line.

    A first line in brackets is a heading; ``[Hypnogram]`` is that of the DREAMS databases, whose epochs are 5 s and
    whose digits are the vocabulary ``dreams`` unless you say otherwise. Where every line holds two whole numbers the
    second is a flag (arousal, movement) and the first the stage.

    Parameters
    ----------
    path : path-like
        A text file.
    epoch_s : float, optional
        Seconds per line; by default 30.
    vocabulary : str, optional
        By default ``words``.
    column
        Not used.
    """
    del column
    file = Path(path)
    lines = text_of(file).splitlines()
    dreams = bool(lines) and _DREAMS_HEAD.fullmatch(lines[0].strip()) is not None
    if lines and lines[0].strip().startswith("["):
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise ReadError("the file holds no stage", where=file)
    length = epoch_s or (_DREAMS_S if dreams else _USUAL_S)
    check_extent(len(lines) * length, length, file)
    flagged = [_STAGE_AND_FLAG.fullmatch(line.strip()) for line in lines]
    if all(flagged):
        lines = [match[1] for match in flagged if match]
    words = vocabulary or ("dreams" if dreams else "words")
    return Hypnogram(encode(lines, words, where=file.name), epoch_s=float(length), scorer=file.stem)


def looks_like_latencies(text: str) -> bool:
    """Whether the first line heads two columns: seconds and stage."""
    return _SECONDS_HEAD.fullmatch(text.lstrip("\ufeff").partition("\n")[0]) is not None


def read_latencies(
    path: Path | str, *, epoch_s: float | None = None, vocabulary: str | None = None, column: str | None = None
) -> Hypnogram:
    """Read lines of seconds and stage under a heading ``latency type``; each stage lasts until the next begins.

    Without an epoch length the last one lasts as long as the one in front of it.
    """
    del column
    file = Path(path)
    rows = [(n, line.split(None, 1)) for n, line in enumerate(text_of(file).splitlines(), start=1) if line.strip()][1:]
    if not rows:
        raise ReadError("the file has a heading and no rows", where=file)
    wrong = next((n for n, cells in rows if len(cells) != 2), None)
    if wrong is not None:
        raise ReadError(f"line {wrong} does not hold seconds and a stage", where=file)
    onsets = [_seconds(cells[0], n, file) for n, cells in rows]
    codes = encode((cells[1] for _, cells in rows), vocabulary or "words", where=file.name).tolist()
    last = epoch_s or (onsets[-1] - onsets[-2] if len(onsets) > 1 else _USUAL_S)
    ends = [*onsets[1:], onsets[-1] + last]
    for (n, _), onset, end in zip(rows[1:], onsets, ends, strict=False):
        if end <= onset:
            raise ReadError(f"line {n} does not come after the one in front of it", where=file, rule="in their order")
    spans = [
        Span(onset, end - onset, code, f"line {n}")
        for (n, _), onset, end, code in zip(rows, onsets, ends, codes, strict=True)
    ]
    return hypnogram_from_spans(spans, where=file, epoch_s=epoch_s, scorer=file.stem)


def read_remlogic(
    path: Path | str, *, epoch_s: float | None = None, vocabulary: str | None = None, column: str | None = None
) -> Hypnogram:
    """Read the stages of a RemLogic event export: rows whose event is ``SLEEP-…``, placed by their clock time.

    The clock turns over at midnight and never goes back: each row lies within a day of the one in front of it. The
    first stage is second 0, since such a file does not tell when the recording began.
    """
    del column
    file = Path(path)
    lines = text_of(file).splitlines()
    head = next((n for n, line in enumerate(lines) if "Time [hh:mm:ss]" in line and "Event" in line), None)
    if head is None:
        raise ReadError(
            "the export has no row of headings", where=file, rule="'Time [hh:mm:ss]', 'Event', 'Duration[s]'"
        )
    names = [name.strip() for name in lines[head].split("\t")]
    columns = [names.index(name) if name in names else -1 for name in _REMLOGIC]
    if -1 in columns:
        raise ReadError("a column is missing", where=file, allowed=_REMLOGIC)
    spans, labels, first = [], [], None
    second = 0.0
    for n, line in enumerate(lines[head + 1 :], start=head + 2):
        cells = line.split("\t")
        if len(cells) <= max(columns) or not cells[columns[1]].strip().upper().startswith("SLEEP-"):
            continue
        moment = _clock(cells[columns[0]], n, file)
        first = moment if first is None else first
        second += (moment - first - second) % _DAY_S
        spans.append((second, _seconds(cells[columns[2]], n, file), f"line {n}"))
        labels.append(cells[columns[1]])
    codes = encode(labels, vocabulary or "words", where=file.name).tolist()
    found = [Span(onset, length, code, place) for (onset, length, place), code in zip(spans, codes, strict=True)]
    start = None if first is None else _start(lines[:head], first)
    return hypnogram_from_spans(found, where=file, epoch_s=epoch_s, start=start, scorer=file.stem)


def _seconds(text: str, line: int, file: Path) -> float:
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,9})?", text.strip()):
        raise ReadError(f"line {line}: the seconds are no number", where=file, rule="0 or more")
    return float(text.strip().replace(",", "."))


def _clock(text: str, line: int, file: Path) -> float:
    match = re.search(r"(\d{1,2})[.:](\d{2})[.:](\d{2}(?:[.,]\d{1,6})?)\s*$", text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ReadError(f"line {line}: the time is no time of day", where=file, rule="hh:mm:ss or hh.mm.ss")
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))


def _start(head: Sequence[str], second: float) -> datetime | None:
    """Return the clock at the first stage; after noon it is the recording's date, before noon the day after it."""
    line = next((one for one in head if one.startswith("Recording Date")), "")
    match = re.search(r"(\d{1,2})/(\d{1,2})/(\d{4})", line)
    if match is None:
        return None
    try:
        day = datetime(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
    return day + timedelta(seconds=second) + timedelta(days=int(second < _DAY_S / 2))
