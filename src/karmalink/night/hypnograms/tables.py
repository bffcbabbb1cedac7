"""Hypnograms from tables: BIDS events, exports of laboratories and programs, one column of stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from karmalink.base.arrays import Bools, Codes, Floats, Ints
from karmalink.base.wording import counted
from karmalink.errors import ReadError, describe
from karmalink.night.hypnograms.bids_events import read_sidecar
from karmalink.night.hypnograms.columns import (
    MISSING,
    Table,
    Times,
    folded,
    frame_table,
    number,
    read_table,
    seconds_in,
    times_of,
)
from karmalink.night.hypnograms.edf_stages import stage_text
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.lights import Lights, lights_of
from karmalink.night.hypnograms.spans import USUAL_S, Span, check_extent, hypnogram_from_spans, list_epoch
from karmalink.night.hypnograms.stages import STAGES, UNSCORED, Vocabulary, encode, known_label, vocabulary_of
from karmalink.night.text_files import text_of
from karmalink.rows import TableSource, is_frame, place_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_events"]

_ON_GRID_S = 1e-3
_NONE = "none of the rows is an epoch"
_DAY_S = 86_400.0
# What `trial_type` says of a row that is an epoch. Where any row says so, the others (awakenings, gaps, spindles) are
# events between the epochs and are passed over; where none does, the column speaks of something else.
_EPOCH = "sleep_stage"
_NO_EPOCHS = frozenset({"awakening", "gap"})
_MERGED_S = (30.0, 20.0)
# Rows without a duration are epochs where so many follow each other in one step; else each lasts until the next.
_EVEN = 0.9
# Columns that are read beside the stages and their times.
_READ = frozenset({"scorer", "trial_type", "confidence", "decided_by", "clock"})
_PREFIXES = ("p_", "calibrated_")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that may be epochs: lines of the file, labels, cells; `gone` are those whose stage is not given."""

    lines: list[int]
    labels: list[str]
    cells: list[tuple[str, ...]]
    gone: Bools

    def kept(self, mask: Bools) -> _Rows:
        places = np.flatnonzero(mask).tolist()
        return _Rows(
            [self.lines[i] for i in places],
            [self.labels[i] for i in places],
            [self.cells[i] for i in places],
            self.gone[mask],
        )

    def column(self, place: int) -> list[tuple[int, str]]:
        return [(line, cells[place]) for line, cells in zip(self.lines, self.cells, strict=True)]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is read, and what the caller said about it."""

    file: Path
    table: Table
    words: Vocabulary
    known: Mapping[str, int]
    epoch_s: float | None
    zone: ZoneInfo | None
    about: Mapping[str, Any]

    @property
    def length_s(self) -> float | None:
        """Seconds of an epoch, as the caller or the sidecar says."""
        return self.epoch_s or self.about.get("epoch_s")


def read_events(
    path: TableSource,
    *,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    epoch_s: float | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read a table of stages: with onsets and durations, with times, with numbers of epochs, or a row an epoch.

    Every row keeps the place its onset gives it; where rows are missing, epochs are unscored. Rows that join several
    epochs of 30 s (or of 20 s) are taken apart again. Rows of other events are passed over and counted. A ``.json`` of
    the same name beside the table gives the start.

    Parameters
    ----------
    path : path-like or DataFrame
        ``.tsv``, ``.csv`` or ``.txt``: tabs, semicolons or commas, with a line of headings. Or a table in memory, as
        `Hypnogram.to_dataframe` gives it.
    vocabulary : str or mapping, optional
        What the labels mean (see `vocabulary_of`); by default ``words``.
    column : str, optional
        The column with the stages; by default the one whose heading says so.
    epoch_s : float, optional
        Seconds per epoch, where rows join epochs of another length or do not say it.
    zone : ZoneInfo, optional
        Where the clock hung, where onsets are dates and times of a night on which clocks change.

    Raises
    ------
    ReadError
        Not such a table; rows overlap or do not lie on one grid of epochs.
    """
    file = place_of(path)
    words = vocabulary or "words"
    known = vocabulary_of(words, where=file.name)
    table = frame_table(path) if is_frame(path) else read_table(text_of(file), file)
    if column is None and len(table.headings) == 1:
        table = _headed(table, known)
    if not table.rows:
        raise ReadError("the table has a heading and no rows", where=file)
    asked = _Question(file, table, words, known, epoch_s, zone, {} if is_frame(path) else read_sidecar(file))
    place = _stage_column(asked, column)
    rows, passed, lights = _staged(asked, place)
    onset, numbers = (None if at == place else at for at in (table.find("onset"), table.find("epoch")))
    if onset is None:
        hypnogram = _counted(asked, rows, numbers)
    else:
        hypnogram, more = _timed(asked, rows, place, onset)
        passed += more
    if is_frame(path) and hypnogram.start is None and (start := _clock_at(path, hypnogram.offset_s)):
        hypnogram = replace(hypnogram, start=start)
    others = "that is not an epoch was" if passed == 1 else "that are not epochs were"
    notes = [f"{counted(passed, 'row')} {others} passed over"] if passed else []
    stated_lights = asked.about.get("lights", (None, None))
    return replace(
        hypnogram,
        lights=lights if stated_lights == (None, None) else stated_lights,
        notes=(*notes, *hypnogram.notes, *_unused(table, place)),
    )


