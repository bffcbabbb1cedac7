"""Score files in JSON: a list of digits, an epoch each (Dreem Open Datasets), and epochs with the clock (Polydodo)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from karmalink.errors import ReadError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.spans import USUAL_S, Span, hypnogram_from_spans, list_epoch
from karmalink.night.hypnograms.stages import Vocabulary, encode
from karmalink.night.text_files import text_of

__all__ = ["read_stage_json"]


def read_stage_json(
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read stages from JSON.

    ``[0, 0, 1, …]`` is one stage per epoch of 30 s, by default in the vocabulary ``0-4`` of the Dreem Open Datasets.
    ``{"epochs": {"timestamps": […], "stages": […]}}`` has Unix times, read as UTC, and words.

    Raises
    ------
    ReadError
        No JSON, or of another form.
    """
    del column, zone
    file = Path(path)
    try:
        content = json.loads(text_of(file))
    except (ValueError, RecursionError):
        raise ReadError("the file is not JSON", where=file, next_step="write it again") from None
    if isinstance(content, list):
        return _listed(content, epoch_s, vocabulary or "0-4", file)
    epochs = content.get("epochs") if isinstance(content, dict) else None
    if not isinstance(epochs, dict):
        raise ReadError(
            "the JSON holds no stages", where=file, allowed=["a list of stages", '{"epochs": {timestamps, stages}}']
        )
    return _clocked(epochs, epoch_s, vocabulary or "words", file)


def _listed(stages: Sequence[Any], epoch_s: float | None, vocabulary: Vocabulary, file: Path) -> Hypnogram:
    if not stages:
        raise ReadError("the list is empty", where=file)
    codes = encode(_labels(stages, file), vocabulary, where=file.name)
    length, notes = list_epoch(codes, epoch_s, file)
    return Hypnogram(codes, length, scorer=file.parent.name, notes=notes)


def _clocked(epochs: Mapping[str, Any], epoch_s: float | None, vocabulary: Vocabulary, file: Path) -> Hypnogram:
    times, stages = epochs.get("timestamps"), epochs.get("stages")
    if not isinstance(times, list) or not isinstance(stages, list) or len(times) != len(stages) or not times:
        raise ReadError("timestamps and stages are no two lists of one length", where=file)
    if not all(
        isinstance(moment, (int, float)) and not isinstance(moment, bool) and np.isfinite(moment) for moment in times
    ):
        raise ReadError("a timestamp is not a number", where=file, rule="seconds since 1970")
    codes = encode(_labels(stages, file), vocabulary, where=file.name).tolist()
    onsets = [float(moment) - float(times[0]) for moment in times]
    length = epoch_s or (min(np.diff(onsets).tolist(), default=USUAL_S))
    spans = [
        Span(onset, length, code, f"epoch {place}")
        for place, (onset, code) in enumerate(zip(onsets, codes, strict=True), start=1)
    ]
    if not length > 0:
        raise ReadError("the timestamps do not go forward", where=file, rule="one epoch after the other")
    try:
        start = datetime.fromtimestamp(times[0], UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        raise ReadError("the first timestamp is not a moment", where=file, rule="seconds since 1970") from None
    return hypnogram_from_spans(spans, where=file, epoch_s=length, start=start)


def _labels(stages: Sequence[Any], file: Path) -> list[str]:
    """Return the stages as words; numbers written as 2.0 are 2."""
    labels = []
    for place, entry in enumerate(stages, start=1):
        if isinstance(entry, bool) or not isinstance(entry, (int, float, str)):
            raise ReadError(f"stage {place} is neither a number nor a word", where=file)
        whole = isinstance(entry, float) and entry.is_integer()
        labels.append(str(int(entry)) if whole else str(entry))
    return labels
