"""A real recording with a bad unit field, scored, against the expert's hypnogram."""

from __future__ import annotations

from pathlib import Path

from evaluation.figure import Figure
from karmalink import night

__all__ = ["run"]


def run(data: Path) -> list[Figure]:
    """Return what the doctor found in excerpt 3 of the DREAMS spindles, and the agreement with its expert."""
    folder = data / "eeg" / "dreams_spindles"
    report = night.examine(night.read_recording(folder / "excerpt3.edf"))
    hypnogram = night.stage(report.recording)
    summary = night.summarise(hypnogram)
    expert = night.read_hypnogram(folder / "Hypnogram_excerpt3.txt", vocabulary="dreams", epoch_s=5.0)
    agreed = night.agree(hypnogram, expert.resampled(hypnogram.epoch_s))
    case = "DREAMS excerpt 3"
    return [
        *(
            Figure(
                case, f"doctor: {finding.check}", finding.severity, note=f"{finding.channel} {finding.evidence}".strip()
            )
            for finding in report.findings
        ),
        Figure(case, "YASA against the expert, Cohen's kappa", f"{agreed.kappa:.3f}", note=repr(agreed)),
        Figure(case, "summary", repr(summary)),
    ]
