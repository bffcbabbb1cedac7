"""What is done to a sound file: cuts, copies, flips, other numbers, other tokens."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

__all__ = ["mutated"]

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_NUMBERS = (b"0", b"-1", b"1e400", b"-1e-400", b"NaN", b"9" * 40, b"2147483648", b"1,5", b"0x10", b"", b"1_000")
_TOKENS = (
    *(
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x92\x8e",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n",
        b"\t",
        b'"',
        b"'",
        b";",
        b",",
    ),
    *(b"<", b">", b"&", b"<!--", b"]]>", b"{", b"}", b"[", b"null", b"[]", b"{}", b'{"a":' * 40, b"\\ud800", b"BEGIN:"),
    *(b"2024-02-30", b"24:00:00", b"true", b"inf", b"EPSG:3148", b"Polygon", b"  ", b"=", b"#", b"\xe2\x80\xae"),
)
_BINARY = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\x01",
    b"\x7f",
    b"\x80",
)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Return a file after one to four changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        raw = chance.choice(_CHANGES)(raw, chance)
    return raw


def _span(raw: bytes, chance: random.Random, longest: int = 64) -> tuple[int, int]:
    """Return a place and the end of a stretch from there; often near the beginning, where headers are."""
    limit = len(raw) if chance.random() < 0.6 else min(len(raw), 600)
    at = chance.randrange(limit + 1)
    return at, min(len(raw), at + chance.randrange(longest))


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _drop(raw: bytes, chance: random.Random) -> bytes:
    at, end = _span(raw, chance)
    return raw[:at] + raw[end:]


def _double(raw: bytes, chance: random.Random) -> bytes:
    at, end = _span(raw, chance, 2000)
    return raw[:end] + raw[at:end] * chance.choice((1, 1, 3)) + raw[end:]


def _flip(raw: bytes, chance: random.Random) -> bytes:
    found = bytearray(raw)
    for _ in range(chance.choice((1, 1, 4, 32)) if raw else 0):
        found[_span(raw, chance)[0] % len(raw)] ^= 1 << chance.randrange(8)
    return bytes(found)


def _insert(tokens: Sequence[bytes]) -> Callable[[bytes, random.Random], bytes]:
    def change(raw: bytes, chance: random.Random) -> bytes:
        at, end = _span(raw, chance, 12)
        return raw[:at] + chance.choice(tokens) + raw[end if chance.random() < 0.5 else at :]

    return change


def _renumber(raw: bytes, chance: random.Random) -> bytes:
    places = list(_NUMBER.finditer(raw[:20_000]))
    if not places:
        return raw
    place = chance.choice(places)
    return raw[: place.start()] + chance.choice(_NUMBERS) + raw[place.end() :]


def _swap_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    first, second = (chance.randrange(len(lines)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


_CHANGES = (_cut, _drop, _double, _flip, _insert(_TOKENS), _insert(_BINARY), _renumber, _swap_lines)
