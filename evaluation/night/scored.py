"""Real recordings, one with a bad unit field, scored, against the expert's hypnogram."""

from __future__ import annotations

from pathlib import Path

from evaluation.figure import Figure
from karmalink import night

__all__ = ["run"]


def run(data: Path) -> list[Figure]:
    """Return what the doctor found in each EDF of the DREAMS spindles, and the agreement with its expert."""
    return [figure for path in sorted((data / "eeg" / "dreams_spindles").glob("*.edf")) for figure in _recording(path)]


def _recording(path: Path) -> list[Figure]:
    case = f"DREAMS {path.stem}"
    report = night.examine(night.read_recording(path))
    hypnogram = night.stage(report.recording)
    figures = [
        Figure(case, f"doctor: {one.check}", one.severity, note=f"{one.channel} {one.evidence}".strip())
        for one in report.findings
    ]
    scored = path.with_name(f"Hypnogram_{path.stem}.txt")
    if scored.exists():
        expert = night.read_hypnogram(scored, vocabulary="dreams", epoch_s=5.0).resampled(hypnogram.epoch_s)
        agreed = night.agree(hypnogram, expert)
        figures.append(Figure(case, "YASA against the expert, Cohen's kappa", f"{agreed.kappa:.3f}", note=repr(agreed)))
    return [*figures, Figure(case, "summary", repr(night.summarise(hypnogram)))]
