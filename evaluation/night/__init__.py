"""Cases of the night room: a scored night against experts."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.night import scored

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "scored": Case("eeg/dreams_spindles/excerpt3.edf", scored.run),
}
