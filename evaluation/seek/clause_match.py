"""Clauses that were read against gold clauses: who is right, by a matching that is fair to both.

A proposal and a gold clause can be the same when the relation is the gold's or one that `also_accept` names, the main
place is among those the proposal's name stands for, a stated number agrees within 2 % (a time of travel, whose speed is
a judgement, within a factor of two) and a stated heading within 12°. Of all such pairs the largest set is matched. A
proposal whose words lie in what the set calls loose, or in a clause about a place that is not on the map, is neither
right nor wrong. A clause that was taken back, or that is about something else, must not be reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.seek.gold_clauses import MODE_KMH, Statement
from karmalink.errors import UnknownName
from karmalink.seek import Places
from karmalink.seek.clues.parsing import Proposal

__all__ = ["Score", "score"]

# Relation of a clue → the names that the gold may have for it.
_NAMES: Mapping[str, frozenset[str]] = {
    name: frozenset(golds.split())
    for name, golds in {
        "at": "at", "in": "in", "within": "in", "near": "near", "along": "along", "between": "between corner_of",
        "distance": "distance travel_time", "within_distance": "distance travel_time near",
        "heading": "heading", "distance_heading": "distance_heading travel_time", "side": "corner_of heading",
        "left": "left_of across", "right": "right_of across", "beyond": "beyond across", "sight": "within_sight",
        "walk": "travel_time", "within_walk": "travel_time", "upstream": "upstream", "downstream": "downstream",
    }.items()
}  # fmt: skip
_NUMBER, _SPEED, _TURN = 0.02, 2.0, 12.0


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over some statements.

    Attributes
    ----------
    right, wrong, missed : int
        Proposals that are a gold clause, proposals that are none, gold clauses without a proposal.
    by_statement : ndarray of int, shape (statements, 3)
        The same three, by statement.
    hedges, numbers, headings : tuple of int
        Of the matched clauses: those with the same hedge, number, heading, and those that could have.
    misread : tuple of str
        Statement and phrase of every wrong proposal.
    unread : tuple of str
        Statement and relation of every missed clause.
    """

    right: int
    wrong: int
    missed: int
    by_statement: np.ndarray
    hedges: tuple[int, int]
    numbers: tuple[int, int]
    headings: tuple[int, int]
    misread: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of the proposals that is right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the gold clauses that is read."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return _f1(self.right, self.wrong, self.missed)

    def interval(self, draws: int = 2000, seed: int = 7) -> tuple[float, float]:
        """Return the 95 % interval of F1, statements drawn again with replacement."""
        n = len(self.by_statement)
        drawn = np.random.default_rng(seed).integers(0, n, (draws, n))
        found = [_f1(*self.by_statement[rows].sum(axis=0)) for rows in drawn]
        low, high = np.percentile(found, [2.5, 97.5])
        return float(low), float(high)


def _f1(right: float, wrong: float, missed: float) -> float:
    return 2.0 * right / max(1.0, 2.0 * right + wrong + missed)


def score(read: Iterable[tuple[Statement, Sequence[Proposal]]], places: Places) -> Score:
    """Match what was read in each statement with its gold clauses."""
    counts: list[tuple[int, int, int]] = []
    pairs: list[tuple[Mapping[str, Any], Proposal]] = []
    misread: list[str] = []
    unread: list[str] = []
    for statement, proposals in read:
        gold = [clause for clause in statement.clauses if _counts(clause)]
        found = _matched(gold, proposals, places)
        left = [one for at, one in enumerate(proposals) if at not in found.values() and not _is_neutral(one, statement)]
        pairs += [(gold[at], proposals[which]) for at, which in found.items()]
        misread += [f"{statement.id}: {one.clue.phrase()}" for one in left]
        unread += [f"{statement.id}: {clause['relation']}" for at, clause in enumerate(gold) if at not in found]
        counts.append((len(found), len(left), len(gold) - len(found)))
    table = np.array(counts, dtype=np.int64).reshape(-1, 3)
    right, wrong, missed = (int(total) for total in table.sum(axis=0))
    hedges = [_same_hedge(clause, one) for clause, one in pairs]
    numbers = [_has_number(one) for clause, one in pairs if clause.get("si")]
    headings = [one.clue.heading is not None for clause, one in pairs if clause.get("heading_deg") is not None]
    told = [(sum(kind), len(kind)) for kind in (hedges, numbers, headings)]
    return Score(right, wrong, missed, table, *told, tuple(misread), tuple(unread))


