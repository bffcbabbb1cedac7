"""Hypnograms from tables: BIDS events, and others with onset, duration and stage (.tsv, .csv)."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.errors import ReadError, describe, suggest
from karmalink.night.hypnograms.hypnogram import Hypnogram, Span, check_extent, hypnogram_from_spans
from karmalink.night.hypnograms.stages import STAGES, UNSCORED, encode
from karmalink.night.text_files import text_of

__all__ = ["read_events"]

_MISSING = frozenset({"", "n/a", "na", "nan"})
_ON_GRID_S = 1e-3
_LONGEST_EPOCH_S = 3600.0
# What `trial_type` says of a row that is an epoch. Where any row says so, the others (awakenings, gaps, spindles) are
# events between the epochs and are passed over; where none does, the column speaks of something else.
_EPOCH = "sleep_stage"
_NO_EPOCHS = frozenset({"awakening", "gap"})
_MERGED_S = (30.0, 20.0)


def read_events(
    path: Path | str, *, vocabulary: str | None = None, column: str | None = None, epoch_s: float | None = None
) -> Hypnogram:
    """Read a table with onset, duration and stage, and what `write_events` adds to it.

    Every row keeps the place its onset gives it; where rows are missing, epochs are unscored. Rows that join several
    epochs of 30 s (or of 20 s) are taken apart again. A ``.json`` of the same name beside the table gives the start.

    Parameters
    ----------
    path : path-like
        ``.tsv`` or ``.csv``.
    vocabulary : str, optional
        A key of `VOCABULARIES`; by default ``words``.
    column : str, optional
        The column with the stages; by default ``stage``.
    epoch_s : float, optional
        Seconds per epoch, where rows join epochs of another length.

    Raises
    ------
    ReadError
        Not such a table; rows overlap or do not lie on one grid of epochs.
    """
    file = Path(path)
    name = column or "stage"
    rows = _rows(file, name)
    onsets = np.array([_value(row, "onset", line, file) for line, row in rows])
    durations = np.array([_value(row, "duration", line, file) for line, row in rows])
    longest = float(np.max(durations))
    if not longest > 0:
        raise ReadError("no row lasts longer than 0 s", where=file, rule="durations in seconds")
    codes = encode((row[name] or "" for _, row in rows), vocabulary or "words", where=file.name)
    about = _sidecar(file)
    length = epoch_s or _merged(onsets, durations, about)
    if length is not None and length < longest - _ON_GRID_S:
        return _joined(onsets, durations, codes, rows, length, about, file)
    size = longest if length is None else length
    places = (onsets - onsets[0]) / size
    check_extent(float(np.max(np.abs(places))) * size, size, file)
    grid = np.round(places).astype(int)
    _check_grid(places, grid, durations, size, rows, file)
    count = int(grid[-1]) + 1
    stages = np.full(count, UNSCORED, dtype=np.int8)
    stages[grid] = codes
    return Hypnogram(
        stages=stages,
        epoch_s=size,
        start=about.get("start"),
        probabilities=_probabilities(rows, grid, count, file),
        scorer=_clean(rows[0][1].get("scorer")),
        channels=about.get("channels", ()),
        offset_s=float(onsets[0]),
        recorded_s=float(onsets[-1] - onsets[0] + durations[-1]),
    )


def _merged(onsets: Any, durations: Any, about: dict[str, Any]) -> float | None:
    """Return the epoch length of rows that join epochs, None where every row is one epoch."""
    said: float | None = about.get("epoch_s")
    if said is not None:
        return said
    edges = np.concatenate([np.diff(onsets), durations[:-1]])
    if edges.size == 0 or np.ptp(durations[:-1]) <= _ON_GRID_S:
        return None
    for usual in _MERGED_S:
        if (np.abs(edges - np.round(edges / usual) * usual) <= _ON_GRID_S).all() and (durations[:-1] > 0).all():
            return usual
    return None


def _joined(
    onsets: Any, durations: Any, codes: Any, rows: Any, epoch_s: float, about: dict[str, Any], file: Path
) -> Hypnogram:
    spans = [
        Span(float(onset), float(duration), int(code), f"line {line}")
        for onset, duration, code, (line, _) in zip(onsets, durations, codes, rows, strict=True)
    ]
    start = about.get("start")
    return hypnogram_from_spans(
        spans,
        where=file,
        epoch_s=epoch_s,
        start=None if start is None else start - timedelta(seconds=spans[0].onset_s),
        scorer=_clean(rows[0][1].get("scorer")),
        channels=about.get("channels", ()),
    )


def _rows(file: Path, column: str) -> list[tuple[int, dict[str, str]]]:
    """Return (line, row) in the order of the onsets' lines; the delimiter is the header's."""
    text = text_of(file)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        filled = [(line, row) for line, row in enumerate(reader, start=2) if any(v.strip() for v in _plain(row))]
    except csv.Error:  # a field of more than 131,072 characters, a bare carriage return
        raise ReadError("the file is no table", where=file, next_step="export the stages again") from None
    missing = [name for name in ("onset", "duration", column) if name not in names]
    if missing:
        raise ReadError(
            f"the table has no column {', '.join(missing)}",
            where=file,
            rule="onset, duration and the stages, with a heading",
            allowed=[describe(name, private=len(name) > 20) for name in names],
            next_step=suggest(missing[0], names),
        )
    epochs = any(row.get("trial_type") == _EPOCH for _, row in filled)
    rows = [
        (line, row)
        for line, row in filled
        if (row.get("trial_type") == _EPOCH if epochs else row.get("trial_type") not in _NO_EPOCHS)
    ]
    if not rows:
        raise ReadError("the table has a heading and no rows", where=file)
    return rows


def _plain(row: dict[str, Any]) -> list[str]:
    return [value for value in row.values() if isinstance(value, str)]


def _clean(value: str | None) -> str:
    text = (value or "").strip()
    return "" if text.casefold() in _MISSING else text


def _value(row: dict[str, str], name: str, line: int, file: Path) -> float:
    try:
        number = float(row[name])
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number):
        raise ReadError(f"line {line}: {name} is no number", where=file, rule="seconds, with a point")
    return number


def _check_grid(
    places: Any, grid: Any, durations: Any, epoch_s: float, rows: list[tuple[int, dict[str, str]]], file: Path
) -> None:
    """Refuse rows that a hypnogram would have to shift."""
    off = np.flatnonzero(np.abs(places - grid) * epoch_s > _ON_GRID_S)
    back = np.flatnonzero(np.diff(grid) < 1) + 1
    short = np.flatnonzero(np.abs(durations[:-1] - epoch_s) > _ON_GRID_S)
    for found, what in (
        (back, "begins before the row in front of it has ended"),
        (off, f"does not begin a whole number of epochs of {epoch_s:g} s after the first row"),
        (short, f"does not last {epoch_s:g} s"),
    ):
        if found.size:
            raise ReadError(
                f"line {rows[int(found[0])][0]} {what}",
                where=file,
                rule="epochs of one length in order; only the last may be shorter",
            )


def _probabilities(rows: list[tuple[int, dict[str, str]]], grid: Any, count: int, file: Path) -> Any:
    names = [f"p_{stage}" for stage in STAGES]
    if any(name not in rows[0][1] for name in names):
        return None
    table = np.full((count, len(STAGES)), np.nan)
    for (line, row), place in zip(rows, grid, strict=True):
        if _clean(row[names[0]]):
            table[place] = [_value(row, name, line, file) for name in names]
    sums = table.sum(axis=1, keepdims=True)
    if (np.abs(sums[np.isfinite(sums)] - 1) > 0.01).any():
        raise ReadError("the probabilities of a row do not sum to 1", where=file)
    return table / sums  # four digits do not sum to exactly 1


def _sidecar(file: Path) -> dict[str, Any]:
    """Return what the sidecar says about start and channels; a sidecar of another making says nothing."""
    path = file.with_suffix(".json")
    if not path.exists():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))["Hypnogram"]
        start = None if about["Start"] == "n/a" else datetime.fromisoformat(about["Start"]).replace(tzinfo=None)
        if start is not None and not 1900 <= start.year <= 2200:  # no recorder's clock, and arithmetic would overflow
            start = None
        length = float(about["EpochLength"])
        return {
            "start": start,
            "channels": tuple(str(name) for name in about["Channels"]),
            "epoch_s": length if 0 < length <= _LONGEST_EPOCH_S else None,
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
