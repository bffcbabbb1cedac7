"""Which nights draw on which days of a life: accounts and a life in, links out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from karmalink.errors import UsageError, suggest
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.calendar import CONVENTIONS
from karmalink.link.execution.blocks import SERIAL, Executor
from karmalink.link.mirror_null.pairs_result import PairsResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from karmalink.account import Account, Encoder, Entry, Life
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.link.evidence.text_units import Material
    from karmalink.link.mirror_null.labelled_weights import Labels

__all__ = ["PairsResult", "one_person", "pairs"]

Progress = Callable[[int, int], None]

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
    opened: bool = True,
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
        Name (``stage``, ``delay`` in minutes) → account id → value: what each is worth is told (`PairsResult.worth`).
    labels : mapping of (account, entry) to bool, optional
        What judges who saw no dates said of pairs: the weights of the parts then come from these, and not from the
        pairs in the windows (:mod:`karmalink.link.mirror_null.labelled_weights`).
    encoder : Encoder, optional
        Adds the part ``meaning`` to names, numbers and words.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    material : Material, optional
        The features of exactly these accounts and dated entries (:func:`karmalink.link.gather`), where they are asked
        about more than once.
    opened : bool
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
    from karmalink.link.mirror_null.reading import Asked, read
    from karmalink.link.mirror_null.sign_calibration import calibrate

    check_window(lags, q)
    _check_null(null)
    chosen = view_named(view).name
    if material is not None and chosen != "all":
        raise UsageError("material has its view already", next_step="gather(…, view=…)")
    person = one_person(accounts)
    told = _Steps(progress)
    entries = dated((cut(life) if cut_retellings else life).entries)
    usable = [one for one in accounts if one.when is not None and one.when.precision is Precision.DAY]
    if material is None:
        material = gather(usable, entries, encoder=encoder, view=chosen)
    told.step()
    unknown = any(account.date_means is DateMeans.UNKNOWN for account in usable)
    conventions = tuple(CONVENTIONS) if unknown else ("",)
    beta = None if labels is None else _judged(labels, usable, entries, material, conventions[0], lags)
    calibration = calibrate(material.entries, lags=lags, seed=seed, beta=beta, executor=executor)
    told.step()
    asked = Asked(
        person,
        life.id,
        usable,
        entries,
        material,
        calibration,
        lags,
        q,
        dict(groups or {}),
        opened,
        seed,
        dict(covariates or {}),
        beta,
        chosen,
    )
    readings = [read(asked, convention) for convention in conventions]
    told.step()
    worse = min(readings, key=lambda one: (_CLAIMS[one.verdict], len(one.links)))
    other = next((one for one in readings if one is not worse), None)
    told.step()
    return worse if other is None else replace(worse, other_reading=other)


def _judged(
    labels: Labels, accounts: list[Account], entries: list[Entry], material: Material, convention: str, lags: int
) -> NDArray[np.float64]:
    import numpy as np

    from karmalink.link.mirror_null.labelled_weights import judged_weights

    nights = np.array([account.night(convention or None) for account in accounts], dtype=np.int64)
    table, order, _ = material.at(nights)
    return judged_weights(
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
            f"accounts of {len(people)} persons at once",
            rule="the dreamer is the unit: nights of one person against one life",
            allowed="accounts of one person",
            next_step="ask for one person at a time",
        )
    return people[0] if people else ""


def _check_null(null: str) -> None:
    if null not in _NULLS:
        raise UsageError(f"there is no null {null!r}", allowed=tuple(_NULLS), next_step=suggest(null, _NULLS))
    if _NULLS[null]:
        raise UsageError(
            f"the {null} null names no nights",
            rule="which decoys are used decides which question is answered",
            allowed="mirror",
            next_step=f"use {_NULLS[null]} for its question",
        )


class _Steps:
    """Counts the steps of a call for its progress."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, _STEPS)