def _headed(table: Table, known: Mapping[str, int]) -> Table:
    """Return a table of one column; a first line that is a stage is not a heading."""
    heading = table.headings[0]
    if known_label(heading.name, known) is None:
        return table
    line = table.rows[0][0] - 1 if table.rows else 1
    return Table((folded("stage"),), ((line, (heading.name,)), *table.rows), table.comma)


def _stage_column(asked: _Question, column: str | None) -> int:
    """Return the place of the column with the stages: the one named, the one headed so, else one of events."""
    table = asked.table
    if column is not None:
        return table.named(column, asked.file)
    place = table.find("stage")
    if place is not None:
        return place
    for place in table.events():
        cells = [cell for cell in table.column(place) if cell.casefold() not in MISSING]
        spoken = [cell for cell in cells if number(cell) is None and known_label(cell, asked.known) is not None]
        if any(stage_text(cell) for cell in cells) or (spoken and len(spoken) == len(cells)):
            return place
    raise table.without("stage", asked.file)


def _staged(asked: _Question, place: int) -> tuple[_Rows, int, Lights]:
    """Return the rows that may be epochs, how many cannot be, and the lights among these."""
    table = asked.table
    kinds = next(
        (at for at, heading in enumerate(table.headings) if heading.name == "trial_type" and at != place), None
    )
    epochs = kinds is not None and any(cells[kinds] == _EPOCH for _, cells in table.rows)
    # "Sleep stage N2" among "Arousal" and "Lights off": a column of events, in which not every word is a stage.
    mixed = place in table.events() and any(stage_text(cells[place]) for _, cells in table.rows)
    lines, labels, kept, marks = [], [], [], []
    onset = table.find("onset")
    for line, cells in table.rows:
        label = stage_text(cells[place]) or cells[place]
        if kinds is not None and (cells[kinds] != _EPOCH if epochs else cells[kinds] in _NO_EPOCHS):
            continue
        if mixed and not stage_text(cells[place]) and known_label(label, asked.known) is None:
            seconds = None if onset is None else number(cells[onset], comma=table.comma)
            marks += [(seconds, label)] if seconds is not None else []
            continue
        lines.append(line)
        labels.append(label)
        kept.append(cells)
    if not lines:
        raise ReadError(_NONE, where=asked.file)
    gone = np.array([_is_gone(label, asked.known) for label in labels])
    return _Rows(lines, labels, kept, gone), len(table.rows) - len(lines), lights_of(marks)


def _is_gone(label: str, known: Mapping[str, int]) -> bool:
    return label.casefold() in MISSING and known_label(label, known) in {None, UNSCORED}


def _codes(asked: _Question, rows: _Rows) -> Codes:
    """Return the stages; what is not given is unscored in any vocabulary."""
    codes = np.full(len(rows.lines), UNSCORED, dtype=np.int8)
    places = np.flatnonzero(~rows.gone)
    if places.size:
        codes[places] = encode((rows.labels[at] for at in places.tolist()), asked.words, where=asked.file.name)
    return codes


