"""Scoring one night, and many of them into a folder: a table each, one summary, and going on where it stopped."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from karmalink.base.files import write_whole
from karmalink.base.wording import counted
from karmalink.cli.contract import progress, track
from karmalink.cli.night.events import events_path, write_detected
from karmalink.cli.night.options import (
    LightsOptions,
    MontageOptions,
    RecordingOptions,
    ScoringOptions,
    TimeOptions,
)
from karmalink.errors import KarmalinkError, UsageError, describe
from karmalink.rows import join_cells, split_cells

if TYPE_CHECKING:
    from rich.progress import Progress

    from karmalink.night import DetectedEvents, DoctorReport, Hypnogram, Recording, SleepSummary, Vote

__all__ = ["Asked", "ManyNights", "ScoredNight", "is_folder", "matching_files", "score_many", "score_one"]

T = TypeVar("T")

_SUMMARY = "summary.tsv"
_MISSING = "n/a"
_MAKING = "Scoring"
_CHUNK = 2**20
_CAUSAL = "yasa-causal"
_HEAD = ("night", "file", "status", "reason", "start", "duration_min", "scorer", "channels", "epochs")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a night is to be scored: the options of ``karmalink night score``."""

    scoring: ScoringOptions = field(default_factory=ScoringOptions)
    reading: RecordingOptions = field(default_factory=RecordingOptions)
    channels: MontageOptions = field(default_factory=MontageOptions)
    lights: LightsOptions = field(default_factory=LightsOptions)
    times: TimeOptions = field(default_factory=TimeOptions)

    def digest(self) -> str:
        """Return a mark of the options and of the program: the same mark means the same scoring."""
        from karmalink import __version__

        told = json.dumps([__version__, asdict(self)], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ScoredNight:
    """One scored night with everything that is said of it."""

    asked: Asked
    report: DoctorReport
    vote: Vote
    hypnogram: Hypnogram
    summary: SleepSummary
    events: DetectedEvents | None = None


def score_one(recording: Recording, asked: Asked, *, quiet: bool = False) -> ScoredNight:
    """Score a recording.

    Raises
    ------
    UsageError, UnknownName, DateError
        An option means nothing for this recording.
    CannotAnswer
        It cannot be scored.
    """
    from karmalink.night import abstain, examine, find_events, summarise
    from karmalink.night.recordings.resampled import resampled_to
    from karmalink.night.staging.epoch_features import RATE

    off, on = asked.lights.seconds(recording.start, asked.times.zone)
    with progress(quiet=quiet) as bar:
        report = examine(recording, override=asked.reading.override or (), progress=track(bar, "checking the channels"))
        # Stages and events share one copy at the rate of both: each channel is read and resampled once.
        shared = resampled_to(report.recording, RATE)
        # Live there is no doctor who has seen the whole night: the recording is scored as it was read.
        vote = _causal(recording, asked, bar) if asked.scoring.causal else _vote(shared, asked, bar)
        under = asked.scoring.abstain
        hypnogram = vote.hypnogram if under is None else abstain(vote.hypnogram, under)
        events = None
        if asked.scoring.events:
            events = find_events(shared, hypnogram, by_clock=False, progress=track(bar, "finding events"))
    arousals = None if events is None else events.found.get("arousals")
    summary = summarise(hypnogram, lights_off_s=off, lights_on_s=on, arousals=arousals)
    return ScoredNight(asked, report, vote, hypnogram, summary, events)


def _vote(recording: Recording, asked: Asked, bar: Progress) -> Vote:
    """Score from all channels, or from the named or the best ones.

    Raises
    ------
    UsageError
        Channels are named, and all are to vote.
    """
    from karmalink.night import pick_montage, vote

    named = asked.channels.montage(recording)
    if asked.scoring.all_channels and named is not None:
        raise UsageError(
            "--vote scores from every usable channel, so no channel can be named with it",
            next_step="leave out --vote, or leave out --eeg, --eog and --emg",
        )
    montages = None if asked.scoring.all_channels else (named or pick_montage(recording),)
    return vote(recording, stager=asked.scoring.stager, montages=montages, progress=track(bar, "scoring"))


def _causal(recording: Recording, asked: Asked, bar: Progress) -> Vote:
    """Score from the named or the best channels, each epoch by its past.

    Raises
    ------
    UsageError
        Another stager is named, or all channels are to vote.
    """
    from karmalink.night import pick_montage, vote

    if asked.scoring.all_channels or asked.scoring.stager not in {"auto", _CAUSAL}:
        raise UsageError(
            "--causal is a stager of its own",
            where="--vote" if asked.scoring.all_channels else "--stager",
            rule="it scores one EEG with one EOG and one EMG",
            next_step="leave out the other option, or leave out --causal",
        )
    montage = asked.channels.montage(recording) or pick_montage(recording)
    done = track(bar, "scoring as if live")
    return vote(recording, stager=_CAUSAL, montages=(montage,), calibrated=False, progress=done)


def is_folder(out: Path | None) -> bool:
    """Whether ``--out`` names a folder: one that is there, or a name without an ending."""
    return out is not None and (out.is_dir() or not out.suffix)


def matching_files(names: Sequence[str]) -> list[str]:
    """Return the files that names and patterns mean, each once: not every shell writes ``*.edf`` out.

    Raises
    ------
    UsageError
        A pattern that no file matches.
    """
    found: dict[str, None] = {}
    for name in names:
        if Path(name).exists() or not any(sign in name for sign in "*?["):
            found[name] = None
            continue
        pattern = Path(name)
        matching = sorted(str(one) for one in pattern.parent.glob(pattern.name))
        if not matching:
            raise UsageError("no file matches this pattern", where=name)
        found |= dict.fromkeys(matching)
    return list(found)


@dataclass(frozen=True, slots=True)
class ManyNights:
    """What became of many recordings: a row a night, and where the summary of all is."""

    rows: tuple[dict[str, Any], ...]
    kept: int
    summary: Path

    @property
    def left_out(self) -> list[dict[str, Any]]:
        """The rows of nights that could not be scored."""
        return [row for row in self.rows if row["status"] != "scored"]

    def to_dict(self) -> dict[str, Any]:
        """Return the rows, JSON-ready."""
        return {"nights": list(self.rows), "scored_before": self.kept, "summary": str(self.summary)}

    def text(self) -> str:
        """Return the nights with their figures, and why some are missing."""
        done = [row for row in self.rows if row["status"] == "scored"]
        width = max((len(row["night"]) for row in self.rows), default=5)
        lines = [f"{counted(len(done), 'night')} of {len(self.rows)} scored, {self.kept} of them before"]
        lines += ["", f"  {'night':{width}}{'sleep, min':>12}{'efficiency, %':>15}{'latency, min':>14}{'REM, min':>10}"]
        shown = ("total_sleep_min", "sleep_efficiency_pct", "sleep_latency_min", "min_R")
        for row in done:
            cells = [_shown(row.get(name)) for name in shown]
            lines.append(f"  {row['night']:{width}}{cells[0]:>12}{cells[1]:>15}{cells[2]:>14}{cells[3]:>10}")
        if self.left_out:
            lines += ["", "Not scored"]
            lines += [f"  {row['night']:{width}}  {row['reason']}" for row in self.left_out]
        return "\n".join([*lines, "", f"Written: {self.summary}, and a table each"])


def _shown(value: Any) -> str:
    try:
        return f"{float(value):.1f}"
    except (TypeError, ValueError):
        return "–"


def score_many(
    files: Sequence[Path], folder: Path | None, asked: Asked, *, overwrite: bool, quiet: bool = False
) -> ManyNights:
    """Score recordings into a folder; what was scored there before from the same file and options is kept.

    A recording that cannot be scored is left out with its reason, and the others go on.

    Raises
    ------
    UsageError
        No folder, two recordings of one name, or a file that is there and was made of something else.
    """
    if folder is None:
        raise UsageError(
            f"{counted(len(files), 'recording')} and no folder for their tables",
            where="--out",
            next_step="name one: --out FOLDER",
        )
    if folder.is_file() or folder.suffix:
        raise UsageError(
            f"{describe(folder.name)} is not a folder", where="--out", rule="several recordings are written into one"
        )
    targets = _targets(files, folder)
    folder.mkdir(exist_ok=True)
    before = _rows_of(folder / _SUMMARY, overwrite=overwrite)
    digests = {path: _digest(path) for path in files}
    made = {path: _made(target) for path, target in targets.items()}
    mark = asked.digest()
    for path, target in targets.items():
        same = made[path] is not None and (made[path] or {}).get("made_of") == [digests[path], mark]
        if target.exists() and not same and not overwrite:
            raise UsageError(
                "the file already exists, and was made of another recording or with other options",
                where=target,
                next_step="choose another folder, or allow it: --overwrite",
            )
    rows: dict[str, dict[str, Any]] = {str(row["night"]): row for row in before}
    told: list[dict[str, Any]] = []
    kept = 0

    def row_of(path: Path) -> tuple[dict[str, Any], bool]:
        """Return the row of a night, and whether it was scored before."""
        earlier = made[path]
        if earlier is not None and earlier.get("made_of") == [digests[path], mark] and targets[path].exists():
            return dict(earlier["row"]), True
        return _scored(path, targets[path], asked, [digests[path], mark]), False

    with progress(quiet=quiet) as bar:
        report = track(bar, "scoring nights")
        report(0, len(targets))
        for path, (row, was_there) in zip(targets, _two_at_once(row_of, list(targets)), strict=True):
            kept += was_there
            rows[path.stem] = row
            told.append(row)
            write_whole(folder / _SUMMARY, _table(list(rows.values())))
            report(len(told), len(targets))
    return ManyNights(tuple(told), kept, folder / _SUMMARY)


def _two_at_once(work: Callable[[Path], T], paths: Sequence[Path]) -> Iterator[T]:
    """Yield what is made of each file, in order; two are worked on, and when one fails no other is begun."""
    pool = ThreadPoolExecutor(2)
    jobs = [pool.submit(work, path) for path in paths]
    try:
        for job in jobs:
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _targets(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return recording → its table.

    Raises
    ------
    UsageError
        Two recordings would be written to one.
    """
    targets: dict[Path, Path] = {}
    for path in files:
        target = folder / f"{path.stem}.tsv"
        twin = next(
            (other for other, there in targets.items() if there.name.casefold() == target.name.casefold()), None
        )
        if twin is not None or target.name == _SUMMARY:
            raise UsageError(
                f"two recordings would be written to {target.name}" if twin else f"a recording is called {path.stem}",
                where=path,
                rule=f"the other is {twin}" if twin else f"{_SUMMARY} is the summary",
                next_step="give them different names, or score them into different folders",
            )
        targets[path] = target
    return targets


def _digest(path: Path) -> str:
    """Return a mark of a recording's bytes, and of those of the files that belong to it; empty where it cannot be read.

    The files that belong to it have its name: the data of a BrainVision header, the samples of an EEGLAB set.
    """
    found = hashlib.sha256()
    try:
        beside = sorted(one for one in path.parent.glob(f"{glob.escape(path.stem)}.*") if one.suffix in _COMPANIONS)
        for one in (path, *beside):
            with one.open("rb") as stream:
                while part := stream.read(_CHUNK):
                    found.update(part)
    except OSError:
        return ""
    return found.hexdigest()


_COMPANIONS = (".eeg", ".vmrk", ".fdt", ".dat")


def _made(target: Path) -> dict[str, Any] | None:
    """Return what the sidecar of a table says it was made of, and its row; None where there is none of ours."""
    try:
        about = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))[_MAKING]
        return {"made_of": list(about["MadeOf"]), "row": dict(about["Row"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _scored(path: Path, target: Path, asked: Asked, made_of: list[str]) -> dict[str, Any]:
    """Score one recording and write its table; return its row, with the reason where it cannot be scored."""
    from karmalink.night import read_recording, write_events

    row: dict[str, Any] = {"night": path.stem, "file": path.name}
    try:
        night = score_one(read_recording(path, partial=asked.reading.partial), asked, quiet=True)
    except KarmalinkError as error:
        return row | {"status": "left out", "reason": error.what}
    row |= {"status": "scored", "reason": ""} | _figures(night)
    if night.events is not None:
        write_detected(night.events, events_path(target))
    write_events(night.hypnogram, target, about={_MAKING: {"MadeOf": made_of, "Row": row}})
    return row


def _figures(night: ScoredNight) -> dict[str, Any]:
    from karmalink.night.summary import FIGURES

    recording, hypnogram, summary = night.report.recording, night.hypnogram, night.summary
    said = [str(one) for one in night.report.of_severity("corrected", "warning", "unusable")]
    return {
        "start": recording.start.isoformat() if recording.start else None,
        "duration_min": round(recording.duration_s / 60, 3),
        "scorer": hypnogram.scorer,
        "channels": "; ".join(hypnogram.channels),
        "epochs": hypnogram.n_epochs,
        "lights_off_s": summary.lights_off_s,
        "lights_on_s": summary.lights_on_s,
        **{name: getattr(summary, name) for name in FIGURES},
        **{f"min_{stage}": minutes for stage, minutes in summary.stage_min.items()},
        **{f"pct_{stage}": share for stage, share in summary.stage_pct.items()},
        **({} if night.events is None else {f"n_{name}": one.count for name, one in night.events.found.items()}),
        "notes": "; ".join(summary.notes),
        "findings": "; ".join(said),
    }


def _rows_of(path: Path, *, overwrite: bool) -> list[dict[str, Any]]:
    """Return the rows of a summary that is there already, so that nights of an earlier call stay in it.

    Raises
    ------
    UsageError
        The file is not one of ours.
    """
    if not path.exists():
        return []
    heading, *lines = split_cells(path.read_text(encoding="utf-8", errors="replace"), "\t") or [[]]
    rows = [dict(zip(heading, cells, strict=False)) for cells in lines if cells]
    if rows and all(set(_HEAD) <= set(row) for row in rows):
        return [{name: value for name, value in row.items() if name} for row in rows]
    if overwrite:
        return []
    raise UsageError(
        "the file already exists, and is not a summary of nights",
        where=path,
        next_step="choose another folder, or allow it: --overwrite",
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    names = list(dict.fromkeys((*_HEAD, *(name for row in rows for name in row))))
    # Notes and findings are long: they stand last.
    names = [name for name in names if name not in {"notes", "findings"}] + ["notes", "findings"]
    return join_cells([names, *([_cell(row.get(name)) for name in names] for row in rows)], "\t").encode()


def _cell(value: Any) -> str:
    if value is None or value == "":
        return _MISSING
    return f"{value:.10g}" if isinstance(value, float) else str(value)
