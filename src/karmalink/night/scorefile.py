"""Hypnograms from files: BIDS events and other tables with one row per epoch, and lists with one stage per line."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.errors import ReadError, describe, suggest
from karmalink.night.hypnogram import Hypnogram
from karmalink.night.stages import STAGES, UNSCORED, encode

__all__ = ["read_events", "read_hypnogram", "read_stage_list"]

_MISSING = frozenset({"", "n/a", "na", "nan"})
_ON_GRID_S = 1e-3
# Rows of a BIDS events table that lie between the epochs and are none.
_NO_EPOCHS = frozenset({"awakening", "gap"})


def read_hypnogram(
    path: Path | str, *, epoch_s: float = 30.0, vocabulary: str = "words", column: str = "stage"
) -> Hypnogram:
    """Read a hypnogram: a table with onset, duration and stage (.tsv, .csv), or one stage per line (.txt).

    Parameters
    ----------
    path : path-like
        The file.
    epoch_s : float
        Seconds per line of a list; a table says it itself.
    vocabulary : str
        The words or digits it was written in, a key of `VOCABULARIES`.
    column : str
        The table's column that holds the stages.

    Raises
    ------
    ReadError
        The file is missing, empty, no text, or no such table.
    InputError
        A label that the vocabulary does not have.
    """
    file = Path(path)
    if file.suffix.lower() in {".tsv", ".csv"}:
        return read_events(file, vocabulary=vocabulary, column=column)
    if file.suffix.lower() == ".txt":
        return read_stage_list(file, epoch_s=epoch_s, vocabulary=vocabulary)
    _text(file)
    raise ReadError(
        f"no hypnogram is read from files that end in {describe(file.suffix)}",
        where=file,
        allowed=[".tsv", ".csv", ".txt"],
    )


def read_stage_list(path: Path | str, *, epoch_s: float = 30.0, vocabulary: str = "words") -> Hypnogram:
    """Read one stage per line; a first line in brackets is a heading, as in the DREAMS databases."""
    file = Path(path)
    lines = _text(file).splitlines()
    if lines and lines[0].strip().startswith("["):
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise ReadError("the file holds no stage", where=file)
    return Hypnogram(encode(lines, vocabulary, where=file.name), epoch_s=epoch_s, scorer=file.stem)


def read_events(path: Path | str, *, vocabulary: str = "words", column: str = "stage") -> Hypnogram:
    """Read a table with onset, duration and stage, and what `write_events` adds to it.

    Every row keeps the place its onset gives it; where rows are missing, epochs are unscored. A ``.json`` of the same
    name beside the table gives the start.

    Raises
    ------
    ReadError
        Not such a table; rows overlap or do not lie on one grid of epochs.
    """
    file = Path(path)
    rows = _rows(file, column)
    onsets = np.array([_value(row, "onset", line, file) for line, row in rows])
    durations = np.array([_value(row, "duration", line, file) for line, row in rows])
    epoch_s = float(np.max(durations))
    if not epoch_s > 0:
        raise ReadError("no row lasts longer than 0 s", where=file, rule="durations in seconds")
    places = (onsets - onsets[0]) / epoch_s
    grid = np.round(places).astype(int)
    _check_grid(places, grid, durations, epoch_s, rows, file)
    count = int(grid[-1]) + 1
    stages = np.full(count, UNSCORED, dtype=np.int8)
    stages[grid] = encode((row[column] or "" for _, row in rows), vocabulary, where=file.name)
    about = _sidecar(file)
    return Hypnogram(
        stages=stages,
        epoch_s=epoch_s,
        start=about.get("start"),
        probabilities=_probabilities(rows, grid, count, file),
        scorer=_clean(rows[0][1].get("scorer")),
        channels=about.get("channels", ()),
        offset_s=float(onsets[0]),
        recorded_s=float(onsets[-1] - onsets[0] + durations[-1]),
    )


def _text(file: Path) -> str:
    if not file.exists():
        raise ReadError("there is no such file", where=file, next_step="look at the name and the folder")
    if file.is_dir():
        raise ReadError("this is a folder, not a file of stages", where=file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReadError("the file is not text in UTF-8", where=file, next_step="export the stages as text") from None
    if not text.strip():
        raise ReadError("the file is empty", where=file)
    return text


def _rows(file: Path, column: str) -> list[tuple[int, dict[str, str]]]:
    """Return (line, row) in the order of the onsets' lines; the delimiter is the header's."""
    text = _text(file)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in ("onset", "duration", column) if name not in names]
    if missing:
        raise ReadError(
            f"the table has no column {', '.join(missing)}",
            where=file,
            rule="onset, duration and the stages, with a heading",
            allowed=[describe(name, private=len(name) > 20) for name in names],
            next_step=suggest(missing[0], names),
        )
    reader.fieldnames = names
    rows = [
        (line, row)
        for line, row in enumerate(reader, start=2)
        if any((value or "").strip() for value in _plain(row)) and row.get("trial_type") not in _NO_EPOCHS
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
        start = None if about["Start"] == "n/a" else datetime.fromisoformat(about["Start"])
        return {"start": start, "channels": tuple(str(name) for name in about["Channels"])}
    except (ValueError, KeyError, TypeError):
        return {}
