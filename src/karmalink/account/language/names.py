"""Names of people and places, and numbers: what is rare and shared is the best evidence that there is.

Plain rules, offline, for texts that write names with capitals; a gazetteer of names that are known beforehand works for
every script. Rules miss names and take some words for names: rarity weighs them, and what matched is shown.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from karmalink.account.language.negation import denied_spans
from karmalink.account.language.units import split_units
from karmalink.account.language.words import (
    MONTHS,
    NAMES_TOO,
    NOT_NAMES,
    NUMBER_WORDS,
    PLACE_WORDS,
    STOP_WORDS,
    TITLES,
    UNSPACED_RUN,
    WEEKDAYS,
    WORD,
)

__all__ = ["Gazetteer", "Mention", "MentionKind", "find_mentions", "mask_mentions", "number_spans"]

# Numbers in a text, written with figures of any script or with English words.

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
    """Yield start, end and canonical value of each number, in order; "one" alone is a pronoun, not a number.

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


class MentionKind(StrEnum):
    """What a mention is of. `name` is a name of which nothing says whether it is a person's or a place's."""

    PERSON = "person"
    PLACE = "place"
    NAME = "name"
    NUMBER = "number"


# The masked view keeps the sentence readable; these words carry no weight (they are stop words).
_MASKS = {
    MentionKind.PERSON: "someone",
    MentionKind.PLACE: "somewhere",
    MentionKind.NAME: "something",
    MentionKind.NUMBER: "some",
}


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: ``text[start:end]``.

    Attributes
    ----------
    kind : MentionKind
        Person, place, name or number.
    key : str
        What two mentions of the same thing share (``batten`` for "Sir W. Batten"; ``12`` for "twelve").
    start, end : int
        Characters in the text.
    negated : bool
        Under a negation earlier in the same clause ("without Jane").
    """

    kind: MentionKind
    key: str
    start: int
    end: int
    negated: bool = False

    def __repr__(self) -> str:
        """One-line summary, without the key: it may be a person's name."""
        return f"Mention({self.kind}, characters {self.start} to {self.end}{', negated' if self.negated else ''})"


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names that are known beforehand, in any capitals and any script."""

    people: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: MentionKind
    key: str


# From a word with a capital to the next, with initials ("Sir W. Batten"), "of" inside a name, and hyphens.
_CAPITALISED = r"(?:[A-ZÀ-ÖØ-ÞĀ-ɏА-ЯΑ-Ω][\w'’]*(?:-[A-Za-zÀ-ɏ][\w'’]*)*)"
_RUN = re.compile(rf"(?<![\w'’]){_CAPITALISED}(?:(?:\.[ \u00a0]|[ \u00a0])(?:of[ ](?:the[ ])?)?{_CAPITALISED})*")
_PART = re.compile(_CAPITALISED)
_LOCATIVE = re.compile(
    r"\b(?:in|at|near|through|towards?|into|outside|inside|via|beyond|beside)\s+(?:the\s+)?$", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"['’]s?$")
_TAIL = 24
# Where more than this share of the words inside sentences has a capital, capitals say nothing (German, shouting).
_MOST_CAPITALS = 0.4
_FEWEST_WORDS = 12
_SAMPLE = 4000


def find_mentions(text: str, *, gazetteer: Gazetteer | None = None) -> tuple[Mention, ...]:
    """Return the mentions in a text, in order, none overlapping another.

    Parameters
    ----------
    text : str
        Any text. Names are found by their capitals inside a sentence, by titles (Mr, Aunt, Captain) and by words of
        places (Street, River, Wat); a word at the head of a sentence counts where the text writes it with a capital
        elsewhere too.
    gazetteer : Gazetteer, optional
        Names known beforehand. They win over the rules.
    """
    known = list(_known(text, gazetteer or Gazetteer()))
    spans = _merged([known, list(_numbers(text)), list(_capitalised(text))])
    if not spans:
        return ()
    denied = denied_spans(text)
    return tuple(Mention(span.kind, span.key, span.start, span.end, _lies_in(span.start, denied)) for span in spans)


def mask_mentions(text: str, mentions: Iterable[Mention]) -> str:
    """Return the text with every mention replaced by a word for its kind (the *names masked* view)."""
    pieces: list[str] = []
    begin = 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        if mention.start < begin:
            continue
        pieces += [text[begin : mention.start], _MASKS[mention.kind]]
        begin = mention.end
    return "".join([*pieces, text[begin:]])


def _merged(groups: Iterable[list[_Span]]) -> list[_Span]:
    """Return the spans of all groups; where two overlap, that of the earlier group stays."""
    taken: list[_Span] = []
    for group in groups:
        before = sorted((span.start, span.end) for span in taken)
        taken += [span for span in group if not _overlaps(span, before)]
    return sorted(taken, key=lambda span: span.start)


def _lies_in(start: int, spans: list[tuple[int, int]]) -> bool:
    place = bisect_right(spans, (start, start + 1))
    return place > 0 and spans[place - 1][1] > start


def _overlaps(span: _Span, taken: list[tuple[int, int]]) -> bool:
    place = bisect_left(taken, (span.end, -1))
    return place > 0 and taken[place - 1][1] > span.start


def _numbers(text: str) -> Iterator[_Span]:
    for start, end, value in number_spans(text):
        yield _Span(start, end, MentionKind.NUMBER, value)


def _known(text: str, gazetteer: Gazetteer) -> Iterator[_Span]:
    pattern = _gazetteer_pattern(gazetteer)
    if pattern is None:
        return
    people = {name.casefold() for name in gazetteer.people}
    last = 0
    for found in pattern.finditer(text):
        if found.start() < last:
            continue
        key = found[0].casefold()
        yield _Span(found.start(), found.end(), MentionKind.PERSON if key in people else MentionKind.PLACE, key)
        last = found.end()


@lru_cache(maxsize=16)
def _gazetteer_pattern(gazetteer: Gazetteer) -> re.Pattern[str] | None:
    names = sorted(
        {name.strip() for name in gazetteer.people | gazetteer.places if name.strip()}, key=len, reverse=True
    )
    if not names:
        return None
    # Unspaced scripts have no word edges; elsewhere "Ann" must not be found in "Annual".
    edged = [re.escape(name) if UNSPACED_RUN.search(name) else rf"(?<!\w){re.escape(name)}(?!\w)" for name in names]
    return re.compile("|".join(edged), re.IGNORECASE)


def _capitalised(text: str) -> Iterator[_Span]:
    heads = {unit.start for unit in split_units(text)}
    runs = [parts for found in _RUN.finditer(text) for parts in _parts(found)]
    if _capitals_say_nothing(text, heads):
        runs = [pair for parts in runs for pair in _titled(parts)]
    confirmed = {_word(part) for parts in runs for part in parts if not _is_head(text, part.start(), heads)}
    for parts in runs:
        span = _name(text, parts, heads, confirmed)
        if span is not None:
            yield span


def _parts(run: re.Match[str]) -> Iterator[list[re.Match[str]]]:
    """Yield the words of a run; a full stop goes on only after an initial or a title: "Jane. But Ty" is two."""
    parts: list[re.Match[str]] = []
    for part in _PART.finditer(run.string, run.start(), run.end()):
        stopped = bool(parts) and run.string[parts[-1].end()] == "."
        if stopped and len(parts[-1][0]) > 1 and _word(parts[-1]) not in TITLES | PLACE_WORDS:
            yield parts
            parts = []
        parts.append(part)
    yield parts


def _titled(parts: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield each title with the word after it: all that is left where every word has a capital."""
    for title, name in itertools.pairwise(parts):
        if _word(title) in TITLES and not _is_plain(_word(name)):
            yield [title, name]


