"""Which nights of several dreamers draw on which days: one background, one calibration, one rule over all nights.

Each dreamer is a block: it gives sums (`pooled_signs`), never its texts. The study gives the scale, the odds of a +
sign and the threshold. What is asked of one dreamer comes after: the share of nights with a source shrunk towards the
study's, and whether any link stands for this dreamer alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import UsageError
from karmalink.link.error_control.dreamer_tests import dreamers_named
from karmalink.link.error_control.power_analysis import PLAUSIBLE_SHARE, check_window
from karmalink.link.error_control.sign_rule import Rejection, link_rates, posteriors, shifted_by_group
from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.evidence.day_evidence import PART_WEIGHT
from karmalink.link.evidence.text_units import dated
from karmalink.link.evidence.year_readings import either_year
from karmalink.link.execution.blocks import SERIAL, Executor
from karmalink.link.mirror_null.pairs_result import Link, NightScore
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.mirror_null.pooled_blocks import Asked, StudyDreamer, asked_of, material_of, pool_of, study_dreamers
from karmalink.link.mirror_null.pooled_details import LinkWanted, details_of
from karmalink.link.mirror_null.pooled_result import PooledDreamer, PooledPairs
from karmalink.link.mirror_null.pooled_rule import StudyNights, calibrated, promise, study_nights
from karmalink.link.mirror_null.pooled_signs import StudyScale

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Life

__all__ = ["by_dreamer", "pooled_pairs"]


@either_year(lambda found: (found.verdict.claim, len(found.links)))
def pooled_pairs(
    dreamers: Sequence[tuple[Sequence[Account], Life]],
    *,
    lags: int = 7,
    q: float = 0.10,
    cut_retellings: bool = False,
    encoder: Encoder | None = None,
    view: str = "all",
    with_details: bool = True,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PooledPairs:
    """Return which nights of several dreamers draw on which days of their lives, at one false discovery rate.

    A month of diary and twenty dreams are too few for a rule of their own. Over several dreamers one background
    distribution, one calibration of signs and one threshold are learnt, and the rate holds for the study.

    Parameters
    ----------
    dreamers : sequence of (accounts, life)
        The accounts of each dreamer, and the dreamer's life. What is not dated to the day is left out.
    lags : int
        Window L: past days 1 … L against future days 1 … L.
    q : float
        Nominal false discovery rate over all nights of all dreamers.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream before scoring.
    encoder : Encoder, optional
        Adds the part ``meaning``. Runs in this process.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    with_details : bool
        False leaves parts, matches and rivals of the links empty.
    executor : Executor
        Where the dreamers' sums are computed; a dreamer is a block.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PooledPairs
        Where the dates of a dreamer do not say whether they mean the evening or the morning, the dreamer's other
        accounts decide; where none says it, both readings are asked at half the rate.

    Raises
    ------
    UsageError
        No dreamer, one of them twice, accounts of several persons in one row, an unknown view, a window or rate out of
        range.
    """
    from karmalink.account.language.views import view_named

    check_window(lags, q)
    chosen = view_named(view).name
    people = _people(dreamers)
    rows = [(list(dated(accounts)), life) for accounts, life in dreamers]
    asked = asked_of(rows, lags=lags, view=chosen, cut_retellings=cut_retellings, encoder=encoder, seed=seed)
    found, asked = study_dreamers(rows, asked, SERIAL if encoder is not None else executor, progress)
    return _answer(people, rows, found, asked, q, with_details=with_details)


def _people(dreamers: Sequence[tuple[Sequence[Account], Life]]) -> list[str]:
    people = [one_person(accounts) or life.id for accounts, life in dreamers]
    if not people or len(set(people)) < len(people):
        raise UsageError(
            f"got {counted(len(people), 'row')} of {counted(len(set(people)), 'dreamer')}",
            rule="exactly one row of accounts and a life per dreamer, and at least one dreamer",
        )
    return people


def by_dreamer(
    accounts: Sequence[Account], lives: Sequence[Life]
) -> tuple[list[tuple[list[Account], Life]], tuple[str, ...]]:
    """Return each dreamer's accounts with the dreamer's own life, and who is left out for lack of one.

    A life is a dreamer's own where they wrote it, or where it is called as they are.

    Raises
    ------
    UsageError
        No dreamer has a life of their own.
    """
    rows, without = [], []
    for person in sorted({account.person for account in accounts}):
        own = [life for life in lives if person in (life.author, life.id)]
        if len(own) == 1:
            rows.append(([account for account in accounts if account.person == person], own[0]))
        else:
            without.append(f"{person}: {counted(len(own), 'life', 'lives')} of their own among these")
    if not rows:
        raise UsageError(
            f"none of {counted(len(without), 'dreamer')} has exactly one life of their own",
            rule="a life is a dreamer's own where its author, or its name, is that of the dreamer",
            next_step="name the lives as the people are named, or ask about one person with --person and --life",
        )
    return rows, tuple(without)


def _answer(
    people: list[str],
    rows: Sequence[tuple[list[Account], Life]],
    found: Sequence[StudyDreamer],
    asked: Asked,
    q: float,
    *,
    with_details: bool,
) -> PooledPairs:
    n_days = sum(dreamer.n_days for dreamer in found)
    calibration, pseudo_scale = calibrated([dreamer.pseudo for dreamer in found], lags=asked.lags, n_days=n_days)
    n_readings = max(len(dreamer.readings) for dreamer in found)
    readings = [
        study_nights(
            [dreamer.readings[min(at, len(dreamer.readings) - 1)] for dreamer in found],
            q=q / n_readings,
            calibration=calibration,
        )
        for at in range(n_readings)
    ]
    # Each reading has its own half of the rate, so what both find holds together; the fuller one is told.
    at = max(range(n_readings), key=lambda number: (readings[number].rule.found, -number))
    nights = readings[at]
    promised = promise(
        nights,
        [sums for dreamer in found for sums in dreamer.pseudo],
        [planted for dreamer in found for planted in dreamer.planted],
        pseudo_scale,
        q=q / n_readings,
        c=calibration.c,
        seed=asked.seed,
    )
    verdict = _verdict(nights.rule, calibration, promised)
    orders = [dreamer.order[min(at, len(dreamer.order) - 1)] for dreamer in found]
    scores = _scores(rows, orders, nights, calibration, people)
    linked = nights.linked
    named = dreamers_named(nights.w, nights.who, len(people), q=q / n_readings, c=calibration.c, seed=asked.seed)
    table = _dreamer_rows(people, rows, found, nights, linked, named, calibration)
    links = _links(people, rows, orders, nights, scores, linked, asked if with_details else None)
    return PooledPairs(
        verdict=verdict,
        q=q,
        lags=asked.lags,
        calibration=calibration,
        threshold=nights.rule.threshold,
        fdr=None if nights.rule.fdr is None else nights.rule.fdr * n_readings,
        decoys=nights.rule.decoys,
        links=links,
        nights=tuple((people[who], score) for who, score in zip(nights.who.tolist(), scores, strict=True)),
        dreamers=table,
        found_from=promised,
        left_out=_left_out(people, rows, table),
        does_not_show=_does_not_show(asked.lags, n_readings),
        settings=_settings(asked, nights.scale, n_readings, at),
    )


def _verdict(rule: Rejection, calibration: SignCalibration, promised: float | None) -> Verdict:
    if not calibration.usable:
        return Verdict.NOT_USABLE
    if rule.threshold is not None:
        return Verdict.FOUND
    return Verdict.NOTHING if promised is not None and promised <= PLAUSIBLE_SHARE else Verdict.CANNOT_ANSWER


def _scores(
    rows: Sequence[tuple[list[Account], Life]],
    orders: Sequence[Ints],
    nights: StudyNights,
    calibration: SignCalibration,
    people: list[str],
) -> list[NightScore]:
    """Return one score per night; the posterior is one minus the local false discovery rate, shrunk to the study's."""
    c = calibration.c if calibration.usable else float("inf")
    group = [people[who] for who in nights.who.tolist()]
    null_plus = min(0.95, max(0.5, calibration.p_plus))
    rates = link_rates(nights.w, group, null_plus=null_plus)
    posterior = shifted_by_group(posteriors(nights.w, c=c), group, rates) if nights.w.size else np.zeros(0)
    entries = [_by_day(life) for _, life in rows]
    scores = []
    for at, (who, night, account) in enumerate(
        zip(nights.who.tolist(), nights.night.tolist(), nights.account.tolist(), strict=True)
    ):
        past = nights.llr[who][account, 0]
        lag = int(np.nanargmax(past)) + 1
        # exp(llr of the best) / Σ exp(llr): its share among the past days
        share = float(1.0 / np.nansum(np.exp(past - past[lag - 1])))
        told = rows[who][0][int(orders[who][account])]
        entry = entries[who][night + 1 - lag][0]
        scores.append(
            NightScore(
                night=night,
                account=told.id,
                entry=entry,
                lag=lag,
                w=float(nights.w[at]),
                posterior=float(posterior[at]),
                entry_posterior=float(posterior[at]) * share,
                group=people[who],
            )
        )
    return scores


