"""Nights to replay, out of a BIDS folder: every column of stages in its tables of events is a stream."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from karmalink.errors import KarmalinkError, ReadError, describe, suggest
from karmalink.night.hypnograms.formats import read_events
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.text_files import text_of
from karmalink.night.wake_rules.triggers import ReplayNight

__all__ = ["ReplayNights", "read_replay_nights"]

_ENTITY = re.compile(r"(?P<key>[a-z]+)-(?P<value>[A-Za-z0-9]+)")
_PERSON_COLUMNS = ("pid", "subject_id", "participant_id")


class ReplayNights(list[ReplayNight]):
    """The nights, and in `left_out` one line for each that could not be used, with the reason."""

    def __init__(self, nights: list[ReplayNight], left_out: list[str]) -> None:
        super().__init__(nights)
        self.left_out = tuple(left_out)


def read_replay_nights(
    folder: Path | str, truth: str, *, vocabulary: str = "words", prefix: str = "stage"
) -> ReplayNights:
    """Read the nights of a BIDS folder.

    A night is what shares ``sub-`` and ``ses-``. Each column of its ``*_events.tsv`` whose name begins with `prefix` is
    a stream, called ``column`` or, where the file name has ``acq-``, ``acq/column``. Nights of one person are found by
    a column ``pid`` of ``participants.tsv`` where there is one.

    Parameters
    ----------
    folder : path
        The dataset.
    truth : str
        The stream that is the expert, ``psg/stage_hum`` say; the others are what rules get to see.
    vocabulary : str
        Of all the columns, a key of `VOCABULARIES`.
    prefix : str
        How the names of stage columns begin.

    Raises
    ------
    ReadError
        No folder, no table of events, or no night with the truth and another stream. A night that cannot be read is
        left out and named in `ReplayNights.left_out`.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ReadError("there is no such folder", where=root, next_step="name the folder of a BIDS dataset")
    tables = sorted(root.rglob("*_events.tsv"))
    if not tables:
        raise ReadError("the folder holds no *_events.tsv", where=root, rule="BIDS tables of events with stages")
    grouped: dict[str, list[Path]] = {}
    for path in tables:
        grouped.setdefault(_night_of(path), []).append(path)
    people = _people(root / "participants.tsv")
    nights: list[ReplayNight] = []
    left_out: list[str] = []
    seen: set[str] = set()
    for name, paths in grouped.items():
        try:
            streams = _streams(paths, vocabulary, prefix)
            seen |= set(streams)
            expert = streams.pop(truth, None)
            if expert is not None and streams:
                subject = name.split("_")[0]
                nights.append(ReplayNight(name, expert, streams, people.get(subject, subject)))
            else:
                left_out.append(f"{name}: {'no other stream' if expert is not None else 'no ' + truth}")
        except KarmalinkError as error:
            left_out.append(f"{name}: {error.what}")
    if not nights:
        raise ReadError(
            f"no night has the stream {describe(truth)} and another one",
            where=root,
            rule=f"a stream is a column whose name begins with {prefix!r}",
            allowed=sorted(seen),
            next_step=suggest(truth, seen) or (left_out[0] if left_out else ""),
        )
    return ReplayNights(nights, left_out)


def _night_of(path: Path) -> str:
    keys = _entities(path)
    return "_".join(f"{key}-{keys[key]}" for key in ("sub", "ses") if key in keys) or path.stem


def _entities(path: Path) -> dict[str, str]:
    return {found["key"]: found["value"] for found in _ENTITY.finditer(path.name)}


def _streams(paths: list[Path], vocabulary: str, prefix: str) -> dict[str, Hypnogram]:
    streams = {}
    for path in paths:
        head = f"{_entities(path)['acq']}/" if "acq" in _entities(path) else ""
        columns = next(csv.reader(text_of(path).splitlines()[:1], delimiter="\t"), [])
        for column in columns:
            if column.startswith(prefix):
                streams[f"{head}{column}"] = read_events(path, vocabulary=vocabulary, column=column)
    return streams


def _people(path: Path) -> dict[str, str]:
    """Return ``sub-…`` → person, of the first column that tells persons apart; empty where there is no table."""
    if not path.exists() or not path.stat().st_size:
        return {}
    rows = list(csv.DictReader(text_of(path).splitlines(), delimiter="\t"))
    column = next((name for name in _PERSON_COLUMNS if rows and name in rows[0]), None)
    if column is None or "participant_id" not in rows[0]:
        return {}
    return {row["participant_id"]: row[column] for row in rows if row["participant_id"] and row[column]}
