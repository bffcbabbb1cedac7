"""Numbers in a text, written with figures of any script or with English words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from karmalink.account.language.words import NUMBER_WORDS

__all__ = ["number_spans"]

# "4th" is a day or a rank, and no amount.
_FIGURES = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?(?![\d]|(?:st|nd|rd|th)\b)", re.IGNORECASE
)
_WORDS = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_SPELT = re.compile(rf"\b(?<!-)(?:{_WORDS})(?:(?:[ -]| and |-and-)(?:{_WORDS}))*(?![\w-])", re.IGNORECASE)
_GROUPING = re.compile("[,\u00a0\u202f]")
_SPLIT = re.compile(r"[ -]+")
_HUNDRED = 100
_THOUSAND = 1000
_LONGEST_FIGURES = 30


def number_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and canonical value of each number, in order; "one" alone is a pronoun and is none.

    ``1,050`` → ``1050``; ``២០`` → ``20``; ``twenty-one`` → ``21``; ``2.50`` → ``2.5``.
    """
    found = [(match.start(), match.end(), _figures(match[0])) for match in _FIGURES.finditer(text)]
    found += [(match.start(), match.end(), _spelt(match[0])) for match in _SPELT.finditer(text)]
    yield from sorted(span for span in found if span[2])


def _figures(written: str) -> str:
    plain = _GROUPING.sub("", written)
    if len(plain) > _LONGEST_FIGURES:
        return ""
    whole, _, rest = plain.partition(".")
    rest = "".join(str(int(figure)) for figure in rest).rstrip("0")
    return f"{int(whole)}.{rest}" if rest else str(int(whole))


def _spelt(written: str) -> str:
    words = [word for word in _SPLIT.split(written.casefold()) if word != "and"]
    if words == ["one"]:
        return ""
    total = part = 0
    for word in words:
        value = NUMBER_WORDS[word]
        if value >= _THOUSAND:
            total, part = total + max(part, 1) * value, 0
        elif value == _HUNDRED or word == "dozen":
            # Only what stands right before it is multiplied: a text of "hundred hundred …" must not grow without end.
            below = part % _HUNDRED
            part += max(below, 1) * value - below
        else:
            part += value
    return str(total + part)
