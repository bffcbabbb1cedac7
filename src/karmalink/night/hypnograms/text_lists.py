"""Hypnograms from plain text: a stage per line, seconds and stage per line, and the event lists of RemLogic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from karmalink.errors import ReadError
from karmalink.night.hypnograms.columns import forward, is_stage_heading
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.lights import lights_of
from karmalink.night.hypnograms.spans import USUAL_S, Span, hypnogram_from_spans, list_epoch
from karmalink.night.hypnograms.stages import Vocabulary, encode
from karmalink.night.recordings.clocks import walked_s
from karmalink.night.text_files import text_of

__all__ = ["looks_like_latencies", "read_latencies", "read_remlogic", "read_stage_list"]

_DREAMS_S = 5.0
_DREAMS_HEAD = re.compile(r"\[\s*hypnogram.*\]", re.IGNORECASE)
_SECONDS_HEAD = re.compile(r"\s*(latency|onset|time|seconds?)\s+(type|stages?)\s*", re.IGNORECASE)
_STAGE_AND_FLAG = re.compile(r"(-?\d+)[ \t]+-?\d+")
_COMMENTS = ("#", "%")
_REMLOGIC = ("Time [hh:mm:ss]", "Event", "Duration[s]")
_DAY_S = 86_400


def read_stage_list(
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read one stage per line.

    A first line in brackets is a heading, and one that names the stages; ``[Hypnogram]`` is that of the DREAMS
    databases, whose epochs are 5 s and whose digits are the vocabulary ``dreams`` unless you say otherwise. Where every
    line holds two whole numbers the second is a flag (arousal, movement) and the first the stage.

    Parameters
    ----------
    path : path-like
        A text file.
    epoch_s : float, optional
        Seconds per line; by default 30.
    vocabulary : str or mapping, optional
        By default ``words``.
    column, zone
        Not used.

    Raises
    ------
    ReadError
        No stage in it, or more than a day of them where nothing says how long one lasts.
    """
    del column, zone
    file = Path(path)
    lines = text_of(file).splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith(_COMMENTS)):
        lines = lines[1:]
    dreams = bool(lines) and _DREAMS_HEAD.fullmatch(lines[0].strip()) is not None
    if lines and (lines[0].strip().startswith("[") or is_stage_heading(lines[0])):
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise ReadError("the file holds no stage", where=file)
    flagged = [_STAGE_AND_FLAG.fullmatch(line.strip()) for line in lines]
    if all(flagged):
        lines = [match[1] for match in flagged if match]
    words = vocabulary or ("dreams" if dreams else "words")
    codes = encode(lines, words, where=file.name)
    length, notes = list_epoch(codes, epoch_s or (_DREAMS_S if dreams else None), file)
    return Hypnogram(codes, epoch_s=length, scorer=file.stem, notes=notes)


def looks_like_latencies(text: str) -> bool:
    """Whether the first line heads two columns: seconds and stage."""
    return _SECONDS_HEAD.fullmatch(text.lstrip("\ufeff").partition("\n")[0]) is not None


