"""The mirror null without its waterfalls: the same nights, links and posteriors as :func:`karmalink.link.pairs`.

A world of the figure needs no reader, so nothing is opened unit by unit, and a diary is calibrated once for all the
accounts that are held against it. A test holds this against `pairs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from karmalink.demo.grammar import SOUGHT
from karmalink.link.error_control.sign_rule import link_rates, posteriors, reject, shifted_by_group
from karmalink.link.error_control.verdicts import Calibration
from karmalink.link.evidence.text_units import TextUnit, dated, gather
from karmalink.link.mirror_null.competition import Competition, compete, name_entries
from karmalink.link.mirror_null.pairs_result import NightScore
from karmalink.link.mirror_null.sign_calibration import calibrate
from karmalink.study.analyses.links_to_clues import CARRY_Q, speaking_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.account import Account, Life

__all__ = ["CARRY_Q", "Asking", "Diary", "linked_nights", "speaking_of_it"]

LAGS = 7


@dataclass(slots=True)
class Diary:
    """What is measured of a life once: its units, and how fair the coin is on it."""

    units: dict[str, list[TextUnit]] = field(default_factory=dict)
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """The links of one set of accounts under each set of groups, and what was measured of the diary."""

    links: tuple[tuple[NightScore, ...], ...]
    diary: Diary


def speaking_of_it(accounts: Sequence[Account]) -> list[Account]:
    """Return the accounts that speak of the thing sought."""
    return speaking_of(accounts, SOUGHT)


def linked_nights(
    accounts: Sequence[Account],
    life: Life,
    groups: Sequence[Mapping[str, str]],
    *,
    q: float = CARRY_Q,
    diary: Diary | None = None,
) -> Asking:
    """Return the nights with a source at a calibrated false discovery rate, once per set of groups.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person, dated to the day, whose dates say what they mean.
    life : Life
        The life asked about.
    groups : sequence of mappings
        Account id → covariate; an empty mapping for none. Links are the same under all, posteriors are not.
    q : float
        Nominal false discovery rate.
    diary : Diary, optional
        What was measured of this life already.
    """
    entries = dated(life.entries)
    kept = diary or Diary()
    material = gather(accounts, entries, known=kept.units)
    table, order, _ = material.at(np.array([account.night() for account in accounts], dtype=np.int64))
    odds = kept.calibration = kept.calibration or calibrate(material.entries, lags=LAGS)
    found = compete(table, material.entries, lags=LAGS)
    rule = reject(found.w, q=q, c=odds.c)
    if rule.threshold is None or not odds.usable:
        return Asking(tuple(() for _ in groups), kept)
    named = name_entries(table, material.entries, found)
    linked = np.flatnonzero(found.w >= rule.threshold)
    ids = [accounts[at].id for at in order[found.account].tolist()]
    answers = []
    for each in groups:
        names = [each.get(name, "") for name in ids]
        posterior = _posterior(found, names, odds)
        answers.append(
            tuple(
                _score(found, int(at), ids[at], entries[entry].id, lag, float(posterior[at]), share, names[at])
                for at in linked.tolist()
                for entry, lag, share in (named.best(int(found.account[at])),)
            )
        )
    return Asking(tuple(answers), kept)


def _posterior(found: Competition, names: list[str], odds: Calibration) -> NDArray[np.float64]:
    rates = link_rates(found.w, names, fair=min(0.95, max(0.5, odds.p_plus)))
    return shifted_by_group(posteriors(found.w, c=odds.c), names, rates)


def _score(
    found: Competition, at: int, account: str, entry: str, lag: int, posterior: float, share: float, group: str
) -> NightScore:
    return NightScore(
        int(found.night[at]), account, entry, lag, float(found.w[at]), posterior, posterior * share, group
    )
