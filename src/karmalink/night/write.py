"""A hypnogram as BIDS events, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from karmalink.night.hypnogram import Hypnogram

__all__ = ["events_rows", "events_sidecar", "read_events", "write_events"]


def events_rows(hypnogram: Hypnogram) -> list[dict[str, Any]]:
    """Return one row per epoch: onset, duration, stage, scorer, confidence, p_W … p_R."""
    raise NotImplementedError


def events_sidecar(hypnogram: Hypnogram) -> dict[str, Any]:
    """Return the JSON sidecar that explains the columns."""
    raise NotImplementedError


def write_events(hypnogram: Hypnogram, path: Path | str) -> Path:
    """Write ``events.tsv`` and its ``.json`` beside it; return the path of the table."""
    raise NotImplementedError


def read_events(path: Path | str) -> Hypnogram:
    """Read back what `write_events` wrote."""
    raise NotImplementedError