def _counted(asked: _Question, rows: _Rows, numbers: int | None) -> Hypnogram:
    """Return the hypnogram of rows without times: an epoch each, by their number where they have one."""
    places: Ints = np.arange(len(rows.lines))
    notes: list[str] = []
    counts = [] if numbers is None else [number(cell) for _, cell in rows.column(numbers)]
    if counts and all(cell is not None and float(cell).is_integer() for cell in counts):
        read = np.array([int(cell or 0) for cell in counts])
        back = np.flatnonzero(np.diff(read) < 1)
        if back.size:
            line = rows.lines[int(back[0]) + 1]
            raise ReadError(f"line {line}: the number of the epoch does not go forward", where=asked.file)
        # Counted from 0 or from 1, as the first row tells; a table that begins later counts from 1.
        places = read - min(int(read[0]), 1)
        if read[0] > 1:
            notes.append(f"the first row is epoch {read[0]}, counted from 1")
    begin, count = int(places[0]), int(places[-1]) + 1
    check_extent(float(count), 1.0, asked.file)
    stages = np.full(count - begin, UNSCORED, dtype=np.int8)
    stages[places - begin] = _codes(asked, rows)
    length, about_length = list_epoch(stages, asked.length_s, asked.file)
    return Hypnogram(
        stages,
        length,
        **_about(asked, rows, places - begin, count - begin),
        offset_s=begin * length,
        notes=(*notes, *about_length),
    )


def _timed(asked: _Question, rows: _Rows, place: int, onset: int) -> tuple[Hypnogram, int]:
    """Return the hypnogram of rows with times, and how many rows were no epochs."""
    table, file = asked.table, asked.file
    # A row that gives neither a stage nor a time is an event of another kind; with a stage, its time must be there.
    bare = rows.gone & np.array([cell.casefold() in MISSING for _, cell in rows.column(onset)])
    passed = int(bare.sum())
    rows = rows.kept(~bare)
    if not rows.lines:
        raise ReadError(_NONE, where=file)
    times = times_of(rows.column(onset), table.headings[onset], file, comma=table.comma, zone=asked.zone)
    onsets = np.array(times.seconds)
    durations = _durations(asked, rows, times, place)
    keep = _epochs(rows, onsets, durations, asked.length_s)
    passed += int((~keep).sum())
    rows, onsets, durations = rows.kept(keep), onsets[keep], durations[keep]
    if not rows.lines:
        raise ReadError(_NONE, where=file)
    hypnogram = _on_their_grid(asked, rows, onsets, durations)
    if times.first is None:
        return replace(hypnogram, notes=times.notes), passed
    first = times.first + timedelta(seconds=float(onsets[0] - times.seconds[0]))
    if hypnogram.start is None and times.dated:
        hypnogram = replace(hypnogram, start=first, offset_s=0.0)
    elif hypnogram.start is None:
        clock: time = first.time()
        hypnogram = replace(hypnogram, clock=clock, offset_s=0.0)
    return replace(hypnogram, notes=times.notes), passed


def _durations(asked: _Question, rows: _Rows, times: Times, place: int) -> Floats:
    """Return how long each row lasts: as it says, until its end, or until the next row."""
    table, file = asked.table, asked.file
    onsets = np.array(times.seconds)
    own, end = (None if at == place else at for at in (table.find("duration"), table.find("end")))
    if own is not None:
        cells, heading = rows.column(own), table.headings[own]
        # NaN where a row without a stage does not say it either: an event of another kind.
        given = [
            float("nan")
            if gone and number(cell) is None and ":" not in cell
            else seconds_in(line, cell, heading, file, comma=table.comma)
            for (line, cell), gone in zip(cells, rows.gone.tolist(), strict=True)
        ]
        durations = np.array(given)
        known = durations[np.isfinite(durations)]
        # Marks without a length, 0 in every row: each lasts until the next.
        if len(given) < 2 or not known.size or known.max() > 0:
            return durations
    elif end is not None:
        ends = times_of(
            rows.column(end),
            table.headings[end],
            file,
            comma=table.comma,
            zone=asked.zone,
            by_clock=times.first is not None,
        )
        first = (
            0.0 if ends.first is None or times.first is None else (ends.first - times.first).total_seconds() % 86_400
        )
        return np.asarray(np.array(ends.seconds) + first - onsets)
    steps = np.diff(onsets)
    if not steps.size:
        return np.array([asked.length_s or USUAL_S])
    values, how_often = np.unique(np.round(steps, 3), return_counts=True)
    usual = float(values[how_often.argmax()])
    last = asked.length_s or (usual if how_often.max() >= _EVEN * steps.size else float(steps.min()))
    if table.find("epoch") is not None or how_often.max() >= _EVEN * steps.size:
        return np.full(onsets.size, asked.length_s or usual)
    return np.asarray([*steps, last])


