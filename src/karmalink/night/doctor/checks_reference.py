"""What the doctor does about channels that do not tell their reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from karmalink.night.doctor.findings import Finding, Overrule
from karmalink.night.recordings.channels import REFERENCES
from karmalink.night.recordings.recording import Channel, Recording, Signals

__all__ = ["DifferenceSignals", "reference"]

_LOOK_S = 60.0
_ALIVE = 0.01
_MASTOID = re.compile(r"\b([AM][12])\b")
_LEFT = re.compile(r"[13579]\b|LOC|LEFT|L\b", re.IGNORECASE)
_EYES = re.compile(r"(EOG\W*)?(E[12]|LOC|ROC|EOG\W?[LR12]|(LEFT|RIGHT)\W?EYE)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class DifferenceSignals:
    """Signals of which some are seen against another channel of the recording: channel → the one taken away."""

    source: Signals
    minus: Mapping[int, int]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of the channel, less those of its reference."""
        samples = self.source.read(index, first, stop)
        if index in self.minus:
            samples = samples - self.source.read(self.minus[index], first, stop)
        return samples


def reference(recording: Recording, rulings: Sequence[Overrule]) -> tuple[Recording, Sequence[Finding]]:
    """Take a mastoid away where one was recorded on its own; say where the reference is not told and none was.

    The AASM manual scores each electrode against the mastoid of the other side. A recorder that keeps every electrode
    against a reference of its own stores the mastoids as channels; the difference is what is scored.
    """
    open_ = [one for one in recording.channels if _unreferenced(one)]
    mastoids = [one for one in recording.channels if one.kind == "reference" and _MASTOID.search(one.name.upper())]
    channels, minus, findings, untold = list(recording.channels), {}, [], []
    for one in open_:
        index = recording.index(one.name)
        ruling = next((r for r in rulings if r.covers("reference", one.name)), None)
        other = _chosen(recording, one, mastoids, ruling)
        if other is None:
            untold += [one.name] if one.kind == "eeg" and ruling is None else []
            continue
        found = f"recorded without a mastoid, and {other.name} was recorded on its own"
        if ruling is not None and not ruling.value:
            findings.append(Finding("reference", "note", one.name, found, "left alone, as you said"))
            continue
        minus[index] = recording.index(other.name)
        match = _MASTOID.search(other.name.upper())
        channels[index] = replace(one, reference=REFERENCES[match[1]] if match else other.site)
        done = f"seen against {other.name}: the difference of the two"
        findings.append(Finding("reference", "mended", one.name, found, done, f"reference:{one.name}"))
    if untold:
        evidence = f"the names do not tell the reference of {', '.join(untold)}"
        done = "taken as they are; the AASM manual scores against the mastoid of the other side"
        findings.append(Finding("reference", "note", "", evidence, done, "reference:NAME=CHANNEL"))
    if not minus:
        return recording, findings
    return recording.replaced(channels, DifferenceSignals(recording.signals, minus)), findings


def _unreferenced(channel: Channel) -> bool:
    eye = channel.kind == "eog" and _EYES.fullmatch(channel.name.strip()) is not None
    brain = channel.kind == "eeg" and channel.site != ""
    return (eye or brain) and not channel.reference and not re.search(r"\w[-:/]\w", channel.name)


def _chosen(
    recording: Recording, channel: Channel, mastoids: Sequence[Channel], ruling: Overrule | None
) -> Channel | None:
    """Return the channel to take away: the one you named, else the living mastoid of the other side."""
    if ruling is not None and ruling.value:
        return recording.channel(ruling.value)
    other_side = "2" if _LEFT.search(channel.site or channel.name) else "1"
    ranked = sorted(mastoids, key=lambda one: not one.name.upper().rstrip().endswith(other_side))
    return next((one for one in ranked if _fits(recording, channel, one)), None)


def _fits(recording: Recording, channel: Channel, mastoid: Channel) -> bool:
    if (mastoid.sfreq, mastoid.unit_as_read) != (channel.sfreq, channel.unit_as_read):
        return False
    middle = max(0.0, recording.duration_s / 2 - _LOOK_S / 2)
    sizes = [
        float(np.nanstd(part)) if np.isfinite(part).any() else 0.0
        for part in (recording.signal(one.name, middle, middle + _LOOK_S) for one in (mastoid, channel))
    ]
    return sizes[0] > _ALIVE * sizes[1]
