"""What is asked of a study as a whole: the rooms' questions put to what it holds, with the joints between them.

Each takes the study's own records, and what it stores carries the list of everybody whose data went in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.errors import CannotAnswer
from karmalink.study.joints import carried, clues_from_links, stage_groups

if TYPE_CHECKING:
    from karmalink.account import Account
    from karmalink.link import LagCurve, PairsResult, Power
    from karmalink.seek import Area, Clue, CluesMap
    from karmalink.study.study import Study

__all__ = ["accounts_of", "carry_links", "find_pairs", "lag_curve_of", "located", "power_of"]

Progress = Callable[[int, int], None]


def accounts_of(study: Study, person: str) -> list[Account]:
    """Return the accounts of one person.

    Raises
    ------
    UnknownName
        Nobody of this identifier is in the study.
    CannotAnswer
        They have given no account.
    """
    study.people.get(person)
    accounts = study.accounts.list(person=person)
    if not accounts:
        raise CannotAnswer(
            f"{person} has given no account", next_step=f"karmalink study add accounts FILE --person {person}"
        )
    return accounts


def power_of(study: Study, person: str, life: str, *, lags: int = 7, q: float = 0.10) -> Power:
    """Return what the accounts of a person and the entries of a life could show at all."""
    return link.power_for(accounts_of(study, person), study.lives.get(life), lags=lags, q=q)


def find_pairs(
    study: Study,
    person: str,
    life: str,
    *,
    lags: int = 7,
    q: float = 0.10,
    seed: int = 0,
    progress: Progress | None = None,
) -> PairsResult:
    """Return which nights of a person draw on which days of a life; what the nights knew enters as stage groups.

    Entries that retell a dream are cut before they are scored. In a study open for writing the result is kept, for as
    long as both people are in the study.

    Raises
    ------
    UnknownName, CannotAnswer
        Nobody of this identifier, no such life, or no account.
    """
    accounts = accounts_of(study, person)
    groups = stage_groups(accounts, study.awakenings)
    found = link.pairs(
        accounts,
        study.lives.get(life),
        lags=lags,
        q=q,
        cut_retellings=True,
        groups=groups or None,
        seed=seed,
        progress=progress,
    )
    if study.writable:
        study.results.put("pairs", _people(study, person, life), found.to_dict(), id=f"pairs:{person}:{life}")
    return found


def lag_curve_of(study: Study, person: str, life: str, *, lags: int = 14, seed: int = 0) -> LagCurve:
    """Return how far back the accounts of a person reach into a life, against how far forward."""
    curve = link.lag_curve(accounts_of(study, person), study.lives.get(life), lags=lags, seed=seed)
    if study.writable:
        study.results.put("lags", _people(study, person, life), curve.to_dict(), id=f"lags:{person}:{life}")
    return curve


def carry_links(study: Study, result: PairsResult, *, sought: Iterable[str]) -> list[Clue]:
    """Add the clues that a result's links carry to the study, and return them.

    A clue belongs to everybody whose words made it: it goes with either of them.
    """
    life = study.lives.get(result.life)
    moved = clues_from_links(
        [found.score for found in result.links],
        accounts_of(study, result.person),
        life.entries,
        study.places.list(),
        sought=sought,
    )
    clues, sources = carried(moved)
    with study.transaction():
        study.witnesses.put(sources)
        study.clues.put(clues, contributors=_people(study, result.person, result.life))
    return clues


def located(study: Study, area: Area, *, progress: Progress | None = None) -> CluesMap:
    """Return where it lies, as far as all clues of the study tell."""
    from karmalink.seek import locate

    return locate(area, study.places.list(), study.clues.list(), study.witnesses.list(), progress=progress)


def _people(study: Study, person: str, life: str) -> list[str]:
    return sorted({person, *study.lives.contributors(life)})
