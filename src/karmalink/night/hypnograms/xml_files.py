"""Score files in XML: Compumedics Profusion (``CMPStudyConfig``) and the National Sleep Research Resource's own form
(``PSGAnnotation``). Parsed without entities: a score file that expands to gigabytes is refused, not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from karmalink.errors import ReadError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.spans import Span, hypnogram_from_spans, list_epoch
from karmalink.night.hypnograms.stages import Vocabulary, encode
from karmalink.night.text_files import bytes_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_profusion"]


def read_profusion(
    path: Path | str,
    *,
    epoch_s: float | None = None,
    vocabulary: Vocabulary | None = None,
    column: str | None = None,
    zone: ZoneInfo | None = None,
) -> Hypnogram:
    """Read the stages of a Profusion or NSRR file.

    Parameters
    ----------
    path : path-like
        The ``.xml`` file.
    epoch_s : float, optional
        Seconds per epoch; by default what ``EpochLength`` says.
    vocabulary : str or mapping, optional
        By default ``profusion``: 4 is S4, 5 is REM.
    column, zone
        Not used: there is one list of stages in such a file.

    Raises
    ------
    ReadError
        No XML, another XML, or no stages in it.
    """
    del column, zone
    file = Path(path)
    root = _root(bytes_of(file), file)
    stated = (root.findtext("EpochLength") or "").strip()
    stated_s = epoch_s or (_number(stated, "EpochLength", file) if stated else None)
    if stated_s is not None and not stated_s > 0:
        raise ReadError(f"an epoch of {stated_s:g} s", where=file, rule="EpochLength is above 0")
    words = vocabulary or "profusion"
    stages = [element.text or "" for element in root.iterfind("./SleepStages/SleepStage")]
    if stages:
        codes = encode(stages, words, where=file.name)
        length, notes = list_epoch(codes, stated_s, file)
        return Hypnogram(codes, length, scorer=file.stem, notes=notes)
    spans = list(_spans(root, words, file))
    if not spans:
        raise ReadError(
            "the file holds no sleep stages",
            where=file,
            rule="<SleepStages> (Profusion) or events of the type 'Stages' (NSRR)",
            next_step="export the staging too, not the events alone",
        )
    hypnogram = hypnogram_from_spans(spans, where=file, epoch_s=stated_s, scorer=file.stem)
    begun = _clock(root)
    if begun is None:
        return hypnogram
    return replace(hypnogram, clock=(begun + timedelta(seconds=hypnogram.offset_s)).time())


def _clock(root: Element) -> datetime | None:
    """Return what the clock showed when the recording of an NSRR file began: ``00.00.00 22.31.07``, without a date."""
    for event in root.iterfind("./ScoredEvents/ScoredEvent"):
        if "Recording Start Time" not in (event.findtext("EventConcept") or ""):
            continue
        match = re.search(r"([01]\d|2[0-3])[.:]([0-5]\d)[.:]([0-5]\d)\s*$", event.findtext("ClockTime") or "")
        if match is not None:
            return datetime(1900, 1, 1, int(match[1]), int(match[2]), int(match[3]))
    return None


def _root(raw: bytes, file: Path) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(raw)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        # ParseError quotes nothing but a position; ValueError and LookupError come of an encoding that is not there.
        raise ReadError(
            f"the file is not well-formed XML ({type(error).__name__})", where=file, next_step="export it again"
        ) from None
    if root.tag not in {"CMPStudyConfig", "PSGAnnotation"}:
        raise ReadError("the XML is of another kind", where=file, allowed=["CMPStudyConfig", "PSGAnnotation"])
    return root


def _spans(root: Element, words: Vocabulary, file: Path) -> Iterator[Span]:
    """Yield the stages among the events of an NSRR file: ``Stages|Stages``, ``Stage 2 sleep|2``, start, duration."""
    for number, event in enumerate(root.iterfind("./ScoredEvents/ScoredEvent"), start=1):
        if not (event.findtext("EventType") or "").startswith("Stages"):
            continue
        place = f"event {number}"
        digit = (event.findtext("EventConcept") or "").rpartition("|")[2]
        (code,) = encode([digit], words, where=f"{file.name}, {place}").tolist()
        onset = _number(event.findtext("Start") or "", f"Start of {place}", file)
        duration = _number(event.findtext("Duration") or "", f"Duration of {place}", file)
        yield Span(onset, duration, code, place)


def _number(text: str, name: str, file: Path) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if not np.isfinite(number) or number < 0:
        raise ReadError(f"{name} is not a number", where=file, rule="seconds, 0 or more")
    return number
