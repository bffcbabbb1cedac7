"""Scripts: which are written without spaces between words, and where one of their written clusters ends."""

from __future__ import annotations

import re

__all__ = ["BLANKS", "UNSPACED", "UNSPACED_RUN", "WORD", "clusters"]

# Khmer, Thai, Lao, Burmese, kana and Han, as the inside of a character class.
UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17d3\u17d7\u17dc-\u17ff"
    "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")

# Zero-width characters separate nothing a reader sees; U+200B separates words in careful Khmer.
BLANKS = " \t\r\n\f\v\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\u200e\u200f"

# `\w` leaves out the combining vowels of Indic, Arabic and Hebrew, which would cut their words to pieces.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0dff"
)
WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}]|['’](?=[^\W\d_]))*")

# A base, what is stacked below it by a coeng (U+17D2) or virama, and the vowels and signs around it.
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?"
    f"[{UNSPACED}]"
    "(?:[\u17d2\u1039][\u1780-\u17b3\u1000-\u1021]|[\u17b4-\u17d1\u17d3\u17dd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1"
    "\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u3099\u309a\u0e30\u0e32\u0e33\u0eb0\u0eb2\u0eb3])*"
)


def clusters(run: str) -> list[str]:
    """Return the written clusters of a run of unspaced script: what a reader sees as one sign."""
    return _CLUSTER.findall(run)
