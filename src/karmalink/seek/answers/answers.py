"""Answers of many witnesses about many places: who put which place where, and how sure they said they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.rows import Field, TableSource, identifier, number, read_rows
from karmalink.seek.ground.sphere import from_lonlat

__all__ = ["ANSWER_SPEC", "Answers", "read_answers"]

_SMALLEST_KM, _LARGEST_KM = 0.05, 500.0  # claims beyond these say nothing that could be used


@dataclass(frozen=True, slots=False, eq=False, repr=False)
class Answers:
    """Where each witness puts the place of each statement.

    Attributes
    ----------
    statements : tuple of str, length N
        What was asked about.
    witnesses : tuple of str, length M
        Who answered.
    lon, lat : ndarray, shape (N, M)
        Degrees; NaN where a witness gave no answer.
    radius_km : ndarray, shape (N, M)
        How far off the witness says the answer may be; NaN where nothing was said.

    Raises
    ------
    InputError
        Shapes that do not fit, a latitude beyond ±90 or a longitude beyond ±360.
    """

    statements: tuple[str, ...]
    witnesses: tuple[str, ...]
    lon: Floats
    lat: Floats
    radius_km: Floats

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        shape = (len(self.statements), len(self.witnesses))
        if not self.lon.shape == self.lat.shape == self.radius_km.shape == shape:
            raise InputError(
                f"answers of shapes {self.lon.shape}, {self.lat.shape} and {self.radius_km.shape}",
                rule=f"one per statement and witness: {shape}",
            )
        for name, values, most in (("latitude", self.lat, 90.0), ("longitude", self.lon, 360.0)):
            if np.any(np.abs(values) > most):
                raise InputError(f"a {name} beyond ±{most:g}", rule="answers are in degrees")

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, float, float, float | None]]) -> Answers:
        """Return answers from (statement, witness, lon, lat, radius_km or None); of several the last one counts."""
        held = {(row[0], row[1]): row[2:] for row in rows}
        statements = tuple(dict.fromkeys(statement for statement, _ in held))
        witnesses = tuple(dict.fromkeys(witness for _, witness in held))
        values = np.full((3, len(statements), len(witnesses)), np.nan)
        row_of = {name: at for at, name in enumerate(statements)}
        column_of = {name: at for at, name in enumerate(witnesses)}
        for (statement, witness), (lon, lat, radius) in held.items():
            values[:, row_of[statement], column_of[witness]] = lon, lat, np.nan if radius is None else radius
        return cls(statements, witnesses, *values)

    @cached_property
    def given(self) -> NDArray[np.bool_]:
        """Where there is an answer, shape (N, M)."""
        return np.isfinite(self.lon) & np.isfinite(self.lat)

    @cached_property
    def points(self) -> Floats:
        """Answers as unit vectors, shape (N, M, 3); an arbitrary one where there is none."""
        given = self.given
        return from_lonlat(np.where(given, self.lon, 0.0), np.where(given, self.lat, 0.0))

    @cached_property
    def claims(self) -> Floats:
        """Claimed radius over the witness's usual one, shape (N, M); 1 where nothing was claimed."""
        usable = self.given & (self.radius_km > 0)
        radius = np.where(usable, np.clip(self.radius_km, _SMALLEST_KM, _LARGEST_KM), np.nan)
        usual = np.array(
            [np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 1.0 for column in radius.T]
        )
        return np.where(usable, radius / usual, 1.0)

    def __len__(self) -> int:
        """Return the number of statements."""
        return len(self.statements)

    def __repr__(self) -> str:
        """One-line summary: how many there are."""
        return f"Answers({int(self.given.sum())} of {len(self.witnesses)} witnesses about {len(self)} statements)"


ANSWER_SPEC = (
    Field("statement", required=True, parse=identifier),
    Field("witness", required=True, parse=identifier),
    Field("lon", required=True, parse=number(-360.0, 360.0)),
    Field("lat", required=True, parse=number(-90.0, 90.0)),
    Field("radius_km", parse=number(0.0)),
)


def read_answers(path: TableSource) -> Answers:
    """Read a table of answers, a file or a pandas DataFrame: statement*, witness*, lon*, lat*, radius_km.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """
    rows: list[Any] = [row.values for row in read_rows(path, ANSWER_SPEC)]
    return Answers.from_rows(
        (row["statement"], row["witness"], row["lon"], row["lat"], row.get("radius_km")) for row in rows
    )
