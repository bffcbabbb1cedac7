"""Where the verbs of ``karmalink link`` have accounts and lives from: two files, or a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from karmalink.cli.study_access import open_study
from karmalink.errors import UsageError, suggest

if TYPE_CHECKING:
    from pathlib import Path

    from karmalink.account import Account, Life
    from karmalink.link import Audit, Executor, LagCurve, PairsResult, Power, StrangerResult
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.study import Study
    from karmalink.study.analyses.links_to_clues import LinksToClues

__all__ = ["FromFiles", "FromStudyHeld", "Picked", "Source", "StudyAt", "Worlds", "source_of"]

# Accounts and lives of a study, as the verbs of ``karmalink link`` ask about them.

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FromStudyHeld:
    """A person and a life of a study that is open."""

    study: Study
    person: str
    life: str

    def power(self, *, decoys: int | None = None, lags: int = 7, q: float = 0.10, seed: int = 0) -> Power:
        """Return what can be answered."""
        from karmalink.study.analyses.analyses import power_of

        return power_of(self.study, self.person, self.life, decoys=decoys, lags=lags, q=q, seed=seed)

    def pairs(
        self,
        *,
        null: str,
        lags: int,
        q: float,
        seed: int,
        progress: Progress,
        covariates: Covariates | None = None,
        view: str = "all",
        executor: Executor | None = None,
    ) -> PairsResult:
        """Return which nights draw on which days."""
        from karmalink.link import SERIAL
        from karmalink.study.analyses.analyses import find_pairs

        return find_pairs(
            self.study,
            self.person,
            self.life,
            null=null,
            lags=lags,
            q=q,
            covariates=covariates,
            view=view,
            executor=executor or SERIAL,
            seed=seed,
            progress=progress,
        )

    def lag(self, *, lags: int, within: int | None, seed: int, progress: Progress, view: str = "all") -> LagCurve:
        """Return how far back the accounts reach."""
        from karmalink.study.analyses.analyses import lag_curve_of

        return lag_curve_of(
            self.study, self.person, self.life, lags=lags, within=within, view=view, seed=seed, progress=progress
        )

    def rank(self, own: str, *, alpha: float, q: float, progress: Progress, view: str = "all") -> StrangerResult:
        """Return how a life ranks among the registers."""
        from karmalink.study.analyses.analyses import rank_of

        return rank_of(self.study, self.person, own, alpha=alpha, q=q, view=view, progress=progress)

    def rank_among(self, others: Path | None, *, progress: Progress) -> StrangerResult:
        """Return how the life, a register, ranks among the registers."""
        return self.rank(self.life, alpha=0.01, q=0.10, progress=progress)

    def audit(self, asked: Worlds, *, progress: Progress, executor: Executor | None = None) -> Audit:
        """Return what the nulls do where there is nothing to find; other lives are those of the study."""
        from karmalink.link import SERIAL
        from karmalink.study.analyses.analyses import audit_of

        if asked.others is not None:
            raise UsageError("--others is for files", rule="with --study the lives of others are those of the study")
        return audit_of(
            self.study, self.person, self.life, progress=progress, executor=executor or SERIAL, **asked.options
        )

    def others(self) -> int:
        """Return how many registers there are, less one."""
        from karmalink.study.analyses.analyses import registers_of

        return max(0, len(registers_of(self.study)) - 1)

    def can_carry(self, sought: str | None) -> None:
        """Refuse words of which none says anything."""
        from karmalink.study.analyses.links_to_clues import sought_words

        if sought is not None:
            sought_words([sought])

    def carry(self, found: PairsResult, sought: str, *, seed: int, progress: Progress) -> LinksToClues:
        """Add the clues of links to the study."""
        from karmalink.study.analyses.links_to_clues import add_clues_from_links

        return add_clues_from_links(self.study, found, sought=[sought], seed=seed, progress=progress)


@dataclass(frozen=True, slots=True)
class Picked:
    """What is picked out of files, and how their dates are read; nothing of it can be said of a study."""

    person: str | None = None
    life: str | None = None
    calendar: str | None = None
    date_means: str | None = None
    author: str | None = None
    cut_retellings: bool = False

    def refuse(self) -> None:
        """Refuse what was given, where a study has said it already."""
        words = {"cut_retellings": "--cut-retellings", "date_means": "--date-means"}
        given = [words.get(name, f"--{name}") for name in self.__slots__ if getattr(self, name) not in (None, False)]
        if given:
            raise UsageError(
                f"{given[0]} is for files",
                rule="with --study the arguments are the identifiers of a person and a life, and the study knows the "
                "rest; retellings are always cut",
                allowed="--study STUDY PERSON LIFE",
            )


@dataclass(frozen=True, slots=True)
class StudyAt:
    """Which study, and what opens it."""

    folder: Path
    passphrase_file: Path | None = None
    keys: Path | None = None


@dataclass(frozen=True, slots=True)
class Worlds:
    """What an audit asks: which nulls, of which window and rate, over how many worlds, beside which other lives."""

    nulls: tuple[str, ...]
    lags: int
    q: float
    runs: int
    seed: int
    others: Path | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the audit by name, less the other lives."""
        return {"nulls": self.nulls, "lags": self.lags, "q": self.q, "runs": self.runs, "seed": self.seed}


