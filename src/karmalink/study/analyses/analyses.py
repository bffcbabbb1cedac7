"""The link and seek rooms' questions, asked of a study: one person and one life, or everything in it.

Each function takes the study's own records. What it stores carries the list of all people whose data were used. In a
study open for writing the result is kept, replacing the earlier one about the same people and lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from karmalink import link
from karmalink.base.progress import Progress
from karmalink.errors import CannotAnswer, InputError
from karmalink.study.analyses.open_questions import decoys_of
from karmalink.study.awakening import stage_groups

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Life
    from karmalink.link import Audit, Executor, LagCurve, LagTable, PairsResult, PooledPairs, Power, StrangerResult
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.seek import Case
    from karmalink.study.study import Study

__all__ = [
    "AuditOptions",
    "PairsOptions",
    "accounts_of",
    "audit_of",
    "case_of",
    "find_pairs",
    "lag_curve_of",
    "lag_table_of",
    "people_on_map",
    "pooled_pairs_of",
    "power_of",
    "rank_of",
    "registers_of",
]

REGISTER = "register"


def accounts_of(study: Study, person: str) -> list[Account]:
    """Return the accounts of one person.

    Raises
    ------
    UnknownName, ConsentMissing
        The person is not in the study, or has not agreed.
    CannotAnswer
        They have no account.
    """
    study.people.agreed(person)
    accounts = study.accounts.list(person=person)
    if not accounts:
        raise CannotAnswer(f"{person} has no account", next_step=f"karmalink study add accounts FILE --person {person}")
    return accounts


def registers_of(study: Study) -> list[Life]:
    """Return the lives of registers, among which a claimed life is ranked."""
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
    """Return which effects the accounts of a person and the entries of a life could show.

    Parameters
    ----------
    study : Study
        Open.
    person, life : str
        Identifiers.
    decoys : int, optional
        Number of other lives; if not given, those that can be compared: for a register the other registers, for any
        other life the lives of others in the same span of time.
    lags, q, seed
        As in :func:`karmalink.link.power_for`.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Unknown person or life, missing consent, or no account.
    """
    accounts, entries = accounts_of(study, person), study.lives.get(life)
    if decoys is None:
        decoys = decoys_of(entries, study.lives.list(kind=REGISTER if entries.kind == REGISTER else None), person)
    return link.power_for(accounts, entries, n_decoys=decoys, lags=lags, q=q, seed=seed)


class PairsOptions(TypedDict, total=False):
    """Options of :func:`karmalink.link.pairs` that :func:`find_pairs` takes, with the defaults there."""

    null: str
    lags: int
    q: float
    encoder: Encoder | None
    view: str
    executor: Executor
    seed: int
    progress: Progress | None


def find_pairs(
    study: Study, person: str, life: str, *, covariates: Covariates | None = None, **options: Unpack[PairsOptions]
) -> PairsResult:
    """Return which nights of a person draw on which days of a life; the stages of awakenings are the groups.

    Entries that retell a dream are cut before they are scored. In a study open for writing the result is kept, for as
    long as both people are in the study. The result reports the effect of the stage of the awakening and of other
    covariates of the accounts.

    Parameters
    ----------
    study : Study
        Open.
    person, life : str
        Identifiers.
    covariates : mapping, optional
        As in :func:`karmalink.link.pairs`, beside the stage of the awakening.
    **options
        As in :func:`karmalink.link.pairs` (see :class:`PairsOptions`).

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Unknown person or life, missing consent, or no account.
    UsageError
        As :func:`karmalink.link.pairs`.
    """
    accounts, entries = accounts_of(study, person), study.lives.get(life)
    people = _people(study, person, [life])
    stages = stage_groups(accounts, study.awakenings)
    known = {**({"stage": stages} if stages else {}), **(covariates or {})}
    result = link.pairs(
        accounts, entries, cut_retellings=True, groups=stages or None, covariates=known or None, **options
    )
    if study.writable:
        study.results.put("pairs", people, result.to_dict(), id=f"pairs:{person}:{life}")
    return result


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
    """Return how far back the accounts of a person reach into a life, against how far forward.

    The result is kept as by :func:`find_pairs`.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Unknown person or life, missing consent, or no account.
    UsageError
        As :func:`karmalink.link.lag_curve`.
    """
    accounts, entries = accounts_of(study, person), study.lives.get(life)
    people = _people(study, person, [life])
    curve = link.lag_curve(
        accounts, entries, lags=lags, within=within, cut_retellings=True, view=view, seed=seed, progress=progress
    )
    if study.writable:
        study.results.put("lags", people, curve.to_dict(), id=f"lags:{person}:{life}")
    return curve


def rank_of(
    study: Study,
    person: str,
    life: str | None = None,
    *,
    alpha: float = 0.01,
    q: float = 0.10,
    view: str = "all",
    named: str = "before",
    looks: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> StrangerResult:
    """Return how one life of a register ranks among the study's others, or whether any fits the accounts of a person.

    The result is kept as by :func:`find_pairs`. What was kept before counts: every life that these accounts were held
    against is a look, and after a ranking was shown every life counts as chosen after it.

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Nobody of this identifier, no such life, no account, or no other register.
    InputError
        The life is not a register.
    """
    accounts, claimed = accounts_of(study, person), None if life is None else study.lives.get(life)
    if claimed is not None and claimed.kind != REGISTER:
        raise InputError(
            f"the life {life} is a {claimed.kind}, not a register",
            rule="a life is ranked among lives of the same kind: a diary among registers would win by its style",
            allowed=REGISTER,
            next_step=f"for a life with dated days: karmalink link pairs --study STUDY {person} {life}",
        )
    lives = registers_of(study)
    people = _people(study, person, [register.id for register in lives])
    name, before = f"stranger:{person}:{life or ''}", _looks_before(study, person)
    if any(one != name and shown for one, shown in before.items()) or before.get(name):
        named = "after"
    result = link.stranger(
        accounts,
        lives,
        life,
        alpha=alpha,
        q=q,
        named=named,
        looks=max(looks, len({*before, name})),
        view=view,
        seed=seed,
        progress=progress,
    )
    if study.writable:
        study.results.put("stranger", people, result.to_dict(), id=name)
    return result


def _looks_before(study: Study, person: str) -> dict[str, bool]:
    """Return the looks of a person's accounts at the registers: name of the result → whether a ranking was shown."""
    kept = (one for one in study.results.list("stranger") if one.id.startswith(f"stranger:{person}:"))
    return {one.id: one.data.get("named", "before") != "before" for one in kept}


