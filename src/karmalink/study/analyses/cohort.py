"""All people of a study against all its lives: one question to everything that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.errors import CannotAnswer

if TYPE_CHECKING:
    from karmalink.link import Executor, LagTable
    from karmalink.study.study import Study

__all__ = ["lag_table_of"]

Progress = Callable[[int, int], None]


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
