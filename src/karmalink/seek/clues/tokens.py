"""A text cut into what its words do: numbers, units, compass points, relations, names of places, and other words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from karmalink.seek.clues.headings import precision_of
from karmalink.seek.clues.lexicons import Lexicon

__all__ = ["Number", "Token", "tokens_of"]

_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_RAW = re.compile(
    r"(?P<number>(?:\d+[ -]+)?\d+/\d+(?!\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+[½¼¾⅓⅔]?(?:\.\d+)?|\.\d+|[½¼¾⅓⅔])"
    # Scripts without spaces between words, Khmer: vowels and signs are no letters to Python.
    r"|(?P<run>[\u1780-\u17d3\u17d7\u17dc\u17dd]+)"
    r"|(?P<word>[^\W\d_]+(?:[.'’\-][^\W\d_]+)*[.'’]?)|(?P<other>\S)"
)
# Where a comma is the decimal sign, "2,5" is two and a half.
_COMMA = re.compile(_RAW.pattern.replace("(?P<number>", r"(?P<number>\d+,\d{1,2}(?![\d,])|", 1))
_STOPS = {".": "stop", "!": "stop", "?": "stop", ":": "stop", "\n": "stop", "។": "stop"}
_MARKS = {
    ";": "semicolon",
    ",": "comma",
    "-": "dash",
    "–": "dash",
    "(": "comma",
    ")": "comma",
    "[": "comma",
    "]": "comma",
    "&": "and",
    "@": "at",
}
_MEANT = ("unit", "time", "heading")
_SUBSCRIPT = "\u17d2"  # the sign after which a Khmer consonant is written below the last
_SURE = 4  # characters from which a word ends what is unknown before it


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: its value, and how far it reaches to either side."""

    value: float
    reach: float


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
    """Cut a text into tokens.

    Parameters
    ----------
    text : str
        The text.
    words : Lexicon
        Of its language.
    names : collection of str
        Names of places, in lower case with single spaces; the longest that fits wins over single words.
    """
    raw = list(_raw(text, words, names))
    longest = max([words.longest if words.spaced else 1, *(len(name.split()) for name in names)])
    found: list[Token] = []
    at = 0
    while at < len(raw):
        token, used = _phrase(text, raw, at, words, names, longest, found[-1].tag if found else "")
        if token is not None:
            found.append(token)
        at += used
    return found


def _raw(text: str, words: Lexicon, names: Collection[str]) -> Iterator[Token]:
    for match in (_COMMA if words.decimal == "," else _RAW).finditer(text):
        kind, piece, start = match.lastgroup, match[0], match.start()
        if kind == "number":
            yield Token(start, match.end(), "number", piece, _number(piece, words))
        elif kind == "run":
            yield from _cut(piece, start, words, names)
        elif kind == "word":
            yield _word(piece, start, words)
            if piece.endswith((".", "'", "’")) and not _abbreviated(piece, words) and piece[-1] == ".":
                yield Token(match.end() - 1, match.end(), "stop", ".")
        else:
            tag = _STOPS.get(piece) or _MARKS.get(piece) or "other"
            yield Token(start, match.end(), tag, piece)


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
        meant = Number(float(str(value)), _reach(float(str(value)))) if tag == "number" else value
        yield Token(start + at, start + at + len(piece), tag, piece, meant)
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
    return piece.endswith((".", "'", "’")) and piece.casefold().replace("’", "'") in words.phrases


def _number(piece: str, words: Lexicon) -> Number:
    plain = piece
    if words.digits:
        plain = plain.translate({ord(digit): str(value) for value, digit in enumerate(words.digits)})
    if words.decimal == "," and re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    for sign, written in _FRACTIONS.items():
        plain = plain.replace(sign, f" {written}")
    whole, over, under = plain.replace("-", " ").strip().rpartition("/")
    if not over:
        return Number(float(plain.replace(",", "")), precision_of("0" + plain if plain.startswith(".") else plain))
    parts = whole.split()
    denominator = float(under) or 1.0
    value = sum(float(part) for part in parts[:-1]) + float(parts[-1]) / denominator
    return Number(value, 0.5 / denominator)


def _phrase(
    text: str, raw: list[Token], at: int, words: Lexicon, names: Collection[str], longest: int, before: str
) -> tuple[Token | None, int]:
    """Return the longest phrase that begins at a raw token, and how many raw tokens it takes."""
    first = raw[at]
    for count in range(min(longest, len(raw) - at), 0, -1):
        last = raw[at + count - 1]
        written = " ".join(text[first.start : last.end].casefold().replace("’", "'").split())
        known = words.phrases.get(written)
        if first.tag in ("place", "number", *_MEANT) or (count == 1 and first.tag != "word" and known is None):
            break
        if written in names and known is None:
            return Token(first.start, last.end, "place", text[first.start : last.end], written), count
        if known is not None and first.tag != "number" and _fits(known[0], first, last, before):
            tag, value = known
            meant = Number(float(str(value)), _reach(float(str(value)))) if tag == "number" else value
            return Token(first.start, last.end, tag, text[first.start : last.end], meant), count
    return first, 1


def _fits(tag: str, first: Token, last: Token, before: str) -> bool:
    """Return whether a word may be what the table says: a small ``s`` is a heading only after a distance."""
    if tag == "heading" and len(first.text) == 1 and first is last and first.text.islower():
        return before == "unit"
    if tag == "filler" and first.text[:1].isupper() and before == "word":
        return False  # a part of a name: "Hart's Place"
    return not (
        tag == "unit" and first is last and len(first.text.rstrip(".")) == 1 and before not in ("number", "dash")
    )


def _reach(value: float) -> float:
    return 0.25 * value if value < 1.0 else precision_of(f"{value:.10g}")
