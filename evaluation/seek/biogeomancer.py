"""BioGeomancer's locality clauses: their type, and what is taken out of those that a person tagged."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink.errors import InputError
from karmalink.seek import Clue, clause_type, parse_clues, parse_heading

__all__ = ["run"]

_ENCODING = "latin-1"
_TAGGED = re.compile(r"<(FOH|FOO|FPOH|FH|NF|BF|BP|F)>(.*?)</\1>")
_PART = re.compile(r"<(\w+)>(.*?)</\1>")


def run(data: Path) -> list[Figure]:
    """Return type accuracy on the half that nothing was tuned on, and what was extracted from the tagged clauses."""
    folder = data / "seek" / "biogeomancer"
    figures: list[Figure] = []
    for path in sorted(folder.glob("*.tab")):
        figures += _types(list(_clauses(path)))
    tagged = [clause for path in sorted(folder.glob("*training*.txt")) for clause in _tagged(path)]
    figures += _extraction(tagged) if tagged else []
    for path in sorted(folder.glob("*eadings*.csv")):
        figures += _headings(path)
    return figures


def _clauses(path: Path) -> Iterator[tuple[str, str]]:
    """Yield type and text; rows of another form are passed over."""
    for line in path.read_text(encoding=_ENCODING).splitlines()[1:]:
        kind, tab, text = line.partition("\t")
        if tab and text.strip():
            yield kind.strip(), text.strip()


def _held_out(text: str) -> bool:
    """Return whether a clause is in the half that is reported on: by a hash, so that a text is always on one side."""
    return bool(hashlib.sha256(text.casefold().encode()).digest()[0] % 2)


def _types(clauses: list[tuple[str, str]]) -> list[Figure]:
    held = [(kind, clause_type(text), text.casefold()) for kind, text in clauses if _held_out(text)]
    right = np.array([kind == found for kind, found, _ in held])
    usual = Counter(kind for kind, _, _ in held).most_common(1)[0]
    figures = [
        Figure(
            "BioGeomancer clauses",
            "type right, on the half nothing was tuned on",
            f"{right.mean():.4f}",
            _interval(right),
            f"{len(held):,} clauses; the commonest type alone ({usual[0]}) would be {usual[1] / len(held):.3f}",
        )
    ]
    for kind, count in Counter(kind for kind, _, _ in held).most_common(8):
        mine = np.array([found == kind for truth, found, _ in held if truth == kind])
        wrong = Counter(found for truth, found, _ in held if truth == kind and found != kind).most_common(2)
        taken = ", ".join(f"{name} {number}" for name, number in wrong)
        figures.append(
            Figure(
                "BioGeomancer clauses",
                f"recall of {kind}",
                f"{mine.mean():.3f}",
                _interval(mine),
                f"{count}; taken for {taken}",
            )
        )
    figures.append(Figure("BioGeomancer clauses", "confusion (true → taken for)", _confusion(held)))
    return figures


def _confusion(held: Iterable[tuple[str, str, str]]) -> str:
    wrong = Counter((kind, found) for kind, found, _ in held if kind != found)
    return "; ".join(f"{kind} → {found} {number}" for (kind, found), number in wrong.most_common(12))


def _interval(right: np.ndarray, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    means = [right[rng.integers(0, right.size, right.size)].mean() for _ in range(1000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{low:.3f}–{high:.3f}"


@dataclass(frozen=True, slots=True)
class _Clause:
    """One tagged clause: its kind, its text, and its parts by tag."""

    kind: str
    text: str
    parts: dict[str, list[str]]


def _tagged(path: Path) -> Iterator[_Clause]:
    for line in path.read_text(encoding=_ENCODING).splitlines():
        for kind, inside in _TAGGED.findall(line):
            parts: dict[str, list[str]] = {}
            for tag, text in _PART.findall(inside):
                parts.setdefault(tag, []).append(text)
            text = " ".join(re.sub(r"<[^>]*>", " ", inside).split())
            if text:
                yield _Clause(kind, text, parts)


def _extraction(clauses: list[_Clause]) -> list[Figure]:
    figures = []
    for name, kinds, found in (
        ("distance and unit", ("FOH",), _same_distance),
        ("direction", ("FOH", "FH"), _same_heading),
        ("feature", ("FOH", "FH", "NF"), _same_feature),
        ("both legs", ("FOO",), _same_legs),
    ):
        mine = [clause for clause in clauses if clause.kind in kinds]
        if not mine:
            continue
        hits = np.array([_any(found, clause) for clause in mine])
        note = f"{len(mine)} clauses of type {', '.join(kinds)}"
        figures.append(Figure("BioGeomancer, tagged", f"{name} right", f"{hits.mean():.3f}", _interval(hits), note))
    return figures


def _any(test: Callable[[_Clause, Clue], bool], clause: _Clause) -> bool:
    return any(test(clause, proposal.clue) for proposal in parse_clues(clause.text).proposals)


_METRES = {"mi": 1609.344, "km": 1000.0, "m": 1.0, "yd": 0.9144, "ft": 0.3048, "ya": 0.9144, "fe": 0.3048, "me": 1.0}


def _metres(number: str, unit: str) -> float:
    """Return metres of an offset as tagged, read in the plainest way; the reader under test is not asked."""
    value = 0.0
    for part in number.replace("-", " ").rstrip(" .,;").split():
        over, _, under = part.partition("/")
        value += float(over) / float(under) if under else float(over)
    low = unit.casefold().strip(" .")
    return value * (_METRES["m"] if low == "m" else _METRES.get(low[:2], float("nan")))


def _near(one: float | None, other: float) -> bool:
    return one is not None and abs(one - other) <= 1e-6 * max(1.0, other)


def _same_distance(clause: _Clause, clue: Clue) -> bool:
    try:
        wanted = _metres(clause.parts["offset"][0], clause.parts["unit"][0])
    except (KeyError, ValueError, ZeroDivisionError):
        return False
    return _near(clue.distance_m, wanted)


def _same_heading(clause: _Clause, clue: Clue) -> bool:
    tagged = clause.parts.get("heading", [""])[0].strip(" .,;").replace(".", "")
    try:
        wanted = parse_heading(tagged)
    except InputError:
        return False
    return clue.heading is not None and clue.heading.degrees == wanted.degrees


def _same_feature(clause: _Clause, clue: Clue) -> bool:
    wanted = _key(clause.parts.get("feature", [""])[0])
    return any(_key(place) == wanted for place in clue.places)


def _key(name: str) -> str:
    return " ".join(re.sub(r"[^\w ]+", " ", name.casefold()).split()).removeprefix("the ")


def _same_legs(clause: _Clause, clue: Clue) -> bool:
    offsets, units, headings = (clause.parts.get(name, []) for name in ("offset", "unit", "heading"))
    if not len(offsets) == len(units) == len(headings) == 2 or clue.heading is None:
        return False
    turned = [np.radians(parse_heading(text.strip(" .,;")).degrees) for text in headings]
    legs = [_metres(number, unit) for number, unit in zip(offsets, units, strict=True)]
    east, north = (sum(leg * f(turn) for leg, turn in zip(legs, turned, strict=True)) for f in (np.sin, np.cos))
    same = abs((np.degrees(np.arctan2(east, north)) - clue.heading.degrees + 180) % 360 - 180) < 0.01
    return same and _near(clue.distance_m, float(np.hypot(east, north)))


def _headings(path: Path) -> list[Figure]:
    """Return how many of the table's ways to write a direction are read, with its own bearing and half-width."""
    hits = []
    with path.open(encoding=_ENCODING, newline="") as lines:
        for row in csv.DictReader(lines):
            for form in (row.get("forms") or "").split(","):
                # "E 1/2", "east part" are parts of a place, not directions.
                if not form.strip() or re.search(r"\d|half|part|corner", form):
                    continue
                hits.append(_read_as(form.strip(), row))
    if not hits:
        return []
    found = np.array(hits)
    return [
        Figure(
            "BioGeomancer headings",
            "ways to write a direction read right",
            f"{found.mean():.3f}",
            _interval(found),
            f"{found.size} forms",
        )
    ]


def _read_as(form: str, row: dict[str, str]) -> bool:
    clues = [proposal.clue for proposal in parse_clues(f"5 km {form} of Xanadu").proposals]
    wanted = (float(row["bearing"]), float(row["error"]))
    return any(clue.heading is not None and (clue.heading.degrees, clue.heading.half_width) == wanted for clue in clues)
