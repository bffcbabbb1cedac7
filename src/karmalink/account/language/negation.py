"""What a text denies: "there was no dog" holds no dog. The scope of a negation, never past its clause.

A rule of reach after NegEx (Chapman et al. 2001): from a word of denial over the next words that carry evidence, up
to a mark, a conjunction, or a preposition after the first of them. "I went without Jane to twenty shops" denies Jane
and no shop. Khmer, Thai and Chinese deny forwards, Japanese verbs deny backwards, all within their run of signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from karmalink.account.language.words import NEGATIONS, STOP_WORDS, UNSPACED_RUN, WORD, clusters, listed

__all__ = ["assert_only", "denied_spans"]

# "I did not see the old dog": see and the are not evidence, old and dog are; a reach of one more word
# would deny the garden too.
_REACH = 3
_FARTHEST = 9
_SIGNS = 6
_LONGEST_SIGN = 8

_CUE = re.compile(rf"\b(?:{'|'.join(sorted(NEGATIONS))}|\w+n['’]t)\b", re.IGNORECASE)
# They contain a word of denial and deny nothing.
_IDIOMS = re.compile(
    r"\b(?:not only|not until|not to mention|whether or not|why not|no doubt|no wonder|no matter|no sooner|nothing but"
    r"|cannot but|can(?:not|['’]t) help|none other than|not without|never without)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[.;:!?,…—–()\[\]\"“”]|\n[ \t]*\n")
_STOPS = frozenset(
    listed("and but except because though although while when until till unless if so then that who which where")
)
_PREPOSITIONS = frozenset(
    listed(
        "to in into on onto at by from with of for over under through across toward towards near behind beside between "
        "before after around about along inside outside"
    )
)
_CONTENTLESS = STOP_WORDS | {"longer"}
_ENDS = _STOPS | NEGATIONS

# Longest first; the second group looks like a denial but is not ("but", "not only", "soon", "almost").
_FORWARD = re.compile(
    "(?:(?P<idiom>不过|不過|不但|不仅|不僅|不久|不错|不錯|差不多)|(?P<cue>没有|沒有|不曾|不是|没|沒|不|無|无|未|ไม่ได้|ไม่มี|ไม่ใช่|ไม่|มิได้"
    "|មិនមែន|មិនមាន|មិន|គ្មាន|អត់មាន|អត់|ពុំ))"
)
_BACKWARD = re.compile("ではありません|じゃない|ではない|ありません|なかった|ません|ない")
_KANA = re.compile("[\u3041-\u30ff]")


def denied_spans(text: str) -> list[tuple[int, int]]:
    """Return what is denied as (start, end) character spans, in order, none overlapping another."""
    found = [*_worded(text)]
    if not text.isascii():
        found += _unspaced(text)
    return _joined(sorted(found))


def assert_only(text: str) -> str:
    """Return the text with what is denied blanked; the length stays, so that offsets remain true.

    The words of denial stay: "there was no dog" keeps "there was no" and three blanks.
    """
    pieces: list[str] = []
    begin = 0
    for start, end in denied_spans(text):
        pieces += [text[begin:start], " " * (end - start)]
        begin = end
    return "".join([*pieces, text[begin:]]) if pieces else text


def _worded(text: str) -> Iterator[tuple[int, int]]:
    # "nothing but" holds one word of denial, "not without" two.
    idle = {cue.start() for idiom in _IDIOMS.finditer(text) for cue in _CUE.finditer(text, *idiom.span())}
    for cue in _CUE.finditer(text):
        if cue.start() in idle:
            continue
        end = _reach(text, cue.end())
        if end > cue.end():
            yield cue.end(), end


def _reach(text: str, start: int) -> int:
    """Return where the scope of a denial that ends at `start` ends; `start` where nothing is denied."""
    end = last = start
    carried = 0
    for count, word in enumerate(WORD.finditer(text, start)):
        plain = word[0].casefold()
        if count == _FARTHEST or _MARK.search(text, last, word.start()) or plain in _ENDS:
            break
        if carried and plain in _PREPOSITIONS:
            break
        last = word.end()
        if plain not in _CONTENTLESS:
            carried += 1
            end = last
        if carried == _REACH:
            break
    return end


def _unspaced(text: str) -> Iterator[tuple[int, int]]:
    for found in UNSPACED_RUN.finditer(text):
        run, at = found[0], found.start()
        # Japanese writes 不 and 無 inside nouns; its verbs deny from behind.
        if _KANA.search(run):
            yield from ((at + max(0, cue.start() - _SIGNS), at + cue.start()) for cue in _BACKWARD.finditer(run))
            continue
        for cue in _FORWARD.finditer(run):
            if cue["cue"]:
                signs = clusters(run[cue.end() : cue.end() + _LONGEST_SIGN * _SIGNS])[:_SIGNS]
                yield at + cue.end(), at + cue.end() + len("".join(signs))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > start:
            joined.append((start, end))
    return joined
