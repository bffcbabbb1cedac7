"""All people of a study against all its lives: one question to everything that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.base.progress import Progress
from karmalink.errors import CannotAnswer, InputError
from karmalink.study.analyses.open_questions import decoys_of
from karmalink.study.awakening import stage_groups

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Audit, Executor, LagCurve, LagTable, PairsResult, Power, StrangerResult
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.seek import Case
    from karmalink.study.study import Study

__all__ = [
    "accounts_of",
    "audit_of",
    "case_of",
    "find_pairs",
    "lag_curve_of",
    "lag_table_of",
    "people_on_map",
    "power_of",
    "rank_of",
    "registers_of",
]

# What is asked of a study as a whole: the rooms' questions put to what it holds, with the joints between them.
#
# Each takes the study's own records, and what it stores carries the list of everybody whose data went in. In a study
# open for writing a result is kept, in the place of the one about the same people and lives that was there before.

REGISTER = "register"


def accounts_of(study: Study, person: str) -> list[Account]:
    """Return the accounts of one person.

    Raises
    ------
    UnknownName, ConsentMissing
        Nobody of this identifier is in the study, or they have not agreed.
    CannotAnswer
        They have given no account.
    """
    study.people.agreed(person)
    accounts = study.accounts.list(person=person)
    if not accounts:
        raise CannotAnswer(
            f"{person} has given no account", next_step=f"karmalink study add accounts FILE --person {person}"
        )
    return accounts


def registers_of(study: Study) -> list[Life]:
    """Return the lives of registers, among which a life that somebody claims is ranked."""
    return study.lives.list(kind=REGISTER)


def power_of(
    study: Study,
    person: str,
    life: str,
    *,
    decoys: int | None = None,
    lags: int = 7,
    q: float = 0.10,
    seed: int = 0,
) -> Power:
    """Return what the accounts of a person and the entries of a life could show at all.

    Parameters
    ----------
    study : Study
        Open.
    person, life : str
        Identifiers.
    decoys : int, optional
        Other lives; where not given, those that could stand beside this one: the other registers for a register, the
        lives of others in the same span of time for any other.
    lags, q, seed
        As in :func:`karmalink.link.power_for`.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, or no account.
    """
    accounts, lived = accounts_of(study, person), study.lives.get(life)
    if decoys is None:
        decoys = decoys_of(lived, study.lives.list(kind=REGISTER if lived.kind == REGISTER else None), person)
    return link.power_for(accounts, lived, n_decoys=decoys, lags=lags, q=q, seed=seed)


def find_pairs(
    study: Study,
    person: str,
    life: str,
    *,
    null: str = "mirror",
    lags: int = 7,
    q: float = 0.10,
    covariates: Covariates | None = None,
    view: str = "all",
    executor: Executor = link.SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PairsResult:
    """Return which nights of a person draw on which days of a life; what the nights knew enters as stage groups.

    Entries that retell a dream are cut before they are scored. In a study open for writing the result is kept, for as
    long as both people are in the study. The stage of the awakening and whatever else is known of the accounts
    (`covariates`) is told with its worth.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, or no account.
    UsageError
        As :func:`karmalink.link.pairs`.
    """
    accounts, lived = accounts_of(study, person), study.lives.get(life)
    people = _people(study, person, [life])
    stages = stage_groups(accounts, study.awakenings)
    found = link.pairs(
        accounts,
        lived,
        null=null,
        lags=lags,
        q=q,
        cut_retellings=True,
        groups=stages or None,
        covariates={**({"stage": stages} if stages else {}), **(covariates or {})} or None,
        view=view,
        executor=executor,
        seed=seed,
        progress=progress,
    )
    if study.writable:
        study.results.put("pairs", people, found.to_dict(), id=f"pairs:{person}:{life}")
    return found


def lag_curve_of(
    study: Study,
    person: str,
    life: str,
    *,
    lags: int = 14,
    within: int | None = None,
    view: str = "all",
    seed: int = 0,
    progress: Progress | None = None,
) -> LagCurve:
    """Return how far back the accounts of a person reach into a life, against how far forward; kept as by `find_pairs`.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, or no account.
    UsageError
        As :func:`karmalink.link.lag_curve`.
    """
    accounts, lived = accounts_of(study, person), study.lives.get(life)
    people = _people(study, person, [life])
    curve = link.lag_curve(
        accounts, lived, lags=lags, within=within, cut_retellings=True, view=view, seed=seed, progress=progress
    )
    if study.writable:
        study.results.put("lags", people, curve.to_dict(), id=f"lags:{person}:{life}")
    return curve


def rank_of(
    study: Study,
    person: str,
    life: str,
    *,
    alpha: float = 0.01,
    q: float = 0.10,
    view: str = "all",
    progress: Progress | None = None,
) -> StrangerResult:
    """Return how one life of a register ranks among the study's others, by the accounts of a person; kept likewise.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, no account, or no other register.
    InputError
        The life is no register.
    """
    accounts, lived = accounts_of(study, person), study.lives.get(life)
    if lived.kind != REGISTER:
        raise InputError(
            f"the life {life} is of the kind {lived.kind}",
            rule="a life is ranked among lives from the same kind of source: a diary among registers wins by its style",
            allowed=REGISTER,
            next_step=f"for a life with dated days: karmalink link pairs --study STUDY {person} {life}",
        )
    lives = registers_of(study)
    people = _people(study, person, [one.id for one in lives])
    found = link.stranger(accounts, lives, life, alpha=alpha, q=q, view=view, progress=progress)
    if study.writable:
        study.results.put("stranger", people, found.to_dict(), id=f"stranger:{person}:{life}")
    return found


def case_of(study: Study, path: str | Path) -> Case:
    """Return a search of which the study knows the places, witnesses and clues.

    The area, who searches, what closes, the plan's settings and the log of searches come from the case file; tables of
    places, witnesses and clues that it names are not read, so that nothing is counted twice.

    Raises
    ------
    ReadError, ImportFaults, InputError, UnknownName
        Whatever is wrong with the case.
    """
    from karmalink.seek import Case

    return Case.read(path, places=study.places.list(), witnesses=study.witnesses.list(), clues=study.clues.list())


def people_on_map(study: Study) -> list[str]:
    """Return everybody whose words a map of the study is made of: witnesses, and who is behind the clues."""
    return sorted({*study.clues.everybody(), *study.witnesses.everybody()})


def _people(study: Study, person: str, lives: Sequence[str]) -> list[str]:
    """Return everybody whose words go in; refused before anything is computed where one of them has not agreed."""
    people = sorted({person, *(name for life in lives for name in study.lives.contributors(life))})
    for name in people:
        study.people.agreed(name)
    return people


# Do the error rates hold on data like a study's? The audit of the link room, put to what the study holds.

_MOST_OTHERS = 5


def audit_of(
    study: Study,
    person: str,
    life: str,
    *,
    nulls: Sequence[str] = ("mirror", "shift"),
    lags: int = 7,
    q: float = 0.10,
    runs: int = 40,
    executor: Executor = link.SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Return what the nulls do where there is nothing to find, in the layout of a person's accounts and a life.

    The accounts are also put beside the lives of others in the study (not registers, whose entries are no days), of
    everybody who agreed; for the stranger null beside the registers. In a study open for writing the audit is kept, for
    as long as all of them are in it.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, or no account.
    UsageError
        As :func:`karmalink.link.audit`.
    """
    accounts, lived = accounts_of(study, person), study.lives.get(life)
    others = [
        one
        for one in study.lives.list()
        if one.id != life and one.kind != REGISTER and one.author not in (person, lived.author)
    ][:_MOST_OTHERS]
    if "stranger" in nulls:
        others = [one for one in registers_of(study) if one.id != life]
    people = sorted({person, *(name for one in (lived, *others) for name in study.lives.contributors(one.id))})
    for name in people:
        study.people.agreed(name)
    found = link.audit(
        accounts,
        lived,
        others=others,
        nulls=nulls,
        lags=lags,
        q=q,
        runs=runs,
        executor=executor,
        seed=seed,
        progress=progress,
    )
    if study.writable:
        study.results.put("audit", people, found.to_dict(), id=f"audit:{person}:{life}")
    return found