def _word(part: re.Match[str]) -> str:
    return _POSSESSIVE.sub("", part[0]).casefold()


def _is_head(text: str, start: int, heads: set[int]) -> bool:
    """Return whether a word begins a sentence or a quotation, where every word has a capital."""
    if start in heads:
        return True
    before = text[max(0, start - 2) : start]
    return before[-1:] in '"“‘([' and before[-1:] != "" and (start - 1 in heads or before[:1].isspace())


def _capitals_say_nothing(text: str, heads: set[int]) -> bool:
    inside = [found for found in WORD.finditer(text, 0, _SAMPLE) if found.start() not in heads and found[0] != "I"]
    capital = sum(found[0][0].isupper() for found in inside)
    return len(inside) >= _FEWEST_WORDS and capital > _MOST_CAPITALS * len(inside)


def _is_plain(word: str) -> bool:
    return word not in NAMES_TOO and (word in STOP_WORDS or word in NOT_NAMES or word in WEEKDAYS or word in MONTHS)


def _name(text: str, parts: list[re.Match[str]], heads: set[int], confirmed: set[str]) -> _Span | None:
    """Return the name in a run of capitalised words, or None where nothing of the run is a name."""
    while parts and (_is_plain(_word(parts[0])) and _word(parts[0]) not in TITLES):
        parts = parts[1:]
    while parts and _is_plain(_word(parts[-1])):
        parts = parts[:-1]
    if parts and _is_head(text, parts[0].start(), heads) and not _stands(parts, confirmed):
        parts = parts[1:]
    titled = bool(parts) and _word(parts[0]) in TITLES
    own = [part for part in parts if _word(part) not in TITLES and len(_word(part)) > 1]
    if not own:
        return None
    words = [_word(part) for part in own]
    end = own[-1].end() - (len(own[-1][0]) - len(_POSSESSIVE.sub("", own[-1][0])))
    kind = _kind(text[max(0, parts[0].start() - _TAIL) : parts[0].start()], words, titled=titled)
    return _Span(parts[0].start(), end, kind, " ".join(words))


def _stands(parts: list[re.Match[str]], confirmed: set[str]) -> bool:
    """Return whether the first word of a sentence is part of a name: a title, or known from inside a sentence."""
    first = _word(parts[0])
    return first in TITLES or (first in confirmed and first not in NAMES_TOO)


def _kind(before: str, words: list[str], *, titled: bool) -> MentionKind:
    rules: tuple[tuple[Callable[[], bool], MentionKind], ...] = (
        (lambda: words[-1] in PLACE_WORDS or words[0] in PLACE_WORDS, MentionKind.PLACE),
        (lambda: titled, MentionKind.PERSON),
        (lambda: _LOCATIVE.search(before) is not None, MentionKind.PLACE),
    )
    return next((kind for holds, kind in rules if holds()), MentionKind.NAME)
