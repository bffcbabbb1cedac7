"""The formats of hypnograms: one row per reader and per writer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from karmalink.base.files import write_whole
from karmalink.errors import ReadError, UsageError, describe
from karmalink.night.hypnograms.bids_events import write_events
from karmalink.night.hypnograms.columns import looks_like_table
from karmalink.night.hypnograms.edf_stages import read_stage_annotations
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.json_files import read_stage_json
from karmalink.night.hypnograms.stages import UNSCORED, Vocabulary
from karmalink.night.hypnograms.tables import read_events
from karmalink.night.hypnograms.text_lists import looks_like_latencies, read_latencies, read_remlogic, read_stage_list
from karmalink.night.hypnograms.xml_files import read_profusion
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.edf_writer import annotation_bytes
from karmalink.night.text_files import decoded, form_named
from karmalink.rows import TableSource, is_frame, place_of

__all__ = [
    "SCORE_FORMATS",
    "SCORE_WRITERS",
    "ScoreFormat",
    "ScoreWriter",
    "read_events",
    "read_hypnogram",
    "read_stage_list",
    "stage_annotations",
    "write_hypnogram",
]

# Hypnograms from files of any known form: the ending says which, and where an ending has several, the first lines.

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ScoreFormat:
    """One form of a score file.

    Attributes
    ----------
    title : str
        What it is called.
    endings : tuple of str
        Of its names.
    looks : callable
        Head of the file as text → whether it is this form; asked in the order of `SCORE_FORMATS`.
    read : callable
        ``read(path, epoch_s=…, vocabulary=…, column=…, zone=…) -> Hypnogram``; None leaves it to the form.
    """

    title: str
    endings: tuple[str, ...]
    looks: Callable[[str], bool]
    read: Callable[..., Hypnogram]


def _any(head: str) -> bool:
    del head
    return True


SCORE_FORMATS: tuple[ScoreFormat, ...] = (
    ScoreFormat("EDF+ annotations", (".edf", ".bdf"), _any, read_stage_annotations),
    ScoreFormat("Profusion or NSRR XML", (".xml",), _any, read_profusion),
    ScoreFormat("JSON of stages", (".json",), _any, read_stage_json),
    ScoreFormat("RemLogic events", (".txt",), lambda head: head.startswith("RemLogic Event Export"), read_remlogic),
    ScoreFormat("seconds and stages", (".txt",), looks_like_latencies, read_latencies),
    ScoreFormat("a table of stages", (".txt",), looks_like_table, read_events),
    ScoreFormat("a stage per line", (".txt", ".hyp", ".eannot"), _any, read_stage_list),
    ScoreFormat("a table of events", (".tsv", ".csv"), _any, read_events),
)
"""A new form is one more row."""


def read_hypnogram(
    path: TableSource,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read a hypnogram in any of the `SCORE_FORMATS`.

    Parameters
    ----------
    path : path-like or DataFrame
        The file, or a table in memory, which is read as `read_events` reads it.
    epoch_s : float, optional
        Seconds per epoch, where the file does not say it; by default 30 s, 5 s under a heading ``[Hypnogram]``.
    vocabulary : str or mapping, optional
        The words or digits it was written in: a key of `VOCABULARIES`, or one's own, ``"0=W,1=N1,5=R"``; by default the
        form's own.
    column : str, optional
        A table's column that holds the stages; by default the one headed so.
    zone : ZoneInfo, optional
        Where the clock hung, where a form tells dates and times of a night on which clocks change.

    Raises
    ------
    ReadError
        The file is missing, empty, not of the form its ending says, or would have to be shifted to fit.
    InputError
        A label that the vocabulary does not have.
    """
    file = place_of(path)
    if epoch_s is not None and not 0 < epoch_s < float("inf"):
        raise ReadError(f"the epoch length must be above 0 s, got {epoch_s:g}", where=file)
    if is_frame(path):
        return read_events(path, epoch_s=epoch_s, vocabulary=vocabulary, column=column, zone=zone)
    forms = [form for form in SCORE_FORMATS if file.suffix.lower() in form.endings]
    if len(forms) > 1:
        head = _head(file)
        forms = [form for form in forms if form.looks(head)]
    if forms:
        return forms[0].read(file, epoch_s=epoch_s, vocabulary=vocabulary, column=column, zone=zone)
    raise ReadError(
        f"no hypnogram is read from files that end in {describe(file.suffix)}",
        where=file,
        allowed=sorted({ending for form in SCORE_FORMATS for ending in form.endings}),
    )


def _head(file: Path) -> str:
    """Return the first lines, or nothing where there is no text: the reader then says what is wrong."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        raw = stream.read(_HEAD_BYTES)
    lines = raw.rpartition(b"\n")[0] or raw
    for part in (lines, lines[:-1]):  # where two bytes make a letter, the cut may lie between them
        try:
            return decoded(part, file)
        except ReadError:
            continue
    return ""


# Writing a hypnogram in the forms that other programs read: BIDS events, CSV, EDF+ annotations, lists, XML.

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
        No form has that ending, or the form has no place for what the hypnogram says: an offset that is not a whole
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
    return write_whole(path, annotation_bytes(stage_annotations(hypnogram), hypnogram.recording_start, where=path))


def _table(hypnogram: Hypnogram, path: Path) -> Path:
    return write_events(hypnogram, path)


def _list(hypnogram: Hypnogram, path: Path) -> Path:
    return write_whole(path, "".join(f"{label}\n" for label in _placed(hypnogram, path).labels).encode())


def _digits(hypnogram: Hypnogram, path: Path) -> Path:
    if hypnogram.epoch_s != _USUAL_S:
        raise UsageError(
            f"a list of digits cannot say that its epochs last {hypnogram.epoch_s:g} s",
            where=path,
            rule="such lists hold epochs of 30 s",
            next_step="write .tsv, .edf or .xml, or join the epochs first (Hypnogram.resampled)",
        )
    return write_whole(path, (json.dumps(_placed(hypnogram, path).stages.tolist()) + "\n").encode())


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
    return write_whole(path, out.getvalue() + b"\n")


def _placed(hypnogram: Hypnogram, path: Path) -> Hypnogram:
    """Return the hypnogram from the recording's first sample on: unscored epochs fill the time before it."""
    before = hypnogram.offset_s / hypnogram.epoch_s
    if before < 0 or abs(before - round(before)) * hypnogram.epoch_s > 1e-3:
        raise UsageError(
            f"the first epoch begins {hypnogram.offset_s:g} s into the recording, not a whole number of epochs",
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
