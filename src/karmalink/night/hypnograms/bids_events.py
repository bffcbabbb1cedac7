"""A hypnogram as rows of a BIDS events file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.base.files import write_whole
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import HED_TAGS, STAGES

__all__ = ["COLUMNS", "events_rows", "events_sidecar", "write_events"]

MISSING = "n/a"
_DIGITS = 4

# Column → what it holds, as the sidecar explains it. BIDS asks for onset and duration first.
COLUMNS = {
    "onset": "Beginning of the epoch, seconds from the first sample of the recording",
    "duration": "Length of the epoch in seconds; the last one may be cut short by the end of the recording",
    "stage": "Sleep stage by the AASM manual: W, N1, N2, N3, R; ? where the epoch could not be scored",
    "scorer": "Who scored: a person's pseudonym, or a program and its version",
    "confidence": "Probability the scorer gave to the stage, 0 to 1",
    **{f"p_{stage}": f"Probability of stage {stage}, 0 to 1" for stage in STAGES},
}


def events_rows(hypnogram: Hypnogram) -> list[dict[str, Any]]:
    """Return one row per epoch, none left out.

    Keys: onset, duration (seconds), stage, scorer, confidence, and p_W … p_R where the scorer gave probabilities;
    None where there is no value. Probabilities are rounded to four digits.
    """
    onsets = hypnogram.onsets_s()
    end = hypnogram.offset_s + hypnogram.duration_s
    confidence = hypnogram.confidence
    rows = []
    for epoch, (onset, label) in enumerate(zip(onsets.tolist(), hypnogram.labels, strict=True)):
        row: dict[str, Any] = {
            "onset": round(onset, 6),
            "duration": round(min(hypnogram.epoch_s, end - onset), 6),
            "stage": label,
            "scorer": hypnogram.scorer or None,
            "confidence": _rounded(confidence[epoch]),
        }
        if hypnogram.probabilities is not None:
            row |= {f"p_{stage}": _rounded(hypnogram.probabilities[epoch, code]) for code, stage in enumerate(STAGES)}
        rows.append(row)
    return rows


def events_sidecar(hypnogram: Hypnogram) -> dict[str, Any]:
    """Return the JSON sidecar: every column explained, and what the rows do not say."""
    columns = list(COLUMNS) if hypnogram.probabilities is not None else list(COLUMNS)[:5]
    sidecar: dict[str, Any] = {name: {"Description": COLUMNS[name]} for name in columns}
    sidecar["stage"]["Levels"] = {
        "W": "wake",
        "N1": "NREM 1",
        "N2": "NREM 2",
        "N3": "NREM 3",
        "R": "REM",
        "?": "unscored",
    }
    # HED belongs to the dataset: `HEDVersion` of dataset_description.json names the library.
    sidecar["stage"]["HED"] = dict(HED_TAGS)
    sidecar["Hypnogram"] = {
        "EpochLength": hypnogram.epoch_s,
        "Start": hypnogram.start.isoformat() if hypnogram.start else MISSING,
        "Channels": list(hypnogram.channels),
    }
    return sidecar


def write_events(hypnogram: Hypnogram, path: Path | str) -> Path:
    """Write the rows as a table and the sidecar beside it (``.json``); return the table's path.

    Columns are separated by commas where the name ends in ``.csv``, else by tabs as BIDS has it.
    """
    table = Path(path)
    columns = list(COLUMNS) if hypnogram.probabilities is not None else list(COLUMNS)[:5]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="," if table.suffix.lower() == ".csv" else "\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_written(row[name]) for name in columns] for row in events_rows(hypnogram))
    sidecar = json.dumps(events_sidecar(hypnogram), ensure_ascii=False, indent=2)
    write_whole(table.with_suffix(".json"), (sidecar + "\n").encode())
    return write_whole(table, out.getvalue().encode())


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)


def _written(value: Any) -> str:
    if value is None:
        return MISSING
    return f"{value:.10g}" if isinstance(value, float) else str(value)
