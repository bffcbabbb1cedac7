"""What ``karmalink link …`` prints: the finding first, its null and calibration, what it does not show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from karmalink.base.wording import counted

if TYPE_CHECKING:
    from karmalink.link import (
        LagCurve,
        Link,
        PairsResult,
        PooledPairs,
        Power,
        PseudoResult,
        SameNight,
        SignCalibration,
        StrangerResult,
    )
    from karmalink.link.sources import Languages
    from karmalink.study.analyses.links_to_clues import LinksToClues

__all__ = [
    "carried_lines",
    "curve_lines",
    "language_lines",
    "pairs_lines",
    "pooled_lines",
    "power_lines",
    "pseudo_lines",
    "stranger_lines",
]

_OPENED, _SHOWN = 10, 30

_STATEMENTS = 20
_FITS = ("fits", "contradicts", "silent")


def power_lines(power: Power, questions: Sequence[str] = ("mirror", "shift", "stranger")) -> list[str]:
    """Return what can and cannot be answered, one line per question."""
    counts = (
        counted(power.n_nights, "night"),
        counted(power.n_days, "day"),
        counted(power.n_decoys, "other life", "other lives"),
    )
    # A ranking among lives uses no dates, so nights and days are not counted for it.
    given = counts[2] if tuple(questions) == ("stranger",) else f"{counts[0]}, {counts[1]} and {counts[2]}"
    lines = [f"What {given} can answer:"]
    for name in questions:
        each = power[name]
        lines.append(f"  {name:<9} {'can   ' if each.can else 'cannot'}  {each.sentence}")
    return lines


def language_lines(languages: Languages) -> list[str]:
    """Return which languages the texts are in, what is lacking for them, and how to measure what that costs."""
    from karmalink.account.language.languages import languages_in_words

    accounts, life = languages
    lines = languages_in_words(accounts, life)
    told = [shares[0] for shares in languages if shares and shares[0].code]
    if len(told) == 2 and told[0].code != told[1].code:
        lines.append(
            f"The accounts are mostly in {told[0].name}, the life in {told[1].name}: they can share names and numbers, "
            "but no words."
        )
    if lines:
        lines.append(
            "The figures above count nights and days; with these gaps fewer sources are clear. How many are found on "
            "the life itself is measured by karmalink link pseudo LIFE."
        )
    return [] if not lines else ["", *lines]


def pairs_lines(result: PairsResult, *, show_text: bool) -> list[str]:
    """Return a result of the mirror null in words."""
    lines = [
        result.finding,
        "",
        f"Null: {result.null}. The {result.lags} days after each night are the decoys of the {result.lags} before it.",
        _calibration(result.calibration),
    ]
    lines += _view(result.view)
    if result.convention:
        other = result.other_reading
        alternative = f"; read the other way, the answer is {other.verdict.replace('_', ' ')}" if other else ""
        lines.append(f"Dates of unknown meaning were read as {result.convention.replace('_', ' ')}{alternative}.")
    if result.fdr is not None and result.fdr_bound is not None:
        lines.append(
            f"Calibrated false discovery rate {result.fdr:.3f}; the realised share is below {result.fdr_bound:.2f} in "
            "95 of 100 resamplings of blocks of nights."
        )
    groups = [rate for rate in result.rates if rate.group]
    if groups:
        lines.append("Share of nights with a source, by group of nights (shrunk towards the share of all nights):")
        lines += [
            f"  {rate.group:<8} {rate.rate:.2f} ({rate.low:.2f} to {rate.high:.2f}), {counted(rate.n, 'night')}"
            for rate in groups
        ]
    lines += [f"Covariate {effect.finding}" for effect in result.covariate_effects]
    for link in result.links[:_OPENED]:
        lines += ["", *_link(link, show_text=show_text)]
    if len(result.links) > _OPENED:
        lines += ["", f"{counted(len(result.links) - _OPENED, 'more link')}: --json lists them all."]
    return [*lines, "", *_limits(result.does_not_show)]


def pooled_lines(result: PooledPairs, *, show_text: bool) -> list[str]:
    """Return a result of the mirror null over several dreamers in words."""
    lines = [
        result.finding,
        "",
        f"Null: mirror. The {result.lags} days after each night are the decoys of the {result.lags} before it.",
        _calibration(result.calibration),
        *_view(result.view),
        "",
        "Dreamers:",
        *(f"  {one.finding}" for one in result.dreamers[:_SHOWN]),
    ]
    if len(result.dreamers) > _SHOWN:
        lines.append(f"  {counted(len(result.dreamers) - _SHOWN, 'more dreamer')}: --json lists them all.")
    lines += [f"Left out: {line}." for line in result.left_out]
    for person, link in result.links[:_OPENED]:
        lines += ["", person, *_link(link, show_text=show_text)]
    if len(result.links) > _OPENED:
        lines += ["", f"{counted(len(result.links) - _OPENED, 'more link')}: --json lists them all."]
    return [*lines, "", *_limits(result.does_not_show)]


def _view(name: str) -> list[str]:
    """Return what was compared, where it is not the whole text."""
    if name == "all":
        return []
    from karmalink.account import VIEWS

    view = VIEWS[name]
    return [f"View: {view.title}. Removed: {view.removes}."]


def _calibration(calibration: SignCalibration) -> str:
    if not calibration.measured:
        return "Calibration: this life is too short to measure the odds of a + sign with nothing to find."
    return (
        f"Calibration: with nothing to find, the past wins {calibration.p_plus:.3f} of the time "
        f"({calibration.low:.3f} to {calibration.high:.3f}, {counted(calibration.n_signs, 'pseudo-account')}), "
        f"c = {calibration.c:.2f}."
    )


def _link(link: Link, *, show_text: bool) -> list[str]:
    back = "the day that the night ends" if link.lag == 1 else f"{link.lag} days back"
    lines = [
        f"night of {link.score.date}, account {link.account} ~ entry {link.entry} ({back})",
        f"  a source in the window: {link.posterior:.2f}; this entry: {link.entry_posterior:.2f}",
        "  evidence (nats: 2.3 = 10 to 1): " + ", ".join(f"{part.name} {part.llr:+.1f}" for part in link.parts),
    ]
    if show_text:
        for match in link.matches:
            lines += [f"    account: {match.account_text}", f"    entry:   {match.entry_text}"]
    for rival in link.rivals[:2]:
        kind = "a decoy, after the night" if rival.decoy else "another day before the night"
        lines.append(f"  came close: entry {rival.entry}, {kind} ({rival.llr:+.1f} against {link.llr:+.1f} nats)")
    return lines


def carried_lines(carried: LinksToClues) -> list[str]:
    """Return what the accounts that speak of the thing sought say alone, and which clues their links became."""
    if carried.part is None:
        return ["", "No clue was added: no account mentions what is sought."]
    lines = [
        "",
        f"Asked alone, {counted(carried.n_mentioning, 'account')} that mention what is sought: {carried.part.finding}",
    ]
    if not carried.clues:
        said = (
            "No clue was added: none of their links is to an entry that names a place more than its life always does."
        )
        return [*lines, said]
    lines.append(
        f"Clues in the study now from these links: {len(carried.clues)}. Each is as reliable as its link is likely:"
    )
    lines += [
        f"  {clue.id}: {clue.phrase()}, {clue.witness}, reliability {clue.reliability:.2f}" for clue in carried.clues
    ]
    return [*lines, "Next: karmalink seek map CASE --study STUDY"]


def curve_lines(curve: LagCurve) -> list[str]:
    """Return a lag curve in words and figures."""
    lines = [
        curve.finding,
        "",
        f"Null: {curve.null}. The nights are shifted against the days by every number of days"
        + ("." if curve.within is None else f" up to ±{curve.within}.")
        + f" The smallest p possible is {curve.smallest_p:.2g}.",
        *_view(curve.view),
    ]
    if curve.n_nights:
        lines.append("   lag      past    future  past - future   band")
        for lag, past, future, a, band in zip(curve.lags, curve.past, curve.future, curve.a, curve.band, strict=True):
            mark = " *" if a > band else ""
            lines.append(f"  {int(lag):4d} {past:9.3f} {future:9.3f} {a:11.3f}   ±{band:8.3f}{mark}")
        lines += [f"  {w.name} (days {w.first} to {w.last}): mean {w.mean:.3f}, p = {w.p:.2g}" for w in curve.windows]
    return [*lines, "", *_limits(curve.does_not_show)]


def same_night_lines(result: SameNight) -> list[str]:
    """Return two people's shared nights in words."""
    mine, theirs = result.n_nights
    lines = [
        result.finding,
        "",
        f"{result.one} has {counted(mine, 'night')} and {result.other} {theirs} within the "
        f"{counted(result.n_days, 'day')} that both cover; {counted(result.n_left_out, 'account')} left out.",
        *_view(result.view),
    ]
    if result.convention:
        lines.append(f"Dates of unknown meaning were read as {result.convention.replace('_', ' ')}.")
    if result.p is not None:
        lines += [
            f"Null: {result.null}. {result.one}'s nights are shifted against those of {result.other} by every number "
            f"of days. The smallest p possible is {result.smallest_p:.2g}.",
            f"Agreement on the same night among all shifts: p = {result.p_shift:.2g}; less that of nights up to "
            f"{result.nearby} days apart: p = {result.p_nearby:.2g}. The larger counts.",
            f"Shuffling the nights, which breaks up what drifts, would give p = {result.p_shuffled:.2g}.",
        ]
    return [*lines, "", *_limits(result.does_not_show)]


