"""Recordings kept as plain numbers: a column a channel (.txt, .csv, .tsv) or a NumPy array (.npy), at a stated rate."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import ReadError, UsageError, describe
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.units import VOLTS, unit_named
from karmalink.night.text_files import text_of

__all__ = ["read_plain"]

_MOST_CHANNELS = 512
_FASTEST_HZ = 1e6
_LONGEST_S = 3 * 86_400.0
_BLOCK = 50_000
_SPLIT = re.compile(r"[,;\t ]+")


def read_plain(
    path: Path, *, label: str, partial: bool = False, sfreq: float | None = None, unit: str = "uV"
) -> Recording:
    """Read plain numbers.

    Parameters
    ----------
    path : Path
        ``.npy``: an array of shape (n_channels, n_samples), without pickled objects. Text: a line a sample, a column a
        channel, with a first line of names or without; ``[C3-A1]`` is the heading of the DREAMS databases.
    label : str
        What to call the recording.
    partial : bool
        Not used: such a file does not say how long it should be.
    sfreq : float
        Samples per second. Nothing in the file says it.
    unit : str
        What the numbers are: ``V``, ``mV``, ``uV`` or ``nV``.

    Raises
    ------
    UsageError
        No rate, or a unit that is no voltage.
    ReadError
        No numbers, rows of several lengths.
    """
    del partial
    if sfreq is None:
        raise UsageError(
            "plain numbers do not say how many there are a second", where=path, next_step="say it: --rate (sfreq=)"
        )
    if not 0 < sfreq <= _FASTEST_HZ:
        raise UsageError(f"{sfreq} samples a second", where=path, allowed=f"above 0, at most {_FASTEST_HZ:g}")
    known = unit_named(unit)
    if not known:
        raise UsageError(f"{describe(unit)} is not a unit of voltage", where=path, allowed=sorted(VOLTS))
    names, data = _array(path) if path.suffix.lower() == ".npy" else _columns(path)
    if data.shape[1] / sfreq > _LONGEST_S:
        raise ReadError(
            f"the recording would last {data.shape[1] / sfreq / 86_400:.3g} days",
            where=path,
            rule=f"at most {_LONGEST_S / 86_400:g} days",
            next_step="look at the rate, and whether rows are samples",
        )
    names = names or [f"channel {place}" for place in range(1, len(data) + 1)]
    found = Recording.from_array(data * VOLTS[known], _unique(names), sfreq, label=label, unit=known)
    return replace(found, format=path.suffix[1:].lower())


def _array(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    try:
        raw: NDArray[Any] = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # NumPy parses the header as a Python literal and raises whatever that meets
        raise ReadError(
            f"the file is no NumPy array ({type(error).__name__})",
            where=path,
            rule="numbers only, as numpy.save writes",
        ) from error
    if raw.dtype.kind not in "iuf" or raw.ndim not in {1, 2} or raw.size == 0:
        raise ReadError(
            f"an array of shape {raw.shape} and type {raw.dtype}", where=path, rule="numbers, (channels, samples)"
        )
    data = np.array(np.atleast_2d(raw), dtype=np.float64)
    _check_channels(len(data), path)
    return [], data


def _columns(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    lines = text_of(path).splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    names = _names(lines[0])
    rows = lines[1:] if names else lines
    if not rows:
        raise ReadError("the file has a heading and no numbers", where=path)
    width = len(_SPLIT.split(rows[0].strip()))
    _check_channels(width, path)
    if names and len(names) != width:
        raise ReadError(f"{len(names)} names for {width} columns", where=path, rule="a name a column, or no names")
    data = np.empty((width, len(rows)))
    for first in range(0, len(rows), _BLOCK):  # a list of all numbers would need five times their memory
        block = rows[first : first + _BLOCK]
        data[:, first : first + len(block)] = _numbers(block, width, first + 1 + bool(names), path).T
    return names, data


def _numbers(rows: list[str], width: int, line: int, path: Path) -> NDArray[np.float64]:
    table = []
    for place, row in enumerate(rows, start=line):
        cells = _SPLIT.split(row.strip())
        if len(cells) != width:
            raise ReadError(f"line {place} has {len(cells)} columns, the first {width}", where=path)
        try:
            table.append([float(cell) for cell in cells])
        except ValueError:
            raise ReadError(f"line {place} holds something that is no number", where=path) from None
    return np.array(table, dtype=np.float64)


def _names(line: str) -> list[str]:
    """Return the names of a first line that holds any; in brackets it is one name, which may hold blanks."""
    text = line.strip()
    bracketed = re.fullmatch(r"\[\s*(.*?)\s*\]", text)
    if bracketed:
        return [bracketed[1]]
    try:
        [float(cell) for cell in _SPLIT.split(text)]
    except ValueError:
        split = "\t" if "\t" in text else ";" if ";" in text else "," if "," in text else None
        return [name.strip().strip('"') for name in text.split(split)]
    return []


def _unique(names: list[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        again, base = name, 2
        while again in taken:
            again, base = f"{name} ({base})", base + 1
        taken.append(again)
    return taken


def _check_channels(count: int, path: Path) -> None:
    if count > _MOST_CHANNELS:
        raise ReadError(
            f"{count} channels", where=path, rule=f"at most {_MOST_CHANNELS}; samples are rows in text, columns in .npy"
        )
