"""Cases of the night room: scored nights, events and rules against experts."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.night import arousals, causal, doctor, replayed, scored, scorers, simulated, spindles, staging, steady

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "doctor": Case("eeg/dreams_spindles/excerpt*", doctor.run),
    "scored": Case("eeg/dreams_spindles/*.edf", scored.run),
    "replay": Case("eeg/boas/sub-*/eeg/*_events.tsv", replayed.run),
    "dreams": Case("eeg/dreams_spindles/Hypnogram_*.txt", staging.run),
    "dod": Case("eeg/dod/scorers/*/*/*.json", scorers.run),
    "spindles": Case("eeg/dreams_spindles/Visual_scoring1_excerpt*.txt", spindles.run),
    "simulated": Case("eeg", simulated.run),
    "causal": Case("eeg", causal.run),
    "steady": Case("eeg", steady.run),
    "arousals": Case("eeg", arousals.run),
}