class Source(Protocol):
    """Accounts of one person and one life, and the questions about them."""

    def power(self, *, decoys: int | None = None, lags: int = 7, q: float = 0.10, seed: int = 0) -> Power:
        """Return what can be answered."""

    def pairs(
        self,
        *,
        null: str,
        lags: int,
        q: float,
        seed: int,
        progress: Progress,
        covariates: Covariates | None = None,
        view: str = "all",
        executor: Executor | None = None,
    ) -> PairsResult:
        """Return which nights draw on which days."""

    def lag(self, *, lags: int, within: int | None, seed: int, progress: Progress, view: str = "all") -> LagCurve:
        """Return how far back the accounts reach."""

    def rank(self, own: str, *, alpha: float, q: float, progress: Progress, view: str = "all") -> StrangerResult:
        """Return how a life ranks among the others of a register."""

    def rank_among(self, others: Path | None, *, progress: Progress) -> StrangerResult:
        """Return how the life ranks among the lives beside which an audit puts it."""

    def audit(self, asked: Worlds, *, progress: Progress, executor: Executor | None = None) -> Audit:
        """Return what the nulls do where there is nothing to find, in the layout of these data."""

    def others(self) -> int:
        """Return how many lives there are, besides one, to rank it among."""

    def can_carry(self, sought: str | None) -> None:
        """Refuse what cannot be carried, before anything is computed."""

    def carry(self, found: PairsResult, sought: str, *, seed: int, progress: Progress) -> LinksToClues:
        """Make clues of links."""


