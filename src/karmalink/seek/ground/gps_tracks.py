"""Where a searcher was: the fixes of one device, as they came, and how they are kept beside a log of searches."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.base.files import write_whole
from karmalink.errors import InputError, IntegrityError, ReadError
from karmalink.rows import read_text, split_cells

__all__ = ["Track", "TrackFinding", "read_track", "track_path", "write_track"]

_COLUMNS = ("piece", "lon", "lat", "seconds", "lost")
_DECIMALS = 7  # of a degree: a centimetre
_MILLI = 3  # decimals of a second


@dataclass(frozen=True, slots=True)
class TrackFinding:
    """Something about a track that its users should know.

    Attributes
    ----------
    name : str
        Short name: ``gap``, ``clock``, ``no_time``, ``lost_fix``, ``off_map`` …
    says : str
        One sentence: what was found, and what was done about it.
    """

    name: str
    says: str

    def to_dict(self) -> dict[str, str]:
        """Return both."""
        return {"name": self.name, "says": self.says}


@dataclass(frozen=True, eq=False, repr=False)
class Track:
    """The fixes of one device in the order in which it wrote them; nothing mended, nothing left out.

    Attributes
    ----------
    lon, lat : ndarray, shape (n,), degrees
        Positions; NaN where a fix has none.
    seconds : ndarray, shape (n,)
        Seconds since 1970 in UTC; NaN where a fix has no time.
    piece : ndarray of int, shape (n,)
        Which recording a fix belongs to: between two pieces the way is unknown.
    lost : ndarray of bool, shape (n,)
        Fixes that the receiver itself called bad.
    """

    lon: Floats
    lat: Floats
    seconds: Floats
    piece: NDArray[np.int64]
    lost: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        lon: ArrayLike,
        lat: ArrayLike,
        seconds: ArrayLike | None = None,
        piece: ArrayLike | None = None,
        lost: ArrayLike | None = None,
    ) -> Track:
        """Return a track of arrays, rounded to a centimetre and a millisecond.

        Raises
        ------
        InputError
            If the arrays differ in length, or there is no fix.
        """
        x = _rounded(lon, _DECIMALS)
        n = x.size
        found = cls(
            lon=x,
            lat=_rounded(lat, _DECIMALS),
            seconds=np.full(n, np.nan) if seconds is None else _rounded(seconds, _MILLI),
            piece=np.zeros(n, dtype=np.int64) if piece is None else np.asarray(piece, dtype=np.int64),
            lost=np.zeros(n, dtype=bool) if lost is None else np.asarray(lost, dtype=bool),
        )
        sizes = {values.shape for values in (found.lon, found.lat, found.seconds, found.piece, found.lost)}
        if len(sizes) != 1 or x.ndim != 1 or not n:
            raise InputError("a track without fixes, or arrays of different lengths", rule="one of each for every fix")
        return found

    @cached_property
    def name(self) -> str:
        """What the track is called: a digest of its fixes, so that the same fixes have one name in any file."""
        return hashlib.sha256(_text(self).encode("ascii")).hexdigest()[:16]

    def __len__(self) -> int:
        """Return the number of fixes."""
        return int(self.lon.size)

    def __repr__(self) -> str:
        """One-line summary: how much there is."""
        timed = int(np.isfinite(self.seconds).sum())
        return f"Track({len(self)} fixes, {timed} with a time, {len(np.unique(self.piece))} recordings)"


def track_path(folder: Path, name: str) -> Path:
    """Return where a track is kept."""
    return folder / f"{name}.csv"


def write_track(folder: Path, track: Track) -> Path:
    """Keep a track: positions and times only, whatever else its file told about people; in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    place = track_path(folder, track.name)
    return write_whole(place, _text(track).encode("ascii"))


def read_track(folder: Path, name: str) -> Track:
    """Return a track that was kept.

    Raises
    ------
    ReadError
        It is not there, or no such file.
    IntegrityError
        It is not the one that was searched: it was changed since.
    """
    place = track_path(folder, name)
    rows = split_cells(read_text(place), ",")
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise ReadError("this is not a track", where=place, rule=f"columns {', '.join(_COLUMNS)}")
    try:
        table = np.array([[float(cell or "nan") for cell in row] for row in rows[1:]], dtype=np.float64)
        piece, lon, lat, seconds, lost = table.T
        found = Track.of(lon, lat, seconds, piece.astype(np.int64), lost > 0)
    except ValueError:
        raise ReadError("a line of the track is not five numbers", where=place) from None
    if found.name != name:
        raise IntegrityError(
            "this track was changed after it was logged",
            where=place,
            rule="the log of searches names a track by its fixes",
            next_step="bring the file back, or take the search back (karmalink seek search --undo) and log it again",
        )
    return found


def _rounded(values: ArrayLike, decimals: int) -> Floats:
    found: Floats = np.asarray(values, dtype=np.float64)
    return np.asarray(np.round(found, decimals), dtype=np.float64)


def _text(track: Track) -> str:
    lines = [",".join(_COLUMNS)]
    columns: tuple[Any, ...] = (track.piece, track.lon, track.lat, track.seconds, track.lost)
    lines += [
        f"{piece},{_cell(lon, _DECIMALS)},{_cell(lat, _DECIMALS)},{_cell(seconds, _MILLI)},{int(lost)}"
        for piece, lon, lat, seconds, lost in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return "\n".join(lines) + "\n"


def _cell(value: float, decimals: int) -> str:
    # + 0.0: the two zeros are one place, and would be two digests.
    return "" if value != value else f"{value + 0.0:.{decimals}f}"
