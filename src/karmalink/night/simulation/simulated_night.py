"""A simulated night with planted stages and events: a generative model for demonstrations, tests and teaching.

EEG C4-M1 is the sum of

- an aperiodic background with power P₂₀·(f/20 Hz)^-χ. Published exponents lie between 1 and 4, larger in deeper sleep
  (Bódizs et al. 2021, Sci Rep 11:2041; by stage: Schneider et al. 2022, Front Neuroinform 16:989262);
- rhythms: alpha around 10 Hz awake with closed eyes, theta in N1 and R, slow waves of 0.5–2 Hz in N3 and, smaller, in
  N2, which decrease through the night with sleep pressure (Borbély & Achermann 1999);
- events: spindles (AASM: 11–16 Hz, from 0.5 s; Lacourse et al. 2020, Sci Data 7:190: mostly 0.5–1 s), K-complexes
  (1.2 a minute of N2, Johnson & Karpan 1968), vertex waves in N1, sawtooth waves of 2–6 Hz in R;
- arousals, 11 per hour (young adults, Bonnet & Arand 2007), movements at awakenings, amplifier noise.

EOG E1-M2 and E2-M1 record the frontal EEG with the same sign and eye movements with opposite signs: saccades and blinks
awake, slow rolling in N1, rapid movements in bursts in R. The chin tone falls from W to N3 and is lowest in R (AASM),
with twitches there.

The parameters come from the literature where it states them, otherwise from what the AASM manual calls typical; none
was chosen to improve the agreement of a stager. It is easier than real data: every epoch holds one stage throughout,
while people also score epochs that hold two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import UsageError
from karmalink.night.events.events import Events
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.recordings.recording import Recording
from karmalink.night.simulation.sleeper import EPOCH_S, Sleeper

__all__ = ["BEDTIME", "SimulatedNight", "plant_night", "plant_stages", "simulate_night"]

# The planted stages of a simulated night: cycles of NREM and REM with awakenings.
#
# Proportions and lengths are those of Carskadon & Dement, *Normal Human Sleep: An Overview*, for young adults: a first
# cycle of 70–100 min, later ones of 90–120, N3 in the first third of the night, REM in the last, N1 2–5 %, N2 45–55 %,
# N3 13–23 % and R 20–25 % of sleep.

W, N1, N2, N3, R = range(len(STAGES))

_EPOCHS_A_MINUTE = 2
_LATENCY_MIN = (12.0, 0.4)
"""Sleep latency: median in minutes, spread of its logarithm."""
_CYCLE_MIN = ((85.0, 6.0), (97.0, 6.0))
"""First cycle, later cycles: mean and standard deviation in minutes."""
_N3_SHARE = (0.45, 0.33, 0.15, 0.05, 0.0)
_REM_SHARE = (0.08, 0.20, 0.28, 0.42, 0.50)
"""Share of N3 and R in the first, second, … cycle; the last entry is used for all later ones."""
_LIGHTER = 0.06
"""Probability that an epoch inside N3 is N2."""
_AWAKENING = {N2: 0.018, R: 0.018, N3: 0.003}
"""Probability of an awakening before an epoch; with the N1 after it this gives the W and N1 of a healthy night."""
_LAST_WAKE_MIN = (6.0, 2.0)
_WHOLE_NIGHT_MIN = 240


def plant_stages(epochs: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return one stage per 30-s epoch, shape (epochs,): latency, cycles, awakenings, a last wake."""
    planned = [W] * _epochs(_LATENCY_MIN[0] * np.exp(_LATENCY_MIN[1] * rng.standard_normal()))
    cycle = 0
    while len(planned) < epochs:
        planned += _cycle(cycle, rng)
        cycle += 1
    night = _with_awakenings(planned, rng)[:epochs]
    if epochs >= _WHOLE_NIGHT_MIN * _EPOCHS_A_MINUTE:
        last = _epochs(max(1.0, rng.normal(*_LAST_WAKE_MIN)))
        night[-last:] = [W] * last
    return np.array(night, dtype=np.int8)


def _cycle(number: int, rng: np.random.Generator) -> list[int]:
    """Return the stages of one cycle: N1, N2, N3, N2, R."""
    mean, spread = _CYCLE_MIN[min(number, 1)]
    total = _epochs(np.clip(rng.normal(mean, spread), mean - 2 * spread, mean + 2 * spread))
    light = _epochs(rng.uniform(2, 5) if number == 0 else rng.uniform(0.5, 2))
    deep = round(total * _N3_SHARE[min(number, len(_N3_SHARE) - 1)] * rng.uniform(0.85, 1.15))
    dream = round(total * _REM_SHARE[min(number, len(_REM_SHARE) - 1)] * rng.uniform(0.85, 1.15))
    rest = max(4, total - light - deep - dream)
    before = round(rest * rng.uniform(0.4, 0.6))
    slow = [N2 if rng.random() < _LIGHTER else N3 for _ in range(deep)]
    return [N1] * light + [N2] * before + slow + [N2] * (rest - before) + [R] * dream


