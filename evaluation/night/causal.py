"""What staging live costs: κ of the causal stager minus κ of the same classifiers that knew the whole recording."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.night.staging import dreams_excerpts
from karmalink import night

__all__ = ["run"]

NIGHTS, HOURS, FIRST_SEED = 40, 8.0, 3000
FIRST_EPOCHS = 20


def run(data: Path) -> list[Figure]:
    """Return the cost on simulated nights that nothing was chosen on, and on the half hours of DREAMS."""
    simulated = {}
    for seed in range(FIRST_SEED, FIRST_SEED + NIGHTS):
        print(f"  night {seed - FIRST_SEED + 1} of {NIGHTS}", file=sys.stderr, flush=True)
        recording, planted = night.simulate_night(HOURS, seed=seed)
        simulated[str(seed)] = _scored(recording, planted)
    figures = _cost(f"simulated, {NIGHTS} nights of {HOURS:g} h", simulated)
    half_hours = {one.name: _scored(one.channel, night.Hypnogram(one.truth)) for one in dreams_excerpts(data)}
    if not half_hours:
        return figures
    first = [float(np.mean(_same(one)[:FIRST_EPOCHS])) for one in half_hours.values()]
    note = "five half hours tell little; the settings were chosen with them in view"
    figures += _cost(f"DREAMS, {len(half_hours)} half hours", half_hours, note)
    value = f"{np.mean(first):.2f}"
    figures.append(Figure("DREAMS", "live, share of the first ten minutes scored as the expert did", value, note=note))
    return figures


def _scored(recording: night.Recording, truth: night.Hypnogram) -> dict[str, night.Hypnogram]:
    montage = night.pick_montage(recording)
    named = {"live": "yasa-causal", "offline": "auto"}
    scorings = {name: night.stage(recording, stager=stager, montage=montage) for name, stager in named.items()}
    bare = {name: night.Hypnogram(one.stages[: truth.n_epochs]) for name, one in scorings.items()}
    return {"truth": night.Hypnogram(truth.stages), **bare}


def _same(scorings: dict[str, night.Hypnogram]) -> np.ndarray:
    return np.asarray(scorings["live"].stages == scorings["truth"].stages)


def _cost(case: str, nights: dict[str, dict[str, night.Hypnogram]], note: str = "") -> list[Figure]:
    [cost] = night.live_costs(nights, live="live", truth="truth")
    rows = (("κ live", cost.live_kappa), ("κ offline", cost.offline_kappa), ("κ live − offline", cost.difference))
    return [Figure(case, name, f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}", note=note) for name, one in rows]
