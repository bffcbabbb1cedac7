"""``karmalink night …``: from a recording to a scored night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, Seed, check_folder, command_group, emit, progress, track
from karmalink.cli.night import agree as night_agree
from karmalink.cli.night import events as night_events
from karmalink.cli.night import files as night_files
from karmalink.cli.night import replay as night_replay
from karmalink.cli.night.options import (
    HypnogramOptions,
    LightsOptions,
    MontageOptions,
    RecordingOptions,
    ScoringOptions,
)
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
from karmalink.errors import DateError, UsageError, describe

if TYPE_CHECKING:
    from rich.progress import Progress

    from karmalink.night import DoctorReport, Hypnogram, Recording, SleepSummary, Vote

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
    file: Annotated[
        str,
        typer.Argument(
            help="The recording: .edf, .bdf, .vhdr, .fif, .set or .xdf. With --study: a night's identifier.",
            show_default=False,
        ),
    ],
    *,
    scoring: ScoringOptions,
    reading: RecordingOptions,
    channels: MontageOptions,
    lights: LightsOptions,
    source: FromStudyOptions,
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Score a recording: the doctor's findings, the stages, the night in figures, and the confidence in the stages.

    --out writes the hypnogram as a table (.tsv, as BIDS keeps events) with a .json beside it that explains its columns.
    With --study the recording is read out of the vault in memory, and the scoring is stored in the study.
    """
    from karmalink.night import abstain, epochs_to_review, examine, summarise, write_events
    from karmalink.night.hypnograms.hypnogram import CONFIDENT

    table = _table_path(out, source.study)
    with _recording(file, source, partial=reading.partial) as (recording, keep):
        off, on = lights.seconds(recording.start)
        with progress(quiet=as_json) as bar:
            report = examine(recording, override=reading.override or (), progress=track(bar, "checking the channels"))
            vote = _vote(report.recording, scoring, channels, bar)
        hypnogram = vote.hypnogram if scoring.abstain is None else abstain(vote.hypnogram, scoring.abstain)
        summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on)
        keep(hypnogram, report, summary)
    written = write_events(hypnogram, table) if table is not None else None
    uncertain = epochs_to_review(vote.hypnogram, under=scoring.abstain or CONFIDENT)
    result = report.to_dict() | {
        "hypnogram": hypnogram.to_dict(),
        "summary": summary.to_dict(),
        "vote": vote.to_dict(),
        "epochs_to_review": [epoch.to_dict() for epoch in uncertain],
        "out": str(written) if written else None,
    }
    parts = [
        head_text(report.recording),
        findings_text(report),
        scored_text(hypnogram),
        vote_text(vote),
        figures_text(summary),
        confidence_text(vote.hypnogram, scoring.abstain),
        f"Written: {written}" if written else "",
        "Stored in the study: hypnogram, findings and figures, in place of an earlier scoring." if source.study else "",
    ]
    emit(result, "\n\n".join(filter(None, parts)), as_json=as_json)


@app.command("simulate")
def simulate(
    out: Annotated[Path, typer.Option("--out", help="The EDF file to write.", show_default=False)],
    hours: Annotated[float, typer.Option("--hours", help="Length in hours.")] = 8.0,
    seed: Seed = 0,
    sfreq: Annotated[float, typer.Option("--sfreq", help="Samples per second.")] = 100.0,
    start: Annotated[str, typer.Option("--start", help="When it begins: YYYY-MM-DDTHH:MM.")] = "2000-01-01T23:00",
    dropouts: Annotated[int, typer.Option("--dropouts", help="How often the EEG electrode comes off.", min=0)] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Write a simulated night as EDF, and beside it a table of the stages planted in it (NAME_stages.tsv)."""
    from karmalink.night import simulate_night, summarise, write_edf, write_events

    if out.suffix.lower() != ".edf":
        raise UsageError(f"{describe(out.name)} does not end in .edf", where="--out", allowed=".edf")
    if out.exists():  # it may be a real night
        raise UsageError("the file already exists", where=out, next_step="choose another name, or remove it yourself")
    check_folder(out)
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
    table = write_events(truth, out.with_name(f"{out.stem}_stages.tsv"))
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
    as_json: JsonFlag = False,
) -> None:
    """Summarise a scored night by the definitions of the AASM manual."""
    from karmalink.night import summarise

    hypnogram = reading.read(file)
    off, on = lights.seconds(hypnogram.recording_start)
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


def _vote(recording: Recording, scoring: ScoringOptions, channels: MontageOptions, bar: Progress) -> Vote:
    """Score from all channels, or from the named or the best ones.

    Raises
    ------
    UsageError
        Channels are named, and all are to vote.
    """
    from karmalink.night import pick_montage, vote

    named = channels.montage(recording)
    if scoring.all_channels and named is not None:
        raise UsageError(
            "--vote scores from every usable channel, so no channel can be named with it",
            next_step="leave out --vote, or leave out --eeg, --eog and --emg",
        )
    montages = None if scoring.all_channels else (named or pick_montage(recording),)
    return vote(recording, stager=scoring.stager, montages=montages, progress=track(bar, "scoring"))


def _table_path(out: Path | None, study: Path | None) -> Path | None:
    """Return where the hypnogram is written; from a study nothing is written in the clear but by an export."""
    if out is None:
        return None
    if study is not None:
        raise UsageError(
            "with --study the scoring is stored in the study",
            where="--out",
            rule="what leaves a study in the clear is an export, which erasure reaches",
            next_step="karmalink study export bids FOLDER",
        )
    if out.suffix.lower() != ".tsv":
        raise UsageError(f"{describe(out.name)} does not end in .tsv", where="--out", allowed=".tsv")
    check_folder(out)
    return out
