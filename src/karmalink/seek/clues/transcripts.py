"""Who speaks in a transcript: a name or a part with a colon, ``Chhay: …``, ``Q: …``, ``[00:12] Interviewer: …``.

What an interviewer asks is not a witness's statement, and neither is what stands before the first speaker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Turn", "turns_of", "without_time_codes"]

_CLOCK = r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])>]?"
_MARK = r"(?:\*\*|__|\*|_)?"
_LABEL = re.compile(
    rf"(?:^|(?<=[.?!…។\"”])[ \t]+)[ \t]*(?:[-–—•>#]+[ \t]+)?(?:{_CLOCK}[ \t]*[-–—]?[ \t]*)?{_MARK}"
    r"(?:<v(?:\.[\w.]+)?[ \t]+(?P<tagged>[^>\n]{1,40})>"
    r"|(?P<name>[^\W\d_][^\n:：៖\[\]()<>\"“”?!;]{0,39}?)(?:[ \t]*[(\[][^)\]\n]{1,40}[)\]])?"
    rf"(?:[ \t]*{_CLOCK})?[ \t]*{_MARK}[ \t]*[:：៖]{_MARK}(?!//)(?=\s|\S|$))",
    re.MULTILINE,
)
_TIME_CODE = re.compile(r"^[ \t]*(?:\d+|[\d:.,]+[ \t]*-->[ \t]*[\d:.,]+.*|WEBVTT.*)[ \t]*$", re.MULTILINE)
_WORDS, _LETTERS = 4, 40
# Who asks, and who answers without a name; a number behind them does not matter for the first.
_ASKS = frozenset(
    {
        *("interviewer", "int", "intvr", "iv", "i", "q", "question", "questions", "moderator", "mod", "facilitator"),
        *("researcher", "investigator", "host", "ethnographer", "fieldworker", "examiner", "enquêteur", "intervieweur"),
        *("អ្នកសម្ភាស", "អ្នកសម្ភាសន៍", "អ្នកសួរ", "សំណួរ", "សួរ"),
    }
)
_ANSWERS = frozenset(
    {
        *("a", "ans", "answer", "answers", "r", "resp", "respondent", "interviewee", "informant", "participant"),
        *("subject", "witness", "narrator", "ចម្លើយ", "ឆ្លើយ", "អ្នកឆ្លើយ", "សាក្សី"),
    }
)
# Headings of a page, not people.
_HEADINGS = frozenset(
    {
        *("date", "time", "place", "location", "title", "note", "notes", "recorded", "transcribed", "transcript"),
        *("language", "duration", "page", "file", "from", "to", "re", "interview", "present", "summary", "directions"),
        *("direction", "statement", "description", "clue", "clues", "hint", "warning", "important", "ps", "p.s.", "nb"),
        *("n.b.", "remark", "remarks", "version", "project", "case", "address", "age", "born", "occupation", "village"),
        *("source", "comment", "http", "https", "kind", "buried", "hidden", "found", "lost", "seen", "located"),
        *("ថ្ងៃ", "កាលបរិច្ឆេទ", "ទីកន្លែង", "ចំណាំ", "កំណត់ចំណាំ"),
    }
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says at a stretch.

    Attributes
    ----------
    start, end : int
        Where in the text it stands, in characters, without the label.
    speaker : str
        As the label has it first; empty before the first speaker and under a heading.
    witness : str
        Whose statements they are; empty where they are nobody's: an interviewer's.
    """

    start: int
    end: int
    speaker: str
    witness: str


