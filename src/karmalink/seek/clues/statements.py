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
from karmalink.seek.ground.spoken_names import ARTICLES
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE

__all__ = ["Statement", "speed_of", "statements_of", "without_article"]

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
        self,
        match: Match,
        tokens: Sequence[Token],
        lines: Callable[[Token], bool | None],
        *,
        written: bool,
        river: str,
    ) -> None:
        self._match, self._tokens, self.is_line, self._written = match, tokens, lines, written
        first, last = tokens[match.first], tokens[match.last - 1]
        self.river = Token(first.start, last.end, "place", river, river) if river else None

    def has(self, name: str) -> bool:
        return name in self._match.parts

    def place(self, which: int) -> Token:
        first, last = self._match.parts[f"p{which}"]
        one, other = self._tokens[first], self._tokens[last - 1]
        if one is other:
            return without_article(one)
        words = " ".join(token.text for token in self._tokens[first:last])
        return Token(one.start, other.end, "word", words)

    def text(self, name: str) -> str:
        """Return the words of a part."""
        first, last = self._match.parts[name]
        return " ".join(token.text for token in self._tokens[first:last])

    def line(self) -> Token | None:
        """Return the line (a road, a river) that the words of the match name first, else the last one named before."""
        inside = range(self._match.first, self._match.last)
        before = range(self._match.first - 1, -1, -1)
        for at in (*inside, *before):
            token = self._tokens[at]
            if token.tag == "place" and self.is_line(token):
                return without_article(token)
        return None

    def last_place(self) -> Token | None:
        """Return the place that is named last before the match."""
        before = reversed(self._tokens[: self._match.first])
        return next((without_article(token) for token in before if token.tag == "place"), None)

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
    match: Match,
    tokens: Sequence[Token],
    lines: Callable[[Token], bool | None],
    *,
    written: bool = False,
    river: str = "",
) -> tuple[Statement, ...]:
    """Return what a match states; a phrase can say two things at once ("2 km along the road from the bridge").

    Parameters
    ----------
    match : Match
        Of `seek.clues.grammar.matches`.
    tokens : sequence of Token
        Of the text.
    lines : callable
        Whether a name is a line (a road, a river), None where it is unknown.
    written : bool
        Whether numbers were measured and written down, so that their digits say how far they reach.
    river : str
        The river that is meant where none is named: "on the far bank"; empty where there are several or none.
    """
    parts = _Parts(match, tokens, lines, written=written, river=river)
    reader = _READERS.get(match.name)
    if reader is not None:
        return reader(parts)
    distance, reach, notes = parts.quantity(1) if parts.has("qty1") else (None, None, ())
    heading = parts.heading(1) if parts.has("hdg1") else None
    return (Statement(match.name, parts.places(), distance, reach, heading, notes=notes),)


def without_article(place: Token) -> Token:
    """Return a name that is known without the article that was said before it: "the Market" is Market."""
    first, _, rest = place.text.partition(" ")
    if place.tag == "place" and rest and first.casefold() in ARTICLES:
        return replace(place, start=place.end - len(rest), text=rest)
    return place


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


# Metres a minute, loaded and on a country road: a judgement, so that a time of riding reaches a quarter to either side.
_SPEEDS = (
    (("moto", "scooter", "moped"), 400.0),
    (("bicycle", "bike", "cycl", "pedal"), 200.0),
    (("cart", "oxen", "ox "), 58.0),
    (("boat", "ferry", "canoe", "paddl", "row", "raft"), 67.0),
    (("horse",), 150.0),
    (("car", "taxi", "cab", "bus", "van", "truck", "lorry", "jeep", "pickup", "driv", "drove"), 600.0),
)
_DETOUR = 1.25  # a way is longer than the line: a judgement
_RIDE_REACH = 0.35


def speed_of(ride: str) -> float | None:
    """Return how far somebody comes in a minute by what they name, metres; None where that is not known."""
    return next((speed for words, speed in _SPEEDS if any(word in ride.casefold() for word in words)), None)


def _ride(parts: _Parts, minutes: float, notes: tuple[str, ...]) -> tuple[Statement, ...]:
    """Return a time of riding or rowing as a distance in a straight line, with the way that it was."""
    ride, place = parts.text("ride"), (parts.place(1),)
    metres = float(round(minutes * (speed_of(ride) or LEVEL_M_PER_MINUTE) / _DETOUR))
    least = parts.has("least")
    relation = "within_distance" if parts.has("most") or least else "distance"
    notes = (*notes, f"{minutes:g} minutes ({ride}), taken as {metres:,.0f} m in a straight line")
    found = Statement(relation, place, metres, _RIDE_REACH * metres, negated=least, notes=notes)
    if not parts.has("way"):
        return (found,)
    return (found, Statement("upstream" if parts.text("way").casefold().startswith("up") else "downstream", place))


def _walk(parts: _Parts) -> tuple[Statement, ...]:
    minutes, _, notes = parts.quantity(1)
    metres, reach = minutes * LEVEL_M_PER_MINUTE, _TIME
    if parts.has("ride"):
        return _ride(parts, minutes, notes)
    if not parts.has("foot"):
        notes = (*notes, "a time, taken as time on foot")
    least, most = parts.has("least"), parts.has("most")
    if parts.has("hdg1") and not least and not most:
        away = float(round(metres / _DETOUR))
        notes = (*notes, f"{minutes:g} minutes, taken as {away:,.0f} m in a straight line")
        heading = parts.heading(1)
        return (Statement("distance_heading", (parts.place(1),), away, _RIDE_REACH * away, heading, notes=notes),)
    relation = "within_walk" if most or least else "walk"
    notes = (*notes, _LEAST) if least else notes
    found = Statement(relation, (parts.place(1),), metres, reach * metres, negated=least, notes=notes)
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


def _way_side(parts: _Parts) -> tuple[Statement, ...]:
    """Left and right by the direction of travel: "on your right when you ride up Hill Road to the pagoda"."""
    line = parts.line()
    if line is None:
        return ()
    hand = "left" if parts.text("hand").casefold().startswith("left") else "right"
    return (Statement(hand, (line,), notes=("which way one goes decides: check it",)),)


def _same_side(parts: _Parts) -> tuple[Statement, ...]:
    """Return "on the market side of the river": not beyond it, seen from the market."""
    if parts.is_line(parts.place(2)) is False:
        return ()
    return (Statement("beyond", (parts.place(2), parts.place(1)), negated=True, notes=("the same side: not beyond",)),)


def _not_as_far(parts: _Parts) -> tuple[Statement, ...]:
    return (Statement("beyond", (parts.place(1),), negated=True, notes=("not as far as: not beyond",)),)


def _side_there(parts: _Parts) -> tuple[Statement, ...]:
    """Return the side of the place that was named last: "at the foot of the hill, on the south side"."""
    place = parts.last_place()
    return () if place is None else (Statement("side", (place,), heading=parts.heading(1)),)


def _far_bank(parts: _Parts) -> tuple[Statement, ...]:
    line = parts.line() or parts.river
    return () if line is None else (Statement("beyond", (line,), notes=("the far bank",)),)


def _outside(parts: _Parts) -> tuple[Statement, ...]:
    return (Statement("in", (parts.place(1),), negated=True),)


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
    "far_bank": _far_bank,
    "not_as_far": _not_as_far,
    "outside": _outside,
    "same_side": _same_side,
    "side_there": _side_there,
    "travel_upstream": _walk,
    "way_side": _way_side,
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
