"""Do two people (a couple, twins) dream of the same on the same night? Their nights, circularly shifted.

What a person dreams of drifts, so nights close to each other are alike. A shuffle of the nights keeps none of that
together and may find what is not there; every circular shift of one person's nights keeps it. Agreement on the same
night is ranked twice among all shifts: by itself, and less the agreement of nights a few days apart, which is shared by
people who went on one journey. The larger p counts. Two people who share a life day by day agree on the same night more
than on the next without sharing a dream: no test of dates can tell the two apart, and the answer says so.

Shapes: n and m nights of the two, T days of their common span, w nights on either side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import Entry, Precision, When
from karmalink.account.language.views import view_named
from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import UsageError
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.calendar import conventions_of, nights_of
from karmalink.link.evidence.text_units import dated, gather
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.shift_null.lag_curves import centred_scores
from karmalink.link.shift_null.offset_sums import sums_by_offset

if TYPE_CHECKING:
    from karmalink.account import Account
    from karmalink.link.evidence.unit_scores import UnitTable

__all__ = ["SameNight", "same_night", "same_night_test"]

ALPHA = 0.05
NEARBY = 7
_SHUFFLES = 1999
_TIE = 1e-12
# Fewer shared nights, or shifts, cannot give p <= .05 with any power: a judgement.
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class SameNight:
    """Whether two people's accounts agree on the same night more than on nights close to it.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= .05; ``cannot_answer`` where the shared nights or the shifts are too few.
    one, other : str
        The two people.
    n_shared : int
        Nights of which both have an account.
    n_nights : tuple of int
        Nights of each within their common span.
    n_days : int
        T, the days of that span.
    n_left_out : int
        Accounts without a night, or outside the common span.
    ahead : float
        Agreement on the same night, in standard errors of independent pairs.
    p : float or None
        The larger of the two that follow; None where it is not tested.
    smallest_p : float
        1 / (number of shifts that could be compared).
    p_shift : float or None
        Share of the circular shifts, the actual one included, at which the agreement is as large.
    p_nearby : float or None
        The same for the agreement less that of nights up to `nearby` days apart.
    p_shuffled : float or None
        What shuffling the shared nights would give, which breaks up what drifts. For comparison only.
    nearby : int
        Nights on either side that the same night is compared with.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    view : str
        What of the texts was compared.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    one: str
    other: str
    n_shared: int
    n_nights: tuple[int, int]
    n_days: int
    n_left_out: int
    ahead: float
    p: float | None
    smallest_p: float
    p_shift: float | None
    p_nearby: float | None
    p_shuffled: float | None
    nearby: int = NEARBY
    convention: str = ""
    view: str = "all"
    null: str = "shift"
    does_not_show: tuple[str, ...] = (
        "Which of the nights agree; the answer is about all shared nights together.",
        "Why they agree: a life that both share day by day (one house, one film) explains it without a shared dream.",
        "That the accounts were written without knowledge of each other; two people who talk at breakfast agree.",
    )

    @property
    def finding(self) -> str:
        """The answer in one sentence, with its doubt."""
        who, shared = f"{self.one} and {self.other}", counted(self.n_shared, "shared night")
        if self.p is None:
            return (
                f"We cannot tell whether {who} dream of the same on the same night: {shared} in "
                f"{counted(self.n_days, 'day')}. At least {_FEWEST} shared nights are needed, and shifts enough for "
                f"p = {ALPHA:g}."
            )
        if self.verdict is Verdict.FOUND:
            return (
                f"{who} agree more on the same night than on other nights: {shared}, p = {self.p:.2g} against every "
                "shift of the nights. A life that they share may be why."
            )
        return (
            f"Nothing here beats chance: {who} agree on the same night no more than on other nights ({shared}, "
            f"p = {self.p:.2g} against every shift of the nights)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready, with the finding."""
        body = asdict(self)
        body["n_nights"], body["does_not_show"] = list(self.n_nights), list(self.does_not_show)
        return {**body, "verdict": str(self.verdict), "finding": self.finding}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<SameNight {self.finding}>"


def same_night(
    one: Sequence[Account],
    other: Sequence[Account],
    *,
    nearby: int = NEARBY,
    view: str = "all",
    seed: int = 0,
    progress: Progress | None = None,
) -> SameNight:
    """Return whether two people's accounts agree on the same night more than on other nights.

    Parameters
    ----------
    one, other : sequence of Account
        Accounts of two people. Those without a night, and those outside the span that both cover, are left out and
        counted.
    nearby : int
        w: the same night is compared with the nights up to w days away.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    seed : int
        Of the shuffles that the answer is compared with.
    progress : callable, optional
        Called with (readings done, readings).

    Returns
    -------
    SameNight
        Where dates are of unknown meaning, both readings are run and the one that claims less is returned.

    Raises
    ------
    UsageError
        Accounts of several people on one side, the same person on both, an unknown view, or `nearby` below 1.
    """
    names = one_person(one), one_person(other)
    if names[0] == names[1]:
        raise UsageError(
            f"both sets of accounts are by {names[0]!r}",
            rule="two people are compared",
            next_step="name them apart with --person and --other, or in the column person",
        )
    if nearby < 1:
        raise UsageError(f"nearby must be 1 day or more, got {nearby}")
    chosen = view_named(view).name
    mine, theirs = dated(one), dated(other)
    conventions = conventions_of([*mine, *theirs])
    found = []
    for done, convention in enumerate(conventions, start=1):
        read = _read(mine, theirs, convention, nearby=nearby, view=chosen, seed=seed)
        left = len(one) + len(other) - read[1]
        found.append(
            replace(read[0], one=names[0], other=names[1], convention=convention, view=chosen, n_left_out=left)
        )
        if progress is not None:
            progress(done, len(conventions))
    return min(found, key=lambda result: (result.verdict.claim, -(1.0 if result.p is None else result.p)))


def _read(
    mine: list[Account], theirs: list[Account], convention: str, *, nearby: int, view: str, seed: int
) -> tuple[SameNight, int]:
    """Return the answer under one reading of the dates, and how many accounts took part."""
    nights, others = nights_of(mine, convention), nights_of(theirs, convention)
    if not nights.size or not others.size or max(nights.min(), others.min()) > min(nights.max(), others.max()):
        return _untested(0, (0, 0), 0, nearby), 0
    first, last = int(max(nights.min(), others.min())), int(min(nights.max(), others.max()))
    kept = [a for a, night in zip(mine, nights.tolist(), strict=True) if first <= night <= last]
    beside = [a for a, night in zip(theirs, others.tolist(), strict=True) if first <= night <= last]
    entries = [_as_entry(a, int(night)) for a, night in zip(beside, nights_of(beside, convention), strict=True)]
    material = gather(kept, entries, view=view)
    found = same_night_test(
        nights_of(kept, convention),
        material.accounts,
        material.entries,
        first=first,
        last=last,
        nearby=nearby,
        seed=seed,
    )
    return found, len(kept) + len(beside)


def _as_entry(account: Account, night: int) -> Entry:
    """Return an account as an entry of the day that its night has the number of."""
    when = When(dt.date.fromordinal(night), "gregorian", Precision.DAY)
    return Entry(account.id, account.person, account.text, when)


def same_night_test(
    nights: Ints,
    accounts: UnitTable,
    others: UnitTable,
    *,
    first: int,
    last: int,
    nearby: int = NEARBY,
    seed: int = 0,
) -> SameNight:
    """Return the answer for units with features, people without names.

    Parameters
    ----------
    nights : (A,) ints
        Night of each of one person's accounts.
    accounts, others : UnitTable
        Units of both, in one feature space; the day of an account of the other is its night.
    first, last : int
        The span that both cover.
    nearby : int
        w.
    seed : int
        Of the shuffles.
    """
    period = last - first + 1  # T
    inside = np.unique(accounts.owner)
    if not inside.size or not others.n_units:
        return _untested(0, (int(inside.size), 0), period, nearby)
    night, day, scores = centred_scores(nights, accounts, others, inside)  # (n,), (m,), (n, m)
    shared = np.intersect1d(night, day)
    sizes = (int(night.size), int(day.size))
    total, count = sums_by_offset(scores, night, day, period)  # (T,), (T,)
    ahead, alone = _ahead(total, count, nearby)  # (T,), (T,); NaN where there is nothing to compare
    compared = np.isfinite(ahead)
    smallest = 1.0 / max(1, int(compared.sum()))
    if shared.size < _FEWEST or smallest > ALPHA or not compared[0]:
        return _untested(int(shared.size), sizes, period, nearby, smallest)
    p_shift, p_nearby = (float(np.mean(each[compared] >= each[0] - _TIE)) for each in (alone, ahead))
    p = max(p_shift, p_nearby)
    matched = scores[np.ix_(np.isin(night, shared), np.isin(day, shared))]  # (k, k) the shared nights
    return SameNight(
        verdict=Verdict.FOUND if p <= ALPHA else Verdict.NOTHING,
        one="",
        other="",
        n_shared=int(shared.size),
        n_nights=sizes,
        n_days=period,
        n_left_out=0,
        ahead=float(alone[0]),
        p=p,
        smallest_p=smallest,
        p_shift=p_shift,
        p_nearby=p_nearby,
        p_shuffled=_shuffled(matched, seed),
        nearby=nearby,
    )


def _ahead(total: Floats, count: Floats, nearby: int) -> tuple[Floats, Floats]:
    """Return, at every shift, how far its pairs are ahead of those around it, and their mean alone; (T,) each.

    Both are in standard errors of independent pairs, so that shifts with few pairs do not rank first by their noise.
    """
    steps = [step for step in range(-nearby, nearby + 1) if step]
    around = np.sum([np.roll(total, step) for step in steps], axis=0)  # (T,) Σ over the shifts around
    pairs = np.sum([np.roll(count, step) for step in steps], axis=0)  # (T,)
    with np.errstate(divide="ignore", invalid="ignore"):
        # (mean here − mean around) / √(1 / n + 1 / N)
        ahead = (total / count - around / pairs) / np.sqrt(1.0 / count + 1.0 / pairs)
        alone = total / np.sqrt(count)
    nothing = (count <= 0) | (pairs <= 0)
    return np.where(nothing, np.nan, ahead), np.where(nothing, np.nan, alone)


def _shuffled(matched: Floats, seed: int) -> float:
    """Return the p of the mean of the shared nights (k, k) among shuffles of them."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    at = np.arange(matched.shape[0])
    real = float(matched[at, at].mean())
    means = [float(matched[at, rng.permutation(at)].mean()) for _ in range(_SHUFFLES)]
    return (1 + sum(mean >= real - _TIE for mean in means)) / (_SHUFFLES + 1)


def _untested(n_shared: int, n_nights: tuple[int, int], n_days: int, nearby: int, smallest: float = 1.0) -> SameNight:
    return SameNight(
        verdict=Verdict.CANNOT_ANSWER,
        one="",
        other="",
        n_shared=n_shared,
        n_nights=n_nights,
        n_days=n_days,
        n_left_out=0,
        ahead=0.0,
        p=None,
        smallest_p=smallest,
        p_shift=None,
        p_nearby=None,
        p_shuffled=None,
        nearby=nearby,
    )
