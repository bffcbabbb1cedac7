"""One reading of the accounts' dates: from features and a calibration to a result of the mirror null."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.link.error_control.covariates import CovariateEffect, Covariates, covariate_effects
from karmalink.link.error_control.power_analysis import Power, power
from karmalink.link.error_control.sign_rule import (
    TIE,
    Rejection,
    bound_on_proportion,
    link_rates,
    posteriors,
    reject,
    shifted_by_group,
)
from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.evidence.calendar import nights_of
from karmalink.link.mirror_null.competition import (
    ECHO,
    PRIOR,
    Competition,
    EntryEvidence,
    compete,
    entry_evidence,
    guard_days,
)
from karmalink.link.mirror_null.overall import OverallVerdict, overall_verdict
from karmalink.link.mirror_null.pairs_result import Link, NightScore, PairsResult
from karmalink.link.mirror_null.sign_calibration import UNUSABLE
from karmalink.link.mirror_null.waterfall import link_details

if TYPE_CHECKING:
    from karmalink.account import Account, Entry
    from karmalink.link.evidence.text_units import Material, TextUnit
    from karmalink.link.evidence.unit_scores import UnitTable

__all__ = ["MirrorQuestion", "answer"]


@dataclass(frozen=True, slots=True, eq=False)
class MirrorQuestion:
    """What is asked, with features and calibration: the same for both readings of unknown dates.

    Attributes
    ----------
    person, life : str
        Whose accounts, which life.
    accounts, entries : list
        Dated to the day.
    material : Material
        Their features.
    calibration : SignCalibration
        Of the life.
    lags, q : int, float
        Window and nominal rate.
    groups : dict of str to str
        Account id → group.
    with_details : bool
        Whether links come with parts, matches and rivals.
    seed : int
        Of everything random.
    covariates : mapping
        Name → account id → value.
    beta : (J,) floats or None
        Weights of the parts from labels.
    view : str
        What of the texts is compared.
    """

    person: str
    life: str
    accounts: list[Account]
    entries: list[Entry]
    material: Material
    calibration: SignCalibration
    lags: int
    q: float
    groups: dict[str, str]
    with_details: bool
    seed: int
    covariates: Covariates
    beta: Floats | None
    view: str = "all"


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """What one reading of the dates gives before it is put into words.

    Attributes
    ----------
    convention : str
        How dates of unknown meaning are read.
    table : UnitTable
        Accounts in the order of their nights.
    order : (A,) ints
        Which account of the question each of them is.
    account_units : list of TextUnit
        Units of the accounts in the order of `table`.
    competition : Competition
        Its nights are those with a sign: ties are dropped.
    power : Power
        What so many nights could have shown.
    rule : Rejection
        What the sign rule rejects.
    overall : OverallVerdict
        All nights taken together.
    """

    question: MirrorQuestion
    convention: str
    table: UnitTable
    order: Ints
    account_units: list[TextUnit]
    competition: Competition
    power: Power
    rule: Rejection
    overall: OverallVerdict

    @property
    def n_nights(self) -> int:
        return int(self.competition.night.size)

    @property
    def verdict(self) -> Verdict:
        if not self.question.calibration.usable:
            return Verdict.NOT_USABLE
        if self.rule.threshold is not None:
            return Verdict.FOUND
        return Verdict.NOTHING if self.power["mirror"].can else Verdict.CANNOT_ANSWER

    def account_of(self, account: int) -> Account:
        return self.question.accounts[int(self.order[account])]


def answer(question: MirrorQuestion, convention: str) -> PairsResult:
    """Return the result under one convention for dates of unknown meaning.

    Parameters
    ----------
    question : MirrorQuestion
        What is asked.
    convention : str
        ``night_of`` or ``morning_of``; "" where every account says it.
    """
    reading = _read(question, convention)
    competition, calibration = reading.competition, question.calibration
    groups = [question.groups.get(reading.account_of(account).id, "") for account in competition.account.tolist()]
    null_plus = min(0.95, max(0.5, calibration.p_plus))
    rates = link_rates(competition.w, groups, null_plus=null_plus)
    odds = calibration.c if calibration.usable else float("inf")
    posterior = shifted_by_group(posteriors(competition.w, c=odds), groups, rates)
    evidence = entry_evidence(reading.table, question.material.entries, competition)
    scores = _scores(reading, evidence, posterior, groups)
    return PairsResult(
        verdict=reading.verdict,
        finding=_FINDINGS[reading.verdict](reading),
        person=question.person,
        life=question.life,
        null="mirror",
        q=question.q,
        lags=question.lags,
        n_accounts=len(question.accounts),
        n_nights=reading.n_nights,
        n_days=int(np.unique(question.material.entries.when).size),
        threshold=reading.rule.threshold,
        fdr=reading.rule.fdr,
        fdr_bound=_fdr_bound(reading),
        calibration=calibration,
        links=_links(reading, evidence, scores),
        nights=scores,
        rates=rates,
        power=reading.power,
        convention=convention,
        does_not_show=_does_not_show(question, convention),
        settings=_settings(question, competition),
        covariate_effects=_effects(reading, null_plus),
        overall=reading.overall,
    )


def _read(question: MirrorQuestion, convention: str) -> _Reading:
    """Let past and future compete under one convention, and apply the sign rule."""
    table, order, unit_order = question.material.at(nights_of(question.accounts, convention))
    competition = compete(table, question.material.entries, lags=question.lags, beta=question.beta, seed=question.seed)
    signed = np.abs(competition.w) > TIE
    competition = replace(
        competition,
        night=competition.night[signed],
        w=competition.w[signed],
        account=competition.account[signed],
    )
    calibration, days = question.calibration, question.material.entries.when
    span = _span(days)
    n_nights = competition.night.size
    # What could be shown is settled before the rule is applied.
    could_show = power(n_nights, span, lags=question.lags, q=question.q, c=calibration.c, seed=question.seed)
    nothing = Rejection(None, 0, 0, None)
    rule = reject(competition.w, q=question.q, c=calibration.c) if calibration.usable else nothing
    account_units = [question.material.account_units[unit] for unit in unit_order.tolist()]
    together = overall_verdict(competition.night, competition.w, calibration, lags=question.lags)
    return _Reading(question, convention, table, order, account_units, competition, could_show, rule, together)


def _span(days: Ints) -> int:
    return int(days.max() - days.min() + 1) if days.size else 0


def _scores(reading: _Reading, evidence: EntryEvidence, posterior: Floats, groups: list[str]) -> tuple[NightScore, ...]:
    """Return one score per night with a sign."""
    found = reading.competition
    scores = []
    for at, (night, account) in enumerate(zip(found.night.tolist(), found.account.tolist(), strict=True)):
        best = evidence.best(account)
        scores.append(
            NightScore(
                night=night,
                account=reading.account_of(account).id,
                entry=reading.question.entries[best.entry].id,
                lag=best.lag,
                w=float(found.w[at]),
                posterior=float(posterior[at]),
                entry_posterior=float(posterior[at] * best.share),
                group=groups[at],
            )
        )
    return tuple(scores)


def _links(reading: _Reading, evidence: EntryEvidence, scores: tuple[NightScore, ...]) -> tuple[Link, ...]:
    """Return the nights at or above the threshold, surest first."""
    if reading.rule.threshold is None:
        return ()
    question, found = reading.question, reading.competition
    entries = question.material.entries
    names = [entry.id for entry in question.entries]
    links = []
    for at in np.flatnonzero(found.w >= reading.rule.threshold).tolist():
        if not question.with_details:
            links.append(Link(scores[at], 0.0, (), (), ()))
            continue
        account = int(found.account[at])
        entry = evidence.best(account).entry
        units = np.flatnonzero(entries.owner == entry)
        details = link_details(question.material, reading.table, reading.account_units, found, account, units)
        rivals = evidence.rivals(account, but=entry, names=names, days=entries.when)
        links.append(Link(scores[at], details.llr, details.parts, details.matches, rivals))
    return tuple(sorted(links, key=lambda link: (-link.posterior, -link.w)))


def _fdr_bound(reading: _Reading) -> float | None:
    question, found, threshold = reading.question, reading.competition, reading.rule.threshold
    if threshold is None:
        return None
    return bound_on_proportion(
        found.night, found.w, threshold, c=question.calibration.c, block=2 * question.lags, seed=question.seed
    )


def _effects(reading: _Reading, null_plus: float) -> tuple[CovariateEffect, ...]:
    question, found = reading.question, reading.competition
    if not question.covariates or not reading.n_nights:
        return ()
    return covariate_effects(
        question.covariates,
        night=found.night,
        w=found.w,
        account=[reading.account_of(account).id for account in found.account.tolist()],
        c=question.calibration.c if question.calibration.usable else float("inf"),
        null_plus=null_plus,
        block=2 * question.lags,
        seed=question.seed,
    )


# The finding in words, by verdict.


def _found(reading: _Reading) -> str:
    lags, rule = reading.question.lags, reading.rule
    source = "the day" if lags == 1 else f"one of the {lags} days"
    verb, them = ("draws on", "it") if rule.found == 1 else ("draw on", "them")
    return (
        f"{rule.found} of {counted(reading.n_nights, 'night')} {verb} {source} before {them} (calibrated false "
        f"discovery rate {rule.fdr:.2f}, so about {rule.found * (rule.fdr or 0.0):.1f} of them may be chance; the "
        f"mirror null: the same life's {_days(lags)} after each night). {reading.overall.finding}"
    )


def _nothing(reading: _Reading) -> str:
    share = reading.power["mirror"].smallest_effect or 1.0
    together = reading.overall
    first = f"No single night can be named at q = {reading.question.q:g}"
    if together.verdict is not Verdict.FOUND:
        first = f"Nothing here beats chance: {first[0].lower()}{first[1:]}"
    return (
        f"{first}. {together.finding} Clear sources on {share:.0%} of the nights would have been found by 8 of 10 such "
        "studies."
    )


def _days(lags: int) -> str:
    return "day" if lags == 1 else f"{lags} days"


def _cannot(reading: _Reading) -> str:
    question = reading.question
    if not reading.n_nights and reading.competition.window.paired.any():
        return (
            "We cannot tell: the accounts share no word, name or number with the days around them, neither before nor "
            "after, so every night is a tie."
        )
    if not reading.n_nights:
        return (
            "We cannot tell: no night has both a day before it and its mirror day in this life within "
            f"{counted(question.lags, 'day')}. {_spans(question)}"
        )
    accounts = "The account gave" if len(question.accounts) == 1 else f"The {len(question.accounts)} accounts gave"
    signed = f"{accounts} {counted(reading.n_nights, 'night')} with a sign."
    return f"{reading.power['mirror'].sentence} {signed} {reading.overall.finding}"


def _not_usable(reading: _Reading) -> str:
    calibration = reading.question.calibration
    return (
        f"The mirror null is not usable here: with nothing to find, the past wins {calibration.p_plus:.0%} of the time "
        f"(at least {calibration.low:.0%}; above {UNUSABLE:.0%} is too much), so a win of the past means nothing."
    )


_FINDINGS = {
    Verdict.FOUND: _found,
    Verdict.NOTHING: _nothing,
    Verdict.CANNOT_ANSWER: _cannot,
    Verdict.NOT_USABLE: _not_usable,
}


def _spans(question: MirrorQuestion) -> str:
    """Return from when to when accounts and life are dated."""
    accounts = [account.when.day for account in question.accounts if account.when is not None]
    entries = [entry.when.day for entry in question.entries if entry.when is not None]
    if not accounts or not entries:
        return f"No {'account' if not accounts else 'entry'} is dated to the day."
    return f"The accounts date from {min(accounts)} to {max(accounts)}, the life from {min(entries)} to {max(entries)}."


def _does_not_show(question: MirrorQuestion, convention: str) -> tuple[str, ...]:
    lines = [
        "That the named entry is the source. The test is whether a night has some source among its past "
        f"{question.lags} days; the entry is the best guess.",
        f"Sources older than {counted(question.lags, 'day')}, or days without an entry.",
        "That a night without a link has no source.",
        "Why a dream took up a day. A link is agreement beyond chance, not a mechanism.",
        "A proven error rate: the rate is calibrated on pseudo-accounts of this life.",
    ]
    if convention:
        lines.append(
            "Whether the dates of the accounts mean the evening or the morning: both readings were asked at half the "
            f"rate, and this one says more ({convention.replace('_', ' ')} the date)."
        )
    return tuple(lines)


def _settings(question: MirrorQuestion, found: Competition) -> dict[str, Any]:
    import scipy

    from karmalink import __version__

    weights = zip(sorted(question.material.accounts.parts), found.weights.beta.tolist(), strict=True)
    return {
        "versions": {"karmalink": __version__, "numpy": np.__version__, "scipy": scipy.__version__},
        "seed": question.seed,
        "view": question.view,
        "far_days": guard_days(question.lags, _span(question.material.entries.when)),
        "echo": ECHO,
        "prior": PRIOR,
        "weights": dict(weights),
        "weights_from": "the pairs in the windows" if question.beta is None else "judges' labels",
        "cumulant": found.weights.cumulant,
        "features": "names, numbers and words of sentences (lexical, rarity-weighted)"
        + (", nearness of meaning" if "meaning" in question.material.accounts.parts else ""),
    }
