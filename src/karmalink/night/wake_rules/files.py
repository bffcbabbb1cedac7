"""Nights to replay, from a BIDS folder: every column of stages in its events tables is a stream."""

from __future__ import annotations

import re
from pathlib import Path

from karmalink.errors import ImportFaults, KarmalinkError, ReadError, describe, suggest
from karmalink.night.hypnograms.formats import read_events
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.wake_rules.triggers import ReplayNight
from karmalink.rows import columns_of, read_sheet

__all__ = ["ReplayNights", "read_replay_nights"]

_ENTITY = re.compile(r"(?P<key>[a-z]+)-(?P<value>[A-Za-z0-9]+)")
_PERSON_COLUMNS = ("pid", "subject_id", "participant_id")


class ReplayNights(list[ReplayNight]):
    """The nights; `left_out` has one line with the reason for each night that could not be used."""

    def __init__(self, nights: list[ReplayNight], left_out: list[str]) -> None:
        super().__init__(nights)
        self.left_out = tuple(left_out)


def read_replay_nights(
    folder: Path | str, truth: str, *, vocabulary: str = "words", prefix: str = "stage"
) -> ReplayNights:
    """Read the nights of a BIDS folder.

    Files with the same ``sub-`` and ``ses-`` are one night. Each column of its ``*_events.tsv`` whose name begins with
    `prefix` is a stream, named ``column`` or, where the file name has ``acq-``, ``acq/column``. Nights of one person
    are found by a column ``pid`` of ``participants.tsv`` where there is one.

    Parameters
    ----------
    folder : path
        The dataset.
    truth : str
        The expert's stream, for example ``psg/stage_hum``; rules see the others.
    vocabulary : str
        Vocabulary of all the columns, a key of `VOCABULARIES`.
    prefix : str
        Beginning of the names of stage columns.

    Raises
    ------
    ReadError
        No folder, no events table, or no night with the truth and another stream. A night that cannot be read is left
        out and named in `ReplayNights.left_out`.
    ImportFaults
        ``participants.tsv`` is malformed: without it nights of one person would count as independent.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ReadError("the folder does not exist", where=root, next_step="name the folder of a BIDS dataset")
    tables = sorted(root.rglob("*_events.tsv"))
    if not tables:
        raise ReadError("the folder has no *_events.tsv", where=root, rule="BIDS events tables with stages")
    grouped: dict[str, list[Path]] = {}
    for path in tables:
        grouped.setdefault(_night_of(path), []).append(path)
    people = _people(root / "participants.tsv")
    left_out: list[str] = []
    streams_of: dict[str, dict[str, Hypnogram]] = {}
    for name, paths in grouped.items():
        try:
            streams_of[name] = _streams(paths, vocabulary, prefix)
        except KarmalinkError as error:
            left_out.append(f"{name}: {error.what}")
    known = {stream for streams in streams_of.values() for stream in streams}
    nights: list[ReplayNight] = []
    for name, streams in streams_of.items():
        expert = streams.pop(truth, None)
        if expert is None or not streams:
            left_out.append(f"{name}: no {truth if expert is None else 'other stream'}")
            continue
        subject = name.split("_")[0]
        nights.append(ReplayNight(name, expert, streams, people.get(subject, subject)))
    if not nights:
        raise ReadError(
            f"no night has the stream {describe(truth)} and another stream",
            where=root,
            rule=f"a stream is a column whose name begins with {prefix!r}",
            allowed=sorted(known),
            next_step=suggest(truth, known) or (left_out[0] if left_out else ""),
        )
    return ReplayNights(nights, left_out)


def _night_of(path: Path) -> str:
    keys = _entities(path)
    return "_".join(f"{key}-{keys[key]}" for key in ("sub", "ses") if key in keys) or path.stem


def _entities(path: Path) -> dict[str, str]:
    return {match["key"]: match["value"] for match in _ENTITY.finditer(path.name)}


def _streams(paths: list[Path], vocabulary: str, prefix: str) -> dict[str, Hypnogram]:
    streams = {}
    for path in paths:
        head = f"{_entities(path)['acq']}/" if "acq" in _entities(path) else ""
        for column in columns_of(path):
            if column.startswith(prefix):
                streams[f"{head}{column}"] = read_events(path, vocabulary=vocabulary, column=column)
    return streams


def _people(path: Path) -> dict[str, str]:
    """Return ``sub-…`` → person from the first column that identifies people; empty where there is no such table."""
    if not path.exists() or not path.stat().st_size:
        return {}
    table = read_sheet(path)
    if table.faults:
        raise ImportFaults(table.faults, where=path)
    column = next((name for name in _PERSON_COLUMNS if name in table.columns), None)
    if column is None or "participant_id" not in table.columns:
        return {}
    rows = [record.cells for record in table.records]
    return {row["participant_id"]: row[column] for row in rows if row["participant_id"] and row[column]}
