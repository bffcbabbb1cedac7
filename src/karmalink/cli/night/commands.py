"""``karmalink night …``: from a recording to a scored night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, Seed, command_group, emit, progress, track
from karmalink.cli.night import agree as night_agree
from karmalink.cli.night import events as night_events
from karmalink.cli.night import files as night_files
from karmalink.cli.night import replay as night_replay
from karmalink.cli.night.events import detected_text, events_path, write_detected
from karmalink.cli.night.options import (
    HypnogramOptions,
    LightsOptions,
    MontageOptions,
    OutputOptions,
    Overwrite,
    RecordingOptions,
    ScoringOptions,
    TimeOptions,
    check_writable,
)
from karmalink.cli.night.scoring import Asked, ScoredNight, is_folder, matching_files, score_many, score_one
from karmalink.cli.night.text import (
    confidence_text,
    figures_text,
    findings_text,
    head_text,
    scored_text,
    vote_text,
)
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.study_access import FromStudyOptions, open_study
from karmalink.errors import CannotAnswer, DateError, UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Hypnogram, Recording, SleepSummary

    Keep = Callable[[Hypnogram, DoctorReport, SleepSummary], None]

__all__ = ["app"]

app = command_group(
    "night",
    "From a recording to a scored night: check it, score it, summarise it, simulate one.",
    old_options={"overrule": "override", "mend": "correct", "precise": "precision", "caught": "sensitivity"},
)
app.command("replay")(night_replay.replay)
app.command("events")(night_events.events)
app.command("doctor")(night_files.doctor)
app.command("convert")(night_files.convert)
app.command("agree")(night_agree.agree)


@app.command("score")
@with_option_groups
def score(
    files: Annotated[
        list[str],
        typer.Argument(
            help="The recordings: .edf, .bdf, .vhdr, .fif, .set or .xdf. With --study: identifiers of nights.",
            show_default=False,
        ),
    ],
    *,
    scoring: ScoringOptions,
    reading: RecordingOptions,
    channels: MontageOptions,
    lights: LightsOptions,
    times: TimeOptions,
    source: FromStudyOptions,
    output: OutputOptions,
) -> None:
    """Score recordings: the doctor's findings, the stages, the night in figures, and the confidence in the stages.

    --out writes the hypnogram as a table (.tsv, as BIDS keeps events) with a .json beside it that explains its columns;
    of several recordings a table each into a folder, and summary.tsv with a row a night. Run again, it goes on where it
    stopped. With --study the recording is read out of the vault in memory, and the scoring is stored in the study.
    """
    out, asked = output.out, Asked(scoring, reading, channels, lights, times)
    recordings = matching_files(files) if source.study is None else list(files)
    if source.study is not None and out is not None:
        raise UsageError(
            "with --study the scoring is stored in the study",
            where="--out",
            rule="what leaves a study in the clear is an export, which erasure reaches",
            next_step="karmalink study export bids FOLDER",
        )
    if source.study is None and (len(recordings) > 1 or is_folder(out)):
        done = score_many(
            [Path(one) for one in recordings], out, asked, overwrite=output.overwrite, quiet=output.as_json
        )
        emit(done.to_dict(), done.text(), as_json=output.as_json)
        if done.left_out:
            raise typer.Exit(CannotAnswer.exit_code)
        return
    table = _table_path(out)
    check_writable(table, overwrite=output.overwrite)
    if table is not None and scoring.events:
        check_writable(events_path(table), overwrite=output.overwrite, sidecar=False)
    results, texts = [], []
    for name in recordings:
        with _recording(name, source, partial=reading.partial) as (recording, keep):
            night = score_one(recording, asked, quiet=output.as_json)
            keep(night.hypnogram, night.report, night.summary)
        result, text = _told(night, table)
        results.append(result)
        texts += [text, "Stored in the study, in place of an earlier scoring." if source.study else ""]
    emit(
        results[0] if len(results) == 1 else {"nights": results},
        "\n\n".join(filter(None, texts)),
        as_json=output.as_json,
    )


def _told(night: ScoredNight, table: Path | None) -> tuple[dict[str, Any], str]:
    """Write the hypnogram where that is asked for; return what is said of a night, for programs and for people."""
    from karmalink.night import epochs_to_review, write_events
    from karmalink.night.hypnograms.hypnogram import CONFIDENT

    written = None if table is None else write_events(night.hypnogram, table)
    events_written = None
    if night.events is not None and table is not None:
        events_written = write_detected(night.events, events_path(table))
    abstain = night.asked.scoring.abstain
    uncertain = epochs_to_review(night.vote.hypnogram, under=abstain or CONFIDENT)
    result = night.report.to_dict() | {
        "hypnogram": night.hypnogram.to_dict(),
        "summary": night.summary.to_dict(),
        "vote": night.vote.to_dict(),
        "epochs_to_review": [epoch.to_dict() for epoch in uncertain],
        "out": str(written) if written else None,
    }
    if night.events is not None:
        result["events"] = {name: found.to_dict() for name, found in night.events.found.items()}
        result["events_not_searched"] = dict(night.events.not_searched)
        result["events_out"] = events_written
    parts = [
        head_text(night.report.recording),
        findings_text(night.report),
        scored_text(night.hypnogram),
        vote_text(night.vote),
        figures_text(night.summary),
        confidence_text(night.vote.hypnogram, abstain),
        "" if night.events is None else detected_text(night.events, events_written),
        f"Written: {written}" if written else "",
    ]
    return result, "\n\n".join(filter(None, parts))


@app.command("simulate")
def simulate(
    out: Annotated[Path, typer.Option("--out", help="The EDF file to write.", show_default=False)],
    hours: Annotated[float, typer.Option("--hours", help="Length in hours.")] = 8.0,
    seed: Seed = 0,
    sfreq: Annotated[float, typer.Option("--sfreq", help="Samples per second.")] = 100.0,
    start: Annotated[str, typer.Option("--start", help="When it begins: YYYY-MM-DDTHH:MM.")] = "2000-01-01T23:00",
    dropouts: Annotated[int, typer.Option("--dropouts", help="How often the EEG electrode comes off.", min=0)] = 0,
    overwrite: Overwrite = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a simulated night as EDF, and beside it a table of the stages planted in it (NAME_stages.tsv)."""
    from karmalink.night import simulate_night, summarise, write_edf, write_events

    if out.suffix.lower() != ".edf":
        raise UsageError(f"{describe(out.name)} does not end in .edf", where="--out", allowed=".edf")
    stages = out.with_name(f"{out.stem}_stages.tsv")
    for path in (out, stages):
        check_writable(path, overwrite=overwrite)
    try:
        begin = datetime.fromisoformat(start).replace(tzinfo=None)
    except ValueError:
        raise DateError(
            f"{describe(start)} is not a date and time", where="--start", allowed="YYYY-MM-DDTHH:MM"
        ) from None
    with progress(quiet=as_json) as bar:
        recording, truth = simulate_night(
            hours,
            sfreq=sfreq,
            seed=seed,
            start=begin,
            dropouts=dropouts,
            label=out.stem,
            progress=track(bar, "simulating"),
        )
        write_edf(recording, out)
    table = write_events(truth, stages)
    summary = summarise(truth)
    result = {
        "out": str(out),
        "stages": str(table),
        "seed": seed,
        "recording": recording.to_dict(),
        "summary": summary.to_dict(),
    }
    text = "\n\n".join((head_text(recording), figures_text(summary), f"Written: {out}\nPlanted stages: {table}"))
    emit(result, text, as_json=as_json)


