"""How much the stages move with the cut, the gain and the order of channels; simulated nights nothing was set on.

One night is staged as it is and as it would have been recorded otherwise: begun some seconds later, amplified more or
less, its channels in another order. A stage changes where it differs at the middle of the epoch. YASA's classifiers on
one cut, and the steady default.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink import night
from karmalink.base.arrays import Codes, Floats
from karmalink.night.hypnograms.stages import STAGES

__all__ = ["run"]

CASE = "simulated, steady"
SEEDS, HOURS, RATE = (3001, 3002, 3003), 8.0, 100.0
CHANNELS = ("EEG C4-M1", "EOG E1-M2", "EMG chin")
SHIFTS_S = (1, 4, 7, 10, 13, 15, 17, 20, 22, 26, 29)
GAINS = (0.1, 0.5, 2.0, 10.0)
EPOCH_S = 30
STAGERS = {"yasa": "one cut", "yasa-steady": "steady"}


def run(data: Path) -> list[Figure]:
    """Return the share of stages that change, κ, the F1 of N1 and the shares of stages, of both ways of staging."""
    del data
    figures: list[Figure] = []
    scores: dict[str, list[list[float]]] = {}
    for stager, name in STAGERS.items():
        changed: dict[str, list[float]] = {}
        for seed in SEEDS:
            print(f"  {name}, night {seed}", file=sys.stderr, flush=True)
            recording, planted = night.simulate_night(HOURS, sfreq=RATE, seed=seed)
            for what, share in _changes(recording, stager).items():
                changed.setdefault(what, []).append(share)
            scores.setdefault(name, []).append(_scores(night.stage(recording, stager=stager), planted))
        figures += [
            Figure(
                CASE, f"{name}: stages that change, {what}", f"{np.mean(shares):.2%}", note=f"most {max(shares):.2%}"
            )
            for what, shares in changed.items()
        ]
    return figures + _compared(scores)


def _changes(recording: night.Recording, stager: str) -> dict[str, float]:
    """Return how the night was recorded otherwise → share of the stages that differ."""
    samples = np.array([recording.signal(name) for name in CHANNELS])

    def stages_of(data: Floats, names: tuple[str, ...] = CHANNELS) -> Codes:
        return night.stage(night.Recording.from_array(data, names, RATE), stager=stager).stages

    base = stages_of(samples)
    shifted = [_differing(base, stages_of(samples[:, round(s * RATE) :]), s) for s in SHIFTS_S]
    gains = [_differing(base, stages_of(samples * gain), 0) for gain in GAINS]
    return {
        f"begun {SHIFTS_S[0]}–{SHIFTS_S[-1]} s later (mean of {len(SHIFTS_S)})": float(np.mean(shifted)),
        "begun 15 s later": shifted[SHIFTS_S.index(15)],
        f"gain × {GAINS[0]:g} to × {GAINS[-1]:g}": float(np.mean(gains)),
        "channels in another order": _differing(base, stages_of(samples[::-1], CHANNELS[::-1]), 0),
    }


def _differing(base: Codes, other: Codes, later_s: int) -> float:
    """Return the share of epochs whose stage differs at their middle from that of a night begun later."""
    place = (np.arange(base.size) * EPOCH_S + EPOCH_S // 2 - later_s) // EPOCH_S
    both = (place >= 0) & (place < other.size)
    return float(np.mean(base[both] != other[place[both]]))


def _scores(scored: night.Hypnogram, planted: night.Hypnogram) -> list[float]:
    """Return κ, the F1 of N1, and each stage's share of the night less its planted share."""
    found, true = scored.stages, planted.stages
    n1 = STAGES.index("N1")
    f1 = 2 * np.sum((found == n1) & (true == n1)) / max(1, np.sum(found == n1) + np.sum(true == n1))
    shares = [float(np.mean(found == code) - np.mean(true == code)) for code in range(len(STAGES))]
    return [night.agree(scored, planted).kappa or 0.0, float(f1), *shares]


def _compared(scores: dict[str, list[list[float]]]) -> list[Figure]:
    means = {name: np.mean(rows, axis=0) for name, rows in scores.items()}
    figures = []
    for name, (kappa, f1, *shares) in means.items():
        told = ", ".join(f"{stage} {share:+.1%}" for stage, share in zip(STAGES, shares, strict=True))
        figures += [
            Figure(CASE, f"{name}: κ against the planted stages", f"{kappa:.3f}"),
            Figure(CASE, f"{name}: F1 of N1", f"{f1:.3f}"),
            Figure(
                CASE, f"{name}: shares of stages less the planted", f"{max(map(abs, shares)):.1%} at most", note=told
            ),
        ]
    cut, steady = (np.array(scores[name]) for name in STAGERS.values())
    rows = [("κ", 0, "{:+.3f}"), ("F1 of N1", 1, "{:+.3f}")]
    for what, place, form in rows:
        each = steady[:, place] - cut[:, place]
        nights = ", ".join(form.format(value) for value in each)
        figures.append(
            Figure(CASE, f"steady less one cut: {what}", form.format(each.mean()), note=f"by night {nights}")
        )
    return figures
