"""Hypnograms kept as EDF+ annotations: ``Sleep stage W``, ``Sleep stage N2`` … (EDF+ standard texts, Sleep-EDF)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from karmalink.errors import ReadError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.lights import lights_of
from karmalink.night.hypnograms.spans import Span, hypnogram_from_spans
from karmalink.night.hypnograms.stages import Vocabulary, encode, known_label, vocabulary_of
from karmalink.night.recordings.annotations import Annotation, read_annotations

__all__ = ["SCORED_BY", "read_stage_annotations", "stage_text"]

_STAGE = re.compile(r"\s*(sleep[ _-]?stage|stage)[ _:-]*(?P<stage>\S.*)?", re.IGNORECASE)

SCORED_BY = re.compile(r"Scored by (?P<scorer>.*) in epochs of (?P<epoch>[0-9.]+) s(?: from (?P<channels>.+))?")
"""What `write_hypnogram` notes in front: EDF+ has no field for who scored and how long an epoch is."""


def read_stage_annotations(
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read the stages among the annotations of an EDF+ or BDF+ file; other annotations are passed over.

    Where none is called a sleep stage, those that are stages by themselves (``REM``, ``SLEEP-S2``) are taken.

    Parameters
    ----------
    path : path-like
        A file of annotations, or a recording that holds them.
    epoch_s : float, optional
        Seconds per epoch; by default what the file says, else 30 s where all stages lie on that grid.
    vocabulary : str or mapping, optional
        By default ``words``: in EDF+ "Sleep stage 4" is S4 and "Sleep stage R" is REM.
    column, zone
        Not used.

    Raises
    ------
    ReadError
        No such file, or no stage in it.
    """
    del column, zone
    file = Path(path)
    file_annotations = read_annotations(file)
    lost = [annotation for annotation in file_annotations.odd if annotation.staged]
    if lost:  # its epochs would be taken for unscored ones, or for the stage before them
        raise ReadError(
            f"record {lost[0].record} holds a stage that does not have the form of an annotation",
            where=file,
            rule="EDF+ 2.2.2: +onset, duration, text, each behind its own mark",
            next_step="copy or export the file again",
        )
    words = vocabulary or "words"
    about = next(
        (match for annotation in file_annotations.annotations if (match := SCORED_BY.fullmatch(annotation.text))), None
    )
    staged = _staged(file_annotations.annotations, words, file)
    stated_s = float(about["epoch"]) if about and _is_number(about["epoch"]) else None
    spans = [
        Span(
            annotation.onset_s,
            _length(annotation, staged, place, epoch_s or stated_s, file),
            code,
            f"the stage at {annotation.onset_s:g} s",
        )
        for place, ((annotation, _), code) in enumerate(
            zip(staged, encode((label for _, label in staged), words, where=file.name).tolist(), strict=True)
        )
    ]
    hypnogram = hypnogram_from_spans(
        spans,
        where=file,
        epoch_s=epoch_s or stated_s,
        start=file_annotations.start,
        scorer=about["scorer"] if about else "",
        channels=tuple((about["channels"] or "").split("; ")) if about and about["channels"] else (),
    )
    lights = lights_of((annotation.onset_s, annotation.text) for annotation in file_annotations.annotations)
    return replace(hypnogram, lights=lights, notes=file_annotations.left_out())


def _staged(annotations: Sequence[Annotation], words: Vocabulary, file: Path) -> list[tuple[Annotation, str]]:
    """Return the annotations of stages with what they say: EDF+ standard texts, else bare words of the vocabulary.

    Raises
    ------
    ReadError
        There is none.
    """
    staged = [(annotation, text) for annotation in annotations if (text := stage_text(annotation.text)) is not None]
    if staged:
        return staged
    known = vocabulary_of(words, where=file.name)
    staged = [(annotation, annotation.text) for annotation in annotations if _is_word(annotation.text, known)]
    if not staged:
        raise ReadError(
            f"none of {len(annotations)} annotations is a sleep stage",
            where=file,
            rule="EDF+ standard texts: 'Sleep stage W', 'Sleep stage N1' …",
        )
    return staged


def stage_text(text: str) -> str | None:
    """Return what an annotation says behind "Sleep stage"; None where it does not speak of a stage."""
    match = _STAGE.fullmatch(text)
    return None if match is None else (match["stage"] or "")


def _is_word(text: str, known: Mapping[str, int]) -> bool:
    return bool(text.strip()) and not text.strip().lstrip("-").isdigit() and known_label(text, known) is not None


def _length(
    annotation: Annotation, staged: list[tuple[Annotation, str]], place: int, epoch_s: float | None, file: Path
) -> float:
    """Return how long a stage lasts: as stated; else until the next begins (EDF+ allows marks without a duration)."""
    if annotation.duration_s is not None and annotation.duration_s > 0:
        return annotation.duration_s
    if place + 1 < len(staged):
        return staged[place + 1][0].onset_s - annotation.onset_s
    if epoch_s is not None:
        return epoch_s
    if place:
        return min(30.0, annotation.onset_s - staged[place - 1][0].onset_s)
    raise ReadError("the only stage has no duration", where=file, next_step="say the length of an epoch")


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
