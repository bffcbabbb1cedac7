"""``karmalink night …``: from a recording to a scored night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import (
    FromStudy,
    JsonFlag,
    OutPath,
    Seed,
    check_folder,
    command_group,
    emit,
    progress,
    track,
)
from karmalink.cli.night import agree as night_agree
from karmalink.cli.night import events as night_events
from karmalink.cli.night import files as night_files
from karmalink.cli.night import replay as night_replay
from karmalink.cli.night.text import (
    confidence_text,
    figures_text,
    findings_text,
    head_text,
    scored_text,
    vote_text,
    voted,
)
from karmalink.cli.study_access import KeysFolder, PassphraseFile, open_study
from karmalink.errors import DateError, UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Hypnogram, Montage, Recording, SleepSummary

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

Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", help="Have it otherwise than the doctor: check[:channel][=value]. Repeatable."),
]
Partial = Annotated[bool, typer.Option("--partial", help="Read a file that was cut off as far as it goes.")]
LightsOff = Annotated[
    str | None, typer.Option("--lights-off", help="HH:MM[:SS] by the clock, +H:MM:SS into it, or seconds.")
]
LightsOn = Annotated[str | None, typer.Option("--lights-on", help="The same for the end of the night.")]


@app.command("score")
def score(
    file: Annotated[
        str,
        typer.Argument(
            help="The recording: .edf, .bdf, .vhdr, .fif, .set or .xdf. With --study: a night's identifier.",
            show_default=False,
        ),
    ],
    stager: Annotated[
        str,
        typer.Option(
            "--stager",
            "--scorer",
            help="auto, yasa, yasa-night-scales, gssc, a path to an .onnx file …",
        ),
    ] = "auto",
    everybody: Annotated[bool, typer.Option("--vote", help="Let every usable channel vote.")] = False,
    abstain_under: Annotated[
        float | None, typer.Option("--abstain", help="Leave epochs under this confidence unscored.", min=0, max=1)
    ] = None,
    out: OutPath = None,
    override: Overrides = None,
    eeg: Annotated[str, typer.Option("--eeg", help="The EEG channel to score from.")] = "",
    eog: Annotated[str, typer.Option("--eog", help="The EOG channel; 'none' for none.")] = "",
    emg: Annotated[str, typer.Option("--emg", help="The EMG channel; 'none' for none.")] = "",
    lights_off: LightsOff = None,
    lights_on: LightsOn = None,
    partial: Partial = False,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Score a recording: the doctor's findings, the stages, the night in figures, and how sure the scorer is.

    --out writes the hypnogram as a table (.tsv, as BIDS keeps events) with a .json beside it that explains its columns.
    With --study the recording is read out of the vault in memory, and the scoring is stored in the study.
    """
    from karmalink.night import abstain, epochs_to_review, examine, summarise, write_events
    from karmalink.night.hypnograms.hypnogram import CONFIDENT
    from karmalink.night.recordings.recording import parse_moment

    table = _table_of(out, study)
    with _recorded(file, study, passphrase_file, keys, partial=partial) as (recording, keep):
        with progress(quiet=as_json) as bar:
            off = None if lights_off is None else parse_moment(lights_off, recording.start, where="--lights-off")
            on = None if lights_on is None else parse_moment(lights_on, recording.start, where="--lights-on")
            report = examine(recording, override=override or (), progress=track(bar, "looking at the channels"))
            montage = _montage(report.recording, eeg, eog, emg)
            found = voted(report.recording, stager, montage, everybody=everybody, progress=track(bar, "scoring"))
        hypnogram = found.hypnogram if abstain_under is None else abstain(found.hypnogram, abstain_under)
        summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on)
        keep(hypnogram, report, summary)
    written = write_events(hypnogram, table) if table is not None else None
    doubtful = epochs_to_review(found.hypnogram, under=abstain_under or CONFIDENT)
    result = report.to_dict() | {
        "hypnogram": hypnogram.to_dict(),
        "summary": summary.to_dict(),
        "vote": found.to_dict(),
        "epochs_to_review": [epoch.to_dict() for epoch in doubtful],
        "out": str(written) if written else None,
    }
    parts = [head_text(report.recording), findings_text(report), scored_text(hypnogram)]
    parts += [vote_text(found)] if len(found.votes) > 1 else []
    parts += [figures_text(summary), confidence_text(found.hypnogram, abstain_under)]
    if written:
        parts.append(f"Written: {written}")
    if study:
        parts.append("Stored in the study: hypnogram, findings and figures, in place of an earlier scoring.")
    emit(result, "\n\n".join(parts), as_json=as_json)


