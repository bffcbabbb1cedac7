"""``karmalink night doctor`` and ``convert``: what a file holds, and the same in another form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, emit, progress, track
from karmalink.cli.night.options import (
    HypnogramOptions,
    Overwrite,
    PlainOptions,
    RecordingOptions,
    TimeOptions,
    check_writable,
)
from karmalink.cli.night.text import findings_text, head_text, scored_text
from karmalink.cli.option_groups import with_option_groups

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, Recording

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


@with_option_groups
def convert(
    file: Annotated[Path, typer.Argument(help="A recording or a file of scores, in any form that is read.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending says the form.")],
    hypnogram: Annotated[
        bool, typer.Option("--hypnogram", help="Of a recording with annotations, or of a table, take the stages.")
    ] = False,
    *,
    plain: PlainOptions,
    scores: HypnogramOptions,
    times: TimeOptions,
    correct: Annotated[bool, typer.Option("--correct", help="Write the recording as the doctor corrects it.")] = False,
    reading: RecordingOptions,
    overwrite: Overwrite = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a recording or a hypnogram in another form: start, gaps and epochs keep their places.

    Recordings: .edf, .bdf, .csv, .tsv, .npy. Hypnograms: .tsv and .csv (BIDS events), .edf (EDF+ annotations, for
    EDFbrowser), .txt (a stage per line), .json (digits), .xml (Profusion).
    """
    signals = not hypnogram and _is_recording(file, plain.rate)
    check_writable(out, overwrite=overwrite, sidecar=not signals)
    with progress(quiet=as_json) as bar:
        bar.add_task("converting", total=None)
        if signals:
            recording = plain.read(file, partial=reading.partial)
            result, text = _recording(recording, out, correct=correct, override=reading.override or ())
        else:
            result, text = _hypnogram(scores.read(file, times.zone), out)
    emit(result, text, as_json=as_json)


def _is_recording(file: Path, rate: float | None) -> bool:
    """Whether the file is to be read as a recording; a file of both is one unless stages are asked for."""
    from karmalink.night import READERS, SCORE_FORMATS

    ending = file.suffix.lower()
    scored = {one for form in SCORE_FORMATS for one in form.endings}
    if ending in _TABLES:
        return rate is not None
    if ending in _ANNOTATED and file.is_file():
        from karmalink.night.recordings.edf_layout import ANNOTATIONS, LONGEST_HEADER, parse_header

        with file.open("rb") as stream:
            header = parse_header(stream.read(LONGEST_HEADER), where=file.name)
        return any(one.label not in ANNOTATIONS and one.samples > 0 for one in header.signals)
    return ending in READERS or ending not in scored


def _recording(
    recording: Recording, out: Path, *, correct: bool, override: Sequence[str]
) -> tuple[dict[str, Any], str]:
    from karmalink.night import RECORDING_WRITERS, examine, write_recording

    marks = [one for one in recording.annotations if one.onset_s >= 0]
    findings = []
    if correct:
        report = examine(recording, override=override)
        recording, findings = (
            report.recording,
            [str(one) for one in report.of_severity("corrected", "warning", "unusable")],
        )
    write_recording(recording, out, annotations=marks)
    loses = RECORDING_WRITERS[out.suffix.lower()].loses
    result = {
        "kind": "recording",
        "recording": recording.to_dict(),
        "annotations": len(marks),
        "findings": findings,
        "notes": list(recording.notes),
        "out": str(out),
    }
    lines = [
        head_text(recording),
        *findings,
        *([f"{len(recording.gaps)} gaps keep their places"] if recording.gaps else []),
        *([f"{len(marks)} annotations go with it"] if marks else []),
        *(f"Note: {note}" for note in recording.notes),
        f"Written: {out}; not kept: {loses}",
    ]
    return result, "\n".join(lines)


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
