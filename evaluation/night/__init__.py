"""Cases of the night room: a scored night against experts."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.night import replayed, scored

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "scored": Case("eeg/dreams_spindles/excerpt3.edf", scored.run),
    "replay": Case("eeg/boas/sub-*/eeg/*_events.tsv", replayed.run),
}