@app.command("summary")
@with_option_groups
def summary_(
    file: Annotated[Path, typer.Argument(help="The hypnogram: .tsv, .csv, .txt, .edf, .xml or .json.")],
    *,
    reading: HypnogramOptions,
    lights: LightsOptions,
    times: TimeOptions,
    as_json: JsonFlag = False,
) -> None:
    """Summarise a scored night by the definitions of the AASM manual."""
    from karmalink.night import summarise

    hypnogram = reading.read(file, times.zone)
    off, on = lights.seconds(hypnogram.clock_start, times.zone)
    summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on)
    emit(summary.to_dict(), "\n\n".join((scored_text(hypnogram), figures_text(summary))), as_json=as_json)


@contextmanager
def _recording(file: str, source: FromStudyOptions, *, partial: bool) -> Iterator[tuple[Recording, Keep]]:
    """Give a recording, from a file or from a study's vault, and the function that keeps its scoring."""
    from karmalink.night import read_recording

    if source.study is None:
        yield read_recording(Path(file), partial=partial), lambda hypnogram, doctor, summary: None
        return
    with (
        open_study(source.study, write=True, passphrase_file=source.passphrase_file, keys=source.keys) as study,
        study.nights.path(file) as path,
    ):
        yield (
            read_recording(path, partial=partial, label=file),
            lambda hypnogram, doctor, summary: study.nights.score(file, hypnogram, doctor=doctor, summary=summary),
        )


def _table_path(out: Path | None) -> Path | None:
    """Return where the hypnogram of one recording is written."""
    if out is not None and out.suffix.lower() != ".tsv":
        raise UsageError(
            f"{describe(out.name)} does not end in .tsv",
            where="--out",
            allowed=[".tsv", "a folder, for several recordings"],
        )
    return out
