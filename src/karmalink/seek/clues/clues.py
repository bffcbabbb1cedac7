"""Clues: what a witness said about where it lies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import Fault, InputError, suggest
from karmalink.rows import (
    Field,
    FileRecords,
    Refused,
    Row,
    gather_rows,
    identifier,
    number,
    one_of,
    records_of,
    text,
    word,
    words,
    yes_no,
)
from karmalink.seek.clues.headings import Heading, parse_heading, precision_of
from karmalink.seek.clues.relations import RELATIONS
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE

__all__ = ["CLUE_SPEC", "Clue", "gather_clues", "read_clues", "row_of"]


# How the second place of a relation reads.
_ON_FOOT = ("walk", "within_walk")
_REST = {"beyond": ", from {}", "upstream": " on {}", "downstream": " on {}"}


@dataclass(frozen=True, slots=True)
class Clue:
    """One spatial statement of one witness.

    Attributes
    ----------
    id : str
        Identifier.
    relation : str
        One of :data:`RELATIONS`.
    places : tuple of str
        Identifiers or names of the places it refers to.
    witness : str
        Who said it; the clues of one witness share that witness's reliability.
    distance_m : float or None
        Distance in metres: what `distance` and its like need; how near is near for `near` and `along`. For `walk` and
        `within_walk` what is walked on level ground in the stated time (83.9 m a minute).
    distance_reach_m : float or None
        Precision of the number as stated ("10.1 km": ±50 m); None: by its last digit in metres.
    heading : Heading or None
        Direction; text is read by :func:`~karmalink.seek.parse_heading`.
    negated : bool
        "Not near the river".
    reliability : float or None
        Prior probability that this one clue is right, in place of the witness's (a link's calibrated posterior, say).
        The clue still shares the witness: what the other clues show about the witness moves it up or down.
    words : str
        The words it came from. Never shown in messages, names or exports by default.
    origin : str
        Where it comes from: an interview, an account, a link (free text or identifier).
    """

    id: str
    relation: str
    places: tuple[str, ...]
    witness: str
    distance_m: float | None = None
    heading: Heading | None = None
    negated: bool = False
    reliability: float | None = None
    words: str = ""
    origin: str = ""
    distance_reach_m: float | None = None

    def __post_init__(self) -> None:
        """Turn a heading in words into a :class:`Heading` and check that the relation has what it needs.

        Raises
        ------
        InputError
            If something is missing, not a number or out of range.
        """
        given: tuple[object, object] = (self.places, self.heading)
        if isinstance(given[0], str):
            object.__setattr__(self, "places", (given[0],))
        if isinstance(given[1], str):
            object.__setattr__(self, "heading", parse_heading(given[1]))
        for rule, allowed in _broken(self.relation, self.places, self.distance_m, self.heading):
            raise InputError(f"the clue {rule}", where=f"clue {self.id}", allowed=allowed)
        for name, low, high in (
            ("distance_m", 0.0, _MOST_M),
            ("distance_reach_m", 0.0, math.inf),
            ("reliability", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                most = f"{low:g} to {high:g}" if math.isfinite(high) else f"a finite number of {low:g} or more"
                raise InputError(f"{name} must be {most}, got {value}", where=f"clue {self.id}")

    @property
    def reach_m(self) -> float:
        """Precision of the distance, ± metres."""
        if self.distance_reach_m is not None:
            return self.distance_reach_m
        return 0.0 if self.distance_m is None else precision_of(f"{self.distance_m:.10g}")

    @property
    def statement(self) -> tuple[Any, ...]:
        """The statement without its witness and date: equal for a repetition."""
        heading = None if self.heading is None else (self.heading.degrees, self.heading.half_width)
        return (self.relation, tuple(sorted(self.places)), self.distance_m, heading, self.negated)

    def phrase(self, names: Mapping[str, str] | None = None) -> str:
        """Return the clue in plain words of our own: ``not near Old Market``; `names` by identifier."""
        named = [(names or {}).get(place, place) for place in self.places]
        phrase = RELATIONS[self.relation].phrase.format(
            places=" and ".join(named),
            far="" if self.distance_m is None else f"{_length(self.distance_m)} ",
            first=named[0],
            rest=_REST[self.relation].format(" and ".join(named[1:])) if named[1:] and self.relation in _REST else "",
            minutes="" if self.distance_m is None else _minutes(self.distance_m),
            distance="" if self.distance_m is None else _length(self.distance_m),
            heading="" if self.heading is None else (self.heading.words or f"{self.heading.degrees:g}°"),
        )
        return f"not {phrase}" if self.negated else phrase

    def to_dict(self) -> dict[str, Any]:
        """Return the fields except the witness's words."""
        return {
            "id": self.id,
            "relation": self.relation,
            "places": list(self.places),
            "witness": self.witness,
            "distance_m": self.distance_m,
            "heading": None if self.heading is None else self.heading.degrees,
            "negated": self.negated,
            "reliability": self.reliability,
            "origin": self.origin,
        }

    def __repr__(self) -> str:
        """One-line summary, in words of our own, never the witness's."""
        return f"Clue({self.id}: {self.phrase()}, says {self.witness})"


