"""``karmalink night doctor`` and ``convert``: what a file holds, and the same in another form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, emit, progress, track
from karmalink.cli.night.options import (
    HypnogramOptions,
    OutputOptions,
    PlainOptions,
    RecordingOptions,
    TimeOptions,
    check_writable,
)
from karmalink.cli.night.text import findings_text, head_text, scored_text
from karmalink.cli.option_groups import with_option_groups

if TYPE_CHECKING:
    from karmalink.night import Annotation, Hypnogram, Recording

__all__ = ["convert", "doctor"]

# Endings of recordings and of scores: the first where a rate is said, or where signals are in the file.
_TABLES = (".txt", ".csv", ".tsv")
_ANNOTATED = (".edf", ".bdf")


@with_option_groups
def doctor(
    file: Annotated[Path, typer.Argument(help="The recording: .edf, .bdf, .vhdr, .fif, .set, .xdf, or plain numbers.")],
    *,
    plain: PlainOptions,
    reading: RecordingOptions,
    as_json: JsonFlag = False,
) -> None:
    """Look at a recording before anything is scored: what is wrong, what was done about it, how to override it."""
    from karmalink.night import examine

    with progress(quiet=as_json) as bar:
        recording = plain.read(file, partial=reading.partial)
        report = examine(recording, override=reading.override or (), progress=track(bar, "looking at the channels"))
    emit(report.to_dict(), "\n\n".join((head_text(report.recording), findings_text(report))), as_json=as_json)


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """What is taken from the file, and whether it is corrected."""

    hypnogram: Annotated[
        bool, typer.Option("--hypnogram", help="Of a recording with annotations, or of a table, take the stages.")
    ] = False
    correct: Annotated[bool, typer.Option("--correct", help="Write the recording as the doctor corrects it.")] = False


@with_option_groups
def convert(
    file: Annotated[Path, typer.Argument(help="A recording or a file of scores, in any form that is read.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending says the form.")],
    *,
    conversion: ConversionOptions,
    plain: PlainOptions,
    scores: HypnogramOptions,
    times: TimeOptions,
    reading: RecordingOptions,
    output: OutputOptions,
) -> None:
    """Write a recording or a hypnogram in another form: start, gaps and epochs keep their places.

    Recordings: .edf, .bdf, .csv, .tsv, .npy. Hypnograms: .tsv and .csv (BIDS events), .edf (EDF+ annotations, for
    EDFbrowser), .txt (a stage per line), .json (digits), .xml (Profusion).
    """
    signals = not conversion.hypnogram and _is_recording(file, plain.rate)
    check_writable(out, overwrite=output.overwrite, sidecar=not signals)
    with progress(quiet=output.as_json) as bar:
        bar.add_task("converting", total=None)
        if signals:
            recording = plain.read(file, partial=reading.partial)
            result, text = _recording(recording, out, correct=conversion.correct, override=reading.override or ())
        else:
            result, text = _hypnogram(scores.read(file, times.zone), out)
    emit(result, text, as_json=output.as_json)


def _is_recording(file: Path, rate: float | None) -> bool:
    """Whether the file is to be read as a recording; a file of both is one unless stages are asked for."""
    from karmalink.night import READERS, SCORE_FORMATS

    ending = file.suffix.lower()
    scored = {known for form in SCORE_FORMATS for known in form.endings}
    if ending in _TABLES:
        return rate is not None
    if ending in _ANNOTATED and file.is_file():
        from karmalink.night.recordings.edf_layout import ANNOTATIONS, LONGEST_HEADER, parse_header

        with file.open("rb") as stream:
            header = parse_header(stream.read(LONGEST_HEADER), where=file.name)
        return any(signal.label not in ANNOTATIONS and signal.samples > 0 for signal in header.signals)
    return ending in READERS or ending not in scored


def _recording(
    recording: Recording, out: Path, *, correct: bool, override: Sequence[str]
) -> tuple[dict[str, Any], str]:
    from karmalink.night import RECORDING_WRITERS, examine, write_recording

    marks = recording.annotations
    findings = []
    if correct:
        report = examine(recording, override=override)
        recording, findings = (
            report.recording,
            [str(finding) for finding in report.of_severity("corrected", "warning", "unusable")],
        )
    write_recording(recording, out, annotations=marks)
    form = RECORDING_WRITERS[out.suffix.lower()]
    kept = len(marks) if form.annotated else 0
    loses = [form.loses, "" if kept == len(marks) else counted(len(marks), "annotation")]
    result = {
        "kind": "recording",
        "recording": recording.to_dict(),
        "annotations": kept,
        "annotations_not_kept": len(marks) - kept,
        "findings": findings,
        "notes": list(recording.notes),
        "out": str(out),
    }
    lines = [
        head_text(recording),
        *findings,
        *([_kept_text(len(recording.gaps), "gap", "in place")] if recording.gaps else []),
        *([_kept_text(kept, "annotation", _before(marks))] if kept else []),
        *(f"Note: {note}" for note in recording.notes),
        f"Written: {out}, {form.stores}" + "".join(f"; not kept: {lost}" for lost in loses if lost),
    ]
    return result, "\n".join(lines)


def _kept_text(count: int, noun: str, more: str) -> str:
    return f"kept: {counted(count, noun)}{f', {more}' if more else ''}"


def _before(marks: Sequence[Annotation]) -> str:
    before = sum(mark.onset_s < 0 for mark in marks)
    return f"{before} of them before the first sample" if before else ""


def _hypnogram(hypnogram: Hypnogram, out: Path) -> tuple[dict[str, Any], str]:
    from karmalink.night import SCORE_WRITERS, write_hypnogram

    write_hypnogram(hypnogram, out)
    keeps = SCORE_WRITERS[out.suffix.lower()].keeps
    result = {"kind": "hypnogram", "hypnogram": hypnogram.to_dict(), "out": str(out)}
    lines = [
        scored_text(hypnogram),
        *(f"Note: {note}" for note in hypnogram.notes),
        f"Written: {out}; beside the stages it keeps {keeps}",
    ]
    return result, "\n".join(lines)
