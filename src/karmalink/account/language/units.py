"""Units of a text: sentences or clauses, with their offsets.

A unit is what is compared and what a person is shown. ``text[unit.start:unit.end] == unit.text`` always holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from karmalink.account.language.words import BLANKS, UNSPACED, listed
from karmalink.errors import UsageError

__all__ = ["LONGEST_UNIT", "Grain", "Unit", "split_units"]

# Over this a "sentence" is a text without full stops; encoders read no further, and one unit would outweigh a day.
LONGEST_UNIT = 1000
_FEWEST_WORDS = 3
# So many characters tell whether a piece is long enough; to look at all of it takes the square of a text's length.
_ENOUGH = 200

_CLOSERS = "\"'”’»)\\]\u2060"
_END = re.compile(
    rf"(?P<stop>[.!?…]+)[{_CLOSERS}]*(?=[{BLANKS}]|$)"
    rf"|(?P<hard>[។៕៚。！？।॥؟۔။]+)[{_CLOSERS}」』]*"
    r"|(?P<line>(?<![ \t\r])[ \t\r]*\n[ \t\r\n]*)"
)
_LAST_WORD = re.compile(r"([^\W\d_]+(?:\.[^\W\d_]+)*)$")
_TAIL = 24

# A full stop after these ends no sentence. Single capitals are initials, but for the pronoun: "and so did I. Then …".
_ABBREVIATIONS = frozenset(
    listed(
        "mr mrs ms dr st sr jr prof rev capt col gen lt sgt maj hon esq messrs mme mlle sig viz i.e e.g cf vs no vol "
        "pp ch fig approx dept mt ft jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs "
        "fri sat sun"
    )
)
_PRONOUN = "I"

_CLAUSE = re.compile(
    rf"[;:]+[{BLANKS}]+|(?<![{BLANKS}])[{BLANKS}]*[—–][{BLANKS}]*|[{BLANKS}]-{{1,2}}[{BLANKS}]"
    r"|,["
    + BLANKS
    + r"]+(?=(?:and|but|so|then|where|which|who|whom|because|when|while|though|although|till|until|after|"
    r"before|for|or|yet|as|if|that)\b)"
    rf"|(?<=[{UNSPACED}])[{BLANKS}]+(?=[{UNSPACED}])|[，、；：၊]"
)
_SPACE = re.compile(f"[{BLANKS}]+")
_EDGE = re.compile(f"[{BLANKS}]*")
_BLANK = re.compile(f"[{BLANKS}]")
# From the head of a run of blanks only: tried inside it too, a page of blanks takes the square of its length.
_END_EDGE = re.compile(f"(?<![{BLANKS}])[{BLANKS}]+$")


class Grain(StrEnum):
    """How finely a text is cut."""

    SENTENCE = "sentence"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``text[start:end]`` of the text it was cut from. `index` counts units from 0."""

    index: int
    start: int
    end: int
    text: str

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"Unit({self.index}: characters {self.start} to {self.end})"


def split_units(text: str, grain: Grain | str = Grain.SENTENCE) -> tuple[Unit, ...]:
    """Return the units of a text in order; blank text has none.

    Sentences end at full stops of Latin, Khmer (។ ៕), Chinese, Japanese, Devanagari, Arabic and Burmese writing, at
    blank lines, and at the end of a line unless the next one begins with a small letter (a hard-wrapped text). Clauses
    are further cut at ``; : —``, before conjunctions after a comma, and at the spaces of scripts that put none between
    words. No unit is longer than :data:`LONGEST_UNIT` characters.

    Raises
    ------
    UsageError
        No such grain.
    """
    if str(grain) not in _CUTS:
        raise UsageError(f"unknown grain {str(grain)!r}", allowed=tuple(_CUTS))
    return _units(text, str(grain))


@lru_cache(maxsize=2)
def _units(text: str, grain: str) -> tuple[Unit, ...]:
    # The last text is asked for again: its sentences are cut for its names first, and then for its words.
    cut = _CUTS[grain]
    spans = (piece for start, end in cut(text) for piece in _not_too_long(text, start, end))
    return tuple(Unit(index, start, end, text[start:end]) for index, (start, end) in enumerate(spans))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for found in _END.finditer(text):
        if not _ends_sentence(text, found):
            continue
        yield from _trimmed(text, begin, found.end())
        begin = found.end()
    yield from _trimmed(text, begin, len(text))


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    if found["hard"]:
        return True
    following = _EDGE.match(text, found.end())
    after = following.end() if following else found.end()
    goes_on = text[after : after + 1].islower()
    if found["line"]:
        return not goes_on or found["line"].count("\n") > 1
    if goes_on:
        return False
    return found["stop"] != "." or not _is_abbreviation(text, found.start())


def _is_abbreviation(text: str, stop: int) -> bool:
    last = _LAST_WORD.search(text[max(0, stop - _TAIL) : stop])
    if last is None:
        return False
    word = last[1]
    is_initial = len(word) == 1 and word.isupper() and word != _PRONOUN
    return is_initial or word.casefold() in _ABBREVIATIONS


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _sentences(text):
        begin = start
        for found in _CLAUSE.finditer(text, start, end):
            before, after = min(found.start(), begin + _ENOUGH), min(end, found.end() + _ENOUGH)
            if not _is_long_enough(text[begin:before]) or not _is_long_enough(text[found.end() : after]):
                continue
            yield from _trimmed(text, begin, found.end())
            begin = found.end()
        yield from _trimmed(text, begin, end)


def _is_long_enough(piece: str) -> bool:
    words = len(_SPACE.split(piece.strip()))
    return words >= _FEWEST_WORDS or (piece.strip() != "" and not piece.isascii() and len(piece) > 2 * _FEWEST_WORDS)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    edge = _EDGE.match(text, start, end)
    start = edge.end() if edge else start
    # Most pieces end at a full stop: only one that ends in a blank is searched for where its blanks begin.
    tail = _END_EDGE.search(text, start, end) if start < end and _BLANK.match(text, end - 1) else None
    end = tail.start() if tail else end
    if start < end:
        yield start, end


def _not_too_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_UNIT:
        stop = _last_break(text, start)
        yield from _trimmed(text, start, stop)
        start = stop
    yield from _trimmed(text, start, end)


def _last_break(text: str, start: int) -> int:
    """Return where to cut an overlong unit: the last clause mark, else the last blank, else the limit itself."""
    limit = start + LONGEST_UNIT
    for pattern in (_CLAUSE, _SPACE):
        ends = [found.end() for found in pattern.finditer(text, start + 1, limit) if found.end() > start + 1]
        if ends:
            return ends[-1]
    return limit


_CUTS = {str(Grain.SENTENCE): _sentences, str(Grain.CLAUSE): _clauses}