def _by_day(life: Life) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for entry in dated(life.entries):
        if entry.when is not None:
            found.setdefault(entry.when.ordinal, []).append(entry.id)
    return found


def _links(
    people: list[str],
    rows: Sequence[tuple[list[Account], Life]],
    orders: Sequence[Ints],
    nights: StudyNights,
    scores: Sequence[NightScore],
    linked: Ints,
    asked: Asked | None,
) -> tuple[tuple[str, Link], ...]:
    links: list[tuple[str, Link]] = []
    for who in np.unique(nights.who[linked]).tolist():
        mine = linked[nights.who[linked] == who].tolist()
        if asked is None:
            links += [(people[who], Link(scores[at], 0.0, (), (), ())) for at in mine]
            continue
        accounts, life = rows[who]
        entries, material = material_of(accounts, life, asked)
        wanted = [LinkWanted(scores[at], int(nights.account[at]), int(orders[who][nights.account[at]])) for at in mine]
        told = details_of(
            material,
            entries,
            wanted,
            sums=nights.sums[who],
            scale=nights.scale,
            llr=nights.llr[who],
            pool=pool_of(material, asked),
        )
        links += [(people[who], link) for link in told]
    return tuple(sorted(links, key=lambda link: (-link[1].posterior, -link[1].w)))


