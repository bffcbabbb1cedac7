"""Two memories each of many people: which two are one person's?"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink.account import Vocabulary
from karmalink.link.authorship.same_author import FEWEST_PEOPLE, across_people

__all__ = ["PATTERN", "Memories", "read_memories", "run"]

PATTERN = "dreams/hlab/memories*.txt"
_RULE = re.compile(r"^=+[ \t]*$(?:\s*^=+[ \t]*$)*", re.MULTILINE)
_FIELDS = re.compile(
    r"^Condition:[ \t]*(?P<condition>.*?)[ \t]*$.*?^Memory A:[ \t]*\n(?P<a>.*?)^Memory B:[ \t]*\n(?P<b>.*?)"
    r"(?=^How A and B|\Z)",
    re.MULTILINE | re.DOTALL,
)
_DRAWS = 500
_SEED = 20261125
_VIEWS = ("all", "style-removed", "names-masked")


@dataclass(frozen=True, slots=True)
class Memories:
    """Two memories of one person, and how the second was asked for."""

    condition: str
    first: str
    second: str


def read_memories(path: Path) -> list[Memories]:
    """Return the people of a file; a person without both memories is passed over, saying so."""
    found = []
    for block in _RULE.split(path.read_text(encoding="utf-8", errors="replace")):
        if not block.strip():
            continue
        fields = _FIELDS.search(block)
        first, second = (fields[name].strip("\n") for name in "ab") if fields else ("", "")
        if fields is None or not first.strip() or not second.strip():
            print(f"{path.name}: a person without two memories is passed over", file=sys.stderr)
            continue
        found.append(Memories(re.sub(r"\s*\(.*", "", fields["condition"]).casefold(), first, second))
    return found


def run(data: Path) -> list[Figure]:
    """Return the AUC of each condition in three views, of simple scores, and of the log-likelihood ratio's doubt."""
    found: list[Figure] = []
    for path in sorted(data.glob(PATTERN)):
        people = read_memories(path)
        if len(people) >= 2 * FEWEST_PEOPLE:
            found += _figures(path.stem, people)
        else:
            found.append(Figure(path.stem, "people with two memories", str(len(people)), note="too few to learn from"))
    return found


def _figures(name: str, people: Sequence[Memories]) -> list[Figure]:
    first, second = [p.first for p in people], [p.second for p in people]
    conditions = np.array([p.condition for p in people])
    case = f"{name}, {len(people)} people, weights from four fifths of them at a time"
    rows: list[Figure] = []
    for view in _VIEWS:
        scores, _ = across_people(first, second, view=view)
        rows += _of_conditions(case, f"ours, {view}", scores, conditions)
        rows.append(_cost(case, f"ours, {view}", scores))
    same_fold = np.isfinite(scores)
    for title, score in _SIMPLE.items():
        rows += _of_conditions(case, f"simple, {title}", np.where(same_fold, score(first, second), np.nan), conditions)
    return rows


def _of_conditions(case: str, who: str, scores: NDArray[np.float64], conditions: NDArray[np.str_]) -> list[Figure]:
    rows = []
    for condition in sorted(set(conditions.tolist())):
        members = np.flatnonzero(conditions == condition)
        if members.size < FEWEST_PEOPLE:
            note = f"fewer than {FEWEST_PEOPLE} people"
            rows.append(Figure(case, f"{who}: AUC, {condition}", "none", note=note))
            continue
        table = scores[np.ix_(members, members)]
        rows.append(
            Figure(case, f"{who}: AUC, {condition}", f"{_auc(table):.3f}", _interval(table), f"{members.size} people")
        )
    return rows


def _auc(table: NDArray[np.float64], weight: NDArray[np.float64] | None = None) -> float:
    """Return how often a pair of one person scores above a pair of two; weights are of people."""
    from sklearn.metrics import roc_auc_score

    given = np.isfinite(table)
    weights = np.ones(len(table)) if weight is None else weight
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, weights)
    return float(roc_auc_score(np.eye(len(table))[given], table[given], sample_weight=pairs[given]))


def _interval(table: NDArray[np.float64]) -> str:
    """Return the interval over people: a person drawn twice counts twice, never against themselves."""
    rng = np.random.default_rng(_SEED)
    n = len(table)
    values = [_auc(table, np.bincount(rng.integers(n, size=n), minlength=n).astype(float)) for _ in range(_DRAWS)]
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{low:.3f}–{high:.3f} over people"


def _cost(case: str, who: str, scores: NDArray[np.float64]) -> Figure:
    """Return the cost of the log-likelihood ratio in bits (Brümmer & du Preez 2006): 1 knows nothing, 0 everything."""
    own = np.diag(scores)
    other = scores[np.isfinite(scores) & ~np.eye(len(scores), dtype=bool)]
    cost = 0.5 * (np.logaddexp(0, -own).mean() + np.logaddexp(0, other).mean()) / np.log(2)
    return Figure(case, f"{who}: cost of the ratio, all conditions", f"{cost:.3f} bits", note="1 knows nothing, 0 all")


def _word_cosine(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    vocabulary = Vocabulary.learn([*first, *second])
    return np.asarray((vocabulary.rows(first) @ vocabulary.rows(second).T).toarray(), dtype=float)


def _piece_cosine(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    columns = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit([*first, *second])
    return np.asarray((columns.transform(first) @ columns.transform(second).T).toarray(), dtype=float)


def _length(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    a, b = (np.log([len(text.split()) for text in texts]) for texts in (first, second))
    return np.asarray(-np.abs(a[:, None] - b[None]), dtype=float)


_SIMPLE: dict[str, Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]] = {
    "word TF-IDF cosine": _word_cosine,
    "char (2–5) TF-IDF cosine": _piece_cosine,
    "difference of lengths": _length,
}
