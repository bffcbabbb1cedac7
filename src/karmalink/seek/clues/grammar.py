"""From tokens to statements: one pattern per relation, in a table that is tried in order.

Every token is one letter of a string, by what it does, so that a pattern is a regular expression over that string and
the place of a match is the place of its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from karmalink.seek.clues.tokens import Token

__all__ = ["PATTERNS", "TAGS", "Match", "code_of", "matches"]

# What a word does, and the letter that stands for it.
TAGS: Mapping[str, str] = {
    "about": "c", "along": "l", "and": "a", "article": "x", "at": "@", "at least": "g", "at most": "m", "away": "A",
    "beyond": "y", "between": "b", "but": "B", "comma": ",", "dash": "-", "downstream": "D", "duration": "z",
    "filler": "_", "from": "f", "heading": "h", "hither": "Y", "in": "i", "junction": "j", "left": "L", "length": "q",
    "near": "e", "noise": "E", "not": "N", "number": "n", "of": "o", "on": "k", "or": "O", "other": "*", "part": "p",
    "place": "P", "point": "I", "ratio": "V", "ride": "r", "right": "R", "side": "d", "semicolon": ";", "sight": "s",
    "stop": ".", "sure": "!", "there": "H", "time": "t", "times": "X", "to": "T", "unclear": "G", "unit": "u",
    "unsure": "?", "outside": "C", "under": "J", "far bank": "Q", "as far": "F", "stance": "Z", "retract": "K",
    "seen": "S", "aside": "$", "upstream": "U", "vague": "v", "walk": "w", "when": "M", "word": "W",
}  # fmt: skip
# An unknown name is a run of words, with a number behind it where that is not a distance: "Highway 33". "Old market"
# is not the market that is known, and "early April" is not a place.
# "The main gate of Wat Kandal" is at Wat Kandal.
_PLACE = r"x*(?:[Wu]{{1,3}}ox*(?=P))?(?P<{0}>P|h?W++(?!M)P?(?:n(?![-nut]))?)"
_MACROS = {
    "QTY": r"(?P<about{0}>c*)(?P<qty{0}>q)",
    "TIM": r"(?P<about{0}>c*)(?P<qty{0}>z)",
    "HDG": r"(?:T|x|_)*(?P<hdg{0}>h)",
    "PLC": _PLACE,
}


def _pattern(text: str) -> re.Pattern[str]:
    def opened(macro: re.Match[str]) -> str:
        name, which = macro[1], macro[2]
        return _MACROS[name].format(f"p{which}" if name == "PLC" else which)

    return re.compile(re.sub(r"(QTY|TIM|HDG|PLC)(\d)", opened, text.replace(" ", "")))


# The first that fits where a statement begins is taken: those with more parts come first.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, _pattern(text))
    for name, text in (
        ("offsets", r"QTY1 HDG1 [,a_]* QTY2 HDG2 [,_]* [of]? PLC1"),
        ("offsets", r"PLC1 [,;]* QTY1 HDG1 [,a_]* QTY2 HDG2 [of]? (?=[.,;BW]|$)"),
        ("travel_upstream", r"(?P<least>[gy]?) (?P<most>[mJ]?) (?:x|A)* TIM1 o? (?P<ride>r) (?P<way>[UD]) [ofC]? PLC1"),
        ("walk_heading", r"(?P<least>[gy]?) (?P<most>[mJ]?) (?:x|A)* TIM1 (?P<foot>w*) [_A]* HDG1 d? [ofC] PLC1"),
        ("walk", r"(?P<least>[gy]?) (?P<most>[mJ]?) (?:x|A)* TIM1 o? (?P<foot>w*) (?P<ride>r*) A* [ofC] PLC1"),
        ("walk", r"(?P<least>[gy]?) (?P<most>[mJ]?) x* TIM1 [,_]* (?P<foot>w+) A* f PLC1"),
        ("walk", r"f PLC1 [,_W]{0,4} (?P<foot>w*) (?P<ride>r*) [,_]* (?:x* W o)? TIM1 (?![,_]*[ofC])"),
        ("within_distance", r"N QTY1 A? [ofC] PLC1"),
        ("distance_heading", r"(?P<least>[gy]?) (?P<most>[mJ]?) QTY1 [Aw,]* HDG1 (?:,_+,)? (?:d o)? [ofC]? PLC1"),
        ("distance_heading", r"f PLC1 [,_w]* W{0,2} QTY1 w? HDG1"),
        ("distance_heading", r"f PLC1 [,_wW]{1,4} HDG1 [^.;P]{0,8}? QTY1"),
        ("distance_heading", r"QTY1 [Aw]* f PLC1 , HDG1 (?=[.,;]|$)"),
        ("distance_heading", r"HDG1 [of] PLC1 , [_W]{0,2} QTY1 (?=[.,;]|$)"),
        ("distance_heading", r"PLC1 [,;]* QTY1 HDG1 o? (?=[.,;]|$)"),
        ("distance_along", r"(?P<most>m?) QTY1 w? [lk] PLC1 f PLC2"),
        ("upstream", r"(?:QTY1)? U [ofC]? PLC1 (?:[lk] PLC2)?"),
        ("downstream", r"(?:QTY1)? D [ofC]? PLC1 (?:[lk] PLC2)?"),
        ("beyond", r"QTY1 y PLC1 (?:f PLC2)?"),
        ("distance", r"QTY1 Y PLC1"),
        ("within_distance", r"[mJ] QTY1 A? [ofC] PLC1"),
        ("farther", r"[gy] QTY1 [Aw]* [ofC] PLC1"),
        ("distance", r"QTY1 [Aw]* [ofC] PLC1"),
        ("side", r"(?:[ike@T]x*)? HDG1 d o PLC1"),
        ("side", r"(?:[ike@T]x*)? HDG1 j o? PLC1 (?![a,]x*[PW])"),
        ("left", r"(?:[ike@T]x*)? L d? o PLC1"),
        ("right", r"(?:[ike@T]x*)? R d? o PLC1"),
        ("way_side", r"[k@T]x* (?P<hand>[LR]) d? ,? [^.;,]*+"),
        ("way_side", r"(?P<hand>[LR]) d ,? [^.;,]*+"),
        ("side_there", r"[k@T]x* HDG1 d (?=[.,;]|$)"),
        ("side_there", r"[k@T]x* [dj] [xW_]{0,3} HDG1 (?=[.,;]|$)"),
        ("same_side", r"[k@i]? x* PLC1 d o PLC2"),
        ("heading", r"HDG1 [of] PLC1"),
        ("heading", r"HDG1 ,? Z [ofi@k]? PLC1"),
        ("heading", r"PLC1 [,;]* HDG1 o (?=[.,;]|$)"),
        ("between", r"b PLC1 a b? PLC2"),
        ("junction", r"[e@ik]? x* j [of]* PLC1 [a,] PLC2"),
        ("hither", r"Y PLC1 (?:f PLC2)?"),
        ("not_as_far", r"N _* F PLC1"),
        ("beyond", r"y PLC1 (?:f PLC2)?"),
        ("beyond", r"g PLC1"),
        ("far_bank", r"[k@T]? Q"),
        ("sight", r"f PLC1 [,W_n]{0,3} s [xH_]"),
        ("sight", r"s PLC1"),
        ("sight", r"PLC1 [W_]{0,2} S"),
        ("along", r"l PLC1 (?: a l? PLC2)?"),
        ("outside", r"C PLC1"),
        ("on", r"k PLC1"),
        ("near", r"[ec] o? PLC1"),
        ("in", r"[im] PLC1"),
        ("at", r"[@J] PLC1"),
    )
)


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that fits: its name, the tokens it takes (first, past the last), and its parts as such ranges."""

    name: str
    first: int
    last: int
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def code_of(tokens: Sequence[Token]) -> str:
    """Return one letter per token; see :data:`TAGS`."""
    return "".join(TAGS[token.tag] for token in tokens)


def matches(code: str) -> list[Match]:
    """Return the statements of a text from left to right, none overlapping."""
    found: list[Match] = []
    at = 0
    while at < len(code):
        match = next((_match(name, hit) for name, rule in PATTERNS if (hit := rule.match(code, at))), None)
        if match is None:
            at += 1
            continue
        found.append(match)
        at = match.last
    return found


def _match(name: str, hit: re.Match[str]) -> Match:
    parts = {key: hit.span(key) for key, value in hit.groupdict().items() if value}
    return Match(name, hit.start(), hit.end(), parts)
