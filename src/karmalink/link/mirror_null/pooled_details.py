"""The details of a link of a study: its evidence split over its parts, and the sentences that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.evidence.day_evidence import TOKEN_PARTS, DayScores, scores_by_day
from karmalink.link.mirror_null.pairs_result import Link, NightScore, Part, Rival, UnitMatch
from karmalink.link.mirror_null.pooled_signs import DreamerSums, StudyScale
from karmalink.link.mirror_null.waterfall import shared_detail, shared_tokens

if TYPE_CHECKING:
    from karmalink.account import Entry
    from karmalink.link.evidence.text_units import Material, TextUnit

__all__ = ["LinkWanted", "details_of"]

_MATCHES, _RIVALS = 3, 4
_SAYS = {
    "scene": "the two sentences that agree best",
    "meaning": "nearness of meaning, by the encoder",
    "chance": "so much agreement also occurs between days and nights far apart",
}


@dataclass(frozen=True, slots=True)
class LinkWanted:
    """A night whose link is to be told: its score, its account in the order of nights, and in the order given."""

    score: NightScore
    account: int
    given: int


def details_of(
    material: Material,
    entries: Sequence[Entry],
    wanted: Sequence[LinkWanted],
    *,
    sums: DreamerSums,
    scale: StudyScale,
    llr: Floats,
    pool: Mapping[str, Floats] | None,
) -> list[Link]:
    """Return the links of one dreamer, with parts, matches and rivals.

    Parameters
    ----------
    material, entries
        Features of the dreamer, and the dated entries in their order.
    wanted : sequence of LinkWanted
        Which nights.
    sums, scale : DreamerSums, StudyScale
        Centred scores of the dreamer, and the study's scale.
    llr : (A, 2, L) floats
        Evidence of every compared day; NaN where a lag is not paired.
    pool : mapping or None
        Shares of tokens over all lives.
    """
    scores = scores_by_day(material.accounts, material.entries, pool=pool)
    days = [entry.when.ordinal for entry in entries if entry.when is not None]
    return [_link(material, entries, days, scores, each, sums, scale, llr[each.account]) for each in wanted]


def _link(
    material: Material,
    entries: Sequence[Entry],
    days: list[int],
    scores: DayScores,
    wanted: LinkWanted,
    sums: DreamerSums,
    scale: StudyScale,
    llr: Floats,
) -> Link:
    score = wanted.score
    day = score.night + 1 - score.lag
    own = np.flatnonzero(material.accounts.owner == wanted.given)
    there = np.flatnonzero(material.entries.day == day)
    mine = [material.account_units[at] for at in own.tolist()]
    theirs = [material.entry_units[at] for at in there.tolist()]
    nats, parts = _parts(material, scores, wanted, sums, scale, (mine, theirs), int(np.searchsorted(scores.day, day)))
    matches, entry = _matches(material, own, there)
    named = NightScore(
        score.night,
        score.account,
        entries[entry].id if entry >= 0 else score.entry,
        score.lag,
        score.w,
        score.posterior,
        score.entry_posterior,
        score.group,
    )
    return Link(named, nats, parts, matches, _rivals(entries, days, named, llr))


def _parts(
    material: Material,
    scores: DayScores,
    wanted: LinkWanted,
    sums: DreamerSums,
    scale: StudyScale,
    units: tuple[list[TextUnit], list[TextUnit]],
    day: int,
) -> tuple[float, tuple[Part, ...]]:
    """Return the evidence in nats and its parts, which add up to it.

    The evidence is a function f(s) of the sum s of the parts' scaled scores; each part gets the share of f that it has
    of s (the split of `waterfall`), the first one shared out over names, numbers and words by their nats.
    """
    at = (wanted.account, 0, wanted.score.lag - 1)
    centred = sums.near[at][None, :]  # (1, J)
    account = np.array([wanted.account])
    total = scale.scaled(centred, sums, account)  # (1,) s
    nats = float(scale.nats(total, np.array([True]))[0])
    terms = scale.weight * centred[0]  # (J,)
    share = terms / terms.sum() if abs(terms.sum()) > 1e-9 else np.full(terms.size, 1.0 / terms.size)
    gain = nats + scale.cumulant
    held = np.array([scores.tokens[name][wanted.given, day] if name in scores.tokens else 0.0 for name in TOKEN_PARTS])
    split = held / held.sum() if held.sum() > 0 else np.array([0.0, 0.0, 1.0])
    parts = [
        Part(name, gain * float(share[0] * split[number]), shared_detail(material, name, *units))
        for number, name in enumerate(TOKEN_PARTS)
    ]
    parts += [Part(name, gain * float(share[j]), _SAYS[name]) for j, name in enumerate(scale.parts) if j]
    parts.append(Part("chance", -scale.cumulant, _SAYS["chance"]))
    return nats, tuple(parts)


def _matches(material: Material, own: Ints, there: Ints) -> tuple[tuple[UnitMatch, ...], int]:
    """Return the pairs of sentences that agree best, by the words they share, and the entry of the best one."""
    if not own.size or not there.size:
        return (), -1
    agree = np.zeros((own.size, there.size))
    for name in TOKEN_PARTS:
        product = material.accounts.parts[name][own] @ material.entries.parts[name][there].T
        agree += product.toarray() if hasattr(product, "toarray") else np.asarray(product)
    # The entry of a day with several is the one that agrees most as a whole.
    owner = material.entries.owner[there]
    whole = {one: float(agree[:, owner == one].max(axis=1).sum()) for one in np.unique(owner).tolist()}
    matches = []
    for at in np.argsort(-agree.max(axis=0), kind="stable")[:_MATCHES].tolist():
        mate = int(agree[:, at].argmax())
        if agree[mate, at] <= 0:
            break
        one, other = material.account_units[int(own[mate])], material.entry_units[int(there[at])]
        shared = shared_tokens(material, [one], [other])
        matches.append(UnitMatch(one.index, other.index, float(agree[mate, at]), one.text, other.text, shared))
    return tuple(matches), max(whole, key=lambda one: whole[one])


def _rivals(entries: Sequence[Entry], days: list[int], named: NightScore, llr: Floats) -> tuple[Rival, ...]:
    first = {day: entry.id for day, entry in zip(reversed(days), reversed(entries), strict=True)}
    found = []
    for side, sign in ((0, 1), (1, -1)):
        for lag in np.flatnonzero(~np.isnan(llr[side])).tolist():
            day = named.night - lag if side == 0 else named.night + lag + 1
            if (side, lag + 1) != (0, named.lag):
                found.append(Rival(first[day], day, sign * (lag + 1), float(llr[side, lag])))
    return tuple(sorted(found, key=lambda rival: -rival.llr)[:_RIVALS])