app.command("agree")(night_agree.agree)


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
    """Write a simulated night as EDF, and the stages planted in it as a table beside it (NAME_stages.tsv)."""
    from karmalink.night import simulate_night, summarise, write_edf, write_events

    if out.suffix.lower() != ".edf":
        raise UsageError(f"{describe(out.name)} does not end in .edf", where="--out", allowed=".edf")
    if out.exists():  # it may be somebody's night
        raise UsageError("the file is there already", where=out, next_step="choose another name, or remove it yourself")
    check_folder(out)
    try:
        begin = datetime.fromisoformat(start).replace(tzinfo=None)
    except ValueError:
        raise DateError(f"{describe(start)} is no date and time", where="--start", allowed="YYYY-MM-DDTHH:MM") from None
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
    text = "\n\n".join((head_text(recording), figures_text(summary), f"Written: {out}\nPlanted: {table}"))
    emit(result, text, as_json=as_json)


@app.command("summary")
def summary_(
    file: Annotated[Path, typer.Argument(help="The hypnogram: .tsv, .csv, .txt, .edf, .xml or .json.")],
    epoch: Annotated[
        float | None, typer.Option("--epoch", help="Seconds per epoch, where the file does not say it.")
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="words, aasm, rk, dreams, 0-4 or profusion; else the form's own.")
    ] = None,
    column: Annotated[str | None, typer.Option("--column", help="The table's column with the stages.")] = None,
    lights_off: LightsOff = None,
    lights_on: LightsOn = None,
    as_json: JsonFlag = False,
) -> None:
    """Sum up a scored night by the definitions of the AASM manual."""
    from karmalink.night import read_hypnogram, summarise
    from karmalink.night.recordings.recording import parse_moment

    hypnogram = read_hypnogram(file, epoch_s=epoch, vocabulary=vocabulary, column=column)
    off = None if lights_off is None else parse_moment(lights_off, hypnogram.recording_start, where="--lights-off")
    on = None if lights_on is None else parse_moment(lights_on, hypnogram.recording_start, where="--lights-on")
    summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on)
    emit(summary.to_dict(), "\n\n".join((scored_text(hypnogram), figures_text(summary))), as_json=as_json)


@contextmanager
def _recorded(
    file: str, study: Path | None, passphrase_file: Path | None, keys: Path | None, *, partial: bool
) -> Iterator[tuple[Recording, Callable[[Hypnogram, DoctorReport, SleepSummary], None]]]:
    """Give a recording, of a file or out of a study's vault, and what keeps its scoring."""
    from karmalink.night import read_recording

    if study is None:
        yield read_recording(Path(file), partial=partial), lambda hypnogram, doctor, summary: None
        return
    with (
        open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held,
        held.nights.path(file) as path,
    ):
        yield (
            read_recording(path, partial=partial, label=file),
            lambda hypnogram, doctor, summary: held.nights.score(file, hypnogram, doctor=doctor, summary=summary),
        )


def _table_of(out: Path | None, study: Path | None) -> Path | None:
    """Return where the hypnogram is to be written in the clear; out of a study only an export writes anything."""
    if out is not None and study is not None:
        raise UsageError(
            "with --study the scoring is stored in the study",
            rule="what leaves a study in the clear is an export, which erasure reaches",
            next_step="karmalink study export bids FOLDER",
        )
    return None if out is None else _tsv(out)


def _tsv(out: Path) -> Path:
    if out.suffix.lower() != ".tsv":
        raise UsageError(f"{describe(out.name)} does not end in .tsv", where="--out", allowed=".tsv")
    check_folder(out)
    return out


def _montage(recording: Recording, eeg: str, eog: str, emg: str) -> Montage | None:
    """Return the channels a person named, the best ones where they named none."""
    if not (eeg or eog or emg):
        return None
    from karmalink.night import Montage, pick_montage

    best = Montage(eeg) if eeg and eog and emg else pick_montage(recording)
    named = {"eeg": eeg, "eog": eog, "emg": emg}
    chosen = {kind: name or getattr(best, kind) for kind, name in named.items()}
    for name in chosen.values():
        if name and name.casefold() != "none":
            recording.index(name)
    return Montage(**{kind: "" if name.casefold() == "none" else name for kind, name in chosen.items()})