def lag_table_of(
    study: Study, *, lags: int = 14, executor: Executor = link.SERIAL, seed: int = 0, progress: Progress | None = None
) -> LagTable:
    """Return how far back the accounts of all people reach into all lives; kept in a study open for writing.

    A life is one's own where one wrote it. The blocks of the run are kept in the study's own journal, sealed, until the
    result is: a run that was killed goes on where it was.

    Raises
    ------
    CannotAnswer
        There is no account, or no life.
    UnknownName, ConsentMissing
        Somebody whose words go in has not agreed.
    """
    accounts, lives = study.accounts.list(), study.lives.list()
    if not accounts or not lives:
        raise CannotAnswer(
            f"the study holds no {'account' if not accounts else 'life'}",
            next_step=f"karmalink study add {'accounts' if not accounts else 'lives'} FILE",
        )
    people = sorted(
        {one.person for one in accounts} | {name for life in lives for name in study.lives.contributors(life.id)}
    )
    journal = None
    if study.writable:
        journal = study.results.journal(people)
        executor = replace(executor, journal=journal)
    found = link.lag_table(
        accounts, lives, lags=lags, cut_retellings=True, executor=executor, seed=seed, progress=progress
    )
    if journal is not None:
        study.results.put("lag_table", people, found.to_dict(), id="lag_table")
        journal.clear()
    return found
