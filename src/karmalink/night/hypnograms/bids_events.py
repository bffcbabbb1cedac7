"""A hypnogram as rows of a BIDS events file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.base.files import write_whole
from karmalink.night.hypnograms.hypnogram import DECIDED, Hypnogram, decided_by, tables_of
from karmalink.night.hypnograms.stages import HED_TAGS, STAGES
from karmalink.rows import join_cells

__all__ = ["COLUMNS", "events_rows", "events_sidecar", "read_sidecar", "write_events"]

MISSING = "n/a"
_DIGITS = 6
_LONGEST_EPOCH_S = 3600.0

# Column → what it holds, as the sidecar explains it. BIDS asks for onset and duration first.
COLUMNS = {
    "onset": "Beginning of the epoch, seconds from the first sample of the recording",
    "duration": "Length of the epoch in seconds; the last one may be cut short by the end of the recording",
    "stage": "Sleep stage by the AASM manual: W, N1, N2, N3, R; ? where the epoch could not be scored",
    "scorer": "Who scored: a person's pseudonym, or a program and its version",
    "confidence": "Probability of the stage, 0 to 1: calibrated, where the table has calibrated probabilities",
    "decided_by": "What decided the stage",
    **{f"p_{stage}": f"Probability of stage {stage} by which the stage was chosen, 0 to 1" for stage in STAGES},
    **{f"calibrated_{stage}": f"Calibrated probability of stage {stage}, 0 to 1" for stage in STAGES},
}
_WITHOUT = ("decided_by", "p_", "calibrated_")


def _columns(hypnogram: Hypnogram) -> list[str]:
    """Return the columns that a hypnogram fills."""
    prefixes = tuple(tables_of(hypnogram))
    held = (*prefixes, "decided_by") if prefixes else ()
    return [name for name in COLUMNS if not name.startswith(_WITHOUT) or name.startswith(held or ("\0",))]


def events_rows(hypnogram: Hypnogram) -> list[dict[str, Any]]:
    """Return one row per epoch, none left out.

    Keys: onset, duration (seconds), stage, scorer, confidence, and where the scorer gave probabilities decided_by (a
    key of `DECIDED`), p_W … p_R, and calibrated_W … calibrated_R where calibration left others; None where there is no
    value. The largest of p_W … p_R is the stage where decided_by says so, also once they are rounded.
    """
    onsets = hypnogram.onsets_s()
    end = hypnogram.offset_s + hypnogram.duration_s
    confidence = hypnogram.confidence
    tables, decided = tables_of(hypnogram), decided_by(hypnogram)
    rows = []
    for epoch, (onset, label) in enumerate(zip(onsets.tolist(), hypnogram.labels, strict=True)):
        row: dict[str, Any] = {
            "onset": round(onset, 6),
            "duration": round(min(hypnogram.epoch_s, end - onset), 6),
            "stage": label,
            "scorer": hypnogram.scorer or None,
            "confidence": _rounded(confidence[epoch]),
        }
        if tables:
            row["decided_by"] = decided[epoch]
        for prefix, table in tables.items():
            values = [_rounded(value) for value in table[epoch].tolist()]
            if prefix == "p_" and decided[epoch] == "probability":
                values = _told_apart(values, int(hypnogram.stages[epoch]))
            row |= {f"{prefix}{stage}": value for stage, value in zip(STAGES, values, strict=True)}
        rows.append(row)
    return rows


def events_sidecar(hypnogram: Hypnogram) -> dict[str, Any]:
    """Return the JSON sidecar: every column explained, and what the rows do not say."""
    columns = _columns(hypnogram)
    sidecar: dict[str, Any] = {name: {"Description": COLUMNS[name]} for name in columns}
    if "decided_by" in sidecar:
        sidecar["decided_by"]["Levels"] = dict(DECIDED)
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
        **({"Clock": hypnogram.clock.isoformat()} if hypnogram.clock else {}),
        **({"Lights": list(hypnogram.lights)} if hypnogram.lights != (None, None) else {}),
    }
    return sidecar


def write_events(hypnogram: Hypnogram, path: Path | str, *, about: Mapping[str, Any] | None = None) -> Path:
    """Write the rows as a table and the sidecar beside it (``.json``); return the table's path.

    Columns are separated by commas where the name ends in ``.csv``, else by tabs as BIDS has it. The table is written
    last: where it is, the sidecar is whole.

    Parameters
    ----------
    hypnogram : Hypnogram
        The stages.
    path : path-like
        Where to write the table.
    about : mapping, optional
        What the sidecar says besides.
    """
    table = Path(path)
    columns = _columns(hypnogram)
    cells = [columns, *([_written(row[name]) for name in columns] for row in events_rows(hypnogram))]
    text = join_cells(cells, "," if table.suffix.lower() == ".csv" else "\t")
    sidecar = json.dumps(events_sidecar(hypnogram) | dict(about or {}), ensure_ascii=False, indent=2)
    write_whole(table.with_suffix(".json"), (sidecar + "\n").encode())
    return write_whole(table, text.encode())


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)


def _told_apart(values: list[float | None], chosen: int) -> list[float | None]:
    """Return rounded values of which the chosen one is still the largest."""
    known = [value if value is not None else 0.0 for value in values]
    rival = max(value for code, value in enumerate(known) if code != chosen)
    if known[chosen] > rival:
        return values
    return [round(rival + 10.0**-_DIGITS, _DIGITS) if code == chosen else value for code, value in enumerate(values)]


def _written(value: Any) -> str:
    if value is None:
        return MISSING
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def read_sidecar(file: Path) -> dict[str, Any]:
    """Return what the sidecar of a table says about start, lights and channels; one of another making says nothing."""
    path = file.with_suffix(".json")
    if not path.exists():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))["Hypnogram"]
        start = None if about["Start"] == "n/a" else datetime.fromisoformat(about["Start"]).replace(tzinfo=None)
        if start is not None and not 1900 <= start.year <= 2200:  # no recorder's clock, and arithmetic would overflow
            start = None
        length = float(about["EpochLength"])
        clock = about.get("Clock")
        lights = tuple(None if light is None else float(light) for light in about.get("Lights", (None, None)))
        return {
            "start": start,
            "clock": None if clock is None else time.fromisoformat(clock),
            "lights": lights if len(lights) == 2 else (None, None),
            "channels": tuple(str(name) for name in about["Channels"]),
            "epoch_s": length if 0 < length <= _LONGEST_EPOCH_S else None,
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
