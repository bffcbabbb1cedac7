"""Which nights draw on which days of a life: accounts and a life in, links out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.progress import Progress, step_counter
from karmalink.base.wording import counted
from karmalink.errors import UsageError, suggest
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.evidence.calendar import nights_of, readings_of
from karmalink.link.evidence.text_units import Material, dated, gather
from karmalink.link.evidence.year_readings import either_year
from karmalink.link.execution.blocks import SERIAL, Executor
from karmalink.link.mirror_null.labelled_weights import weights_from_labels
from karmalink.link.mirror_null.overall import weaker
from karmalink.link.mirror_null.readings import MirrorQuestion, answer
from karmalink.link.mirror_null.sign_calibration import calibrate

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Entry, Life
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.link.error_control.verdicts import SignCalibration
    from karmalink.link.mirror_null.labelled_weights import Labels
    from karmalink.link.mirror_null.pairs_result import PairsResult

__all__ = ["one_person", "pairs"]

# Null → the function that answers with it; only the mirror null names nights.
_NULLS = {"mirror": "", "shift": "lag_curve", "stranger": "stranger"}
_STEPS = 4


@either_year(lambda result: (result.verdict.claim, len(result.links)))
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
        The life in question. Entries without a day are left out.
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
    from karmalink.account import cut_retellings as cut
    from karmalink.account.language.views import view_named

    chosen = view_named(view).name
    _check_call(null, lags, q)
    _check_given(material, chosen, calibration, labels)
    person = one_person(accounts)
    step = step_counter(_STEPS, progress)
    entries = dated((cut(life) if cut_retellings else life).entries)
    usable = dated(accounts)
    if material is None:
        material = gather(usable, entries, encoder=encoder, view=chosen)
    step()
    conventions = readings_of(usable)
    beta = None if labels is None else _label_weights(labels, usable, entries, material, conventions[0], lags)
    if calibration is None:
        calibration = calibrate(material.entries, lags=lags, seed=seed, beta=beta, executor=executor)
    _check_calibration(calibration, material)
    step()
    question = MirrorQuestion(
        person=person,
        life=life.id,
        accounts=usable,
        entries=entries,
        material=material,
        calibration=calibration,
        lags=lags,
        q=q / len(conventions),
        groups=dict(groups or {}),
        with_details=with_details,
        seed=seed,
        covariates=dict(covariates or {}),
        beta=beta,
        view=chosen,
    )
    readings = [answer(question, convention) for convention in conventions]
    step()
    # Each reading was asked at its share of the rate, so the links of either hold at the whole of it.
    fuller = max(readings, key=lambda result: (len(result.links), result.verdict.claim))
    other = next((result for result in readings if result is not fuller), None)
    step()
    if other is None:
        return fuller
    fdr = None if fuller.fdr is None else fuller.fdr * len(readings)
    return replace(_read_either_way(fuller, other), q=q, fdr=fdr, other_reading=other)


def _read_either_way(chosen: PairsResult, other: PairsResult) -> PairsResult:
    """Return the chosen reading with the verdict over all nights of the one in which it claims less."""
    if chosen.overall is None or other.overall is None:
        return chosen
    least = weaker(chosen.overall, other.overall)
    return replace(chosen, overall=least, finding=chosen.finding.replace(chosen.overall.finding, least.finding))


def _check_call(null: str, lags: int, q: float) -> None:
    check_window(lags, q)
    if null not in _NULLS:
        raise UsageError(f"unknown null {null!r}", allowed=tuple(_NULLS), next_step=suggest(null, _NULLS))
    if _NULLS[null]:
        raise UsageError(
            f"the {null} null does not name nights",
            rule="each null answers its own question",
            allowed="mirror",
            next_step=f"use {_NULLS[null]}",
        )


def _check_given(
    material: Material | None, view: str, calibration: SignCalibration | None, labels: Labels | None
) -> None:
    """Refuse things that were made before and do not go with the rest of the call."""
    if material is not None and view != "all":
        raise UsageError("material already has its view", next_step="gather(…, view=…)")
    if calibration is not None and labels is not None:
        raise UsageError(
            "both a calibration and labels were given",
            rule="with labels, the sign odds are measured with the weights from the labels",
            next_step="leave out the calibration or the labels",
        )


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
) -> Floats:
    table, order, _ = material.at(nights_of(accounts, convention))
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
        The accounts are of several people.
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
