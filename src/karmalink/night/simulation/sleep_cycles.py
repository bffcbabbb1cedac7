"""The planted stages of a simulated night: cycles of NREM and REM with awakenings.

Proportions and lengths are those of Carskadon & Dement, *Normal Human Sleep: An Overview*, for young adults: a first
cycle of 70–100 min, later ones of 90–120, N3 in the first third of the night, REM in the last, N1 2–5 %, N2 45–55 %,
N3 13–23 % and R 20–25 % of sleep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.night.hypnograms.stages import STAGES

__all__ = ["plant_stages"]

W, N1, N2, N3, R = range(len(STAGES))

_EPOCHS_A_MINUTE = 2
_LATENCY_MIN = (12.0, 0.4)
"""Sleep latency: median in minutes, spread of its logarithm."""
_CYCLE_MIN = ((85.0, 6.0), (97.0, 6.0))
"""First cycle, later cycles: mean and standard deviation in minutes."""
_N3_SHARE = (0.45, 0.33, 0.15, 0.05, 0.0)
_REM_SHARE = (0.08, 0.20, 0.28, 0.42, 0.50)
"""Share of N3 and R in the first, second, … cycle; the last entry holds from there on."""
_LIGHTER = 0.06
"""Chance that an epoch inside N3 is scored N2."""
_AWAKENING = {N2: 0.018, R: 0.018, N3: 0.003}
"""Chance of an awakening before an epoch; with N1 behind it this makes the wake and N1 of a healthy night."""
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
    """Put awakenings in: up to a few minutes of W, then N1, then what was planned; the rest of the night moves on."""
    night: list[int] = []
    for stage in planned:
        if rng.random() < _AWAKENING.get(stage, 0.0):
            night += [W] * int(rng.geometric(0.55)) + [N1] * int(rng.geometric(0.4))
        night.append(stage)
    return night


def _epochs(minutes: float) -> int:
    return max(1, round(float(minutes) * _EPOCHS_A_MINUTE))
