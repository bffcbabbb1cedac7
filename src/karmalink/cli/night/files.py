"""``karmalink night doctor`` and ``convert``: what a file holds, and the same in another form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, emit, progress, track
from karmalink.cli.night.text import findings_text, head_text, scored_text
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.night import Hypnogram

__all__ = ["convert", "doctor"]

Rate = Annotated[float | None, typer.Option("--rate", help="Samples per second, where the file is plain numbers.")]
Unit = Annotated[str, typer.Option("--unit", help="What plain numbers are: V, mV, uV or nV.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", help="Have it otherwise than the doctor: check[:channel][=value]. Repeatable."),
]
Partial = Annotated[bool, typer.Option("--partial", help="Read a file that was cut off as far as it goes.")]

# Endings of recordings and of scores: the first where a rate is said, or where signals are in the file.
_TABLES = (".txt", ".csv", ".tsv")
_ANNOTATED = (".edf", ".bdf")


def doctor(
    file: Annotated[Path, typer.Argument(help="The recording: .edf, .bdf, .vhdr, .fif, .set, .xdf, or plain numbers.")],
    override: Overrides = None,
    rate: Rate = None,
    unit: Unit = "uV",
    partial: Partial = False,
    as_json: JsonFlag = False,
) -> None:
    """Look at a recording before anything is scored: what is wrong, what was done about it, how to override it."""
    from karmalink.night import examine, read_recording

    with progress(quiet=as_json) as bar:
        recording = read_recording(file, partial=partial, sfreq=rate, unit=unit)
        report = examine(recording, override=override or (), progress=track(bar, "looking at the channels"))
    emit(report.to_dict(), "\n\n".join((head_text(report.recording), findings_text(report))), as_json=as_json)


def convert(
    file: Annotated[Path, typer.Argument(help="A recording or a file of scores, in any form that is read.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; its ending says the form.")],
    stages: Annotated[
        bool, typer.Option("--stages", help="Of a recording with annotations, or of a table, take the stages.")
    ] = False,
    rate: Rate = None,
    unit: Unit = "uV",
    epoch: Annotated[float | None, typer.Option("--epoch", help="Seconds per epoch, where the file says none.")] = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="words, aasm, rk, dreams, 0-4 or profusion; else the form's own.")
    ] = None,
    column: Annotated[str | None, typer.Option("--column", help="The table's column with the stages.")] = None,
    correct: Annotated[bool, typer.Option("--correct", help="Write the recording as the doctor corrects it.")] = False,
    override: Overrides = None,
    partial: Partial = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a recording or a hypnogram in another form: start, gaps and epochs keep their places.

    Recordings: .edf, .bdf, .csv, .tsv, .npy. Hypnograms: .tsv and .csv (BIDS events), .edf (EDF+ annotations, for
    EDFbrowser), .txt (a stage per line), .json (digits), .xml (Profusion).
    """
    beside = [out.with_suffix(".json")] if out.suffix.lower() in {".tsv", ".csv"} else []  # what explains the columns
    for one in (out, *beside):
        if one.exists():  # it may be somebody's night
            raise UsageError("the file is there already", where=one, next_step="choose another name, or remove it")
    if not out.parent.is_dir():
        raise UsageError("there is no such folder", where=out.parent, next_step="make it first")
    with progress(quiet=as_json) as bar:
        bar.add_task("converting", total=None)
        if not stages and _is_recording(file, rate):
            result, text = _recording(file, out, rate, unit, partial=partial, correct=correct, override=override or ())
        else:
            result, text = _hypnogram(file, out, epoch, vocabulary, column)
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
    file: Path, out: Path, rate: float | None, unit: str, *, partial: bool, correct: bool, override: Sequence[str]
) -> tuple[dict[str, Any], str]:
    from karmalink.night import RECORDING_WRITERS, examine, read_recording, write_recording

    recording = read_recording(file, partial=partial, sfreq=rate, unit=unit)
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


def _hypnogram(
    file: Path, out: Path, epoch: float | None, vocabulary: str | None, column: str | None
) -> tuple[dict[str, Any], str]:
    from karmalink.night import SCORE_WRITERS, read_hypnogram, write_hypnogram

    hypnogram: Hypnogram = read_hypnogram(file, epoch_s=epoch, vocabulary=vocabulary, column=column)
    write_hypnogram(hypnogram, out)
    keeps = SCORE_WRITERS[out.suffix.lower()].keeps
    result = {"kind": "hypnogram", "hypnogram": hypnogram.to_dict(), "out": str(out)}
    return result, f"{scored_text(hypnogram)}\nWritten: {out}; beside the stages it keeps {keeps}"