def pseudo_lines(result: PseudoResult) -> list[str]:
    """Return a pseudo-account run in words."""
    lines = [
        result.finding,
        "",
        f"{counted(result.n_days, 'day')}, {counted(result.n_units, 'unit')}. Null: mirror, "
        f"{counted(result.lags, 'day')}.",
    ]
    if result.transplants:
        lines.append("Retold halves of past days, planted as accounts on every second night:")
    lines.extend(
        f"  {each.kept_units:.0%} of the units, {each.kept_words:.0%} of their words kept: {each.power:.2f} found "
        f"({counted(each.n_nights, 'night')}, {counted(each.repeats, 'run')}, {each.answered:.0%} of which found any), "
        f"{each.fdp:.2f} of the links false, the right day named in {each.right_day:.2f}"
        for each in result.transplants
    )
    shown = (
        "That real accounts resemble pseudo-accounts: these were written by day, in the words of the diary.",
        "Power for sources that are not retold in words, such as a feeling or a picture.",
    )
    return [*lines, "", *_limits(shown)]


def stranger_lines(result: StrangerResult) -> list[str]:
    """Return one life's rank among others in words; other lives only where it was not named before a ranking."""
    ranking = [
        f"  {place:3d}. {life}  {score:.3f}"
        for place, (life, score) in enumerate(zip(result.lives[:5], result.scores[:5], strict=True), start=1)
    ]
    lines = [
        result.finding,
        "",
        f"Null: {result.null}. Every life takes part with the same number of units; the smallest p possible is "
        f"{result.smallest_p:.3g}, the level of the test is {result.alpha:g}.",
        *_first_question(result),
        *_view(result.view),
        *(ranking if result.named != "before" else []),
        f"Accounts won by {result.own}, one by one, at a false discovery rate of {result.q:g}: "
        f"{', '.join(result.won) or 'none'}.",
        *_statements(result),
    ]
    shown = (
        "How a person could know of a life: they may have heard or read of it.",
        "That the lives are alike in everything else; a life of the dreamer's own place and trade has an advantage.",
    )
    return [*lines, "", *_limits(shown)]


