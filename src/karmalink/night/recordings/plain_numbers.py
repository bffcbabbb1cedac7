"""Recordings kept as plain numbers: a column a channel (.txt, .csv, .tsv) or a NumPy array (.npy), at a stated rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import ReadError, UsageError, describe
from karmalink.night.recordings.number_columns import NumberColumns, read_columns
from karmalink.night.recordings.recording import GappedSignals, Recording, gaps_between
from karmalink.night.recordings.stamps import StampedLine, lay_stamps
from karmalink.night.recordings.units import VOLTS, unit_named

__all__ = ["read_plain"]

_MOST_CHANNELS = 512
_FASTEST_HZ = 1e6
_LONGEST_S = 3 * 86_400.0
_SAME_RATE = 0.01


def read_plain(
    path: Path,
    *,
    label: str,
    partial: bool = False,
    sfreq: float | None = None,
    unit: str = "uV",
    decimal_comma: bool | None = None,
) -> Recording:
    """Read plain numbers.

    Parameters
    ----------
    path : Path
        ``.npy``: an array of shape (n_channels, n_samples), without pickled objects. Text: a line a sample, a column a
        channel, with a first line of names or without; ``[C3-A1]`` is the heading of the DREAMS databases. Lines of
        comment, and columns that are not numbers or count samples, are left out and noted.
    label : str
        What to call the recording.
    partial : bool
        Not used: such a file does not say how long it should be.
    sfreq : float, optional
        Samples per second, unless a line of comment states them (``%Sample Rate = 250 Hz``).
    unit : str
        What the numbers are: ``V``, ``mV``, ``uV`` or ``nV``, in any spelling.
    decimal_comma : bool, optional
        Whether a comma is a decimal comma; by default what the numbers show.

    Raises
    ------
    UsageError
        No rate, or a unit that is not a voltage.
    ReadError
        No numbers, rows of several lengths, or commas that may be decimal commas or part columns.
    """
    del partial
    known = unit_named(unit)
    if not known:
        raise UsageError(f"{describe(unit)} is not a unit of voltage", where=path, allowed=sorted(VOLTS))
    if sfreq is not None and not 0 < sfreq <= _FASTEST_HZ:
        raise UsageError(f"{sfreq} samples a second", where=path, allowed=f"above 0, at most {_FASTEST_HZ:g}")
    if path.suffix.lower() == ".npy":
        columns = NumberColumns((), _array(path), None, None, ())
    else:
        columns = read_columns(path, most=_MOST_CHANNELS, decimal_comma=decimal_comma)
    rate, notes = _rate(columns, sfreq, path)
    data = columns.data
    if data.shape[1] / rate > _LONGEST_S:
        raise ReadError(
            f"the recording would last {data.shape[1] / rate / 86_400:.3g} days",
            where=path,
            rule=f"at most {_LONGEST_S / 86_400:g} days",
            next_step="look at the rate, and whether rows are samples",
        )
    names = list(columns.names) or [f"channel {place}" for place in range(1, len(data) + 1)]
    recording = Recording.from_array(data * VOLTS[known], _unique(names), rate, label=label, unit=known)
    recording = replace(recording, format=path.suffix[1:].lower(), notes=(*columns.notes, *notes))
    if columns.seconds is None or abs((columns.rate_of_time or 0.0) / rate - 1) > _SAME_RATE:
        return recording
    return _on_its_times(recording, lay_stamps(columns.seconds, rate))


def _on_its_times(recording: Recording, line: StampedLine) -> Recording:
    """Return the recording with its samples where the column of times puts them; rows that it lacks are gaps."""
    if len(line.pieces) == 1 and line.rate == recording.sfreq:
        return recording
    length = line.pieces[-1].place + line.pieces[-1].count
    channels = tuple(replace(channel, sfreq=line.rate, n_samples=length) for channel in recording.channels)
    return replace(
        recording,
        channels=channels,
        signals=GappedSignals(recording.signals, [line.pieces] * len(channels)),
        duration_s=length / line.rate,
        gaps=gaps_between(line.pieces, line.rate),
        notes=(*recording.notes, *line.notes()),
    )


def _rate(columns: NumberColumns, stated: float | None, path: Path) -> tuple[float, list[str]]:
    """Return the rate that the caller or the file states, and where they disagree."""
    if stated is None and columns.rate is not None:
        return columns.rate, [f"{columns.rate:g} samples a second, as the file says"]
    if stated is None:
        tells = f" {columns.rate_of_time:.6g}, as its column of times tells" if columns.rate_of_time else ""
        raise UsageError(
            "plain numbers do not say how many there are a second",
            where=path,
            next_step=f"say it: --rate{tells} (sfreq=)",
        )
    own = columns.rate or columns.rate_of_time
    if own is not None and abs(own / stated - 1) > _SAME_RATE:
        return stated, [f"read at {stated:g} samples a second, as you said; the file tells {own:.6g}"]
    return stated, []


def _array(path: Path) -> NDArray[np.float64]:
    try:
        raw: NDArray[Any] = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # NumPy parses the header as a Python literal and raises whatever that meets
        raise ReadError(
            f"the file is not a NumPy array ({type(error).__name__})",
            where=path,
            rule="numbers only, as numpy.save writes",
        ) from error
    if raw.dtype.kind not in "iuf" or raw.ndim not in {1, 2} or raw.size == 0:
        raise ReadError(
            f"an array of shape {raw.shape} and type {raw.dtype}", where=path, rule="numbers, (channels, samples)"
        )
    data = np.array(np.atleast_2d(raw), dtype=np.float64)
    if len(data) > _MOST_CHANNELS:
        raise ReadError(f"{len(data)} channels", where=path, rule=f"at most {_MOST_CHANNELS}; channels are rows")
    return data


def _unique(names: list[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        again, base = name, 2
        while again in taken:
            again, base = f"{name} ({base})", base + 1
        taken.append(again)
    return taken
