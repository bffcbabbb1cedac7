"""Writing a hypnogram in the forms that other programs read: BIDS events, CSV, EDF+ annotations, lists, XML."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from karmalink.errors import UsageError
from karmalink.night.hypnograms.bids_events import form_named, replaced, write_events
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import UNSCORED
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.edf_writer import annotation_bytes

__all__ = ["SCORE_WRITERS", "ScoreWriter", "stage_annotations", "write_hypnogram"]

_USUAL_S = 30.0
_PROFUSION = {0: "0", 1: "1", 2: "2", 3: "3", 4: "5", UNSCORED: "9"}


@dataclass(frozen=True, slots=True)
class ScoreWriter:
    """One form a hypnogram is written in.

    Attributes
    ----------
    title : str
        What it is called.
    keeps : str
        What it holds beside the stages.
    write : callable
        ``write(hypnogram, path) -> Path``.
    """

    title: str
    keeps: str
    write: Callable[[Hypnogram, Path], Path]


def write_hypnogram(hypnogram: Hypnogram, path: Path | str) -> Path:
    """Write a hypnogram in the form that the name's ending says, and return the path.

    Raises
    ------
    UsageError
        No form has that ending, or the form has no place for what the hypnogram says: an offset that is no whole
        number of epochs in a list, epochs of other than 30 s in a list of digits.
    """
    file = Path(path)
    return form_named(file, SCORE_WRITERS, "hypnogram").write(hypnogram, file)


def stage_annotations(hypnogram: Hypnogram) -> list[Annotation]:
    """Return one annotation per epoch in the standard texts of EDF+, and in front who scored and how.

    The probabilities have no place in EDF+ annotations; the tables keep them.
    """
    end = hypnogram.offset_s + hypnogram.duration_s
    seen = f" from {'; '.join(hypnogram.channels)}" if hypnogram.channels else ""
    about = f"Scored by {hypnogram.scorer} in epochs of {hypnogram.epoch_s:.12g} s{seen}"
    return [
        Annotation(0.0, None, about),
        *(
            Annotation(onset, min(hypnogram.epoch_s, end - onset), f"Sleep stage {label}")
            for onset, label in zip(hypnogram.onsets_s().tolist(), hypnogram.labels, strict=True)
        ),
    ]


def _edf(hypnogram: Hypnogram, path: Path) -> Path:
    return replaced(path, annotation_bytes(stage_annotations(hypnogram), hypnogram.recording_start, where=path))


def _table(hypnogram: Hypnogram, path: Path) -> Path:
    return write_events(hypnogram, path)


def _list(hypnogram: Hypnogram, path: Path) -> Path:
    return replaced(path, "".join(f"{label}\n" for label in _placed(hypnogram, path).labels).encode())


def _digits(hypnogram: Hypnogram, path: Path) -> Path:
    if hypnogram.epoch_s != _USUAL_S:
        raise UsageError(
            f"a list of digits cannot say that its epochs last {hypnogram.epoch_s:g} s",
            where=path,
            rule="such lists hold epochs of 30 s",
            next_step="write .tsv, .edf or .xml, or join the epochs first (Hypnogram.resampled)",
        )
    return replaced(path, (json.dumps(_placed(hypnogram, path).stages.tolist()) + "\n").encode())


def _profusion(hypnogram: Hypnogram, path: Path) -> Path:
    from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

    root = Element("CMPStudyConfig")
    SubElement(root, "EpochLength").text = f"{hypnogram.epoch_s:.12g}"
    SubElement(root, "ScoredEvents")
    stages = SubElement(root, "SleepStages")
    for code in _placed(hypnogram, path).stages.tolist():
        SubElement(stages, "SleepStage").text = _PROFUSION[code]
    indent(root, " ")
    out = io.BytesIO()
    ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    return replaced(path, out.getvalue() + b"\n")


def _placed(hypnogram: Hypnogram, path: Path) -> Hypnogram:
    """Return the hypnogram from the recording's first sample on: unscored epochs fill the time before it."""
    before = hypnogram.offset_s / hypnogram.epoch_s
    if before < 0 or abs(before - round(before)) * hypnogram.epoch_s > 1e-3:
        raise UsageError(
            f"the first epoch begins {hypnogram.offset_s:g} s into the recording, which is no whole number of epochs",
            where=path,
            rule="a list begins with the recording",
            next_step="write .tsv, .csv or .edf: they keep every onset",
        )
    lead = np.full(round(before), UNSCORED, dtype=np.int8)
    return Hypnogram(np.concatenate([lead, hypnogram.stages]), hypnogram.epoch_s)


SCORE_WRITERS: Mapping[str, ScoreWriter] = MappingProxyType(
    {
        ".tsv": ScoreWriter("BIDS events", "start, scorer, confidence, probabilities", _table),
        ".csv": ScoreWriter("a table", "start, scorer, confidence, probabilities", _table),
        ".edf": ScoreWriter("EDF+ annotations", "start, scorer, channels", _edf),
        ".txt": ScoreWriter("a stage per line", "nothing else: say the epoch length when you read it", _list),
        ".json": ScoreWriter("a list of digits, as the Dreem Open Datasets", "nothing else", _digits),
        ".xml": ScoreWriter("Profusion XML", "the epoch length", _profusion),
    }
)
"""Ending → writer. A new form is one more row."""