def _dreamer_rows(
    people: list[str],
    rows: Sequence[tuple[list[Account], Life]],
    found: Sequence[StudyDreamer],
    nights: StudyNights,
    linked: Ints,
    named: tuple[Floats, Ints],
    calibration: SignCalibration,
) -> tuple[PooledDreamer, ...]:
    null_plus = min(0.95, max(0.5, calibration.p_plus))
    group = [people[who] for who in nights.who.tolist()]
    rates = {rate.group: rate for rate in link_rates(nights.w, group, null_plus=null_plus)}
    links = np.bincount(nights.who[linked], minlength=len(people))
    p, alone = named
    out = []
    for at, person in enumerate(people):
        rate = rates.get(person)
        out.append(
            PooledDreamer(
                person=person,
                life=rows[at][1].id,
                n_accounts=len(rows[at][0]),
                n_nights=0 if rate is None else rate.n,
                n_days=found[at].n_days,
                plus=0 if rate is None else rate.plus,
                minus=0 if rate is None else rate.minus,
                links=int(links[at]),
                rate=0.0 if rate is None else rate.rate,
                p=float(p[at]),
                named=int(alone[at]),
            )
        )
    return tuple(out)


def _left_out(
    people: list[str], rows: Sequence[tuple[list[Account], Life]], table: tuple[PooledDreamer, ...]
) -> tuple[str, ...]:
    return tuple(
        f"{person}: no night has a day before it and its mirror day in the life {life.id}"
        for person, (_, life), row in zip(people, rows, table, strict=True)
        if not row.n_nights
    )


def _does_not_show(lags: int, n_readings: int) -> tuple[str, ...]:
    lines = [
        "That the named entry is the source. Tested is whether a night has some source among its past "
        f"{lags} days; the entry is the best guess.",
        "That a dreamer has a source: the rate is the study's, and of one dreamer all links may be chance unless the "
        "row says how many stand alone.",
        f"Sources older than {counted(lags, 'day')}, or days without an entry.",
        "Why a dream took up a day. A link is agreement beyond chance, not a mechanism.",
        "A proven error rate: the rate is calibrated on pseudo-accounts of these lives.",
    ]
    if n_readings > 1:
        lines.append("What the dates mean: both readings were asked at half the rate, the fuller one is told.")
    return tuple(lines)


def _settings(asked: Asked, scale: StudyScale, n_readings: int, at: int) -> dict[str, Any]:
    import scipy

    from karmalink import __version__

    return {
        "versions": {"karmalink": __version__, "numpy": np.__version__, "scipy": scipy.__version__},
        "seed": asked.seed,
        "view": asked.view,
        "deals": asked.deals,
        "weights": {part: PART_WEIGHT[part] for part in scale.parts},
        "background_pairs": scale.pairs,
        "convention": ("night_of", "morning_of")[at] if n_readings > 1 else "",
        "features": "shared words, names and numbers of whole days; the two sentences that agree best"
        + ("; nearness of meaning" if "meaning" in scale.parts else ""),
    }
