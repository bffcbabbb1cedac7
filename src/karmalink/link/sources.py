"""Where accounts and a life come from, and what is asked of them: a source answers every question of this room.

Two files are a source (:class:`FileSource`); a study has its own (``karmalink.study.analyses``), which keeps what it
answers. Both take one :class:`Question`, of which each question uses what means something to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from karmalink.account import LanguageShare, languages_in
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import UsageError, suggest
from karmalink.link.cohort.lag_tables import lag_table
from karmalink.link.execution.blocks import SERIAL, Executor
from karmalink.link.mirror_null.pairs_test import pairs
from karmalink.link.mirror_null.pooled_test import by_dreamer, pooled_pairs
from karmalink.link.mirror_null.power_from_data import power_for
from karmalink.link.null_audit.audits import audit
from karmalink.link.shift_null.lag_curves import lag_curve
from karmalink.link.stranger_null.stranger_test import stranger

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Life
    from karmalink.account.files.reading import Reading
    from karmalink.link.cohort.lag_tables import LagTable
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.link.error_control.power_analysis import Power
    from karmalink.link.mirror_null.pairs_result import PairsResult
    from karmalink.link.mirror_null.pooled_result import PooledPairs
    from karmalink.link.null_audit.audits import Audit
    from karmalink.link.shift_null.curve_result import LagCurve
    from karmalink.link.stranger_null.stranger_test import StrangerResult
    from karmalink.rows import Columns

__all__ = ["FileSource", "Languages", "Question", "Source", "languages_of", "only_one"]

# Of the accounts, and of the life.
Languages = tuple[tuple[LanguageShare, ...], tuple[LanguageShare, ...]]

# Question → which options it has, by the names that the functions of this room give them.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "power": ("lags", "q", "seed"),
    "pairs": ("null", "lags", "q", "covariates", "encoder", "view", "executor", "seed", "progress"),
    "pooled_pairs": ("lags", "q", "encoder", "view", "executor", "seed", "progress"),
    "lag_curve": ("lags", "within", "view", "seed", "progress"),
    "lag_table": ("lags", "executor", "seed", "progress"),
    "stranger": ("alpha", "q", "view", "named", "looks", "seed", "progress"),
    "audit": ("nulls", "lags", "q", "runs", "executor", "seed", "progress"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of accounts and a life; each question takes what means something to it.

    Attributes
    ----------
    null : str
        Of `pairs`.
    nulls : tuple of str
        Of an audit.
    lags, q, alpha, named, looks, within, runs, view, covariates, encoder, seed
        As in the functions of these names' questions (:func:`karmalink.link.pairs` and its like).
    decoys : int or None
        Other lives, for the power; None where the source counts them.
    others : Path or None
        A file of lives of other people, for an audit.
    executor : Executor
        Where the work runs.
    progress : callable or None
        Called with (done, total).
    """

    null: str = "mirror"
    nulls: tuple[str, ...] = ("mirror", "shift")
    lags: int = 7
    q: float = 0.10
    alpha: float = 0.01
    named: str = "before"
    looks: int = 1
    within: int | None = None
    runs: int = 40
    view: str = "all"
    covariates: Covariates | None = None
    encoder: Encoder | None = None
    decoys: int | None = None
    others: Path | None = None
    executor: Executor = SERIAL
    seed: int = 0
    progress: Progress | None = None

    def options(self, name: str) -> dict[str, Any]:
        """Return the options that a function of this room takes of it: ``pairs``, ``lag_curve`` …"""
        return {option: getattr(self, option) for option in _OPTIONS[name]}


class Source(Protocol):
    """Accounts of one person and one life, and the questions about them."""

    def power(self, question: Question) -> Power:
        """Return what can be answered at all."""

    def pairs(self, question: Question) -> PairsResult:
        """Return which nights draw on which days."""

    def pooled_pairs(self, question: Question) -> PooledPairs:
        """Return which nights of all dreamers draw on which days of their own lives."""

    def lag_curve(self, question: Question) -> LagCurve:
        """Return how far back the accounts reach."""

    def lag_table(self, question: Question) -> LagTable:
        """Return how far back the accounts of everybody reach into all lives."""

    def stranger(self, life: str | None, question: Question) -> StrangerResult:
        """Return how a life ranks among the others of a register, or whether any fits."""

    def stranger_beside(self, question: Question) -> StrangerResult:
        """Return how the life ranks among those beside which an audit puts it."""

    def audit(self, question: Question) -> Audit:
        """Return what the nulls do where there is nothing to find, in the layout of these data."""

    def n_others(self) -> int:
        """Return how many lives there are, besides one, to rank it among."""

    def languages(self) -> Languages:
        """Return which languages the accounts are in, and which the life."""


