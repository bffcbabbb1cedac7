"""Lengths and times out of numbers and units, each read whole or not at all.

"Two to three hundred metres", "a mile and a half", "1 h 30", "between 2 and 3 km" are one measure each. Where a number,
a unit or an "and" is left right before one, the measure is only the tail of what was said: then it is none, since 50 m
is worse than nothing for two hundred and fifty.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from karmalink.seek.clues.spoken_numbers import compose
from karmalink.seek.clues.tokens import Number, Token

__all__ = ["Measure", "measured"]

_PACE_M = 0.75
_WIDEST = 20.0  # a range of more than 1 to 20 is two things, or a slip
_DIGITS = re.compile(r"\d[^\s]*$")
# What stands between the parts of one number or unit, so that what follows is a tail.
_JOINTS = ("and", "or", "to", "dash", "other", "point")
_TAILS = ("number", "times", "unit", "time", "vague", "unclear", "length", "duration")
_SPOKEN = (
    *("hundred", "hundreds", "thousand", "million", "fourteen", "fifteen", "nineteen", "twenty", "thirty", "forty"),
    *("fifty", "sixty", "seventy", "eighty", "ninety"),
)
# Words that reckon: what stands behind them is a part of what was said.
_RECKONS = frozenset({"x", "times", "plus", "minus", "less", "short", "dot", "comma", "by"})
_DOUBLES = frozenset({"twice", "thrice", "double", "triple"})
_SHARES = frozenset({"half", "third", "thirds", "quarter", "quarters", "fifth", "fifths"})
WHOLE = "a number that cannot be read whole"


@dataclass(frozen=True, slots=True)
class Measure:
    """A length in metres or a time in minutes.

    Attributes
    ----------
    value, reach : float
        How much, and how far its numbers reach to either side.
    notes : tuple of str
        What was decided: the middle of a range, the length of a pace.
    """

    value: float
    reach: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A number with its unit, or a range of numbers with one: what it says in metres or minutes."""

    low: float
    high: float
    reach: float
    unit: float
    tag: str
    end: int
    number: Number


def measured(text: str, tokens: Sequence[Token], *, spaced: bool = True) -> list[Token]:
    """Return the tokens with numbers composed, and numbers and units together as ``length`` and ``duration``.

    Parameters
    ----------
    text : str
        The text that the tokens are of.
    tokens : sequence of Token
        Of :func:`~karmalink.seek.clues.tokens.tokens_of`.
    spaced : bool
        Whether the language writes words apart.
    """
    numbers = compose(tokens, spaced=spaced)
    found: list[Token] = []
    at = 0
    while at < len(numbers):
        read = _measure(numbers, at, spaced)
        if read is None:
            found.append(numbers[at])
            at += 1
            continue
        measure, tag, end = read
        first, last = numbers[at], numbers[end - 1]
        whole = measure is not None and not _is_tail(text, numbers, at, found) and not _goes_on(text, last.end)
        said = Token(first.start, last.end, tag if whole else "unclear", text[first.start : last.end])
        found.append(Token(said.start, said.end, said.tag, said.text, measure if whole else WHOLE))
        at = end
    return found