def _counts(clause: Mapping[str, Any]) -> bool:
    return bool(clause["refs"]) and not (clause.get("about") or clause.get("retracted") is True)


def _matched(gold: Sequence[Mapping[str, Any]], proposals: Sequence[Proposal], places: Places) -> dict[int, int]:
    """Return gold clause → proposal, as many pairs as there can be."""
    from scipy.optimize import linear_sum_assignment

    if not gold or not proposals:
        return {}
    fits = np.array([[_fits(clause, one, places) for one in proposals] for clause in gold], dtype=float)
    rows, cols = linear_sum_assignment(-fits)
    return {int(row): int(col) for row, col in zip(rows, cols, strict=True) if fits[row, col]}


def _fits(clause: Mapping[str, Any], one: Proposal, places: Places) -> bool:
    said = clause["relation"].removeprefix("not_"), clause["relation"].startswith("not_")
    names = {said, *((name.removeprefix("not_"), name.startswith("not_")) for name in clause.get("also_accept", ()))}
    # "More than 2 km" is "not within 2 km"; "not 500 m from it" is less than that.
    denied = one.clue.negated != (clause.get("cmp") == ">" and one.clue.relation in ("within_distance", "within_walk"))
    if not any(gold in _NAMES[one.clue.relation] and denied == negated for gold, negated in names):
        return False
    return _same_place(clause, one, places) and _same_number(clause, one) and _same_turn(clause, one)


def _same_place(clause: Mapping[str, Any], one: Proposal, places: Places) -> bool:
    meant = [_bearers(name, places) for name in one.clue.places]
    refs = clause["refs"]
    if clause["relation"].removeprefix("not_") in ("between",) and len(refs) == 2:
        return len(meant) == 2 and any(refs[0] in a and refs[1] in b for a, b in (meant, meant[::-1]))
    return any(ref in meant[0] for ref in (refs if clause["relation"].endswith("corner_of") else refs[:1]))


def _bearers(name: str, places: Places) -> set[str]:
    for form in (name, f"the {name}"):
        try:
            return {namesake.place.name for namesake in places.resolve(form)}
        except UnknownName:
            continue
    return set()


def _same_number(clause: Mapping[str, Any], one: Proposal) -> bool:
    stated, read = clause.get("si"), one.clue.distance_m
    if not stated:
        return True
    if read is None:
        return False
    if clause["si_unit"] == "min":
        metres = stated * MODE_KMH.get(clause.get("mode", "foot"), MODE_KMH["foot"]) * 1000.0 / 60.0
        return metres / _SPEED <= read <= metres * _SPEED
    scale = stated / clause["value"] if clause.get("value") else 1.0
    low, high = (end * scale for end in clause.get("range", (stated / scale, stated / scale)))
    return bool(low * (1.0 - _NUMBER) <= read <= high * (1.0 + _NUMBER))


def _same_turn(clause: Mapping[str, Any], one: Proposal) -> bool:
    stated = clause.get("heading_deg")
    if stated is None:
        return True
    return one.clue.heading is not None and abs((one.clue.heading.degrees - stated + 180.0) % 360.0 - 180.0) <= _TURN


def _has_number(one: Proposal) -> bool:
    return one.clue.distance_m is not None


def _same_hedge(clause: Mapping[str, Any], one: Proposal) -> bool:
    """Return whether "unsure" was noticed, and nothing else taken for it."""
    return (clause["hedge"] == "unsure" or bool(clause.get("hearsay"))) == (one.hint == "unsure")


def _is_neutral(one: Proposal, statement: Statement) -> bool:
    """Return whether a proposal is about loose words or a place that is not on the map: neither right nor wrong."""
    spans = [clause["span"] for clause in statement.clauses if clause.get("unresolved")]
    for words in statement.loose:
        start = statement.text.find(words)
        if start >= 0:
            spans.append((start, start + len(words)))
    return any(_overlap(one, start, end) >= 0.5 for start, end in spans)


def _overlap(one: Proposal, start: int, end: int) -> float:
    """Return the share of a proposal's words that lies in a stretch."""
    return max(0, min(one.end, end) - max(one.start, start)) / max(1, one.end - one.start)