def row_of(clue: Clue, *, confirmed: bool) -> dict[str, Any]:
    """Return a clue as a row of a table of :data:`CLUE_SPEC`."""
    metres = None if clue.distance_m is None else (clue.distance_m, clue.reach_m)
    row = {name: getattr(clue, name) for name in ("id", "witness", "relation", "places", "heading", "reliability")}
    row |= {"distance_m": metres, "distance_reach_m": clue.distance_reach_m, "negated": clue.negated or None}
    return row | {"words": clue.words or None, "origin": clue.origin or None, "confirmed": confirmed}


def _heading(cell: str) -> Heading:
    try:
        return parse_heading(cell)
    except InputError as error:
        raise Refused("is not a direction", error.allowed) from None


_LEAST_M = 0.01
_MOST_M = 20_037_509.0  # halfway round the equator


def _distance(cell: str) -> tuple[float, float]:
    value = number(0.0, _MOST_M)(cell)
    if 0 < value < _LEAST_M:
        raise Refused("is less than a centimetre", f"{_LEAST_M:g} or more")
    try:
        return value, precision_of(cell.strip())
    except InputError:
        return value, precision_of(f"{value:.10g}")


CLUE_SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("witness", required=True, parse=identifier),
    Field("relation", required=True, parse=one_of(RELATIONS)),
    Field("places", required=True, parse=words(), show=";".join),
    Field("distance_m", parse=_distance, show=lambda pair: f"{pair[0]:.10g}"),
    Field("distance_reach_m", parse=number(0.0), show=lambda metres: f"{metres:.10g}"),
    Field("minutes", parse=number(0.0)),
    Field("heading", parse=_heading, show=lambda heading: heading.words or f"{heading.degrees:g}"),
    Field("negated", parse=yes_no, show=lambda value: "yes" if value else "no", default=False),
    Field("reliability", parse=number(0.0, 1.0)),
    Field("words", parse=text, private=True, default=""),
    Field("origin", parse=word, default=""),
    Field("confirmed", parse=yes_no, show=lambda value: "yes" if value else "no", default=True),
)


def read_clues(path: str | Path) -> list[Clue]:
    """Read a table of clues (CSV, TSV, JSONL) with the columns of :data:`CLUE_SPEC`.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """

    return gather_clues(path).settle()


def gather_clues(path: str | Path) -> FileRecords[Clue]:
    """Return the clues of a table beside their rows, with every fault and no decision; see :func:`read_clues`.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    gathered = gather_rows(path, CLUE_SPEC)
    return records_of(gathered, CLUE_SPEC, _clue, [fault for row in gathered.rows for fault in _faults(row)])


def _faults(row: Row) -> Iterable[Fault]:
    if {"relation", "places"} - row.values.keys():
        return
    if row["relation"] is None or row["places"] is None:
        return
    if row.get("confirmed") is False:
        yield row.fault("confirmed", "is an unconfirmed proposal", allowed="yes, or leave the line out")
    if row.get("minutes") is not None and (row.get("distance_m") or row["relation"] not in _ON_FOOT):
        yield row.fault("minutes", "are for a walk, instead of a distance", allowed=", ".join(_ON_FOOT))
    for rule, allowed in _broken(row["relation"], row["places"], _metres(row)[0], row.get("heading")):
        yield row.fault("relation", rule, allowed=allowed)


def _metres(row: Row) -> tuple[float | None, float | None]:
    """Return the distance of a row and how far its number reaches; minutes as the metres of a walk on level ground."""
    minutes = row.get("minutes")
    if minutes is None:
        metres, reach = row.get("distance_m") or (None, None)
        stated = row.get("distance_reach_m")
        return metres, reach if stated is None else stated
    # Times are said in fives and tens: "20 minutes" is 18 to 22.
    return minutes * LEVEL_M_PER_MINUTE, 0.1 * minutes * LEVEL_M_PER_MINUTE


def _clue(row: Row) -> Clue:
    distance, reach = _metres(row)
    rest = {name: row[name] for name in ("id", "witness", "relation", "places", "heading", "negated")}
    rest |= {name: row[name] for name in ("reliability", "words", "origin")}
    return Clue(**rest, distance_m=distance, distance_reach_m=reach)


def _broken(
    name: str, places: tuple[str, ...], distance: float | None, heading: Heading | None
) -> Iterable[tuple[str, str]]:
    """Yield the rules of its relation that a statement breaks, with what is allowed."""
    relation = RELATIONS.get(name)
    if relation is None:
        near = suggest(name, RELATIONS)
        yield f"has the unknown relation {name[:30]!r}{'; ' + near if near else ''}", ", ".join(RELATIONS)
        return
    least, most = relation.places
    if not least <= len(places) <= most:
        allowed = f"{least}" if least == most else f"{least} or more"
        yield f"names {counted(len(places), 'place')}, which {name!r} cannot have", allowed
    if relation.distance and not (distance is not None and distance > 0):
        yield f"is {name!r} and needs a distance", "distance_m above 0"
    if distance is not None and 0 < distance < _LEAST_M:
        yield f"is {distance:g} m long", f"{_LEAST_M:g} m or more"
    if relation.heading and heading is None:
        yield f"is {name!r} and needs a heading", "N, NNE, NE … or degrees"


def _minutes(metres: float) -> str:
    return f"{metres / LEVEL_M_PER_MINUTE:.0f} min"


def _length(metres: float) -> str:
    return f"{metres / 1000:.10g} km" if metres >= 1000 else f"{metres:.10g} m"