def _measure(tokens: Sequence[Token], at: int, spaced: bool) -> tuple[Measure | None, str, int] | None:
    """Return the measure that begins at a token, its tag, and where it ends; the measure None where it is muddled."""
    start = at + 1 if _tag(tokens, at) in ("between", "from") and _tag(tokens, at + 1) != "article" else at
    between = _tag(tokens, at) == "between"
    first = _part(tokens, start, spaced, between=between)
    if first is None:
        return None
    parts, end = [first], first.end
    joint = _tag(tokens, end)
    # "1 km to 2 km", "500 yards or a quarter of a mile".
    if joint in ("dash", "to", "or") or (between and joint == "and"):
        other = _part(tokens, end + 1, spaced)
        if other is not None and other.tag == first.tag:
            return _range(first, other), first.tag, other.end
        # "A mile or two".
        pair = _number(tokens, end + 1) if joint == "or" and first.number.value == 1.0 else None
        if pair is not None and _tag(tokens, end + 2) not in ("unit", "time"):
            high = _Part(pair.value, pair.value, pair.reach, first.unit, first.tag, end + 2, pair)
            return _range(first, high), first.tag, end + 2
    if start > at and first.low == first.high:
        return None  # "from 2 km north of": the word is not a part of a range
    while (more := _addition(tokens, end, parts, spaced)) is not None:
        parts.append(more)
        end = more.end
    value = sum((part.low + part.high) / 2.0 * part.unit for part in parts)
    reach = max(part.reach for part in parts)
    notes = tuple(f"a range: its middle, {part.low:g} to {part.high:g}" for part in parts if part.low < part.high) + (
        ("a pace is taken as 0.75 m",) if any(part.unit == _PACE_M for part in parts) else ()
    )
    muddled = any(math.isnan(part.low) for part in parts)
    return (None if muddled else Measure(value, reach, notes)), first.tag, end


def _range(low: _Part, high: _Part) -> Measure | None:
    small, large = sorted((low.low * low.unit, high.high * high.unit))
    if not small < large <= _WIDEST * small:
        return None
    note = f"a range: its middle, {_shown(small, low.tag)} to {_shown(large, low.tag)}"
    return Measure((small + large) / 2.0, max((large - small) / 2.0, low.reach), (note,))


def _shown(value: float, tag: str) -> str:
    return f"{value:g} min" if tag == "duration" else f"{value:g} m"


def _part(tokens: Sequence[Token], at: int, spaced: bool, *, between: bool = False) -> _Part | None:
    """Return a number, or two that make a range, with their unit."""
    if _tag(tokens, at) == "article" and tokens[at].text.casefold() in ("a", "an"):
        ahead, low = at + 1, Number(1.0, 0.5)
        high = low
    else:
        first = _number(tokens, at)
        if first is None:
            return None
        low, high, ahead = first, first, at + 1
        second, after = _second(tokens, ahead, low, spaced, between)
        if second is not None:
            low, high, ahead = *_ordered(low, second), after
    ahead += _tag(tokens, ahead) == "about"  # "200 or so metres"
    ahead += _tag(tokens, ahead) == "dash"  # "a 20-minute walk"
    unit = _tag(tokens, ahead)
    if unit not in ("unit", "time"):
        return None
    size = float(str(tokens[ahead].value))
    ahead += 1
    if _tag(tokens, ahead) == "about" and tokens[ahead].text.casefold() != "around":
        ahead += 1  # "200 metres or so"
    reach = max((high.value - low.value) / 2.0, low.reach) * size
    return _Part(low.value, high.value, reach, size, "length" if unit == "unit" else "duration", ahead, low)


def _second(tokens: Sequence[Token], at: int, low: Number, spaced: bool, between: bool) -> tuple[Number | None, int]:
    """Return the upper end of a range and where it ends: 2 to 3, two or three, between 2 and 3, two three hundred."""
    joint = _tag(tokens, at)
    if joint in ("dash", "to", "or") or (between and joint == "and"):
        ahead = at + 1 + (_tag(tokens, at + 1) == "about")
        return _number(tokens, ahead), ahead + 1
    # "two, three hundred metres", and without anything between: Khmer two-three hundred.
    ahead = at + 1 if joint == "comma" else at
    other = _number(tokens, ahead)
    if other is not None and low.spoken and other.spoken and other.value / other.scale == low.value + 1.0:
        return other, ahead + 1
    return None, at