def case_of(study: Study, path: str | Path) -> Case:
    """Return a search case with the places, witnesses and clues of the study.

    The area, searchers, closures, the plan's settings and the log of searches come from the case file; tables of
    places, witnesses and clues that it names are not read, so that nothing is counted twice.

    Raises
    ------
    ReadError, ImportFaults, InputError, UnknownName
        The case file is not valid.
    """
    from karmalink.seek import Case

    return Case.read(path, places=study.places.list(), witnesses=study.witnesses.list(), clues=study.clues.list())


def people_on_map(study: Study) -> list[str]:
    """Return all people whose data a map of the study uses: witnesses, and the contributors of clues."""
    return sorted({*study.clues.everybody(), *study.witnesses.everybody()})


def _people(study: Study, person: str, lives: Sequence[str]) -> list[str]:
    """Return all people whose data are used; before anything is computed, check that they have agreed."""
    people = sorted({person, *(name for life in lives for name in study.lives.contributors(life))})
    for name in people:
        study.people.agreed(name)
    return people


_MOST_OTHERS = 5


class AuditOptions(TypedDict, total=False):
    """Options of :func:`karmalink.link.audit` that :func:`audit_of` takes, with the defaults there."""

    lags: int
    q: float
    runs: int
    executor: Executor
    seed: int
    progress: Progress | None