def _first_question(result: StrangerResult) -> list[str]:
    """Return whether any life fits, when the life was named, and how often these accounts were held against lives."""
    from karmalink.link import NAMED

    lines = []
    if result.any_life is not None and result.named == "before":
        lines.append(
            f"Does any life fit? The best of all is as far ahead by accident with p = {result.any_life.p:.3g}."
        )
    when = f"{result.own} was {NAMED[result.named]}" if result.named else "No life was named"
    return [*lines, f"{when}. Looks at these lives so far: {result.looks}; p is multiplied by them."]


def _statements(result: StrangerResult) -> list[str]:
    """Return each account against the life: fits, contradicts or silent, with its worth."""
    if not result.statements:
        return []
    counts = ", ".join(f"{sum(one.fit == fit for one in result.statements)} {fit}" for fit in _FITS)
    lines = [f"Statement by statement against {result.own} ({counts}; worth: ahead of the mean of the other lives):"]
    lines += [f"  {one.account:<12} {one.fit:<11} {one.worth:+.2f}" for one in result.statements[:_STATEMENTS]]
    more = len(result.statements) - _STATEMENTS
    return [*lines, *([f"  … {more} more: --json lists them all."] if more > 0 else [])]


def _limits(lines: Sequence[str]) -> list[str]:
    return ["What this does not show:", *(f"  - {line}" for line in lines)]