def _epochs(rows: _Rows, onsets: Floats, durations: Floats, length_s: float | None) -> Bools:
    """Return which rows are epochs: those with a stage, and those without one that lie on the others' grid.

    Other events stand among the epochs of many tables, their stage ``n/a``, as a spindle of 1.1 s at 12.3 s does.
    """
    staged = ~rows.gone
    if staged.all() or not staged.any():
        return np.isfinite(durations)
    first = onsets[staged][0]
    size = length_s or float(np.min(durations[staged][:-1] if staged.sum() > 1 else durations[staged]))
    if not size > 0:
        return staged
    begin = (onsets - first) / size
    whole = durations / size
    with np.errstate(invalid="ignore"):
        even = (np.abs(begin - np.round(begin)) * size <= _ON_GRID_S) & (
            np.abs(whole - np.round(whole)) * size <= _ON_GRID_S
        )
    keep = staged | (even & (np.nan_to_num(whole) > 0.5))
    begins, ends = onsets[staged], onsets[staged] + durations[staged]
    for at in np.flatnonzero(keep & ~staged).tolist():
        if ((begins < onsets[at] + durations[at] - _ON_GRID_S) & (ends > onsets[at] + _ON_GRID_S)).any():
            keep[at] = False
    return np.asarray(keep)


def _on_their_grid(asked: _Question, rows: _Rows, onsets: Floats, durations: Floats) -> Hypnogram:
    longest = float(np.max(durations))
    if not longest > 0:
        raise ReadError("no row lasts longer than 0 s", where=asked.file, rule="durations in seconds")
    codes = _codes(asked, rows)
    length = asked.length_s or _merged(onsets, durations)
    if length is not None and length < longest - _ON_GRID_S:
        return _joined(asked, rows, onsets, durations, codes, length)
    size = longest if length is None else length
    places = (onsets - onsets[0]) / size
    check_extent(float(np.max(np.abs(places))) * size, size, asked.file)
    grid = np.round(places).astype(int)
    _check_grid(places, grid, durations, size, rows.lines, asked.file)
    count = int(grid[-1]) + 1
    stages = np.full(count, UNSCORED, dtype=np.int8)
    stages[grid] = codes
    return Hypnogram(
        stages,
        float(size),
        **_about(asked, rows, grid, count),
        offset_s=float(onsets[0]),
        recorded_s=float(onsets[-1] - onsets[0] + durations[-1]),
    )


def _about(asked: _Question, rows: _Rows, grid: Ints, count: int) -> dict[str, Any]:
    """Return what a table and its sidecar say beside stages and times."""
    probabilities, deciding = _probabilities(asked, rows, grid, count)
    return {
        "start": asked.about.get("start"),
        "channels": asked.about.get("channels", ()),
        "clock": asked.about.get("clock"),
        "scorer": _scorer(asked.table, rows),
        "probabilities": probabilities,
        "deciding": deciding,
    }


def _scorer(table: Table, rows: _Rows) -> str:
    place = next((at for at, heading in enumerate(table.headings) if heading.name == "scorer"), None)
    scorer = "" if place is None else rows.cells[0][place]
    return "" if scorer.casefold() in MISSING else scorer


def _merged(onsets: Floats, durations: Floats) -> float | None:
    """Return the epoch length of rows that join epochs, None where every row is one epoch."""
    edges = np.concatenate([np.diff(onsets), durations[:-1]])
    if edges.size == 0 or np.ptp(durations[:-1]) <= _ON_GRID_S:
        return None
    for usual in _MERGED_S:
        if (np.abs(edges - np.round(edges / usual) * usual) <= _ON_GRID_S).all() and (durations[:-1] > 0).all():
            return usual
    return None


