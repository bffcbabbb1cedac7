"""Simulated nights: what YASA makes of the planted stages, and the detectors of the planted events."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink import night
from karmalink.night.hypnograms.stages import STAGES

__all__ = ["run"]

NIGHTS, HOURS, FIRST_SEED = 6, 8.0, 1000
N1 = STAGES.index("N1")
EVENTS = {"spindles": "spindle", "arousals": "arousal", "lrlr": "LRLR", "eye-movements": "eye movement"}


def run(data: Path) -> list[Figure]:
    """Return kappa, the confusion matrix and F1 by event over nights no detector was set on."""
    del data
    kappas, table = [], np.zeros((5, 5), dtype=int)
    runs: dict[str, list[bool]] = {"1 or 2 epochs": [], "3 epochs or more": []}
    agreed: dict[str, list[night.EventAgreement]] = {name: [] for name in EVENTS}
    for seed in range(FIRST_SEED, FIRST_SEED + NIGHTS):
        print(f"  night {seed - FIRST_SEED + 1} of {NIGHTS}", file=sys.stderr, flush=True)
        made = _made(seed)
        scored = night.stage(night.examine(made.recording).recording)
        kappas.append(night.agree(scored, made.stages).kappa)
        both = (scored.stages >= 0) & (made.stages.stages >= 0)
        np.add.at(table, (made.stages.stages[both], scored.stages[both]), 1)
        for first, stop in _n1_runs(made.stages.stages):
            key = "1 or 2 epochs" if stop - first <= 2 else "3 epochs or more"
            runs[key] += (scored.stages[first:stop] == N1).tolist()
        found = night.find_events(made.recording, made.stages, tuple(EVENTS)).found
        for name, kind in EVENTS.items():
            planted = made.events[kind]
            planted = planted.during(made.stages, ("R",)) if name == "eye-movements" else planted
            agreed[name].append(night.agree_events(found[name], planted, min_overlap=0.1))
    case = f"simulated, {NIGHTS} nights of {HOURS:g} h"
    spread = f"{min(kappas):.3f}–{max(kappas):.3f} over the nights"
    figures = [Figure(case, "YASA against the planted stages, Cohen's kappa", f"{np.mean(kappas):.3f}", spread)]
    for code, stage in enumerate(STAGES):
        shares = table[code] / max(1, table[code].sum())
        told = ", ".join(f"{other} {share:.1%}" for other, share in zip(STAGES, shares, strict=True) if share > 0.0005)
        figures.append(Figure(case, f"planted {stage} is scored", f"{shares[code]:.3f} {stage}", note=told))
    figures += [
        Figure(case, f"planted N1 in runs of {name} is scored N1", f"{np.mean(hits):.3f}", note=f"{len(hits)} epochs")
        for name, hits in runs.items()
        if hits
    ]
    return figures + [_event(case, name, told) for name, told in agreed.items()]


def _n1_runs(stages: NDArray[np.int8]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (stages == N1).astype(int), [0]))))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _made(seed: int) -> night.SimulatedNight:
    stages = night.plant_night(HOURS, seed=seed).stages.stages
    rem = np.flatnonzero(stages == STAGES.index("R"))
    signals = [float(rem[int(share * rem.size)]) * 30 + 5 for share in (0.1, 0.4, 0.7)]
    return night.plant_night(HOURS, seed=seed, signals_s=signals)


def _event(case: str, name: str, told: list[night.EventAgreement]) -> Figure:
    matched, first, second = (sum(getattr(one, key) for one in told) for key in ("matched", "first", "second"))
    each = [one.f1 for one in told]
    note = f"{matched} of {second} planted found, {first - matched} found that were not planted; overlap .1"
    f1 = 2 * matched / max(1, first + second)
    return Figure(case, f"{name}: F1", f"{f1:.3f}", f"{min(each):.3f}–{max(each):.3f} over the nights", note)
