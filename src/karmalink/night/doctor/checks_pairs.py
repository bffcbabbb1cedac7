"""What the doctor sees only in several channels together: the same signal twice, one that runs against the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import UsageError, describe
from karmalink.night.doctor.checks import Trace, finding
from karmalink.night.doctor.findings import Finding, Override
from karmalink.night.doctor.spectra import Spectra, correlation

__all__ = ["PAIR_CHECKS", "ExaminedChannel", "PairCheck"]

_TWICE = 0.9995
_SHARED_SLOW_HZ = 4.0
_AGAINST = 0.3
_EYES_AGAINST = 0.25
_MOST_NODES = 8
_EYE_NAMES = ("E1", "E2", "LOC", "ROC", "LEFT", "RIGHT", "EOG1", "EOG2", "EOGL", "EOGR", "EOG L", "EOG R")


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedChannel:
    """A channel the doctor has looked at, with its spectra; without its samples, so that many fit."""

    trace: Trace
    spectra: Spectra

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self.trace.channel.name


OverrideLookup = Callable[[str, str], Override | None]
"""Check and channel → what a person decided about it."""

PairResult = tuple[Mapping[str, Trace], Sequence[Finding]]
"""Channel → what replaces it, and the findings."""


@dataclass(frozen=True, slots=True)
class PairCheck:
    """A check over channels: its name, what it looks for, and the function; what that returns replaces what it got."""

    name: str
    title: str
    look: Callable[[Sequence[ExaminedChannel], OverrideLookup], PairResult]


def _twice(
    examined: Sequence[ExaminedChannel], override_of: OverrideLookup
) -> tuple[Mapping[str, Trace], Sequence[Finding]]:
    """One signal under two names: a scorer would count it as two witnesses."""
    changed: dict[str, Trace] = {}
    findings = []
    for one, other in itertools.combinations([one for one in examined if one.trace.channel.usable], 2):
        if one.spectra.lines.shape != other.spectra.lines.shape or other.name in changed:
            continue
        shared = correlation(one.spectra.lines, other.spectra.lines)
        if abs(shared) < _TWICE:
            continue
        sign = "the same signal as" if shared > 0 else "the same signal, upside down, as"
        evidence = f"{sign} {one.name} (r = {shared:.4f})"
        if override_of("twice", other.name):
            findings.append(finding(other.trace, "note", "twice", evidence, "left alone, as you said"))
            continue
        changed[other.name] = replace(other.trace, channel=replace(other.trace.channel, usable=False))
        done = f"{one.name} is used, this one is not"
        findings.append(finding(other.trace, "warning", "twice", evidence, done, f"twice:{other.name}"))
    return changed, findings


def _polarity(
    examined: Sequence[ExaminedChannel], override_of: OverrideLookup
) -> tuple[Mapping[str, Trace], Sequence[Finding]]:
    """Channels that run against the others in slow waves, or an eye that moves with the other.

    Channels against the same mastoid share slow waves with one sign; the two eyes share them too, and move apart. The
    sign of one channel on its own cannot be told.
    """
    judged = [one for one in examined if one.trace.channel.usable and _judged(one)]
    changed, findings = _turned(examined, override_of)
    judged = [one for one in judged if one.name not in changed and not override_of("polarity", one.name)]
    nodes = sorted(judged, key=lambda one: one.trace.channel.kind != "eog")[:_MOST_NODES]
    edges = {
        (a, b): weight
        for a, b in itertools.combinations(range(len(nodes)), 2)
        if abs(weight := _agreement(nodes[a], nodes[b], nodes)) > 0
    }
    if not any(weight < 0 for weight in edges.values()):
        return changed, findings
    signs = _signs(len(nodes), edges)
    for place, sign in enumerate(signs):
        if sign > 0:
            continue
        against = [nodes[b if a == place else a].name for (a, b), w in edges.items() if place in (a, b) and w < 0]
        if not against:
            continue
        one = nodes[place]
        sure = len(edges) > 1
        evidence = f"runs against {', '.join(against)} in slow waves and eye movements"
        done = "kept as it is" if sure else "kept as it is: either of the two may be upside down"
        findings.append(finding(one.trace, "warning", "polarity", evidence, done, f"polarity:{one.name}=flip"))
    return changed, findings


def _turned(examined: Sequence[ExaminedChannel], override_of: OverrideLookup) -> tuple[dict[str, Trace], list[Finding]]:
    """Turn over what you said is upside down; an override without ``=flip`` says it is not."""
    changed: dict[str, Trace] = {}
    findings = []
    for one in examined:
        override = override_of("polarity", one.name)
        if override is None or not override.value:
            continue
        if override.value != "flip":
            raise UsageError(f"{describe(override.value)} is no polarity", where="--override polarity", allowed="flip")
        changed[one.name] = replace(one.trace, factor=-one.trace.factor)
        findings.append(finding(one.trace, "note", "polarity", "named by you", "turned over"))
    return changed, findings


def _judged(one: ExaminedChannel) -> bool:
    channel = one.trace.channel
    if channel.kind == "eog":
        return any(word in channel.name.upper() for word in _EYE_NAMES)
    return channel.kind == "eeg" and channel.reference.startswith("M")


def _agreement(one: ExaminedChannel, other: ExaminedChannel, nodes: Sequence[ExaminedChannel]) -> float:
    """Return how surely two channels run together (above 0) or against each other; 0 where that cannot be told."""
    if one.spectra.kept.shape != other.spectra.kept.shape:
        return 0.0
    kinds = {one.trace.channel.kind, other.trace.channel.kind}
    brains = [
        node for node in nodes if node.trace.channel.kind == "eeg" and node.spectra.kept.shape == one.spectra.kept.shape
    ]
    if kinds == {"eog"}:
        return _eyes(one, other, brains[0]) if brains else 0.0
    if one.trace.channel.reference != other.trace.channel.reference or not one.trace.channel.reference:
        return 0.0
    brain, second = (one, other) if one.trace.channel.kind == "eeg" else (other, one)
    a, b = _slow(brain), _slow(second)
    deep = _most(_energy(a), 0.7) & (_energy(b) > 0)
    if kinds == {"eeg", "eog"}:  # of the slow waves those in which the eyes rest
        share = _energy(b) / np.maximum(_energy(a), 1e-30)
        deep &= share <= np.median(share[deep]) if deep.any() else deep
    found = correlation(a[deep], b[deep])
    return found if abs(found) >= _AGAINST else 0.0


def _eyes(one: ExaminedChannel, other: ExaminedChannel, brain: ExaminedChannel) -> float:
    """Return above 0 where the eyes share slow waves more than they share what only eyes do."""
    a, b, c = _slow(one), _slow(other), _slow(brain)
    moved = _energy(a) + _energy(b)
    alive = (moved > 0) & (_energy(c) > 0) & (moved < np.quantile(moved, 0.98))
    share = np.where(alive, moved / np.maximum(_energy(c), 1e-30), 0.0)
    deep, moving = _most(_energy(c), 0.8) & alive, (share >= np.quantile(share, 0.9)) & alive
    if not deep.any() or not moving.any():
        return 0.0
    apart = correlation(a[deep], b[deep]) - correlation(a[moving], b[moving])
    return apart if abs(apart) >= _EYES_AGAINST else 0.0


def _slow(one: ExaminedChannel) -> NDArray[np.complex64]:
    return one.spectra.lines[:, : round(_SHARED_SLOW_HZ * 10) - 5]


def _energy(lines: NDArray[np.complex64]) -> NDArray[np.float64]:
    return np.asarray(np.sum(np.abs(lines) ** 2, axis=1, dtype=np.float64))


def _most(energy: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Return the windows above that share of all, but for the hundredth with the most: movements."""
    return np.asarray((energy >= np.quantile(energy, share)) & (energy <= np.quantile(energy, 0.99)))


def _signs(count: int, edges: Mapping[tuple[int, int], float]) -> tuple[int, ...]:
    """Return the signs that agree best with what pairs say; the fewer channels are the ones upside down."""
    ranked = sorted(
        itertools.product((1, -1), repeat=count),
        key=lambda signs: (-sum(w * signs[a] * signs[b] for (a, b), w in edges.items()), signs.count(-1)),
    )
    best = ranked[0]
    score = sum(w * best[a] * best[b] for (a, b), w in edges.items())
    same = [s for s in ranked[:64] if abs(sum(w * s[a] * s[b] for (a, b), w in edges.items()) - score) < 1e-9]
    return min(same, key=lambda signs: signs.count(-1))


PAIR_CHECKS: tuple[PairCheck, ...] = (
    PairCheck("twice", "one signal under two names", _twice),
    PairCheck("polarity", "a channel that is upside down", _polarity),
)
"""After every channel was looked at on its own."""
