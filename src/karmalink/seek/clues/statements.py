"""From a match of the grammar to what it states: relation, places, distance, direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from karmalink.errors import InputError
from karmalink.seek.clues.grammar import Match
from karmalink.seek.clues.headings import Heading, parse_heading
from karmalink.seek.clues.measures import WHOLE, Measure
from karmalink.seek.clues.tokens import Token
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE

__all__ = ["Statement", "statements_of"]

# A distance that somebody tells is a guess of 15 % to either side, "about 2 km" of 25 %, where the number itself does
# not reach further: judgements.
_GUESS, _ABOUT = 0.15, 0.25
_TIME = 0.1  # "20 minutes" is 18 to 22
_LEAST = "at least that far: not within it"
_PATHS = frozenset(
    ("road", "rd", "street", "st", "avenue", "ave", "highway", "hwy", "route", "rt", "path", "track", "trail", "lane",
     "river", "stream", "creek", "canal", "railway", "rail", "line", "boulevard", "blvd", "drive", "dr", "way", "dike",
     "ditch", "brook", "fence", "wall", "coast", "shore", "beach")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """One spatial statement of a text, before anybody has looked up its places.

    Attributes
    ----------
    relation : str
        One of :data:`~karmalink.seek.RELATIONS`.
    places : tuple of Token
        The names, as written.
    distance_m, reach_m : float or None
        Metres, and how far the number reaches.
    heading : Heading or None
        Direction.
    negated : bool
        Where the relation itself says so ("on this side of").
    notes : tuple of str
        What was decided on the way, for the person who confirms it.
    """

    relation: str
    places: tuple[Token, ...]
    distance_m: float | None = None
    reach_m: float | None = None
    heading: Heading | None = None
    negated: bool = False
    notes: tuple[str, ...] = ()


class _Parts:
    """The parts of a match, read."""

    def __init__(
        self, match: Match, tokens: Sequence[Token], lines: Callable[[Token], bool | None], *, written: bool
    ) -> None:
        self._match, self._tokens, self.is_line, self._written = match, tokens, lines, written

    def has(self, name: str) -> bool:
        return name in self._match.parts

    def place(self, which: int) -> Token:
        first, last = self._match.parts[f"p{which}"]
        one, other = self._tokens[first], self._tokens[last - 1]
        if one is other:
            return one
        words = " ".join(token.text for token in self._tokens[first:last])
        return Token(one.start, other.end, "word", words)

    def places(self) -> tuple[Token, ...]:
        return tuple(self.place(which) for which in (1, 2) if self.has(f"p{which}"))

    def quantity(self, which: int) -> tuple[float, float, tuple[str, ...]]:
        """Return a measure: metres (or minutes), how far it reaches, and what was decided."""
        measure = self._tokens[self._match.parts[f"qty{which}"][0]].value
        if not isinstance(measure, Measure):
            raise InputError(WHOLE)
        reach = measure.reach
        if not self._written:
            reach = max(reach, (_ABOUT if self.has(f"about{which}") else _GUESS) * measure.value)
        return measure.value, reach, measure.notes

    def heading(self, which: int) -> Heading:
        token = self._tokens[self._match.parts[f"hdg{which}"][0]]
        if isinstance(token.value, Heading):
            return token.value
        return replace(parse_heading(str(token.value)), words=str(token.value).replace("B", " by "))


def statements_of(
    match: Match, tokens: Sequence[Token], lines: Callable[[Token], bool | None], *, written: bool = False
) -> tuple[Statement, ...]:
    """Return what a match states; a phrase can say two things at once ("2 km along the road from the bridge").

    Parameters
    ----------
    match : Match
        Of `seek.clues.grammar.matches`.
    tokens : sequence of Token
        Of the text.
    lines : callable
        Whether a name is a line (a road, a river), None where nobody knows.
    written : bool
        Whether numbers were measured and written down, so that their digits say how far they reach.
    """
    parts = _Parts(match, tokens, lines, written=written)
    reader = _READERS.get(match.name)
    if reader is not None:
        return reader(parts)
    distance, reach, notes = parts.quantity(1) if parts.has("qty1") else (None, None, ())
    heading = parts.heading(1) if parts.has("hdg1") else None
    return (Statement(match.name, parts.places(), distance, reach, heading, notes=notes),)


def _offsets(parts: _Parts) -> tuple[Statement, ...]:
    """Two legs at right angles are one distance and direction; they say it much more closely than a compass point."""
    (one, one_reach, notes), (other, other_reach, more) = parts.quantity(1), parts.quantity(2)
    turns = [math.radians(parts.heading(which).degrees) for which in (1, 2)]
    east = one * math.sin(turns[0]) + other * math.sin(turns[1])
    north = one * math.cos(turns[0]) + other * math.cos(turns[1])
    away = math.hypot(east, north)
    reach = math.hypot(one_reach, other_reach)
    degrees = math.degrees(math.atan2(east, north)) % 360.0
    half = min(90.0, max(2.0, math.degrees(math.atan2(reach, away))))
    heading = Heading(round(degrees, 3), half, f"{degrees:.0f}°")
    said = (*notes, *more, "two legs, put together")
    return (Statement("distance_heading", (parts.place(1),), away, reach, heading, notes=said),)


def _walk(parts: _Parts) -> tuple[Statement, ...]:
    minutes, _, notes = parts.quantity(1)
    if not parts.has("foot"):
        notes = (*notes, "a time, taken as time on foot")
    metres = minutes * LEVEL_M_PER_MINUTE
    least = parts.has("least")
    relation = "within_walk" if parts.has("most") or least else "walk"
    notes = (*notes, _LEAST) if least else notes
    found = Statement(relation, (parts.place(1),), metres, _TIME * metres, negated=least, notes=notes)
    if not parts.has("hdg1"):
        return (found,)
    return (found, Statement("heading", (parts.place(1),), heading=parts.heading(1)))


def _distance_heading(parts: _Parts) -> tuple[Statement, ...]:
    distance, reach, notes = parts.quantity(1)
    place, heading = (parts.place(1),), parts.heading(1)
    least = parts.has("least")
    if not parts.has("most") and not least:
        return (Statement("distance_heading", place, distance, reach, heading, notes=notes),)
    notes = (*notes, _LEAST) if least else notes
    within = Statement("within_distance", place, distance, reach, negated=least, notes=notes)
    return (within, Statement("heading", place, heading=heading))


def _farther(parts: _Parts) -> tuple[Statement, ...]:
    distance, reach, notes = parts.quantity(1)
    return (Statement("within_distance", (parts.place(1),), distance, reach, negated=True, notes=(*notes, _LEAST)),)


def _distance_along(parts: _Parts) -> tuple[Statement, ...]:
    distance, reach, notes = parts.quantity(1)
    said = (*notes, "along a way: at most that far as the crow flies")
    along = Statement("along", (parts.place(1),))
    return (along, Statement("within_distance", (parts.place(2),), distance, reach, notes=said))


def _junction(parts: _Parts) -> tuple[Statement, ...]:
    note = ("a crossing: at both",)
    return tuple(Statement("at", (place,), notes=note) for place in parts.places())


def _hither(parts: _Parts) -> tuple[Statement, ...]:
    return (Statement("beyond", parts.places(), negated=True, notes=("on this side: not beyond",)),)


def _on(parts: _Parts) -> tuple[Statement, ...]:
    place = parts.place(1)
    line = parts.is_line(place)
    if line is None:
        line = place.text.split()[-1].casefold().rstrip(".") in _PATHS
    return (Statement("along" if line else "at", (place,)),)


def _along(parts: _Parts) -> tuple[Statement, ...]:
    return (Statement("along", parts.places()),)


_READERS: Mapping[str, Callable[[_Parts], tuple[Statement, ...]]] = {
    "along": _along,
    "farther": _farther,
    "distance_along": _distance_along,
    "distance_heading": _distance_heading,
    "hither": _hither,
    "junction": _junction,
    "offsets": _offsets,
    "on": _on,
    "walk": _walk,
    "walk_heading": _walk,
}
