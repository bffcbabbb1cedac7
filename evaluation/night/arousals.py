"""Arousals of eight mechanisms, written down before the detector was tuned; a published rule on the same nights.

Four mechanisms were tuned on (with seed 11), four never. The peer is the rule of psgscoring (BSD); where another
Python has it, `PSGSCORING_PYTHON` names that Python. Events into which an awakening falls count for neither: they are
arousals, and not among those that were planted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink.base.arrays import Codes, Floats
from karmalink.night.events.arousals import find_arousals
from karmalink.night.events.events import EventAgreement, Events, agree_events
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.simulation.simulated_night import plant_stages
from karmalink.night.simulation.sleeper import EPOCH_S, Sleeper, k_complex

__all__ = ["MECHANISMS", "Mechanism", "run"]

RATE, HOURS, SEEDS = 100.0, 3.0, (12, 13)
OVERLAP = 0.1
_UV = 1e-6


@dataclass(frozen=True)
class Mechanism:
    """How arousals are made: a burst of a band with an envelope, and what the chin does."""

    band: tuple[float, float] = (8.0, 11.0)
    microvolts: tuple[float, float] = (9.0, 14.0)
    seconds: tuple[float, float] = (3.0, 12.0)
    rise_s: float = 0.3
    chin: bool = True
    k_complex: bool = False
    alpha: float = 0.0
    """Alpha in all sleep, µV: an alpha sleeper."""
    tuned: bool = False
    """Whether the detector was tuned on it."""


MECHANISMS = {
    "weak": Mechanism(microvolts=(6.0, 14.0), tuned=True),
    "K-complex beneath": Mechanism(k_complex=True, tuned=True),
    "slow onset": Mechanism(seconds=(5.0, 14.0), rise_s=2.5, tuned=True),
    "theta": Mechanism(band=(4.0, 8.0), microvolts=(10.0, 18.0), tuned=True),
    "short": Mechanism(seconds=(3.0, 4.5)),
    "silent chin": Mechanism(chin=False),
    "alpha sleeper": Mechanism(microvolts=(10.0, 16.0), alpha=6.0),
    "beta": Mechanism(band=(16.0, 28.0), microvolts=(4.0, 8.0)),
}


def run(data: Path) -> list[Figure]:
    """Return F1 and precision by mechanism, of ours and of the peer, on nights of seeds that nothing was tuned on."""
    del data
    figures, means = [], {}
    peer_there = _peer_python()
    if not peer_there:
        why = "not installed, PSGSCORING_PYTHON not set"
        figures.append(Figure("simulated arousals", "psgscoring's rule", "left out", note=why))
    for name, mechanism in MECHANISMS.items():
        print(f"  {name}", file=sys.stderr, flush=True)
        agreed: dict[str, list[EventAgreement]] = {}
        for seed in SEEDS:
            eeg, chin, stages, planted = _night(mechanism, seed)
            per_sample = np.repeat(stages, round(EPOCH_S * RATE)).astype(np.int8)
            found = {"karmalink": find_arousals(eeg, RATE, per_sample, chin=chin)}
            if peer_there:
                found["psgscoring's rule"] = _peer(peer_there, eeg, chin, stages)
            for who, events in found.items():
                asleep = _without_awakenings(events, stages)
                agreed.setdefault(who, []).append(agree_events(asleep, planted, min_overlap=OVERLAP))
        seen = "tuned on this mechanism, other seeds" if mechanism.tuned else "not in the search"
        for who, parts in agreed.items():
            keys = ("matched", "first", "second")
            matched, ours, planted_n = (sum(getattr(part, key) for part in parts) for key in keys)
            f1, precision = 2 * matched / max(1, ours + planted_n), matched / max(1, ours)
            means.setdefault(who, []).append((f1, precision))
            note = f"{matched} of {planted_n} found, {ours - matched} not planted; precision {precision:.3f}; {seen}"
            figures.append(Figure("simulated arousals", f"{who}, {name}: F1", f"{f1:.3f}", note=note))
    for who, rows in means.items():
        f1, precision = np.mean(rows, axis=0)
        note = f"precision {precision:.3f}; simulated nights only"
        figures.append(Figure("simulated arousals", f"{who}: mean F1 over mechanisms", f"{f1:.3f}", note=note))
    return figures


def _night(mechanism: Mechanism, seed: int) -> tuple[Floats, Floats, Codes, Events]:
    """Return EEG and chin in volts, stages, and the planted arousals."""
    planting, person, *generators = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6))
    stages = plant_stages(round(HOURS * 3600 / EPOCH_S), planting)
    sleeper = Sleeper(stages, RATE, person)
    sleeper.arousals = np.empty(0)
    (eeg,) = sleeper.brain(generators[0])
    sleeper.eyes(generators[1])
    (chin,) = sleeper.chin(generators[2])
    rng = np.random.default_rng([seed, list(MECHANISMS.values()).index(mechanism)])
    if mechanism.alpha:
        waxing = np.exp(0.4 * np.repeat(rng.standard_normal(eeg.size // 800 + 1), 800)[: eeg.size])
        asleep = np.repeat(np.isin(stages, (1, 2, 3)), round(EPOCH_S * RATE))
        eeg = eeg + _noise(eeg.size, (8.5, 11.0), rng) * mechanism.alpha * _UV * asleep * waxing
    spans = []
    for onset in _onsets(stages, rng):
        length = rng.uniform(*mechanism.seconds)
        count, first = int(length * RATE), int(onset * RATE)
        seconds = np.arange(count) / RATE
        envelope = np.clip(seconds / mechanism.rise_s, 0, 1) * np.clip((length - seconds) / 0.4, 0, 1)
        level = rng.uniform(*mechanism.microvolts) * _UV
        eeg[first : first + count] += _noise(count, mechanism.band, rng) * level * envelope
        if mechanism.k_complex:
            part = np.arange(100) / 100
            eeg[first : first + 100] += 90 * _UV * k_complex(part, part)
        if mechanism.chin or stages[int(onset // EPOCH_S)] == STAGES.index("R"):
            tense = int(rng.uniform(1.2, max(1.5, 0.8 * length)) * RATE)
            chin[first : first + tense] += rng.standard_normal(tense) * rng.uniform(4.0, 12.0) * _UV
        spans.append((onset, onset + length))
    return eeg, chin, stages, Events.of("arousal", spans)


def _without_awakenings(events: Events, stages: Codes) -> Events:
    """Return the events that no planted awakening begins in: those are arousals by the manual, and none was planted."""
    wakes = (np.flatnonzero((stages[1:] == 0) & (stages[:-1] > 0)) + 1) * EPOCH_S  # (awakenings,)
    spans = events.spans()  # (events, 2)
    return events.where(~((spans[:, :1] <= wakes) & (spans[:, 1:] >= wakes)).any(axis=1))


def _onsets(stages: Codes, rng: np.random.Generator) -> list[float]:
    """Return onsets in sleep that lasts from 12 s before to 16 s behind, at least 40 s apart."""
    onsets: list[float] = []
    second, end = 60.0, stages.size * EPOCH_S - 30
    while second < end:
        second += rng.exponential(3600 / 14)
        around = stages[max(int((second - 12) // EPOCH_S), 0) : int((second + 16) // EPOCH_S) + 1]
        if second + 16 < end and (around > 0).all() and (not onsets or second - onsets[-1] > 40):
            onsets.append(second)
    return onsets


def _noise(count: int, band: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Return noise of a band with a standard deviation of 1."""
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    lines = np.where((hertz >= band[0]) & (hertz <= band[1]), np.fft.rfft(rng.standard_normal(count)), 0)
    noise = np.fft.irfft(lines, count)
    return np.asarray(noise / max(float(noise.std()), 1e-12))


_ASK = """
import json, logging, sys
import numpy as np
logging.disable(logging.CRITICAL)
from psgscoring.arousal import detect_arousals
night = np.load(sys.argv[1])
found = detect_arousals(night["eeg"], 100.0, night["stages"].tolist(), night["chin"])
print(json.dumps([(e["onset_s"], e["onset_s"] + e["duration_s"]) for e in found["events"]]))
"""


def _peer_python() -> str:
    """Return the Python that has psgscoring, empty where there is none."""
    for python in filter(None, (os.environ.get("PSGSCORING_PYTHON"), sys.executable)):
        if subprocess.run([python, "-c", "import psgscoring"], capture_output=True, check=False).returncode == 0:
            return python
    return ""


def _peer(python: str, eeg: Floats, chin: Floats, stages: Codes) -> Events:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.npz"
        np.savez(path, eeg=eeg * 1e6, chin=chin * 1e6, stages=np.array(STAGES)[stages])
        done = subprocess.run([python, "-c", _ASK, str(path)], check=True, capture_output=True, text=True)
    return Events.of("arousal", json.loads(done.stdout.splitlines()[-1]))
