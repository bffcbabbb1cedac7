"""How far do the scorers agree? The κ of each against all others, F1 by stage, and where they disagree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from karmalink.night import Hypnogram, Interval, ScorerAgreement, consensus
from karmalink.night.hypnograms.grids import on_one_grid
from karmalink.report import words
from karmalink.report.charts.agreement import Point, points, square
from karmalink.report.charts.hypnogram import COLOURS, density, ribbon
from karmalink.report.page import Page, page_html, write_page
from karmalink.report.section import AnswerKind, Column, Figure, Fold, LegendEntry, Panel, Section, SectionPart, Table
from karmalink.report.theme import STAGE_NAMES, STAGES, ink

__all__ = ["agreement_page", "agreement_section"]

Nights = Mapping[str, Mapping[str, Hypnogram]]

# Hypnograms keep their probabilities in the order of codes; a page shows REM beside waking, as sleep charts do.
_ORDER = ("W", "N1", "N2", "N3", "R")
_COLUMNS = [_ORDER.index(stage) for stage in STAGES]


def agreement_page(found: ScorerAgreement, nights: Nights, path: Path | str) -> Path:
    """Write the agreement of scorers as one page and return its path.

    Raises
    ------
    StorageFailed
        The file cannot be written.
    """
    title = f"{len(found.scorers)} scorers, {words.count(found.n_nights, 'night')}"
    page = Page(title=title, made=dt.datetime.now().astimezone(), sections=(agreement_section(found, nights),))
    return write_page(page_html(page), path)


def agreement_section(found: ScorerAgreement, nights: Nights) -> Section:
    """Return the section on the agreement of scorers.

    Parameters
    ----------
    found : ScorerAgreement
        As `karmalink.night.compare_scorers` gives it.
    nights : mapping of str to mapping of str to Hypnogram
        What was compared; of a single night, every scorer is drawn on the clock.
    """
    blocks: list[SectionPart] = []
    if len(nights) == 1:
        blocks.append(_drawn(next(iter(nights.values()))))
    blocks += [_figure(found), Fold("Pair by pair", (_pairs(found),))]
    blocks.append(Fold("Where they disagree", _disagreement(found)))
    return Section(
        id="agreement",
        question="How far do the scorers agree?",
        title=_title(found),
        lead=_lead(found),
        answer=AnswerKind.FOUND,
        blocks=tuple(blocks),
    )


def _title(found: ScorerAgreement) -> str:
    head = f"Two scorers agree at κ {found.pairwise.value:.2f}"
    if not found.disagreement.n_disagreed:
        return f"{head}: they never disagree"
    (first, second), share = max(found.disagreement.between.items(), key=lambda item: item[1])
    return f"{head}; {share:.0%} of their disagreements are between {first} and {second}"


def _lead(found: ScorerAgreement) -> str:
    interval = f"The 95 % interval by night is {_range(found.pairwise)}. " if _known(found.pairwise) else ""
    single = "" if found.n_nights > 1 else "One night says nothing about other nights, so no interval is drawn. "
    against = found.against_others
    bounds = f" ({_range(against)})" if _known(against) else ""
    return (
        f"{interval}{single}One scorer against the consensus of all others reaches κ {against.value:.2f}{bounds}: a "
        "machine that does as well cannot be distinguished from them. "
        f"All agree on {found.unanimous.value:.0%} of a night."
    )


def _known(value: Interval) -> bool:
    return not np.isnan(value.low)


def _range(value: Interval) -> str:
    return f"{value.low:.2f} to {value.high:.2f}"


def _figure(found: ScorerAgreement) -> Figure:
    each = [Point(name, one.value, one.low, one.high) for name, one in found.each.items()]
    stages = [
        Point(STAGE_NAMES[s], found.f1[s].value, found.f1[s].low, found.f1[s].high, f"stage-{s.lower()}")
        for s in STAGES
    ]
    best = max(found.each, key=lambda name: np.nan_to_num(found.each[name].value, nan=-1))
    by_stage = [f"{STAGE_NAMES[s]} {found.f1[s].value:.2f}" for s in STAGES if np.isfinite(found.f1[s].value)]
    return Figure(
        id="agreement-figure",
        alt=(
            f"κ against all others is highest for {best} ({found.each[best].value:.2f}). "
            f"F1 by stage: {words.join(by_stage)}."
        ),
        panels=(
            points(each, axis="κ", title="Each against the consensus of all others"),
            points(stages, axis="F1", title="Each stage, mean over scorers"),
        ),
        caption="Points with 95 % intervals by night."
        if found.n_nights > 1
        else "Points without intervals: there is one night.",
    )


def _drawn(scorings: Mapping[str, Hypnogram]) -> Figure:
    """Return every scorer's stages on one clock, over the hypnodensity."""
    whole = consensus(scorings)
    met, _ = on_one_grid(scorings)
    hours = _hours(whole, whole.n_epochs)
    table = whole.probabilities
    panels: list[Panel] = []
    if table is not None:
        panels.append(density(table[:, _COLUMNS], hours, title="Share of the scorers for every stage (hypnodensity)"))
    panels += [ribbon(one.labels, hours, title=name) for name, one in met.items()]
    return Figure(
        id="agreement-night",
        alt=f"The stages of {words.count(len(scorings), 'scorer')} over {words.minutes(whole.duration_s / 60)}.",
        panels=tuple(panels),
        key=tuple(LegendEntry(STAGE_NAMES[stage], ink(COLOURS[stage]), "square") for stage in STAGES),
        caption="Each ribbon is one scorer; above, how many chose each stage.",
    )


def _hours(night: Hypnogram, count: int) -> NDArray[np.float64]:
    first = 0.0
    if night.start is not None:
        first = night.start.hour + night.start.minute / 60 + night.start.second / 3600
    return np.asarray(first + np.arange(count + 1) * night.epoch_s / 3600, dtype=np.float64)


def _pairs(found: ScorerAgreement) -> Figure:
    off = ~np.eye(len(found.scorers), dtype=bool)
    known = found.pairs[off & np.isfinite(found.pairs)]
    span = f"from {known.min():.2f} to {known.max():.2f}" if known.size else "not defined for any pair"
    return Figure(
        id="agreement-pairs",
        alt=f"Cohen's κ of {words.count(len(found.scorers), 'scorer')}, pair by pair: {span}.",
        panels=(square(found.pairs, found.scorers),),
        caption="Cohen's κ of every pair, epochs pooled over nights.",
    )


def _disagreement(found: ScorerAgreement) -> tuple[Table, ...]:
    profile = found.disagreement
    table = profile.to_dataframe()
    between = tuple(
        (name, words.percent(share))
        for name, share in zip(table["stages"].tolist(), table["share"].tolist(), strict=True)
        if share > 0
    )
    by_stage = tuple(
        (STAGE_NAMES[stage], "none scored" if (at := profile.by_stage[stage]) is None else words.percent(at))
        for stage in STAGES
    )
    places = (
        ("where the stage changes", _or_none(profile.at_change)),
        ("elsewhere", _or_none(profile.inside)),
    )
    share = Column("Share", number=True)
    return (
        Table("Disagreements of two scorers, by the two stages", (Column("Between"), share), between),
        Table("Epochs with disagreement, by the stage of the majority", (Column("Stage"), share), by_stage),
        Table("Epochs with disagreement, by place", (Column("Place"), share), places),
    )


def _or_none(share: float | None) -> str:
    return "none scored" if share is None else words.percent(share)
