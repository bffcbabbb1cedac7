"""Cases of the night room: a scored night against experts."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.night import replayed, scored, scorers, staging

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "scored": Case("eeg/dreams_spindles/excerpt3.edf", scored.run),
    "replay": Case("eeg/boas/sub-*/eeg/*_events.tsv", replayed.run),
    "dreams": Case("eeg/dreams_spindles/Hypnogram_*.txt", staging.run),
    "dod": Case("eeg/dod/scorers/*/*/*.json", scorers.run),
}
