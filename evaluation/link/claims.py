"""Lists of statements against a register: hand-written ones with gold, and lists that are nobody's by the thousand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
from scipy.stats import binom, binomtest

from evaluation.figure import Figure
from evaluation.link.claim_worlds import REGISTERS, null_list
from karmalink.link import ClaimScores, Verdict, claims, predicates_of, read_claim_lists, read_life_register
from karmalink.link.claimants.claims_test import tested

__all__ = ["PATTERN", "run"]

PATTERN = "dreams/claims_gold/gold.jsonl"
_REGISTERS, _LISTS, _LIVES, _RUNS = 23, 45, 120, 199
_GENERIC, _PREFER, _LENGTHS = (0.0, 0.3, 0.6), (0.0, 2.0), (6, 15, 25)
_ALPHA = 0.05
# Field of a predicate → field of the gold.
_GOLD = {"name": "name", "age": "age_at_death", "place": "place", "occupation": "occupation", "death": "death_cause"}


def run(data: Path) -> list[Figure]:
    """Return the figures of the hand-written lists, and of the lists of nobody."""
    return [*_hand_written((data / PATTERN).parent), *(_null(name) for name in REGISTERS)]


def _hand_written(folder: Path) -> list[Figure]:
    register = read_life_register(folder / "register.jsonl")
    gold = [json.loads(line) for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    scores = ClaimScores(register)
    results = {
        told.claimant: claims(told, register, scores=scores) for told in read_claim_lists(folder / "claims.jsonl")
    }
    figures = []
    for kind in ("true", "weak_true", "null"):
        rows = [row for row in gold if row["kind"] == kind]
        found = [results[row["claimant"]].verdict is Verdict.FOUND for row in rows]
        right = [results[row["claimant"]].life == row["target"] for row in rows]
        note = "" if kind == "null" else f"the right life is first in {sum(right)} of {len(rows)}"
        figures.append(
            Figure(
                "claims_gold (400 lives)",
                f"{kind} lists found at {_ALPHA}",
                f"{sum(found)} of {len(rows)}",
                _exact(sum(found), len(rows)),
                note,
            )
        )
    return [*figures, _fields(gold, register.known)]


def _fields(gold: list[dict[str, object]], known: object) -> Figure:
    """Return the F1 of the fields that statements are understood as; plain words are not a field."""
    hits = extra = missed = 0
    for statement in itertools.chain.from_iterable(row["statements"] for row in gold):  # type: ignore[misc]
        got = {
            _GOLD.get(one.field) or f"family.{'children' if one.relation == 'child' else one.relation}"
            for one in predicates_of(statement["text"], known)  # type: ignore[arg-type, index]
            if one.field not in ("words", "sex")
        }
        field = statement["field"]  # type: ignore[index]
        want = None if field in ("none", "possessions_habits", "events") else field
        hit = want in got or (str(want).startswith("family.") and "family.any" in got)
        hits, missed = hits + (want is not None and hit), missed + (want is not None and not hit)
        # An event may speak of a death or of work as well: that is nothing invented.
        spare = {want, "family.any"} if want else {"death_cause", "occupation"} if field == "events" else set()
        extra += len(got - spare)
    precision, recall = hits / (hits + extra), hits / (hits + missed)
    f1 = 2 * precision * recall / (precision + recall)
    return Figure(
        "claims_gold", "statement → field, F1", f"{f1:.3f}", "", f"precision {precision:.3f}, recall {recall:.3f}"
    )


def _null(name: str) -> Figure:
    """Return how often a list that is nobody's is found in registers of one make."""
    cells: dict[tuple[float, float, int], list[bool]] = {}
    settings = list(itertools.product(_LENGTHS, _PREFER, _GENERIC))
    for number in range(_REGISTERS):
        rng = np.random.default_rng([number, list(REGISTERS).index(name)])
        register, outside = REGISTERS[name](rng, _LIVES, _LISTS)
        scores = ClaimScores(register)
        for at, life in enumerate(outside):
            length, prefer, generic = settings[(at + number * _LISTS) % len(settings)]
            statements = null_list(rng, life, register, length, generic, prefer)
            found = tested(scores, statements, None, _RUNS, at, None)
            cells.setdefault((generic, prefer, length), []).append(found.p <= _ALPHA)
    every = [one for cell in cells.values() for one in cell]
    worst = max(cells, key=lambda key: np.mean(cells[key]))
    limit = _limit([len(cell) for cell in cells.values()])
    return Figure(
        f"nobody's lists, registers of {_LIVES}: {name}",
        f"found at {_ALPHA}",
        f"{np.mean(every):.3f}",
        _exact(sum(every), len(every)),
        f"{len(every)} lists; worst of {len(cells)} cells {np.mean(cells[worst]):.3f} ({worst[0]:.0%} generic, common "
        f"values preferred by the power {worst[1]:g}, {worst[2]} statements); simulated limit of the worst {limit:.3f}",
    )


def _limit(sizes: list[int]) -> float:
    """Return the 95 % limit of the largest share among cells of these sizes where each list is found at the rate."""
    counts = np.array(sizes)
    draws = binom.rvs(counts, _ALPHA, size=(20_000, counts.size), random_state=np.random.default_rng(0))
    return float(np.quantile((draws / counts).max(axis=1), 0.95))


def _exact(k: int, n: int) -> str:
    """Return the exact 95 % interval of k of n (Clopper & Pearson 1934)."""
    interval = binomtest(k, n).proportion_ci(0.95, method="exact")
    return f"{interval.low:.3f}–{interval.high:.3f}"