def _joined(
    asked: _Question, rows: _Rows, onsets: Floats, durations: Floats, codes: Codes, epoch_s: float
) -> Hypnogram:
    spans = [
        Span(float(onset), float(duration), int(code), f"line {line}")
        for onset, duration, code, line in zip(onsets, durations, codes, rows.lines, strict=True)
    ]
    start = asked.about.get("start")
    return hypnogram_from_spans(
        spans,
        where=asked.file,
        epoch_s=epoch_s,
        start=None if start is None else start - timedelta(seconds=spans[0].onset_s),
        scorer=_scorer(asked.table, rows),
        channels=asked.about.get("channels", ()),
    )


def _check_grid(
    places: Floats, grid: Ints, durations: Floats, epoch_s: float, lines: Sequence[int], file: Path
) -> None:
    """Refuse rows that a hypnogram would have to shift."""
    off = np.flatnonzero(np.abs(places - grid) * epoch_s > _ON_GRID_S)
    back = np.flatnonzero(np.diff(grid) < 1) + 1
    short = np.flatnonzero(np.abs(durations[:-1] - epoch_s) > _ON_GRID_S)
    for wrong, what in (
        (back, "begins before the row in front of it has ended"),
        (off, f"does not begin a whole number of epochs of {epoch_s:g} s after the first row"),
        (short, f"does not last {epoch_s:g} s"),
    ):
        if wrong.size:
            raise ReadError(
                f"line {lines[int(wrong[0])]} {what}",
                where=file,
                rule="epochs of one length in order; only the last may be shorter",
            )


def _probabilities(asked: _Question, rows: _Rows, grid: Ints, count: int) -> tuple[Floats | None, Floats | None]:
    """Return the probabilities and, where they are others, those that decided (see `tables_of`)."""
    names = [heading.name for heading in asked.table.headings]
    tables: dict[str, Floats] = {}
    for prefix in _PREFIXES:
        if any(f"{prefix}{stage}" not in names for stage in STAGES):
            continue
        places = [names.index(f"{prefix}{stage}") for stage in STAGES]
        table = np.full((count, len(STAGES)), np.nan)
        for line, cells, at in zip(rows.lines, rows.cells, grid.tolist(), strict=True):
            if cells[places[0]].casefold() in MISSING:
                continue
            for column, place in enumerate(places):
                value = number(cells[place], comma=asked.table.comma)
                if value is None:
                    raise ReadError(f"line {line}: {names[place]} is not a number", where=asked.file, rule="0 to 1")
                table[at, column] = value
        sums = table.sum(axis=1, keepdims=True)
        if (np.abs(sums[np.isfinite(sums)] - 1) > 0.01).any():
            raise ReadError("the probabilities of a row do not sum to 1", where=asked.file)
        if np.isfinite(sums).any():  # a dataset's columns stand in every table, also where nothing fills them
            tables[prefix] = table / sums  # six digits do not sum to exactly 1
    decided, calibrated = (tables.get(prefix) for prefix in _PREFIXES)
    return (decided, None) if calibrated is None else (calibrated, decided)


def _unused(table: Table, place: int) -> list[str]:
    """Name the columns that were not read."""
    used = {place, *(at for use in ("onset", "duration", "end", "epoch") if (at := table.find(use)) is not None)}
    rest = [
        describe(heading.name, private=len(heading.name) > 20).strip("'")
        for at, heading in enumerate(table.headings)
        if at not in used and heading.name not in _READ and not heading.name.startswith(_PREFIXES) and heading.name
    ]
    return [f"{'column' if len(rest) == 1 else 'columns'} not read: {', '.join(rest)}"] if rest else []


def _clock_at(frame: pd.DataFrame, onset_s: float) -> datetime | None:
    """Return the date and time in the column ``clock`` of the row at `onset_s` (a `Hypnogram.to_dataframe` column)."""
    if not {"onset", "clock"} <= set(frame.columns):
        return None
    for onset, clock in zip(frame["onset"], frame["clock"], strict=True):
        if isinstance(onset, int | float) and abs(onset - onset_s) < _ON_GRID_S and isinstance(clock, datetime):
            return clock.replace(tzinfo=None)
    return None
