"""Do the error rates hold on data like a study's? The audit of the link room, put to what the study holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.study.analyses.analyses import REGISTER, accounts_of, registers_of

if TYPE_CHECKING:
    from karmalink.link import Audit, Executor
    from karmalink.study.study import Study

__all__ = ["audit_of"]

Progress = Callable[[int, int], None]
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