def audit_of(
    study: Study,
    person: str,
    life: str,
    *,
    nulls: Sequence[str] = ("mirror", "shift"),
    **options: Unpack[AuditOptions],
) -> Audit:
    """Return what the nulls do where there is nothing to find, in the layout of a person's accounts and a life.

    The accounts are also compared with the lives of others in the study who agreed (not registers, whose entries are
    not days); for the stranger null with the registers. In a study open for writing the audit is kept, for as long as
    all of them are in it.

    Parameters
    ----------
    study : Study
        Open.
    person, life : str
        Identifiers.
    nulls : sequence of str
        ``mirror``, ``shift``, ``stranger``.
    **options
        As in :func:`karmalink.link.audit` (see :class:`AuditOptions`).

    Raises
    ------
    UnknownName, ConsentMissing, CannotAnswer
        Unknown person or life, missing consent, or no account.
    UsageError
        As :func:`karmalink.link.audit`.
    """
    accounts, entries = accounts_of(study, person), study.lives.get(life)
    if "stranger" in nulls:
        others = [other for other in registers_of(study) if other.id != life]
    else:
        authors = (person, entries.author)
        days = [other for other in study.lives.list() if other.kind != REGISTER and other.author not in authors]
        others = [other for other in days if other.id != life][:_MOST_OTHERS]
    people = _people(study, person, [life, *(other.id for other in others)])
    result = link.audit(accounts, entries, others=others, nulls=nulls, **options)
    if study.writable:
        study.results.put("audit", people, result.to_dict(), id=f"audit:{person}:{life}")
    return result


def pooled_pairs_of(
    study: Study,
    *,
    lags: int = 7,
    q: float = 0.10,
    encoder: Encoder | None = None,
    view: str = "all",
    executor: Executor = link.SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PooledPairs:
    """Return which nights of all dreamers draw on which days of their own lives; kept in a study open for writing.

    Raises
    ------
    CannotAnswer
        The study has no account, or no life.
    UsageError
        Nobody has a life of their own.
    UnknownName, ConsentMissing
        A person whose data are used has not agreed.
    """
    accounts, lives, people = _everything(study)
    rows, without = link.by_dreamer(accounts, lives)
    journal = None
    if study.writable:
        journal = study.results.journal(people)
        executor = replace(executor, journal=journal)
    found = link.pooled_pairs(
        rows,
        lags=lags,
        q=q,
        cut_retellings=True,
        encoder=encoder,
        view=view,
        executor=executor,
        seed=seed,
        progress=progress,
    )
    found = replace(found, left_out=(*without, *found.left_out))
    if journal is not None:
        study.results.put("pooled_pairs", people, found.to_dict(), id="pooled_pairs")
        journal.clear()
    return found


def _everything(study: Study) -> tuple[list[Account], list[Life], list[str]]:
    """Return all accounts and lives of a study, and everybody whose data they are."""
    accounts, lives = study.accounts.list(), study.lives.list()
    if not accounts or not lives:
        raise CannotAnswer(
            f"the study has no {'account' if not accounts else 'life'}",
            next_step=f"karmalink study add {'accounts' if not accounts else 'lives'} FILE",
        )
    people = {account.person for account in accounts}
    people |= {name for life in lives for name in study.lives.contributors(life.id)}
    return accounts, lives, sorted(people)


def lag_table_of(
    study: Study, *, lags: int = 14, executor: Executor = link.SERIAL, seed: int = 0, progress: Progress | None = None
) -> LagTable:
    """Return how far back the accounts of all people reach into all lives; kept in a study open for writing.

    A life is a person's own if they wrote it. The blocks of the run are kept encrypted in the study's own journal until
    the result is stored: an interrupted run continues where it was.

    Raises
    ------
    CannotAnswer
        The study has no account, or no life.
    UnknownName, ConsentMissing
        A person whose data are used has not agreed.
    """
    accounts, lives, people = _everything(study)
    journal = None
    if study.writable:
        journal = study.results.journal(people)
        executor = replace(executor, journal=journal)
    result = link.lag_table(
        accounts, lives, lags=lags, cut_retellings=True, executor=executor, seed=seed, progress=progress
    )
    if journal is not None:
        study.results.put("lag_table", people, result.to_dict(), id="lag_table")
        journal.clear()
    return result