def read_latencies(
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read lines of seconds and stage under a heading ``latency type``; each stage lasts until the next begins.

    Without an epoch length the last one lasts as long as the one in front of it.
    """
    del column, zone
    file = Path(path)
    rows = [(n, line.split(None, 1)) for n, line in enumerate(text_of(file).splitlines(), start=1) if line.strip()][1:]
    if not rows:
        raise ReadError("the file has a heading and no rows", where=file)
    wrong = next((n for n, cells in rows if len(cells) != 2), None)
    if wrong is not None:
        raise ReadError(f"line {wrong} does not hold seconds and a stage", where=file)
    onsets = [_seconds(cells[0], n, file) for n, cells in rows]
    codes = encode((cells[1] for _, cells in rows), vocabulary or "words", where=file.name).tolist()
    last = epoch_s or (onsets[-1] - onsets[-2] if len(onsets) > 1 else USUAL_S)
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
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read the stages of a RemLogic event export: rows whose event is ``SLEEP-…``, placed by their clock time.

    The clock turns over at midnight; an hour that comes again is a change of clocks, since time does not go back. With
    a zone, an hour that is missing is one too. The first stage is second 0, since such a file does not tell when the
    recording began; ``LIGHTS-OFF`` and ``LIGHTS-ON`` are the night's.
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
    rows: list[tuple[int, float, float, str]] = []
    for n, line in enumerate(lines[head + 1 :], start=head + 2):
        cells = line.split("\t")
        event = cells[columns[1]].strip().upper() if len(cells) > max(columns) else ""
        if event.startswith(("SLEEP-", "LIGHTS-")):
            length = _seconds(cells[columns[2]], n, file) if event.startswith("SLEEP-") else 0.0
            rows.append((n, _clock(cells[columns[0]], n, file), length, cells[columns[1]]))
    begin = None if not rows else _start(lines[:head], rows[0][1])
    seconds, notes = _walked(rows, begin, zone, file)
    staged = [at for at, row in enumerate(rows) if row[3].strip().upper().startswith("SLEEP-")]
    zero = seconds[staged[0]] if staged else 0.0
    codes = encode((rows[at][3] for at in staged), vocabulary or "words", where=file.name).tolist()
    spans = [
        Span(seconds[at] - zero, rows[at][2], code, f"line {rows[at][0]}")
        for at, code in zip(staged, codes, strict=True)
    ]
    start = None if begin is None else begin + timedelta(seconds=zero)
    hypnogram = hypnogram_from_spans(spans, where=file, epoch_s=epoch_s, start=start, scorer=file.stem)
    lights = lights_of((second - zero, row[3]) for second, row in zip(seconds, rows, strict=True))
    if start is None and staged:
        hypnogram = replace(hypnogram, clock=(datetime(1900, 1, 1) + timedelta(seconds=rows[staged[0]][1])).time())
    return replace(hypnogram, lights=lights, notes=notes)


def _walked(
    rows: Sequence[tuple[int, float, float, str]], begin: datetime | None, zone: ZoneInfo | None, file: Path
) -> tuple[list[float], tuple[str, ...]]:
    """Return the seconds of rows from the first on, and what was said of the clock."""
    moments = [moment for _, moment, _, _ in rows]
    gone, notes = forward(moments, [line for line, _, _, _ in rows], file) if moments else ([], ())
    if zone is None or begin is None or not gone:
        return [second - gone[0] for second in gone], notes
    # The day of each row: the clock's own time, on the day that even seconds lead to.
    days = [begin + timedelta(seconds=second - gone[0]) for second in gone]
    read = [
        datetime.combine(day.date(), time()) + timedelta(seconds=moment)
        for day, moment in zip(days, moments, strict=True)
    ]
    return walked_s(read, zone), ()


def _seconds(text: str, line: int, file: Path) -> float:
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,9})?", text.strip()):
        raise ReadError(f"line {line}: the seconds are no number", where=file, rule="0 or more")
    return float(text.strip().replace(",", "."))


def _clock(text: str, line: int, file: Path) -> float:
    match = re.search(r"(\d{1,2})[.:](\d{2})[.:](\d{2}(?:[.,]\d{1,6})?)\s*$", text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ReadError(f"line {line}: the time is not a time of day", where=file, rule="hh:mm:ss or hh.mm.ss")
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))


def _start(head: Sequence[str], second: float) -> datetime | None:
    """Return the clock at the first stage; after noon it is the recording's date, before noon the day after it."""
    line = next((line for line in head if line.startswith("Recording Date")), "")
    match = re.search(r"(\d{1,2})/(\d{1,2})/(\d{4})", line)
    if match is None:
        return None
    try:
        day = datetime(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
    return day + timedelta(seconds=second) + timedelta(days=int(second < _DAY_S / 2))
