"""Whose words are these? A calibrated distribution over authors. This is authorship, not memory.

A linear machine on what a hand leaves in a text (`account.features.writing`), one author against the
others, every author weighing the same however much they wrote. Chances are fitted on each author's latest accounts,
which the machine for the fit has not seen; then all accounts are learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import Account, Gazetteer
from karmalink.account.features.writing import WritingSpace
from karmalink.account.language.views import view_named, viewed
from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer
from karmalink.link.authorship.score_calibration import (
    ScoreCalibration,
    fit_pooling,
    fit_score_calibration,
    pool,
    share_out,
)

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["AUTHORSHIP_NOTE", "FEWEST_ACCOUNTS", "Authors", "Placement", "in_order", "latest", "learn_authors"]

# The chances of accounts over authors: per account, pooled over several, and how undecided they are.

AUTHORSHIP_NOTE = "This is authorship, not memory: it says whose words these are, not whose life they are about."


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Accounts placed among authors.

    Attributes
    ----------
    lives : tuple of str, length k
        The authors.
    accounts, days : tuple of str, length n
        Identifier and written date (empty where undated) of each account.
    chances : (n, k) floats
        Rows summing to 1.
    score_calibration : ScoreCalibration
        How the chances were fitted.
    view : str
        The view of the texts.
    """

    lives: tuple[str, ...]
    accounts: tuple[str, ...]
    days: tuple[str, ...]
    chances: Floats
    score_calibration: ScoreCalibration
    view: str

    def best(self) -> tuple[str, ...]:
        """Return the likeliest author of each account."""
        return tuple(self.lives[index] for index in self.chances.argmax(axis=1))

    def entropy(self) -> Floats:
        """Return how undecided each account is, in bits: 0 is certain, log2 k knows nothing; shape (n,)."""
        return _bits(self.chances)

    def pooled(self, rows: Sequence[int] | Ints | None = None) -> dict[str, float]:
        """Return the chances of one unknown person who gave all these accounts (all rows where none are named).

        What the accounts share is not counted twice: their product is tempered by the exponent that held on accounts
        kept apart (`link.ScoreCalibration.pooling_exponent`).
        """
        chosen = self.chances if rows is None else self.chances[np.asarray(rows, dtype=np.int64)]
        if not chosen.shape[0]:
            return dict.fromkeys(self.lives, 1.0 / len(self.lives))
        return dict(zip(self.lives, pool(chosen, self.score_calibration.pooling_exponent).tolist(), strict=True))

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row an account: best author, its chance, entropy in bits, then a column per author."""
        import pandas as pd

        head = {
            "account": self.accounts,
            "day": self.days,
            "best": self.best(),
            "chance": self.chances.max(axis=1, initial=0.0),
            "entropy_bits": self.entropy(),
        }
        return pd.concat([pd.DataFrame(head), pd.DataFrame(self.chances, columns=list(self.lives))], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "note": AUTHORSHIP_NOTE,
            "view": self.view,
            "lives": list(self.lives),
            "score_calibration": self.score_calibration.to_dict(),
            "pooled": self.pooled(),
            "accounts": [
                {"account": name, "day": day, "best": best, "entropy_bits": bits, "chances": row}
                for name, day, best, bits, row in zip(
                    self.accounts, self.days, self.best(), self.entropy().tolist(), self.chances.tolist(), strict=True
                )
            ],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        pooled = self.pooled()
        best = max(pooled, key=lambda life: pooled[life])
        return (
            f"Placement({len(self.accounts)} accounts among {len(self.lives)} authors: as one person's, {best} with "
            f"{pooled[best]:.0%}; {self.view}; authorship, not memory)"
        )


def _bits(chances: Floats) -> Floats:
    sure = np.where(chances > 0, chances, 1.0)
    bits: Floats = -(chances * np.log2(sure)).sum(axis=1)
    return bits


# With fewer, the latest fifth of an author is one account, and no chance can be fitted on it.
FEWEST_ACCOUNTS = 10
HELD_OUT = 0.2
# Inverse penalty of the machine, chosen on the latest fifth of the earlier accounts of 13 dreamers.
_STRENGTH = 0.1
_TOLERANCE = 1e-2
_POOLED = (2, 5, 20)


@dataclass(frozen=True, slots=True, eq=False)
class Authors:
    """What was learnt of several authors.

    Attributes
    ----------
    lives : tuple of str
        The authors, sorted: column j of every table of chances.
    view : str
        The view of the texts (:data:`karmalink.account.VIEWS`).
    score_calibration : ScoreCalibration
        How scores become chances.
    n_accounts : int
        Accounts learnt from.
    space : WritingSpace
        Columns of the texts.
    """

    lives: tuple[str, ...]
    view: str
    score_calibration: ScoreCalibration
    n_accounts: int
    space: WritingSpace
    _machine: Any
    _gazetteer: Gazetteer | None
    _labels: tuple[str, ...]

    def place(self, accounts: Sequence[Account]) -> Placement:
        """Return for each account the chances over the authors.

        An account in which nothing is known, a blank one say, gets even chances. The author may be none of those
        learnt: the chances are over these and no others.
        """
        texts = viewed(
            [account.text for account in accounts], self.view, gazetteer=self._gazetteer, labels=self._labels
        )
        rows = self.space.rows(texts)
        chances = share_out(
            _scores(self._machine, rows, len(self.lives)),
            self.score_calibration.inverse_temperature,
            self.score_calibration.uniform_share,
        )
        chances[np.diff(rows.indptr) == 0] = 1.0 / len(self.lives)
        return Placement(
            lives=self.lives,
            accounts=tuple(account.id for account in accounts),
            days=tuple("" if account.when is None else account.when.written() for account in accounts),
            chances=chances,
            score_calibration=self.score_calibration,
            view=self.view,
        )

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Authors({len(self.lives)} authors, {self.n_accounts:,} accounts, {self.view}: authorship, not memory)"


def in_order(accounts: Sequence[Account]) -> list[Account]:
    """Return one person's accounts by date; an undated one stays behind the account before it in the order given.

    Accounts before the first dated one take its date, and a series without any date keeps its order.
    """
    last = next((account.when.ordinal for account in accounts if account.when is not None), 0)
    keyed = []
    for place, account in enumerate(accounts):
        last = last if account.when is None else account.when.ordinal
        keyed.append((last, place, account))
    return [account for _, _, account in sorted(keyed, key=lambda item: item[:2])]


def latest(accounts: Sequence[Account], share: float = HELD_OUT) -> tuple[list[Account], list[Account]]:
    """Return the earlier accounts of every person and the latest `share` of each (at least one)."""
    by_person: dict[str, list[Account]] = {}
    for account in accounts:
        by_person.setdefault(account.person, []).append(account)
    earlier: list[Account] = []
    later: list[Account] = []
    for own in by_person.values():
        ordered = in_order(own)
        cut = len(ordered) - max(1, round(len(ordered) * share))
        earlier += ordered[:cut]
        later += ordered[cut:]
    return earlier, later


def learn_authors(
    accounts: Sequence[Account],
    *,
    view: str = "all",
    gazetteer: Gazetteer | None = None,
    labels: Sequence[str] = (),
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Authors:
    """Learn who writes how from accounts whose person is known.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of two people or more, at least :data:`FEWEST_ACCOUNTS` each; people with fewer are left out.
    view : str
        A name in :data:`karmalink.account.VIEWS`.
    gazetteer : Gazetteer, optional
        Names known beforehand (*names masked*).
    labels : sequence of str
        What stands in every text of one origin (names of series, of files) and would give it away.
    seed : int
        Seed of the order in which the machine meets the texts.
    progress : callable, optional
        Called with the name of each step.

    Raises
    ------
    CannotAnswer
        Fewer than two people with enough accounts.
    UsageError
        Unknown view.
    """
    tell = progress or (lambda step: None)
    name = view_named(view).name
    enough = _enough(accounts)
    lives = tuple(sorted({account.person for account in enough}))
    if len(lives) < 2:
        raise CannotAnswer(
            f"only {counted(len(lives), 'person has', 'people have')} {FEWEST_ACCOUNTS} accounts or more",
            rule="an author is recognised among other authors",
            next_step=f"give at least {FEWEST_ACCOUNTS} accounts each of two people or more",
        )
    tell("views")
    earlier, later = latest(enough)
    ordered = [*earlier, *later]
    texts = viewed([account.text for account in ordered], name, gazetteer=gazetteer, labels=labels)
    tell("columns")
    space, rows = WritingSpace.learn(texts)
    number = {life: index for index, life in enumerate(lives)}
    truth = np.array([number[account.person] for account in ordered], dtype=np.int64)
    split = len(earlier)
    tell("held-out accounts")
    machine = _fit(rows[:split], truth[:split], seed)
    score_calibration = _calibrated(_scores(machine, rows[split:], len(lives)), truth[split:])
    tell("all accounts")
    machine = _fit(rows, truth, seed)
    return Authors(lives, name, score_calibration, len(ordered), space, machine, gazetteer, tuple(labels))


def _enough(accounts: Sequence[Account]) -> list[Account]:
    by_person: dict[str, list[Account]] = {}
    for account in accounts:
        if account.text.strip():
            by_person.setdefault(account.person, []).append(account)
    return [account for own in by_person.values() if len(own) >= FEWEST_ACCOUNTS for account in own]


def _fit(rows: Any, truth: Ints, seed: int) -> Any:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_STRENGTH, class_weight="balanced", tol=_TOLERANCE, random_state=seed, max_iter=2000)
    return machine.fit(rows, truth)


def _scores(machine: Any, rows: Any, n_lives: int) -> Floats:
    if not rows.shape[0]:
        return np.zeros((0, n_lives))
    margin = np.asarray(machine.decision_function(rows), dtype=np.float64)
    return np.stack([-margin, margin], axis=1) if margin.ndim == 1 else margin


def _calibrated(scores: Floats, truth: Ints) -> ScoreCalibration:
    inverse_temperature, uniform_share = fit_score_calibration(scores, truth)
    chances = share_out(scores, inverse_temperature, uniform_share)
    groups: list[Floats] = []
    owners: list[int] = []
    for own in np.unique(truth).tolist():
        rows = chances[truth == own]
        for size in _POOLED:
            for begin in range(0, rows.shape[0] - size + 1, size):
                groups.append(rows[begin : begin + size])
                owners.append(own)
    return ScoreCalibration(inverse_temperature, uniform_share, fit_pooling(groups, owners), int(truth.size))
