"""Which nights draw on which days of a life: accounts and a life in, links out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import UsageError, suggest
from karmalink.link.error_control.covariates import CovariateEffect, Covariates, covariate_effects
from karmalink.link.error_control.power_analysis import Power, check_window, power
from karmalink.link.error_control.sign_rule import (
    Rejection,
    bound_on_proportion,
    link_rates,
    posteriors,
    reject,
    shifted_by_group,
)
from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.evidence.calendar import CONVENTIONS
from karmalink.link.evidence.text_units import Material, TextUnit
from karmalink.link.execution.blocks import SERIAL, Executor
from karmalink.link.mirror_null.competition import (
    ECHO,
    PRIOR,
    Competition,
    EntryEvidence,
    compete,
    entry_evidence,
    guard_days,
)
from karmalink.link.mirror_null.pairs_result import Link, NightScore, PairsResult
from karmalink.link.mirror_null.sign_calibration import UNUSABLE
from karmalink.link.mirror_null.waterfall import link_details

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from karmalink.account import Account, Encoder, Entry, Life
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.link.evidence.text_units import Material
    from karmalink.link.evidence.unit_scores import UnitTable
    from karmalink.link.mirror_null.labelled_weights import Labels

__all__ = ["MirrorQuestion", "PairsResult", "one_person", "pairs", "read"]

# One reading of the accounts' dates: from features to a result of the mirror null.

_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MirrorQuestion:
    """What is asked, with features and calibration: the same for both readings of unknown dates."""

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


def read(question: MirrorQuestion, convention: str) -> PairsResult:
    """Return the result under one convention for dates of unknown meaning ("" where every account says it)."""
    nights = np.array([account.night(convention or None) for account in question.accounts], dtype=np.int64)
    table, order, unit_order = question.material.at(nights)
    found = _signed(
        compete(table, question.material.entries, lags=question.lags, beta=question.beta, seed=question.seed)
    )
    calibration = question.calibration
    span = question.material.entries.when
    n_days = int(span.max() - span.min() + 1) if span.size else 0
    before = power(found.night.size, n_days, lags=question.lags, q=question.q, c=calibration.c, seed=question.seed)
    rule = reject(found.w, q=question.q, c=calibration.c) if calibration.usable else Rejection(None, 0, 0, None)
    verdict = _verdict(calibration, rule, before)
    groups = [question.groups.get(question.accounts[order[account]].id, "") for account in found.account.tolist()]
    null_plus = min(0.95, max(0.5, calibration.p_plus))
    rates = link_rates(found.w, groups, null_plus=null_plus)
    odds = calibration.c if calibration.usable else float("inf")
    posterior = shifted_by_group(posteriors(found.w, c=odds), groups, rates)
    evidence = entry_evidence(table, question.material.entries, found)
    scores = _scores(question, found, evidence, order, posterior, groups)
    said = [question.material.account_units[unit] for unit in unit_order.tolist()]
    links = _links(question, table, said, found, evidence, scores, rule)
    bound = None
    if rule.threshold is not None:
        bound = bound_on_proportion(
            found.night, found.w, rule.threshold, c=calibration.c, block=2 * question.lags, seed=question.seed
        )
    return PairsResult(
        verdict=verdict,
        finding=_FINDINGS[verdict](question, found, rule, before),
        person=question.person,
        life=question.life,
        null="mirror",
        q=question.q,
        lags=question.lags,
        n_accounts=len(question.accounts),
        n_nights=int(found.night.size),
        n_days=int(np.unique(span).size),
        threshold=rule.threshold,
        fdr=rule.fdr,
        fdr_bound=bound,
        calibration=calibration,
        links=links,
        nights=scores,
        rates=rates,
        power=before,
        convention=convention,
        does_not_show=_does_not_show(question, convention),
        settings=_settings(question, found),
        covariate_effects=_effects(question, found, order, null_plus),
    )


def _effects(
    question: MirrorQuestion, found: Competition, order: Ints, null_plus: float
) -> tuple[CovariateEffect, ...]:
    if not question.covariates or not found.night.size:
        return ()
    return covariate_effects(
        question.covariates,
        night=found.night,
        w=found.w,
        account=[question.accounts[order[account]].id for account in found.account.tolist()],
        c=question.calibration.c if question.calibration.usable else float("inf"),
        null_plus=null_plus,
        block=2 * question.lags,
        seed=question.seed,
    )


def _signed(found: Competition) -> Competition:
    """Drop the ties."""
    keep = np.abs(found.w) > _TIE
    return replace(found, night=found.night[keep], w=found.w[keep], account=found.account[keep])


def _verdict(calibration: SignCalibration, rule: Rejection, before: Power) -> Verdict:
    if not calibration.usable:
        return Verdict.NOT_USABLE
    if rule.threshold is not None:
        return Verdict.FOUND
    return Verdict.NOTHING if before["mirror"].can else Verdict.CANNOT_ANSWER


def _scores(
    question: MirrorQuestion,
    found: Competition,
    evidence: EntryEvidence,
    order: Ints,
    posterior: Floats,
    groups: list[str],
) -> tuple[NightScore, ...]:
    out = []
    for at, (night, account) in enumerate(zip(found.night.tolist(), found.account.tolist(), strict=True)):
        best = evidence.best(account)
        out.append(
            NightScore(
                night=night,
                account=question.accounts[order[account]].id,
                entry=question.entries[best.entry].id,
                lag=best.lag,
                w=float(found.w[at]),
                posterior=float(posterior[at]),
                entry_posterior=float(posterior[at] * best.share),
                group=groups[at],
            )
        )
    return tuple(out)


def _links(
    question: MirrorQuestion,
    table: UnitTable,
    said: list[TextUnit],
    found: Competition,
    evidence: EntryEvidence,
    scores: tuple[NightScore, ...],
    rule: Rejection,
) -> tuple[Link, ...]:
    if rule.threshold is None:
        return ()
    entries = question.material.entries
    names = [entry.id for entry in question.entries]
    out = []
    for at in np.flatnonzero(found.w >= rule.threshold).tolist():
        if not question.with_details:
            out.append(Link(scores[at], 0.0, (), (), ()))
            continue
        account = int(found.account[at])
        entry = evidence.best(account).entry
        units = np.flatnonzero(entries.owner == entry)
        details = link_details(question.material, table, said, found, account, units)
        rivals = evidence.rivals(account, but=entry, names=names, days=entries.when)
        out.append(Link(scores[at], details.llr, details.parts, details.matches, rivals))
    return tuple(sorted(out, key=lambda link: (-link.posterior, -link.w)))


def _found(question: MirrorQuestion, found: Competition, rule: Rejection, before: Power) -> str:
    return (
        f"{rule.found} of {found.night.size} nights draw on one of the {question.lags} days before them "
        f"(calibrated false discovery rate {rule.fdr:.2f}, so about {rule.found * (rule.fdr or 0.0):.1f} of them may "
        f"be chance; the mirror null: the same life's {question.lags} days after each night)."
    )


def _nothing(question: MirrorQuestion, found: Competition, rule: Rejection, before: Power) -> str:
    share = before["mirror"].smallest_effect or 1.0
    return (
        f"Nothing here beats chance: the {question.lags} days before the {found.night.size} nights match the accounts "
        f"no better than the {question.lags} days after them. Clear sources on {share:.0%} of the nights would have "
        "been found by 8 of 10 such studies."
    )


def _cannot(question: MirrorQuestion, found: Competition, rule: Rejection, before: Power) -> str:
    if not found.night.size and found.window.paired.any():
        return (
            "We cannot tell: the accounts share no word, name or number with the days around them, neither before nor "
            "after, so every night is a tie."
        )
    if not found.night.size:
        return (
            "We cannot tell: no night has both a day before it and its mirror day in this life within "
            f"{question.lags} days. {_spans(question)}"
        )
    return (
        f"{before['mirror'].sentence} The accounts ({len(question.accounts)}) gave "
        f"{counted(found.night.size, 'night')} with a sign."
    )


def _not_usable(question: MirrorQuestion, found: Competition, rule: Rejection, before: Power) -> str:
    calibration = question.calibration
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
    said = [account.when.day for account in question.accounts if account.when is not None]
    lived = [entry.when.day for entry in question.entries if entry.when is not None]
    if not said or not lived:
        missing = "account" if not said else "entry"
        return f"No {missing} is dated to the day."
    return f"The accounts date from {min(said)} to {max(said)}, the life from {min(lived)} to {max(lived)}."


def _does_not_show(question: MirrorQuestion, convention: str) -> tuple[str, ...]:
    lines = [
        "That the named entry is the source. The test is whether a night has some source among its past "
        f"{question.lags} days; the entry is the best guess.",
        f"Sources older than {question.lags} days, or days without an entry.",
        "That a night without a link has no source.",
        "Why a dream took up a day. A link is agreement beyond chance, not a mechanism.",
        "A proven error rate: the rate is calibrated on pseudo-accounts of this life.",
    ]
    if convention:
        lines.append(
            "Whether the dates of the accounts mean the evening or the morning: both readings were run, and this is "
            f"the weaker one ({convention.replace('_', ' ')} the date)."
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
        "far_days": guard_days(question.lags),
        "echo": ECHO,
        "prior": PRIOR,
        "weights": dict(weights),
        "weights_from": "the pairs in the windows" if question.beta is None else "judges' labels",
        "cumulant": found.weights.cumulant,
        "features": "names, numbers and words of sentences (lexical, rarity-weighted)"
        + (", nearness of meaning" if "meaning" in question.material.accounts.parts else ""),
    }


# Null → what to call instead of `pairs`; only the mirror names nights.
_NULLS = {"mirror": "", "shift": "lag_curve", "stranger": "stranger"}
# The worse of two readings claims less.
_CLAIMS = {Verdict.NOT_USABLE: 0, Verdict.CANNOT_ANSWER: 1, Verdict.NOTHING: 2, Verdict.FOUND: 3}
_STEPS = 4


def pairs(
    accounts: Sequence[Account],
    life: Life,
    *,
    null: str = "mirror",
    lags: int = 7,
    q: float = 0.10,
    cut_retellings: bool = False,
    groups: Mapping[str, str] | None = None,
    covariates: Covariates | None = None,
    labels: Labels | None = None,
    encoder: Encoder | None = None,
    view: str = "all",
    material: Material | None = None,
    calibration: SignCalibration | None = None,
    with_details: bool = True,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PairsResult:
    """Return which nights draw on which days of a life, at a calibrated false discovery rate.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person. Accounts without a day are left out and counted.
    life : Life
        The life asked about. Entries without a day are left out.
    null : str
        Only ``mirror`` names nights; ``shift`` and ``stranger`` answer other questions.
    lags : int
        Window L: past days 1 … L against future days 1 … L.
    q : float
        Nominal false discovery rate.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream before scoring.
    groups : mapping, optional
        Account id to covariate (the stage of the awakening, say): link rates per group enter the posterior.
    covariates : mapping, optional
        Name (``stage``, ``delay`` in minutes) → account id → value; the effect of each is in
        :attr:`PairsResult.covariate_effects`.
    labels : mapping of (account, entry) to bool, optional
        What judges who saw no dates said of pairs: the weights of the parts then come from these, and not from the
        pairs in the windows (`link.mirror_null.labelled_weights`).
    encoder : Encoder, optional
        Adds the part ``meaning`` to names, numbers and words.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    material : Material, optional
        The features of exactly these accounts and dated entries (:func:`karmalink.link.gather`), where they are asked
        about more than once.
    calibration : SignCalibration, optional
        Of an earlier result about the same life and window, or of :func:`karmalink.link.calibrate`: the odds of a +
        sign are a property of the life, measured once however many accounts are held against it. With `labels` they
        are measured with the judges' weights, so that none may be given.
    with_details : bool
        False leaves parts, matches and rivals of the links empty: half the time, where only the scores are needed.
    executor : Executor
        Where the calibration's deals run.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PairsResult
        "Nothing", "cannot be answered" and "not usable" are answers, not errors.

    Raises
    ------
    UsageError
        An unknown null or view, accounts of several persons, a window or rate out of range.
    """
    from karmalink.account import DateMeans, Precision
    from karmalink.account import cut_retellings as cut
    from karmalink.account.language.views import view_named
    from karmalink.link.evidence.text_units import dated, gather
    from karmalink.link.mirror_null.sign_calibration import calibrate

    check_window(lags, q)
    _check_null(null)
    chosen = view_named(view).name
    if material is not None and chosen != "all":
        raise UsageError("material already has its view", next_step="gather(…, view=…)")
    if calibration is not None and labels is not None:
        raise UsageError(
            "both a calibration and labels were given",
            rule="with labels, the sign odds are measured with the weights from the labels",
            next_step="leave out the calibration or the labels",
        )
    person = one_person(accounts)
    told = _Steps(progress)
    entries = dated((cut(life) if cut_retellings else life).entries)
    usable = [one for one in accounts if one.when is not None and one.when.precision is Precision.DAY]
    if material is None:
        material = gather(usable, entries, encoder=encoder, view=chosen)
    told.step()
    unknown = any(account.date_means is DateMeans.UNKNOWN for account in usable)
    conventions = tuple(CONVENTIONS) if unknown else ("",)
    beta = None if labels is None else _label_weights(labels, usable, entries, material, conventions[0], lags)
    if calibration is None:
        calibration = calibrate(material.entries, lags=lags, seed=seed, beta=beta, executor=executor)
    _check_calibration(calibration, material)
    told.step()
    question = MirrorQuestion(
        person,
        life.id,
        usable,
        entries,
        material,
        calibration,
        lags,
        q,
        dict(groups or {}),
        with_details,
        seed,
        dict(covariates or {}),
        beta,
        chosen,
    )
    readings = [read(question, convention) for convention in conventions]
    told.step()
    worse = min(readings, key=lambda one: (_CLAIMS[one.verdict], len(one.links)))
    other = next((one for one in readings if one is not worse), None)
    told.step()
    return worse if other is None else replace(worse, other_reading=other)


def _check_calibration(calibration: SignCalibration, material: Material) -> None:
    days = int(np.unique(material.entries.day).size)
    if calibration.n_days != days:
        raise UsageError(
            f"the calibration covers {counted(calibration.n_days, 'day')}, the life has {days}",
            rule="the sign odds are measured on the life in question",
            next_step="calibrate on this life, or leave calibration out",
        )


def _label_weights(
    labels: Labels, accounts: list[Account], entries: list[Entry], material: Material, convention: str, lags: int
) -> NDArray[np.float64]:
    import numpy as np

    from karmalink.link.mirror_null.labelled_weights import weights_from_labels

    nights = np.array([account.night(convention or None) for account in accounts], dtype=np.int64)
    table, order, _ = material.at(nights)
    return weights_from_labels(
        table,
        material.entries,
        labels,
        account_ids=[accounts[at].id for at in order.tolist()],
        entry_ids=[entry.id for entry in entries],
        lags=lags,
    )


def one_person(accounts: Sequence[Account]) -> str:
    """Return whose accounts these are.

    Raises
    ------
    UsageError
        Accounts of several persons.
    """
    people = sorted({account.person for account in accounts})
    if len(people) > 1:
        raise UsageError(
            f"the accounts are of {len(people)} people",
            rule="the dreamer is the unit of analysis: nights of one person against one life",
            allowed="accounts of one person",
            next_step="ask about one person at a time",
        )
    return people[0] if people else ""


def _check_null(null: str) -> None:
    if null not in _NULLS:
        raise UsageError(f"unknown null {null!r}", allowed=tuple(_NULLS), next_step=suggest(null, _NULLS))
    if _NULLS[null]:
        raise UsageError(
            f"the {null} null does not name nights",
            rule="each null answers its own question",
            allowed="mirror",
            next_step=f"use {_NULLS[null]}",
        )


class _Steps:
    """Counts the steps of a call for its progress."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, _STEPS)