def turns_of(text: str, *, witness: str = "witness", said: Mapping[str, str] | None = None) -> tuple[Turn, ...]:
    """Return the turns of a transcript, in order; none where a text is not a dialogue.

    A label is a name or a part of at most four words at the beginning of a line or of a sentence, with a colon behind
    it. One at the beginning of the text makes a transcript; else it takes two at the beginning of lines.

    Parameters
    ----------
    text : str
        The text.
    witness : str
        Who answers where the labels say only that somebody answers (``A:``, ``Respondent:``).
    said : mapping of str to str, optional
        Whose statements a label's are, by label; an empty text for nobody's.
    """
    given = {_key(label): whose for label, whose in (said or {}).items()}
    labels = [match for match in _LABEL.finditer(text) if _is_label(_named(match), given)]
    speakers = [match for match in labels if _role(_named(match)) not in _HEADINGS or _key(_named(match)) in given]
    # Where a dialogue runs on in one line, each of its labels follows the end of a sentence.
    leading = [match for match in speakers if match.start() == 0 or text[match.start() - 1] == "\n"]
    if not _is_transcript(text, leading, given):
        return ()
    asked = any(_role(_named(match)) in _ASKS for match in speakers)
    first: dict[str, str] = {}
    turns: list[Turn] = []
    if text[: labels[0].start()].strip():
        turns.append(Turn(0, labels[0].start(), "", ""))
    ends = [match.start() for match in labels[1:]] + [len(text)]
    for match, end in zip(labels, ends, strict=True):
        name = _named(match)
        if match not in speakers:
            turns.append(Turn(match.end(), end, "", ""))
            continue
        name = first.setdefault(_key(name), name)
        turns.append(Turn(match.end(), end, name, _whose(name, given, witness, asked=asked)))
    return tuple(turns)


def without_time_codes(text: str) -> str:
    """Return a text with the lines of subtitles that are numbers and times blanked; places in it stay what they are."""
    return _TIME_CODE.sub(lambda match: " " * len(match[0]), text)


def _whose(name: str, given: Mapping[str, str], witness: str, *, asked: bool) -> str:
    if _key(name) in given:
        return given[_key(name)]
    role = _role(name)
    if role in _ASKS:
        return ""
    # "A:" answers where somebody asks; two people may be called A and B.
    return witness if _key(name).rstrip(".") in _ANSWERS and (asked or len(role) > 1) else name


def _named(match: re.Match[str]) -> str:
    name = match["tagged"] or match["name"]
    return " ".join(name.replace("\u200b", "").strip("*_ \t").split())


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _role(name: str) -> str:
    """Return a label without the number and the dot behind it: ``Interviewer 2``, ``Int.``."""
    return re.sub(r"[\s#]*\d*[.)]*$", "", _key(name))


def _is_label(name: str, given: Mapping[str, str]) -> bool:
    """Return whether a word before a colon can be somebody: a name, or a part; no sentence."""
    if _key(name) in given:
        return True
    words = name.split()
    if not words or len(words) > _WORDS or len(name) > _LETTERS:
        return False
    if _role(name) in _ASKS | _ANSWERS | _HEADINGS:
        return True
    # A name has a capital, or comes of a script that has none.
    return not name[0].islower() and _key(words[0]) not in _OPENINGS and not _VERBS.search(_key(name))


# Words that open a sentence, and no name: "At the market: …".
_OPENINGS = frozenset(
    {
        *("at", "in", "on", "near", "from", "the", "a", "an", "it", "he", "she", "they", "we", "i", "you", "this"),
        *("that", "there", "then", "and", "but", "so", "if", "when", "where", "behind", "between", "under", "over"),
        *("north", "south", "east", "west", "my", "his", "her", "our", "their", "yes", "no", "not", "first", "second"),
        *("third", "next"),
    }
)
# "Sokha told me: …" is a sentence of the one who tells it.
_VERBS = re.compile(
    r"\b(?:said|says|say|told|tells|asked|asks|thinks|thought|saw|was|is|were|are|has|had|lies|went|found|remembers?)\b"
    "|និយាយ|ប្រាប់|ថា$"
)


def _is_transcript(text: str, speakers: list[re.Match[str]], given: Mapping[str, str]) -> bool:
    if not speakers:
        return False
    counts = Counter(_key(_named(match)) for match in speakers)
    known = any(name in given or _role(name) in _ASKS | _ANSWERS for name in counts)
    # A page of headings, and then the one who speaks.
    before = text[: speakers[0].start()].splitlines()
    opens = all(not line.strip() or _role(line.partition(":")[0]) in _HEADINGS for line in before)
    return known or len(speakers) > 1 or opens
