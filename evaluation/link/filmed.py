"""Spoken recalls of a film, its register of timed scenes, and who is named in either."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.link.xlsx import sheet_rows
from karmalink.account import find_mentions, mask_mentions, split_units

__all__ = ["Film", "Recall", "read_film", "read_recalls"]

# Column by a part of its header.
_COLUMNS = {"text": "details", "people": "name - all", "scene": "scene seg"}
_WORD = re.compile(r"[^\W\d_]+")
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "doctor", "sir", "lady", "lord", "detective", "sergeant", "inspector", "the")
)
_NOT_SPEECH = re.compile(r"<[^>]*>|\[[^\]]*\]|^\s*Speaker\s+\d+\s*:?", re.MULTILINE | re.IGNORECASE)
_MOSTLY = 0.9


@dataclass(frozen=True, eq=False)
class Film:
    """A register of timed scenes: what happens, who is there, and who is called what."""

    texts: tuple[str, ...]
    people: tuple[frozenset[str], ...]
    scene: tuple[int, ...]
    called: Mapping[str, str]

    def masked(self, text: str) -> str:
        """Return a text without any name, of the register's people or other."""
        plain = _WORD.sub(lambda found: "" if found[0].casefold() in self.called else found[0], text)
        return mask_mentions(plain, find_mentions(plain))

    def named(self, text: str) -> frozenset[str]:
        """Return which of the register's people a text names."""
        words = (found[0] for found in _WORD.finditer(text))
        return frozenset(self.called[w.casefold()] for w in words if w[0].isupper() and w.casefold() in self.called)


@dataclass(frozen=True)
class Recall:
    """One person's recall, unit by unit."""

    name: str
    units: tuple[str, ...]


def read_film(path: Path) -> Film:
    """Return the register of a workbook; rows without a description are left out."""
    rows = [_picked(row) for row in sheet_rows(path)]
    rows = [row for row in rows if row["text"]]
    people = [frozenset(name.strip() for name in row["people"].split(",") if name.strip()) for row in rows]
    number, scene = 0, []
    for row in rows:
        number += bool(row["scene"])
        scene.append(number)
    texts = [row["text"] for row in rows]
    return Film(tuple(texts), tuple(people), tuple(scene), _called(texts, people))


def _picked(row: Mapping[str, str]) -> dict[str, str]:
    return {
        name: next((text.strip() for head, text in row.items() if part in head.casefold()), "")
        for name, part in _COLUMNS.items()
    }


def read_recalls(folder: Path) -> Iterator[Recall]:
    """Go through the recalls of a folder (``*.txt``), by name; one that cannot be used is named and passed over."""
    for path in sorted(folder.glob("*.txt")):
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
        units = tuple(unit.text for unit in split_units(_NOT_SPEECH.sub(" ", text)))
        if len(units) < 5:
            print(f"{path.name}: passed over, {len(units)} units", file=sys.stderr)
            continue
        yield Recall(path.stem, units)


def _called(texts: Sequence[str], people: Iterable[frozenset[str]]) -> dict[str, str]:
    """Return what each person is called, lower case: the words of their name, and words that stand beside these.

    A word is a name where the descriptions nearly always write it with a capital. "Watson" follows "John" and hardly
    anybody else, so it calls John.
    """
    written = Counter(word for text in texts for word in _WORD.findall(text))
    whole = Counter[str]()
    for word, count in written.items():
        whole[word.casefold()] += count

    def is_name(word: str) -> bool:
        low = word.casefold()
        return low not in _TITLES and word[0].isupper() and written[word] >= _MOSTLY * max(1, whole[low])

    times = Counter(name for present in people for name in present)
    called: dict[str, str] = {}
    for name, _ in times.most_common():
        for word in _WORD.findall(name):
            if is_name(word):
                called.setdefault(word.casefold(), name)
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        words = re.findall(r"\b([A-Z][a-z]+)(?= ([A-Z][a-z]+))", text)
        for pair in words:
            for one, other in (pair, pair[::-1]):
                if one.casefold() in called and other.casefold() not in called and is_name(other):
                    beside[other.casefold()][called[one.casefold()]] += 1
    for word, counts in beside.items():
        name, count = counts.most_common(1)[0]
        if count >= 2 and count >= 0.6 * counts.total():
            called[word] = name
    return called