def _with_awakenings(planned: list[int], rng: np.random.Generator) -> list[int]:
    """Insert awakenings: up to a few minutes of W, then N1, then the planned stage; the rest of the night shifts."""
    night: list[int] = []
    for stage in planned:
        if rng.random() < _AWAKENING.get(stage, 0.0):
            night += [W] * int(rng.geometric(0.55)) + [N1] * int(rng.geometric(0.4))
        night.append(stage)
    return night


def _epochs(minutes: float) -> int:
    return max(1, round(float(minutes) * _EPOCHS_A_MINUTE))


BEDTIME = datetime(2000, 1, 1, 23, 0)
"""Default start of a simulated night."""

NAMES = ("EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin")
_LONGEST_H = 24.0
_SLOWEST, _FASTEST = 64.0, 1024.0


@dataclass(frozen=True, slots=True)
class SimulatedNight:
    """A simulated night and everything planted in it.

    Attributes
    ----------
    recording : Recording
        ``EEG C4-M1``, ``EOG E1-M2``, ``EOG E2-M1``, ``EMG chin``.
    stages : Hypnogram
        The planted stages, scorer ``truth``.
    events : mapping of str to Events
        Kind → the planted events: ``spindle``, ``K-complex``, ``vertex wave``, ``sawtooth waves``, ``arousal``,
        ``eye movement``, ``LRLR``.
    """

    recording: Recording
    stages: Hypnogram
    events: Mapping[str, Events]


def simulate_night(hours: float = 8.0, **options: Any) -> tuple[Recording, Hypnogram]:
    """Return a recording and the stages planted in it; `options` are those of `plant_night`."""
    night = plant_night(hours, **options)
    return night.recording, night.stages


def plant_night(
    hours: float = 8.0,
    *,
    sfreq: float = 100.0,
    seed: int = 0,
    start: datetime | None = BEDTIME,
    dropouts: int = 0,
    signals_s: Sequence[float] = (),
    label: str = "simulated",
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedNight:
    """Return a recording and the stages and events planted in it.

    Parameters
    ----------
    hours : float
        Length, rounded down to whole epochs of 30 s.
    sfreq : float
        Samples per second, 64 to 1,024.
    seed : int
        The same seed gives the same night.
    start : datetime or None
        Clock time of the first sample.
    dropouts : int
        How often the EEG electrode comes off: 2 to 10 minutes without a signal each.
    signals_s : sequence of float
        Seconds at which the sleeper signals left–right–left–right with the eyes.
    label, progress
        The label of the recording; called with (steps done, steps in all).

    Raises
    ------
    UsageError
        A length or a rate out of range.
    """
    epochs = int(hours * 3600 / EPOCH_S) if np.isfinite(hours) else 0
    if epochs < 1 or hours > _LONGEST_H:
        raise UsageError(f"the length must be 30 s to {_LONGEST_H:g} hours, got {hours:g} hours")
    if not _SLOWEST <= sfreq <= _FASTEST:
        raise UsageError(f"the sampling rate must be {_SLOWEST:g} to {_FASTEST:g} Hz, got {sfreq:g}")
    report = progress or (lambda done, total: None)
    # One generator each for stages, person, EEG, EOG, EMG and dropouts: changing one leaves the others as they are.
    planting, person, *generators = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6))
    night = Sleeper(plant_stages(epochs, planting), float(sfreq), person, signals_s)
    steps = (night.brain, night.eyes, night.chin)
    signals: list[Floats] = []
    for step, (make, generator) in enumerate(zip(steps, generators, strict=False)):
        report(step, len(steps))
        signals += make(generator)
    report(len(steps), len(steps))
    eeg = signals[0]
    for first, stop in _dropouts(dropouts, eeg.size / sfreq, generators[3]):
        eeg[round(first * sfreq) : round(stop * sfreq)] = 0.0
    recording = Recording.from_array(np.array(signals), NAMES, sfreq, label=label, start=start, unit="uV")
    truth = Hypnogram(night.stages, EPOCH_S, start=start, scorer="truth", channels=NAMES)
    return SimulatedNight(recording, truth, _planted_events(night, recording.duration_s))


def _planted_events(night: Sleeper, searched_s: float) -> Mapping[str, Events]:
    return MappingProxyType(
        {
            kind: Events(
                kind,
                onsets,
                lengths,
                np.ones(onsets.size),
                channels=NAMES,
                searched_s=searched_s,
                scorer="truth",
            )
            for kind, (onsets, lengths) in night.planted.items()
        }
    )


def _dropouts(count: int, seconds: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return (from, to) in seconds for each dropout: 2 to 10 minutes, at most a tenth of the night."""
    longest = min(600.0, seconds / 10)
    spans = []
    for _ in range(count):
        length = rng.uniform(min(120.0, longest / 2), longest)
        first = rng.uniform(0, seconds - length)
        spans.append((float(first), float(first + length)))
    return spans
