"""Chance, in two ways: what lists of other lives would score here, and what this list would score in other registers.

(a) Lists of lives that are real and not in question: a life of the register is taken out, and each predicate of the
claimant is replaced by one of that life, of the same part and of the nearest rarity. So the list is as long, as
specific and as common in its values as the claimant's.

(b) Registers of as many lives drawn from a model of this one: country, sex and age class of a life are kept together,
and each other part (name, family, work, death, a fact …) is taken from a random life of the same class. The list stays.

In both the best life of all is the statistic: looking among N lives is paid for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.claimants.claim_scores import ClaimScores, Statements
from karmalink.link.claimants.fits import block_of, facts_of
from karmalink.link.claimants.predicates import Predicate

__all__ = ["ChanceLists", "ChanceRegisters"]

Progress = Callable[[int, int], None]

_LEAST_CLASS = 6  # lives: a smaller class is widened
_CHILD_AGE = 15


class ChanceLists:
    """Lists of other lives, matched statement by statement to a claimant's.

    Parameters
    ----------
    scores : ClaimScores
    """

    def __init__(self, scores: ClaimScores) -> None:
        self._scores = scores
        self._by_life: dict[int, dict[str, list[Predicate]]] = {}
        self._rarities: dict[tuple[Predicate, int], float] = {}

    def best(
        self, statements: Statements, runs: int, rng: np.random.Generator, progress: Progress | None = None
    ) -> tuple[Floats, Floats]:
        """Return the best score of any life for each list, and that of one random life, shape (runs,)."""
        n = len(self._scores.register)
        best, single = np.empty(runs), np.empty(runs)
        first = int(np.argmax(self._scores.of_list(statements)))
        owners = rng.permutation(np.resize(np.arange(n), runs))
        for run, owner in enumerate(owners.tolist()):
            found = self._scores.of_list(self.list_of(owner, statements, first, rng))
            found[owner] = -np.inf
            best[run] = found.max()
            single[run] = found[(owner + 1 + int(rng.integers(n - 1))) % n]
            if progress is not None:
                progress(run + 1, runs)
        return best, single

    def list_of(
        self, owner: int, statements: Statements, first: int, rng: np.random.Generator
    ) -> list[list[Predicate]]:
        """Return the claimant's list with each predicate replaced by one of a life; what it lacks, by others'.

        `first` is the life that the claimant's own list fits best: its fit says nothing of how rare a predicate is.
        """
        used: set[Predicate] = set()
        return [
            [self._instead(predicate, self._rarity(predicate, first), owner, used, rng) for predicate in row]
            for row in statements
        ]

    def _instead(
        self, predicate: Predicate, wanted: float, owner: int, used: set[Predicate], rng: np.random.Generator
    ) -> Predicate:
        n = len(self._scores.register)
        for tried in (owner, *rng.integers(n, size=8).tolist()):
            pool = [other for other in self._facts(tried)[block_of(predicate)] if other.field == predicate.field]
            pool = [other for other in pool if other not in used]
            if not pool:
                continue
            gaps = np.array([abs(self._rarity(other, tried) - wanted) for other in pool])
            near = np.flatnonzero(gaps <= gaps.min() + 0.25)
            chosen = pool[int(rng.choice(near))]
            used.add(chosen)
            return Predicate(chosen.field, chosen.value, chosen.relation, predicate.hedged)
        # No life has such a fact ("has a brother", say, is no fact of a register): the claimant's own stands.
        return predicate

    def _facts(self, number: int) -> dict[str, list[Predicate]]:
        if number not in self._by_life:
            parts: dict[str, list[Predicate]] = defaultdict(list)
            for fact in facts_of(self._scores.register.lives[number]):
                parts[block_of(fact)].append(fact)
            self._by_life[number] = parts
        return self._by_life[number]

    def _rarity(self, predicate: Predicate, without: int) -> float:
        """Return how well a predicate fits by chance: all lives but one, its own or the best.

        Of plain words the best fit of the others, in what the shared words tell; of the rest −ln of their share.
        """
        key = predicate, without
        if key not in self._rarities:
            degree = self._scores.index.fit(predicate).degree
            others = np.delete(degree, without)
            if predicate.field == "words":
                self._rarities[key] = float(others.max(initial=0.0))
            else:
                self._rarities[key] = float(-np.log((np.count_nonzero(others) + 0.5) / (others.size + 1.0)))
        return self._rarities[key]


class ChanceRegisters:
    """Registers drawn from a model of the register, against one list.

    Parameters
    ----------
    scores : ClaimScores
    """

    def __init__(self, scores: ClaimScores) -> None:
        self._scores = scores

    def best(
        self, statements: Statements, runs: int, rng: np.random.Generator, progress: Progress | None = None
    ) -> tuple[Floats, Floats]:
        """Return the best score of any life for each register, and that of one random life, shape (runs,)."""
        n = len(self._scores.register)
        parts, strata = self._by_block(statements)
        best, single = np.empty(runs), np.empty(runs)
        for run in range(runs):
            root = rng.integers(n, size=n)
            total = strata[root].copy()
            for worth in parts.values():
                total += worth[self._donors(root, rng)].sum(axis=1)
            best[run], single[run] = total.max(), total[0]
            if progress is not None:
                progress(run + 1, runs)
        return best, single

    def _by_block(self, statements: Statements) -> tuple[dict[str, Floats], Floats]:
        """Return, for each block, the worth of its statements for every life, shape (N, statements of the block)."""
        rows: dict[str, list[Floats]] = defaultdict(list)
        n = len(self._scores.register)
        before = self._scores.of_list([])
        strata = self._scores.of_list(statements) - before
        worths = [worth for worth, _ in self._scores.of_statements(statements)]
        for number, (predicates, worth) in enumerate(zip(statements, worths, strict=True)):
            strata = strata - worth
            # A statement of several parts goes with the one that tells most: each life's worth stays whole. Facts are
            # drawn one by one; names and numbers of one kind of relative together.
            part = self._main_part(predicates)
            rows[f"facts {number}" if part == "facts" else part].append(worth)
        return {
            block: np.column_stack(worths) if worths else np.zeros((n, 0)) for block, worths in rows.items()
        }, strata

    def _main_part(self, predicates: Sequence[Predicate]) -> str:
        if not predicates:
            return "facts"
        alone = [(float(self._scores.of_statement([one])[0].max()), _part(one)) for one in predicates]
        return max(alone)[1]

    def _donors(self, root: Ints, rng: np.random.Generator) -> Ints:
        """Return for each new life a random life of the same class, from which the block is taken."""
        order, start, size = self._classes
        own = self._class_of[root]
        return np.asarray(order[start[own] + (rng.random(root.size) * size[own]).astype(np.int64)])

    @cached_property
    def _class_of(self) -> Ints:
        """Class of each life: country, sex and child or grown; country and sex, country or all where that is small."""
        lives = self._scores.register.lives
        country = self._scores.stratum.tolist()
        child = ["" if life.age is None else str(life.age < _CHILD_AGE) for life in lives]
        fine = [(where, life.sex, grown) for where, life, grown in zip(country, lives, child, strict=True)]
        levels: list[list[tuple[object, ...]]] = [[one[:parts] for one in fine] for parts in (3, 2, 1, 0)]
        names: list[tuple[object, ...]] = []
        for number in range(len(lives)):
            kept = next((level[number] for level in levels if level.count(level[number]) >= _LEAST_CLASS), ())
            names.append(kept)
        known = {name: place for place, name in enumerate(dict.fromkeys(names))}
        return np.array([known[name] for name in names], dtype=np.int64)

    @cached_property
    def _classes(self) -> tuple[Ints, Ints, Ints]:
        order = np.argsort(self._class_of, kind="stable")
        size = np.bincount(self._class_of)
        return order, np.concatenate([[0], np.cumsum(size)[:-1]]), size


def _part(predicate: Predicate) -> str:
    return predicate.relation or block_of(predicate)