@dataclass(frozen=True)
class FileSource:
    """Two files, each read once.

    Attributes
    ----------
    accounts_file, life_file : Path
        The files.
    reading : Reading
        What holds for them; its `person` and `life` also say which one is meant where a file holds several.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream first.
    life_columns : Columns or None
        Which heading is which field in the file of lives; `reading` says it of the accounts.
    dated : bool
        Whether accounts and entries need dates: those of a claim, and of the register it is about, need none.
    """

    accounts_file: Path
    life_file: Path
    reading: Reading
    cut_retellings: bool = False
    life_columns: Columns | None = None
    dated: bool = True

    def power(self, question: Question) -> Power:
        """Return what can be answered at all."""
        decoys = question.decoys or 0
        return power_for(self.accounts, self.life, n_decoys=decoys, **question.options("power"))

    def pairs(self, question: Question) -> PairsResult:
        """Return which nights draw on which days."""
        options = question.options("pairs")
        return pairs(self.accounts, self.life, cut_retellings=self.cut_retellings, **options)

    def pooled_pairs(self, question: Question) -> PooledPairs:
        """Return which nights of all dreamers draw on which days of their own lives."""
        rows, without = by_dreamer(self._everybody, self._lives)
        found = pooled_pairs(rows, cut_retellings=self.cut_retellings, **question.options("pooled_pairs"))
        return replace(found, left_out=(*without, *found.left_out))

    def lag_curve(self, question: Question) -> LagCurve:
        """Return how far back the accounts reach."""
        options = question.options("lag_curve")
        return lag_curve(self.accounts, self.life, cut_retellings=self.cut_retellings, **options)

    def lag_table(self, question: Question) -> LagTable:
        """Return how far back the accounts of everybody reach into all lives."""
        options = question.options("lag_table")
        return lag_table(self._everybody, self._lives, cut_retellings=self.cut_retellings, **options)

    def stranger(self, life: str | None, question: Question) -> StrangerResult:
        """Return how a life ranks among the others of the file, or whether any fits."""
        return stranger(self.accounts, self._lives, life, **question.options("stranger"))

    def stranger_beside(self, question: Question) -> StrangerResult:
        """Return how the life ranks among the other lives of its file and those of a file of others."""
        lives = [self.life, *self._beside(question.others)]
        return stranger(self.accounts, lives, self.life.id, progress=question.progress)

    def audit(self, question: Question) -> Audit:
        """Return what the nulls do where there is nothing to find; other lives are those of a file of others."""
        others = self._beside(question.others) if "stranger" in question.nulls else self._of_file(question.others)
        return audit(self.accounts, self.life, others=others, **question.options("audit"))

    def n_others(self) -> int:
        """Return how many lives the file holds, less one."""
        return max(0, len(self._lives) - 1)

    def languages(self) -> Languages:
        """Return which languages the accounts are in, and which the life."""
        return languages_of(self.accounts, self.life)

    @cached_property
    def accounts(self) -> list[Account]:
        """Return the accounts of one person."""
        people = sorted({one.person for one in self._everybody})
        chosen = only_one("person", people, self.reading.person, self.accounts_file)
        return [account for account in self._everybody if account.person == chosen]

    @cached_property
    def life(self) -> Life:
        """Return the life in question."""
        lives = {life.id: life for life in self._lives}
        return lives[only_one("life", sorted(lives), self.reading.life, self.life_file)]

    @cached_property
    def _everybody(self) -> list[Account]:
        read = self.reading.accounts if self.dated else self.reading.statements
        return read(self.accounts_file)

    @cached_property
    def _lives(self) -> list[Life]:
        return replace(self.reading, columns=self.life_columns).lives(self.life_file, dated=self.dated)

    def _beside(self, others: Path | None) -> list[Life]:
        """Return the other lives of the file, and those of a file of others."""
        return [one for one in (*self._lives, *self._of_file(others)) if one.id != self.life.id]

    def _of_file(self, others: Path | None) -> list[Life]:
        # Which life is meant, and who wrote it, are said of the first file.
        reading = replace(self.reading, life=None, author=None, columns=None)
        return [] if others is None else reading.lives(others, dated=self.dated)


def languages_of(accounts: Sequence[Account], life: Life) -> Languages:
    """Return which languages accounts are in, and which a life."""
    return languages_in(one.text for one in accounts), languages_in(entry.text for entry in life.entries)


_HOLDS: dict[str, Callable[[int], str]] = {
    "person": lambda n: counted(n, "person", "people"),
    "other": lambda n: counted(n, "other person", "other people"),
    "life": lambda n: counted(n, "life", "lives"),
}


def only_one(what: str, there: Sequence[str], named: str | None, file: Path) -> str:
    """Return the name that was given, or the only one that a file holds.

    Parameters
    ----------
    what : str
        ``person``, ``other`` (person) or ``life``: the option that names one.
    there : sequence of str
        Names in the file.
    named : str or None
        The one in question.
    file : Path
        For the message.

    Raises
    ------
    UsageError
        Several are there and none was named, or the one named is not there.
    """
    if named is None and len(there) == 1:
        return there[0]
    if named is not None and named in there:
        return named
    raise UsageError(
        f"the file holds {_HOLDS[what](len(there))}" + (f", none of them called {named!r}" if named else ""),
        where=file,
        allowed=there[:10],
        next_step=suggest(named or "", there) or f"name one with --{what}",
    )
