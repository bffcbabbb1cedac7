"""The doctor's checks of several channels together: duplicated signals, inverted polarity."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import UsageError, describe
from karmalink.night.doctor.checks import Trace, finding
from karmalink.night.doctor.findings import UNCHANGED, Finding, Override
from karmalink.night.doctor.spectra import Spectra, correlation

__all__ = ["PAIR_CHECKS", "ExaminedChannel", "PairCheck"]

_SAME_SIGNAL = 0.9995
_SHARED_SLOW_HZ = 4.0
_CERTAIN = 0.3
_EYES_CERTAIN = 0.25
_MAX_NODES = 8
_EYE_NAMES = ("E1", "E2", "LOC", "ROC", "LEFT", "RIGHT", "EOG1", "EOG2", "EOGL", "EOGR", "EOG L", "EOG R")


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedChannel:
    """A channel after its own checks, with its spectra; without its samples, to save memory."""

    trace: Trace
    spectra: Spectra

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self.trace.channel.name


OverrideLookup = Callable[[str, str], Override | None]
"""Check and channel → the override for them, if any."""

PairResult = tuple[Mapping[str, Trace], Sequence[Finding]]
"""Channel → its new trace, and the findings."""


@dataclass(frozen=True, slots=True)
class PairCheck:
    """A check of several channels: name, what it checks for, function; traces that it returns replace the old ones."""

    name: str
    title: str
    look: Callable[[Sequence[ExaminedChannel], OverrideLookup], PairResult]


def _twice(
    examined: Sequence[ExaminedChannel], override_of: OverrideLookup
) -> tuple[Mapping[str, Trace], Sequence[Finding]]:
    """One signal under two names: in a vote it would count twice."""
    changed: dict[str, Trace] = {}
    findings = []
    for first, other in itertools.combinations([one for one in examined if one.trace.channel.usable], 2):
        if first.spectra.lines.shape != other.spectra.lines.shape or other.name in changed:
            continue
        r = correlation(first.spectra.lines, other.spectra.lines)
        if abs(r) < _SAME_SIGNAL:
            continue
        same = "the same signal as" if r > 0 else "the same signal, inverted, as"
        evidence = f"{same} {first.name} (r = {r:.4f})"
        if override_of("twice", other.name):
            findings.append(finding(other.trace, "note", "twice", evidence, UNCHANGED))
            continue
        changed[other.name] = replace(other.trace, channel=replace(other.trace.channel, usable=False))
        done = f"not used; {first.name} is"
        findings.append(finding(other.trace, "warning", "twice", evidence, done, f"twice:{other.name}"))
    return changed, findings


def _polarity(
    examined: Sequence[ExaminedChannel], override_of: OverrideLookup
) -> tuple[Mapping[str, Trace], Sequence[Finding]]:
    """Channels with slow waves of the opposite sign, or an eye whose movements have the sign of the other's.

    Channels with the same mastoid reference share slow waves with the same sign; the two eyes share them too, but their
    movements have opposite signs. The polarity of a single channel cannot be determined.
    """
    changed, findings = _inverted_by_override(examined, override_of)
    compared = [
        one
        for one in examined
        if one.trace.channel.usable
        and _has_known_polarity(one)
        and one.name not in changed
        and not override_of("polarity", one.name)
    ]
    nodes = sorted(compared, key=lambda one: one.trace.channel.kind != "eog")[:_MAX_NODES]
    # Edge weights: > 0 where two channels agree in sign, < 0 where they disagree.
    edges = {
        (a, b): weight
        for a, b in itertools.combinations(range(len(nodes)), 2)
        if abs(weight := _agreement(nodes[a], nodes[b], nodes)) > 0
    }
    if not any(weight < 0 for weight in edges.values()):
        return changed, findings
    for number, sign in enumerate(_signs(len(nodes), edges)):
        opposite = [nodes[b if a == number else a].name for (a, b), w in edges.items() if number in (a, b) and w < 0]
        if sign > 0 or not opposite:
            continue
        node = nodes[number]
        evidence = f"opposite in sign to {', '.join(opposite)} in slow waves and eye movements"
        done = "unchanged" if len(edges) > 1 else "unchanged: either of the two may be inverted"
        findings.append(finding(node.trace, "warning", "polarity", evidence, done, f"polarity:{node.name}=flip"))
    return changed, findings


def _inverted_by_override(
    examined: Sequence[ExaminedChannel], override_of: OverrideLookup
) -> tuple[dict[str, Trace], list[Finding]]:
    """Invert the channels with an override ``=flip``; without it an override keeps the channel as it is."""
    changed: dict[str, Trace] = {}
    findings = []
    for one in examined:
        override = override_of("polarity", one.name)
        if override is None or not override.value:
            continue
        if override.value != "flip":
            raise UsageError(f"unknown value {describe(override.value)}", where="--override polarity", allowed="flip")
        changed[one.name] = replace(one.trace, factor=-one.trace.factor)
        findings.append(finding(one.trace, "note", "polarity", "named by your override", "inverted"))
    return changed, findings


def _has_known_polarity(one: ExaminedChannel) -> bool:
    """Whether the name and reference of a channel determine its sign relative to others."""
    channel = one.trace.channel
    if channel.kind == "eog":
        return any(word in channel.name.upper() for word in _EYE_NAMES)
    return channel.kind == "eeg" and channel.reference.startswith("M")


def _agreement(one: ExaminedChannel, other: ExaminedChannel, nodes: Sequence[ExaminedChannel]) -> float:
    """Return above 0 where two channels agree in sign, below 0 where they disagree, 0 where that is uncertain."""
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
    if kinds == {"eeg", "eog"}:  # only slow waves without eye movements
        share = _energy(b) / np.maximum(_energy(a), 1e-30)
        deep &= share <= np.median(share[deep]) if deep.any() else deep
    r = correlation(a[deep], b[deep])
    return r if abs(r) >= _CERTAIN else 0.0


def _eyes(one: ExaminedChannel, other: ExaminedChannel, brain: ExaminedChannel) -> float:
    """Return r(slow waves) − r(eye movements) of the two eyes: above 0 where the polarity of both is right."""
    left, right, eeg = _slow(one), _slow(other), _slow(brain)
    eye_energy = _energy(left) + _energy(right)  # (windows,)
    usable = (eye_energy > 0) & (_energy(eeg) > 0) & (eye_energy < np.quantile(eye_energy, 0.98))
    ratio = np.where(usable, eye_energy / np.maximum(_energy(eeg), 1e-30), 0.0)
    # Windows with the largest slow waves, and windows with the most eye movement relative to the EEG.
    deep, moving = _most(_energy(eeg), 0.8) & usable, (ratio >= np.quantile(ratio, 0.9)) & usable
    if not deep.any() or not moving.any():
        return 0.0
    difference = correlation(left[deep], right[deep]) - correlation(left[moving], right[moving])
    return difference if abs(difference) >= _EYES_CERTAIN else 0.0


def _slow(one: ExaminedChannel) -> NDArray[np.complex64]:
    """Return the Fourier coefficients from 0.5 to 4 Hz, shape (windows, coefficients)."""
    return one.spectra.lines[:, : round(_SHARED_SLOW_HZ * 10) - 5]


def _energy(lines: NDArray[np.complex64]) -> NDArray[np.float64]:
    """Return Σ_k |X[w, k]|², shape (windows,)."""
    return np.asarray(np.sum(np.abs(lines) ** 2, axis=1, dtype=np.float64))


def _most(energy: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Return the windows above that quantile, without the top hundredth, which are movements; shape (windows,)."""
    return np.asarray((energy >= np.quantile(energy, share)) & (energy <= np.quantile(energy, 0.99)))


def _signs(count: int, edges: Mapping[tuple[int, int], float]) -> tuple[int, ...]:
    """Return the signs s that maximise Σ w[a, b] s[a] s[b]; among equals those with the fewest inverted channels."""
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
    PairCheck("polarity", "a channel with inverted polarity", _polarity),
)
"""They run after the checks of each channel."""