def _ordered(low: Number, high: Number) -> tuple[Number, Number]:
    """Return the ends of a range, with what one of them leaves to the other: two to three hundred, a hundred or two."""
    nan = Number(math.nan, 0.0)
    ends = [(low, high)]
    if high.scale > 1.0 and low.scale == 1.0:
        ends.insert(0, (_scaled(low, high.scale), high))
    if low.scale > 1.0 and high.scale == 1.0 and high.value < 10.0:
        ends.insert(0, (low, _scaled(high, low.scale)))
    if low.spoken and high.spoken and high.value < low.value:
        base = 10.0 if high.value < 10.0 else 100.0
        ends.append((low, Number(math.floor(low.value / base) * base + high.value, high.reach, spoken=True)))
    return next(((one, other) for one, other in ends if one.value < other.value <= _WIDEST * one.value), (nan, nan))


def _scaled(number: Number, scale: float) -> Number:
    return Number(number.value * scale, number.reach * scale, scale, number.spoken)


def _addition(tokens: Sequence[Token], at: int, parts: Sequence[_Part], spaced: bool) -> _Part | None:
    """Return what is added to a measure: "and a half", "300 m" after kilometres, "30" after hours."""
    last = parts[-1]
    joined = _tag(tokens, at) == "and"
    number = _number(tokens, at + joined)
    following = _tag(tokens, at + joined + 1)
    if number is not None and number.value < 1.0 and following not in ("unit", "time") and (joined or not spaced):
        return _Part(number.value, number.value, 0.0, last.unit, last.tag, at + joined + 1, number)
    more = _part(tokens, at + joined, spaced)
    if more is not None and more.tag == last.tag and more.unit < last.unit and more.low == more.high:
        return more
    close = number is not None and at > 0 and tokens[at - 1].end == tokens[at].start if at < len(tokens) else False
    if close and number is not None and last.tag == "duration" and last.unit == 60.0 and number.value < 60.0:
        return _Part(number.value, number.value, 0.5, 1.0, "duration", at + 1, number)
    return None


def _is_tail(text: str, tokens: Sequence[Token], at: int, before: Sequence[Token]) -> bool:
    """Return whether something of a number or a unit is left right before a measure."""
    first = tokens[at]
    if first.tag != "article" and _DIGITS.search(text[: first.start]) and not text[first.start - 1].isspace():
        return True  # 10'000, 1e3, 2x5: no blank between
    left = [one for one in before if one.tag != "about"]
    while left and left[-1].tag == "article" and left[-1].text.casefold() not in ("a", "an"):
        left.pop()
    if not left:
        return False
    last = left[-1]
    word = last.text.casefold()
    if last.tag in _TAILS or _is_slip(last) or word in _DOUBLES:
        return not (last.tag in ("length", "duration") and first.tag == "between")
    before_last = left[-2] if len(left) > 1 else None
    if before_last is None:
        return False
    if last.tag in _JOINTS or word in _RECKONS:
        return before_last.tag in _TAILS or _is_slip(before_last)
    if last.tag == "of":
        return before_last.text.casefold() in _SHARES
    if last.tag == "comma" and before_last.tag == "number":
        number = before_last.value
        return isinstance(number, Number) and (number.spoken or number.scale > 1.0)
    # Letters without a blank between two numbers: an unknown word for a number.
    glued = last.tag == "word" and last.end == first.start and last.start == before_last.end
    return glued and before_last.tag in _TAILS


def _is_slip(token: Token) -> bool:
    """Return whether a word is a number with a slip of the pen: fourty, hundered."""
    if token.tag != "word" or len(token.text) < 5:
        return False
    return bool(difflib.get_close_matches(token.text.casefold(), _SPOKEN, n=1, cutoff=0.83))


def _goes_on(text: str, end: int) -> bool:
    """Return whether a unit goes on: km/h, m², m2, 2km500."""
    return bool(re.match(r"[/²³^*·]|\d", text[end : end + 1]))


def _number(tokens: Sequence[Token], at: int) -> Number | None:
    value = tokens[at].value if _tag(tokens, at) == "number" else None
    return value if isinstance(value, Number) else None


def _tag(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].tag if 0 <= at < len(tokens) else ""
