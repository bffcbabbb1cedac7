"""Awakenings: the stage of sleep before an account was given, so that link rates can be reported by stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.account import Account
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.night import STAGES

if TYPE_CHECKING:
    from karmalink.night import Hypnogram

__all__ = ["Awakening", "awakening_at", "stage_groups"]

# Below this confidence the stage is not used: the account counts among those of unknown stage rather than among those
# of a stage that may be wrong.
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Awakening:
    """What the night recording says about the moment when an account was given.

    Attributes
    ----------
    id, person : str
        Identifier, and the sleeper's pseudonym.
    time : datetime
        When the sleeper was woken, local time of the bed.
    stage : str
        Stage just before the awakening: W, N1, N2, N3 or R.
    confidence : float
        The scorer's probability of that stage, 0 to 1.
    rule : str
        The rule that woke them (``"spontaneous"``, ``"R stable 5 min"``, …).
    night : str or None
        Identifier of the recording, if there is one.
    """

    id: str
    person: str
    time: dt.datetime
    stage: str
    confidence: float = 1.0
    rule: str = "spontaneous"
    night: str | None = None

    def __post_init__(self) -> None:
        """Check stage and confidence.

        Raises
        ------
        InputError
            If the stage is not an AASM stage, or the confidence not a probability.
        """
        if self.stage not in STAGES:
            raise InputError(
                f"awakening {self.id}: unknown sleep stage {self.stage!r}",
                rule="the stage is an AASM stage",
                allowed=STAGES,
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise InputError(
                f"awakening {self.id}: confidence must be 0 to 1, got {self.confidence:g}",
                rule="the confidence is a probability",
            )


def awakening_at(
    hypnogram: Hypnogram, time: dt.datetime, *, name: str, person: str, rule: str, night: str | None = None
) -> Awakening:
    """Return an awakening with the stage of the last scored epoch that ended before it.

    Raises
    ------
    InputError
        If the hypnogram has no start time, or no scored epoch ends before `time`.
    """
    if hypnogram.start is None:
        raise InputError(
            f"awakening {name}: the scored night has no start time",
            rule="an awakening is placed by clock time",
            next_step="give the recording's start when it is read",
        )
    ended = int((time - hypnogram.start).total_seconds() // hypnogram.epoch_s)
    scored = np.flatnonzero(~hypnogram.unscored[: max(ended, 0)])
    if not scored.size:
        raise InputError(
            f"awakening {name}: no scored epoch ends before it",
            rule="an awakening lies inside the recording it belongs to",
            allowed=f"{hypnogram.epoch_s:g} s or more after {hypnogram.start:%H:%M:%S}",
        )
    epoch = int(scored[-1])
    confidence = 1.0 if hypnogram.probabilities is None else float(hypnogram.confidence[epoch])
    return Awakening(name, person, time, hypnogram.labels[epoch], min(confidence, 1.0), rule, night)


def stage_groups(accounts: Sequence[Account], awakenings: Iterable[Awakening]) -> dict[str, str]:
    """Return account id → stage at its awakening, for the accounts whose stage is known with enough confidence.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts; their `awakening` names one of `awakenings` or is None.
    awakenings : iterable of Awakening
        Awakenings with stage and confidence.

    Raises
    ------
    UnknownName
        If an account names an unknown awakening.
    """
    known = {awakening.id: awakening for awakening in awakenings}
    of_account = {account.id: _named(account, known) for account in accounts if account.awakening is not None}
    return {name: woken.stage for name, woken in of_account.items() if woken.confidence >= _LEAST_CONFIDENCE}


def _named(account: Account, known: Mapping[str, Awakening]) -> Awakening:
    name = account.awakening or ""
    if name not in known:
        raise UnknownName(
            f"account {account.id} names the unknown awakening {name!r}",
            next_step=suggest(name, known) or "import the awakenings first",
        )
    return known[name]
