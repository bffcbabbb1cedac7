"""What a speaker takes back, and what "it" stands for: the tokens of a statement before the grammar reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from karmalink.seek.clues.tokens import Token

__all__ = ["with_references", "without_slips"]

_LONGEST_SLIP = 12  # tokens back to the word that is said again
_POINTERS = ("it", "them")
_BETWEEN_SLIPS = ("comma", "dash", "stop", "of", "article", "from")


def without_slips(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without what was taken back.

    From the word that is said again on: "of the crossroads – no, sorry, of the Governor's House", "near the mill, no,
    sorry, near the ferry".
    """
    found = list(tokens)
    at = 0
    while at < len(found):
        ahead = next((n for n in range(at + 1, len(found)) if found[n].tag not in _BETWEEN_SLIPS), len(found))
        first = -1
        if found[at].tag == "retract" and ahead < len(found):
            alike = _slip(found[ahead].tag)
            clause = range(at - 1, max(-1, at - _LONGEST_SLIP), -1)
            first = next((n for n in clause if _slip(found[n].tag) == alike), -1)
        if first < 0:
            at += 1
            continue
        while first > 0 and found[first].tag == found[first - 1].tag == "word":
            first -= 1
        del found[first:ahead]
        at = first
    return found


def _slip(tag: str) -> str:
    return "place" if tag in ("place", "word", "junction") else tag


def with_references(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with "near it" as near the place that was named last."""
    found: list[Token] = []
    last: Token | None = None
    for token in tokens:
        last = token if token.tag == "place" else last
        points = token.text.casefold() in _POINTERS and bool(found) and found[-1].tag == "near"
        found.append(replace(last, start=token.start, end=token.end) if points and last is not None else token)
    return found
