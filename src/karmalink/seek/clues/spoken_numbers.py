"""Numbers in words, put together: two hundred and fifty, three and a half, a couple of hundred, Khmer ten-two.

A number is read whole or left as its words: what a word of it would mean alone is never taken for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from karmalink.seek.clues.headings import precision_of
from karmalink.seek.clues.tokens import Number, Token

__all__ = ["compose"]

_ARTICLES = frozenset({"a", "an"})
_QUARTER = 0.25
_ORDINALS = 0.34  # a third and smaller parts are words of order too: "the third house"
_LEFT = {"part": "word", "point": "word", "ratio": "word"}


@dataclass(frozen=True, slots=True)
class _Read:
    """A number that begins at a token: value, where it ends, scale of its last word, whether it is spoken."""

    value: float
    end: int
    scale: float = 1.0
    spoken: bool = False
    reach: float | None = None


def compose(tokens: Sequence[Token], *, spaced: bool = True) -> list[Token]:
    """Return tokens with each number as one; words of number that make none become plain words.

    Parameters
    ----------
    tokens : sequence of Token
        Of :func:`~karmalink.seek.clues.tokens.tokens_of`.
    spaced : bool
        Whether the language writes words apart; Khmer puts numbers side by side where English has "and".
    """
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        read = _number(tokens, at, spaced)
        if read is None:
            one = tokens[at]
            left = "side" if one.tag == "part" and one.text.casefold() == "half" else _LEFT.get(one.tag, one.tag)
            found.append(one if left == one.tag else Token(one.start, one.end, left, one.text, one.text))
            at += 1
            continue
        first, last = tokens[at], tokens[read.end - 1]
        reach = read.reach if read.reach is not None else _reach(read.value)
        text = first.text if first is last else " ".join(one.text for one in tokens[at : read.end])
        number = Number(read.value, reach, read.scale, read.spoken)
        found.append(Token(first.start, last.end, "number", text, number))
        at = read.end
    return found


def _number(tokens: Sequence[Token], at: int, spaced: bool) -> _Read | None:
    """Return the longest number that begins at a token: a part of one, or a whole one with a part behind it."""
    # Khmer says the half behind its unit: three kilometres half.
    behind = not spaced and _tag(tokens, at - 1) in ("unit", "time")
    part = _part(tokens, at, bare=behind)
    if part is not None:
        return part
    if _tag(tokens, at) == "point":
        tail = _decimals(tokens, _Read(0.0, at, spoken=True))
        return tail if tail.end > at and _tag(tokens, tail.end) in ("unit", "time", "times") else None
    whole = _cardinal(tokens, at, spaced)
    if whole is None:
        return None
    whole = _decimals(tokens, whole)
    if not spaced:
        whole = _ratio(tokens, whole, spaced)
    ahead = whole.end + 1 if _tag(tokens, whole.end) == "and" else whole.end
    joined = ahead > whole.end and whole.value == math.floor(whole.value)
    more = _part(tokens, ahead, alone=False) if joined else None
    if more is not None and more.value < 1.0:
        whole = _Read(whole.value + more.value, more.end, spoken=True, reach=0.25)
    # "one and a half thousand", "2.5 million".
    if _tag(tokens, whole.end) == "times" and whole.scale == 1.0:
        factor = _value(tokens[whole.end])
        whole = _Read(whole.value * factor, whole.end + 1, factor, True)
    return whole


def _part(tokens: Sequence[Token], at: int, *, alone: bool = True, bare: bool = False) -> _Read | None:
    """Return a part of one: half, three quarters of, two thirds of a.

    Parameters
    ----------
    tokens : sequence of Token
        Of the text.
    at : int
        Where it begins.
    alone : bool
        Not behind a whole number: then it may be a part of a dozen or a hundred too.
    bare : bool
        Whether a single word for a part is one without a unit behind it.
    """
    count, ahead = 1.0, at
    said = _tag(tokens, at)
    if said == "number" and _tag(tokens, at + 1) == "part" and _spoken(tokens[at]):
        count, ahead = _of(tokens[at]).value, at + 1
    elif said == "article" and _tag(tokens, at + 1) == "part" and tokens[at].text.casefold() in _ARTICLES:
        ahead = at + 1
    elif said == "number" and _of(tokens[at]).value < 1.0 and not _spoken(tokens[at]):
        return _shared(tokens, at + 1, _of(tokens[at]).value, _of(tokens[at]).reach, alone)
    if _tag(tokens, ahead) != "part":
        return None
    share = _value(tokens[ahead])
    read = _shared(tokens, ahead + 1, count * share, 0.25 * count * share, alone)
    # By itself "third" is an order, "quarter" a part of a town and "half" a side, unless a unit or a dozen follows.
    loose = ahead == at and read.scale == 1.0 and _tag(tokens, read.end) not in ("unit", "time") and not bare
    return None if loose or (share < _ORDINALS and share != _QUARTER and ahead == at) else read


def _shared(tokens: Sequence[Token], at: int, share: float, reach: float, alone: bool) -> _Read:
    """Return a part with what it is a part of, where that is a unit or a word of number: "of a", "of an", "a"."""
    ahead = at
    if _tag(tokens, ahead) == "of":
        ahead += 1
    if (_tag(tokens, ahead) == "article" and tokens[ahead].text.casefold() in _ARTICLES) or (
        _tag(tokens, ahead) == "number" and _of(tokens[ahead]).value == 1.0 and ahead > at
    ):
        ahead += 1
    if alone and _tag(tokens, ahead) == "times":
        factor = _value(tokens[ahead])
        return _Read(share * factor, ahead + 1, factor, True)
    end = ahead if _tag(tokens, ahead) in ("unit", "time") else at
    return _Read(share, end, spoken=True, reach=reach)


def _cardinal(tokens: Sequence[Token], at: int, spaced: bool) -> _Read | None:
    """Return a whole number: groups up to a thousand, each with its thousands, millions …"""
    total, group = 0.0, None
    smallest, scale, ahead = math.inf, 1.0, at
    spoken = False
    if _tag(tokens, at) == "article" and _tag(tokens, at + 1) == "times" and tokens[at].text.casefold() in _ARTICLES:
        group, ahead = 1.0, at + 1
    while ahead < len(tokens):
        tag = tokens[ahead].tag
        if tag == "number":
            current = _of(tokens[ahead])
            if group is None and current.value < smallest:
                group, scale = current.value, 1.0
            elif group is not None and _adds(group, current, scale, spoken, spaced):
                group, scale = group + current.value, 1.0
            else:
                break
            spoken |= current.spoken
        elif tag == "times":
            factor = _value(tokens[ahead])
            group = 1.0 if group is None and ahead == at else group
            if group is None or (factor < 1000 and group >= factor) or (factor >= 1000 and factor >= smallest):
                break
            spoken, scale = True, factor
            if factor < 1000:
                group *= factor
            else:
                total, group, smallest = total + group * factor, None, factor
        elif tag == "and" and (scale > 1.0 or (group or 0.0) >= 100.0) and spoken:
            limit = min(smallest if group is None else 100.0, 1000.0)
            rest = _cardinal(tokens, ahead + 1, spaced)
            if rest is None or not rest.value < limit or _tag(tokens, ahead + 1) == "times":
                break
            if group is not None and group % 100.0:
                break
            group, scale, ahead = (group or 0.0) + rest.value, 1.0, rest.end
            continue
        else:
            break
        ahead += 1
    if ahead == at or (group is None and not total):
        return None
    if ahead == at + 1 and tokens[at].tag == "number":
        current = _of(tokens[at])
        return _Read(current.value, ahead, current.scale, current.spoken, current.reach)
    return _Read(total + (group or 0.0), ahead, scale, True)


def _adds(group: float, one: Number, scale: float, spoken: bool, spaced: bool) -> bool:
    """Return whether a number behind another is a part of it: twenty-five, two hundred fifty, Khmer ten-two."""
    if group != math.floor(group) or one.value != math.floor(one.value) or not (spoken or scale > 1.0):
        return False
    if group >= 100.0 and group % 100.0 == 0.0:
        return one.value < 100.0 and (one.spoken or scale > 1.0)
    tens = group % 100.0
    if not one.spoken or not 1.0 <= one.value <= 9.0:
        return False
    if spaced:
        return 20.0 <= tens <= 90.0 and tens % 10.0 == 0.0
    return (tens >= 10.0 and tens % 10.0 == 0.0) or (tens % 10.0 == 5.0 and one.value <= 4.0)


def _decimals(tokens: Sequence[Token], whole: _Read) -> _Read:
    """Return a number with its decimals said one by one: two point two five."""
    digits, ahead = "", whole.end + 1
    while _tag(tokens, whole.end) == "point" and _tag(tokens, ahead) == "number":
        value = _of(tokens[ahead]).value
        if not (0 <= value <= 9 and value == math.floor(value)):
            break
        digits += f"{value:.0f}"
        ahead += 1
    if not digits:
        return whole
    return _Read(whole.value + float(f"0.{digits}"), ahead, spoken=True, reach=0.5 * 10.0 ** -len(digits))


def _ratio(tokens: Sequence[Token], whole: _Read, spaced: bool) -> _Read:
    """Return a Khmer fraction: three parts four is three quarters."""
    under = _cardinal(tokens, whole.end + 1, spaced) if _tag(tokens, whole.end) == "ratio" else None
    if under is None or under.value <= 0.0:
        return whole
    return _Read(whole.value / under.value, under.end, spoken=True, reach=0.5 / under.value)


def _tag(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].tag if 0 <= at < len(tokens) else ""


def _of(token: Token) -> Number:
    return token.value if isinstance(token.value, Number) else Number(math.nan, 0.0)


def _spoken(token: Token) -> bool:
    return _of(token).spoken


def _value(token: Token) -> float:
    return float(str(token.value))


def _reach(value: float) -> float:
    return 0.25 * value if value < 1.0 else precision_of(f"{value:.10g}")
