"""Hypnograms kept as EDF+ annotations: ``Sleep stage W``, ``Sleep stage N2`` … (EDF+ standard texts, Sleep-EDF)."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    found = read_annotations(file)
    lost = [one for one in found.odd if one.staged]
    if lost:  # its epochs would be taken for unscored ones, or for the stage before them
        raise ReadError(
            f"record {lost[0].record} holds a stage that does not have the form of an annotation",
            where=file,
            rule="EDF+ 2.2.2: +onset, duration, text, each behind its own mark",
            next_step="copy or export the file again",
        )
    words = vocabulary or "words"
    about = next((match for one in found.annotations if (match := SCORED_BY.fullmatch(one.text))), None)
    staged = [(one, text) for one in found.annotations if (text := stage_text(one.text)) is not None]
    if not staged:
        known = vocabulary_of(words, where=file.name)
        staged = [(one, one.text) for one in found.annotations if _is_word(one.text, known)]
    if not staged:
        raise ReadError(
            f"none of {len(found.annotations)} annotations is a sleep stage",
            where=file,
            rule="EDF+ standard texts: 'Sleep stage W', 'Sleep stage N1' …",
        )
    said = float(about["epoch"]) if about and _is_number(about["epoch"]) else None
    spans = [
        Span(one.onset_s, _length(one, staged, place, epoch_s or said, file), code, f"the stage at {one.onset_s:g} s")
        for place, ((one, _), code) in enumerate(
            zip(staged, encode((label for _, label in staged), words, where=file.name).tolist(), strict=True)
        )
    ]
    hypnogram = hypnogram_from_spans(
        spans,
        where=file,
        epoch_s=epoch_s or said,
        start=found.start,
        scorer=about["scorer"] if about else "",
        channels=tuple((about["channels"] or "").split("; ")) if about and about["channels"] else (),
    )
    lights = lights_of((one.onset_s, one.text) for one in found.annotations)
    return replace(hypnogram, lights=lights, notes=found.left_out())


def stage_text(text: str) -> str | None:
    """Return what an annotation says behind "Sleep stage"; None where it does not speak of a stage."""
    match = _STAGE.fullmatch(text)
    return None if match is None else (match["stage"] or "")


def _is_word(text: str, known: Mapping[str, int]) -> bool:
    return bool(text.strip()) and not text.strip().lstrip("-").isdigit() and known_label(text, known) is not None


def _length(
    one: Annotation, staged: list[tuple[Annotation, str]], place: int, epoch_s: float | None, file: Path
) -> float:
    """Return how long a stage lasts: as stated; else until the next begins (EDF+ allows marks without a duration)."""
    if one.duration_s is not None and one.duration_s > 0:
        return one.duration_s
    if place + 1 < len(staged):
        return staged[place + 1][0].onset_s - one.onset_s
    if epoch_s is not None:
        return epoch_s
    if place:
        return min(30.0, one.onset_s - staged[place - 1][0].onset_s)
    raise ReadError("the only stage has no duration", where=file, next_step="say the length of an epoch")


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