@dataclass(frozen=True)
class FromFiles:
    """Two files, each read once."""

    accounts: Path
    life: Path
    picked: Picked

    def power(self, *, decoys: int | None = None, lags: int = 7, q: float = 0.10, seed: int = 0) -> Power:
        """Return what can be answered."""
        from karmalink.link import power_for

        return power_for(self._said, self._lived, n_decoys=decoys or 0, lags=lags, q=q, seed=seed)

    def pairs(
        self,
        *,
        null: str,
        lags: int,
        q: float,
        seed: int,
        progress: Progress,
        covariates: Covariates | None = None,
        view: str = "all",
        executor: Executor | None = None,
    ) -> PairsResult:
        """Return which nights draw on which days."""
        from karmalink.link import SERIAL, pairs

        cut = self.picked.cut_retellings
        said, lived = self._said, self._lived
        return pairs(
            said,
            lived,
            null=null,
            lags=lags,
            q=q,
            cut_retellings=cut,
            covariates=covariates,
            view=view,
            executor=executor or SERIAL,
            seed=seed,
            progress=progress,
        )

    def lag(self, *, lags: int, within: int | None, seed: int, progress: Progress, view: str = "all") -> LagCurve:
        """Return how far back the accounts reach."""
        from karmalink.link import lag_curve

        cut = self.picked.cut_retellings
        said, lived = self._said, self._lived
        return lag_curve(
            said, lived, lags=lags, within=within, cut_retellings=cut, view=view, seed=seed, progress=progress
        )

    def rank(self, own: str, *, alpha: float, q: float, progress: Progress, view: str = "all") -> StrangerResult:
        """Return how a life ranks among the others of the file."""
        from karmalink.link import stranger

        return stranger(self._said, self._lives, own, alpha=alpha, q=q, view=view, progress=progress)

    def rank_among(self, others: Path | None, *, progress: Progress) -> StrangerResult:
        """Return how the life ranks among the other lives of its file and those of a file of others."""
        from karmalink.link import stranger

        return stranger(self._said, [self._lived, *self._beside(others)], self._lived.id, progress=progress)

    def audit(self, asked: Worlds, *, progress: Progress, executor: Executor | None = None) -> Audit:
        """Return what the nulls do where there is nothing to find; other lives are those of a file of others."""
        from karmalink.link import SERIAL, audit

        beside = self._beside(asked.others) if "stranger" in asked.nulls else self._of_file(asked.others)
        return audit(
            self._said, self._lived, others=beside, progress=progress, executor=executor or SERIAL, **asked.options
        )

    def _beside(self, others: Path | None) -> list[Life]:
        """Return the other lives of the file, and those of a file of others."""
        return [one for one in (*self._lives, *self._of_file(others)) if one.id != self._lived.id]

    def _of_file(self, others: Path | None) -> list[Life]:
        from karmalink.account import read_lives

        return [] if others is None else list(read_lives(others, calendar=self.picked.calendar))

    def others(self) -> int:
        """Return how many lives the file holds, less one."""
        return max(0, len(self._lives) - 1)

    def can_carry(self, sought: str | None) -> None:
        """Refuse: clues are carried to the map of a study."""
        if sought is not None:
            raise UsageError(
                "files take no clues",
                rule="--sought carries links to the clues of a study, where they go when a person goes",
                allowed="--study STUDY PERSON LIFE --sought WORDS",
            )

    def carry(self, found: PairsResult, sought: str, *, seed: int, progress: Progress) -> LinksToClues:
        """Carry nothing."""
        from karmalink.study.analyses.links_to_clues import LinksToClues

        return LinksToClues((), None, 0)

    @cached_property
    def _said(self) -> list[Account]:
        from karmalink.account import read_accounts

        found = read_accounts(self.accounts, calendar=self.picked.calendar, date_means=self.picked.date_means)
        chosen = _chosen("person", self.picked.person, sorted({one.person for one in found}), self.accounts)
        return [account for account in found if account.person == chosen]

    @cached_property
    def _lives(self) -> Sequence[Life]:
        from karmalink.account import read_lives

        return read_lives(self.life, calendar=self.picked.calendar)

    @cached_property
    def _lived(self) -> Life:
        return life_of(self.life, self.picked)


@contextmanager
def source_of(
    accounts: str | None, life: str | None, picked: Picked, study: StudyAt | None, *, write: bool = False
) -> Iterator[Source]:
    """Give what the arguments mean: two files, or with a study a person and a life of it.

    Raises
    ------
    UsageError
        An argument is missing, or an option is for files and a study was named.
    """
    if accounts is None or life is None:
        raise UsageError(
            "an argument is missing",
            allowed="two files; with --study a person and a life",
            next_step="--help shows the arguments",
        )
    if study is None:
        yield FromFiles(Path(accounts), Path(life), picked)
        return
    picked.refuse()
    from karmalink.cli.link.sources import FromStudyHeld

    with open_study(study.folder, write=write, passphrase_file=study.passphrase_file, keys=study.keys) as held:
        yield FromStudyHeld(held, accounts, life)


def life_of(file: Path, picked: Picked) -> Life:
    """Return one life of a file.

    Raises
    ------
    UsageError
        The file holds several lives, and none of them was named.
    """
    from karmalink.account import read_lives

    options: dict[str, Any] = {"calendar": picked.calendar, "author": picked.author}
    if file.suffix.casefold() in (".ics", ".txt"):
        options["life"] = picked.life or file.stem
    lives = {life.id: life for life in read_lives(file, **options)}
    return lives[_chosen("life", picked.life, sorted(lives), file)]


def _chosen(what: str, given: str | None, there: Sequence[str], file: Path) -> str:
    if given is None and len(there) == 1:
        return there[0]
    if given is not None and given in there:
        return given
    raise UsageError(
        f"the file holds {len(there)} {'people' if what == 'person' else 'lives'}"
        + (f", and none is called {given!r}" if given else ""),
        where=file,
        allowed=there[:10],
        next_step=suggest(given or "", there) or f"name one with --{what}",
    )
