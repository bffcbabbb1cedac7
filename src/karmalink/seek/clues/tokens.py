"""A text cut into what its words do: numbers, units, compass points, relations, names of places, and other words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from karmalink.seek.clues.bearings import BEARING, bearing_of
from karmalink.seek.clues.headings import heading_of_bearing, precision_of
from karmalink.seek.clues.lexicons import Lexicon

__all__ = ["Number", "Token", "tokens_of"]

_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_HIGH, _LOW = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"
_KHMER = "\u1780-\u17d3\u17d7\u17dc\u17dd"
_RAW = re.compile(
    # Whole numbers with a fraction behind them, thousands with a sign between them, decimals with a point or a comma.
    rf"(?P<number>(?:\d+[ \u00a0-]+)?\d+[/⁄]\d+(?!\d)|\d*[{_HIGH}]+[/⁄][{_LOW}]+|\d+[ \u00a0]?[{_VULGAR}]|[{_VULGAR}]"
    r"|\d{1,3}(?:[,'’\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?(?![\d])|\d+,\d{1,2}(?![\d,])|\d+(?:[.·]\d+)?|\.\d+)"
    # Scripts without spaces between words, Khmer: vowels and signs are no letters to Python.
    rf"|(?P<short>(?<![{_KHMER}])[\u1780-\u17b3]\.(?:[\u1780-\u17b3](?![\u17b4-\u17d3])\.?)*)|(?P<run>[{_KHMER}]+)"
    r"|(?P<word>[^\W\d_]+(?:[.'’\-][^\W\d_]+)*[.'’]?)|(?P<other>\.{2,}|\S)"
)
_STOPS = {".": "stop", "!": "stop", "?": "stop", ":": "stop", "\n": "stop", "។": "stop"}
_MARKS = {
    ";": "semicolon",
    ",": "comma",
    "-": "dash",
    "–": "dash",
    "—": "dash",
    "…": "comma",
    "(": "comma",
    ")": "comma",
    "[": "comma",
    "]": "comma",
    "&": "and",
    "@": "at",
}
_MEANT = ("unit", "time", "heading")
_COUNTS = ("number", "times", "part")
# What a time makes a name of: a night market is not a night.
_NOUNS = frozenset(
    {"market", "bazaar", "house", "palace", "school", "club", "camp", "temple", "pagoda", "hotel", "inn"}
)
_SUBSCRIPT = "\u17d2"  # the sign after which a Khmer consonant is written below the last
_SURE = 4  # characters from which a word ends what is unknown before it


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written.

    Attributes
    ----------
    value : float
        The number.
    reach : float
        How far it reaches to either side.
    scale : float
        What its last word multiplies by: 100 for "three hundred", so that "two to three hundred" is 200 to 300.
    spoken : bool
        Whether it is written in words.
    """

    value: float
    reach: float
    scale: float = 1.0
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word or phrase of a text.

    Attributes
    ----------
    start, end : int
        Where in the text, in characters.
    tag : str
        What it does: a key of `seek.clues.grammar.TAGS`.
    text : str
        As written.
    value : object
        What it stands for: a :class:`Number`, metres, minutes, a compass point, a place's name.
    """

    start: int
    end: int
    tag: str
    text: str
    value: object = None


def tokens_of(text: str, words: Lexicon, names: Collection[str] = ()) -> list[Token]:
    """Cut a text into tokens; numbers and units stay single, see :mod:`~karmalink.seek.clues.measures`.

    Parameters
    ----------
    text : str
        The text.
    words : Lexicon
        Of its language.
    names : collection of str
        Names of places, in lower case with single spaces; the longest that fits wins over single words.
    """
    # What has no width (a space for line breaks, a soft hyphen, a mark of direction) parts no word that a reader sees.
    kept = [at for at, sign in enumerate(text) if unicodedata.category(sign) != "Cf"]
    plain = "".join(text[at] for at in kept)
    raw = list(_raw(plain, words, names))
    longest = max([words.longest if words.spaced else 1, *(len(name.split()) for name in names)])
    found: list[Token] = []
    at = 0
    while at < len(raw):
        token, used = _phrase(plain, raw, at, words, names, longest, found[-1].tag if found else "")
        if token is not None and token.tag != "noise":
            found.append(token)
        at += used
    return [replace(one, start=kept[one.start], end=kept[one.end - 1] + 1) for one in found]


def _raw(text: str, words: Lexicon, names: Collection[str]) -> Iterator[Token]:
    at = 0
    for bearing in BEARING.finditer(text):
        if bearing.start() < at or _is_named(bearing[0], names):
            continue
        yield from _pieces(text, at, bearing.start(), words, names)
        heading = heading_of_bearing(bearing_of(bearing))
        tag = "unclear" if heading is None else "heading"
        yield Token(bearing.start(), bearing.end(), tag, bearing[0], heading)
        at = bearing.end()
    yield from _pieces(text, at, len(text), words, names)


def _is_named(piece: str, names: Collection[str]) -> bool:
    return " ".join(piece.casefold().split()) in names


def _pieces(text: str, first: int, last: int, words: Lexicon, names: Collection[str]) -> Iterator[Token]:
    for match in _RAW.finditer(text, first, last):
        kind, piece, start = match.lastgroup, match[0], match.start()
        if kind == "number":
            yield Token(start, match.end(), "number", piece, _number(piece, words))
        elif kind == "run":
            yield from _cut(piece, start, words, names)
        elif kind == "short":
            yield from _short(piece, start, words, names)
        elif kind == "word":
            yield from _words(piece, start, words)
        else:
            tag = _STOPS.get(piece) or _MARKS.get(piece) or ("comma" if len(piece) > 1 else "other")
            yield Token(start, match.end(), "word" if piece in words.phrases and tag == "other" else tag, piece)


def _words(piece: str, start: int, words: Lexicon) -> Iterator[Token]:
    """Yield a word, or the numbers and units of one that a hyphen joins: ``forty-five``, ``half-mile``."""
    parts = piece.split("-")
    if len(parts) > 1 and _key(piece) not in words.phrases and _counts(parts[0], words):
        at = start
        for part in parts:
            yield _word(part, at, words)
            at += len(part) + 1
    else:
        yield _word(piece, start, words)
    if piece.endswith((".", "'", "’")) and not _abbreviated(parts[-1], words) and piece[-1] == ".":
        yield Token(start + len(piece) - 1, start + len(piece), "stop", ".")


def _counts(word: str, words: Lexicon) -> bool:
    return words.phrases.get(_key(word), ("",))[0] in (*_COUNTS, "vague")


def _key(word: str) -> str:
    """Return a word as the tables have it: full-width letters and the like are letters."""
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def _short(piece: str, start: int, words: Lexicon, names: Collection[str]) -> Iterator[Token]:
    """Yield a Khmer abbreviation, ``គ.ម.``, or the letter that a stop follows."""
    for known in (piece, piece.rstrip(".")):
        if known in words.phrases:
            yield from _cut(known, start, words, names)
            return
    yield Token(start, start + 1, "word", piece[0])
    yield Token(start + 1, start + 2, "stop", ".")
    if piece[2:]:
        yield from _cut(piece[2:].rstrip("."), start + 2, words, names)


def _cut(run: str, start: int, words: Lexicon, names: Collection[str]) -> Iterator[Token]:
    """Cut a run of letters without spaces: the longest word or name that fits, what is between stays together."""
    longest = max([words.longest, *(len(name) for name in names)])
    at = unknown = 0
    while at < len(run):
        piece = next((run[at : at + n] for n in range(longest, 0, -1) if _is_word(run, at, n, words, names)), "")
        # Inside something unknown a word of one syllable is more often a part of it.
        if not piece or (unknown < at and len(piece) < _SURE and piece not in names):
            at += 1
            continue
        if unknown < at:
            yield Token(start + unknown, start + at, "word", run[unknown:at])
        tag, value = words.phrases.get(piece, ("place", piece)) if piece not in names else ("place", piece)
        yield Token(start + at, start + at + len(piece), tag, piece, _meant(tag, value))
        at = unknown = at + len(piece)
    if unknown < at:
        yield Token(start + unknown, start + at, "word", run[unknown:at])


def _is_word(run: str, at: int, length: int, words: Lexicon, names: Collection[str]) -> bool:
    """Return whether a word of the table or a name stands here whole, not cut from its vowels and signs."""
    piece, after = run[at : at + length], run[at + length : at + length + 1]
    if len(piece) < length or (piece not in words.phrases and piece not in names):
        return False
    return not after or (unicodedata.category(after)[0] == "L" and not piece.endswith(_SUBSCRIPT))


def _word(piece: str, start: int, words: Lexicon) -> Token:
    kept = piece if _abbreviated(piece, words) else piece.rstrip(".'’") or piece
    return Token(start, start + len(kept), "word", kept)


def _abbreviated(piece: str, words: Lexicon) -> bool:
    """Return whether the dot belongs to the word: ``mi.``, ``N.``, ``N.E.``, and not the end of a sentence."""
    return piece.endswith((".", "'", "’")) and _key(piece) in words.phrases


def _number(piece: str, words: Lexicon) -> Number:
    plain = piece
    if words.digits:
        plain = plain.translate({ord(digit): str(value) for value, digit in enumerate(words.digits)})
    # Digits of other scripts and raised ones, ½, and the fraction slash: 1⁄2.
    plain = "".join(f" {unicodedata.normalize('NFKC', sign)}" if sign in _VULGAR else sign for sign in plain)
    plain = re.sub(rf"(?<=\d)(?=[{_HIGH}])", " ", plain)
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in plain).replace("⁄", "/")
    if words.decimal == "," and re.fullmatch(r"\d{1,3}\.\d{3}", plain):
        return Number(math.nan, 0.0)  # one and a half, or fifteen hundred: it cannot be told
    if re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    whole, over, under = re.sub(r"[\-\u00a0]", " ", plain).strip().rpartition("/")
    if not over:
        plain = re.sub(r"[,'’\u00a0\u202f\u2009]", "", plain).replace("·", ".")
        return Number(float(plain), precision_of("0" + plain if plain.startswith(".") else plain))
    parts = whole.split()
    denominator = float(under) or 1.0
    value = sum(float(part) for part in parts[:-1]) + float(parts[-1]) / denominator
    return Number(value, 0.5 / denominator)


def _meant(tag: str, value: object) -> object:
    """Return what a word of the tables stands for."""
    if tag != "number":
        return value
    number = float(str(value))
    return Number(number, precision_of(f"{number:.10g}"), spoken=True)


def _phrase(
    text: str, raw: list[Token], at: int, words: Lexicon, names: Collection[str], longest: int, before: str
) -> tuple[Token | None, int]:
    """Return the longest phrase that begins at a raw token, and how many raw tokens it takes."""
    first = raw[at]
    for count in range(min(longest, len(raw) - at), 0, -1):
        last = raw[at + count - 1]
        written = text[first.start : last.end]
        known = words.phrases.get(" ".join(_key(written).split()))
        if first.tag in ("place", "unclear", *_MEANT):
            break
        named = " ".join(written.casefold().replace("’", "'").split()) in names
        if named and (known is None or known[0] == "when") and (first.tag != "number" or count > 1):
            key = " ".join(written.casefold().replace("’", "'").split())
            return Token(first.start, last.end, "place", written, key), count
        if first.tag in _COUNTS or (count == 1 and first.tag != "word" and known is None):
            continue
        if known is not None and _fits(known[0], first, last, before, raw[at + count : at + count + 1], words):
            tag, value = known
            return Token(first.start, last.end, tag, written, _meant(tag, value)), count
    return first, 1


def _fits(tag: str, first: Token, last: Token, before: str, then: list[Token], words: Lexicon) -> bool:
    """Return whether a word may be what the table says: a small ``s`` is a heading only after a distance."""
    if tag == "heading" and len(first.text) == 1 and first is last and first.text.islower():
        return before == "unit"
    if tag == "filler" and first.text[:1].isupper() and before == "word":
        return False  # a part of a name: "Hart's Place"
    if tag in (*_COUNTS, "when") and words.spaced and _begins_a_name(tag, first, then, words):
        return False  # "Third Street", "Two Rivers", "Night Market"
    return not (
        tag == "unit"
        and first is last
        and len(first.text.rstrip(".")) == 1
        and before not in (*_COUNTS, "dash", "about")
    )


def _begins_a_name(tag: str, first: Token, then: list[Token], words: Lexicon) -> bool:
    """Return whether a number or a time begins a name: capitals, or a noun right behind the name of a time."""
    if not then or then[0].tag != "word":
        return False
    noun = _key(then[0].text)
    both = first.text[:1].isupper() and then[0].text[:1].isupper() and noun not in words.phrases
    return both or (tag == "when" and noun in _NOUNS)
