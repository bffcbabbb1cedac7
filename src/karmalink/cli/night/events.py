"""``karmalink night events``: spindles, slow waves, eye movements, eye signals, arousals of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import emit, progress, track
from karmalink.cli.night.options import HypnogramOptions, MeetingOptions, OutputOptions, Overrides, check_writable
from karmalink.cli.option_groups import with_option_groups
from karmalink.errors import UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import DetectedEvents

__all__ = ["detected_text", "events", "events_path", "write_detected"]


@with_option_groups
def events(
    file: Annotated[Path, typer.Argument(help="The recording.", show_default=False)],
    stages: Annotated[
        list[str] | None,
        typer.Option(
            "--stages",
            help='Its hypnogram, else the night is scored first; or what its labels mean, "0=W,1=N1". Repeatable.',
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="spindles, slow-waves, eye-movements, bursts, lrlr, arousals. Repeatable; all."),
    ] = None,
    *,
    reading: HypnogramOptions,
    times: MeetingOptions,
    override: Overrides = None,
    output: OutputOptions,
) -> None:
    """Find events in a recording: when, how long, how sure. --out writes one row per event (.tsv, as BIDS events)."""
    from karmalink.night import DETECTORS, examine, find_events, read_recording, stage
    from karmalink.night.recordings.resampled import resampled_to
    from karmalink.night.staging.epoch_features import RATE

    out = output.out
    if out is not None and out.suffix.lower() != ".tsv":
        raise UsageError(f"{describe(out.name)} does not end in .tsv", where="--out", allowed=".tsv")
    check_writable(out, overwrite=output.overwrite, sidecar=False)
    scored, labels = _file_and_words(stages or ())
    reading = replace(reading, stages=labels)
    with progress(quiet=output.as_json) as bar:
        report = examine(read_recording(file), override=override or (), progress=track(bar, "checking the channels"))
        shared = resampled_to(report.recording, RATE)
        hypnogram = (
            reading.read(scored, times.zone) if scored else stage(shared, stager="auto", progress=track(bar, "scoring"))
        )
        detected = find_events(
            shared,
            hypnogram,
            tuple(kind or DETECTORS),
            zone=times.zone,
            by_clock=not times.ignore_clock,
            progress=track(bar, "finding events"),
        )
    written = write_detected(detected, out) if out is not None else None
    result = {
        "recording": report.recording.label,
        "scorer": hypnogram.scorer,
        "found": {name: found.to_dict() for name, found in detected.found.items()},
        "not_searched": dict(detected.not_searched),
        "notes": list(detected.notes),
        "out": written,
    }
    emit(result, detected_text(detected, written), as_json=output.as_json)


def _file_and_words(stages: Sequence[str]) -> tuple[Path | None, str | None]:
    """Return the hypnogram's file and what its labels mean, of what ``--stages`` was given.

    Raises
    ------
    UsageError
        Two files, or two meanings.
    """
    words = [one for one in stages if "=" in one and not Path(one).exists()]
    files = [Path(one) for one in stages if one not in words]
    if len(files) > 1 or len(words) > 1:
        raise UsageError(
            f"{counted(max(len(files), len(words)), 'value')} of one kind",
            where="--stages",
            rule="one file of stages, and once what its labels mean",
        )
    return (files[0] if files else None), (words[0] if words else None)


def events_path(table: Path) -> Path:
    """Return where the events of a night go whose hypnogram is written into a table: ``n.tsv`` → ``n_events.tsv``."""
    return table.with_name(f"{table.stem}_events{table.suffix}")


def write_detected(detected: DetectedEvents, out: Path) -> str:
    """Write one row per event, as BIDS events; return the path."""
    import pandas as pd

    tables = [events.to_dataframe() for events in detected.found.values()]
    filled = [table for table in tables if len(table)]
    table = pd.concat(filled).sort_values("onset", kind="stable") if filled else pd.concat(tables)
    table.to_csv(out, sep="\t", index=False, na_rep="n/a", float_format="%.4f")
    return str(out)


def detected_text(detected: DetectedEvents, written: str | None = None) -> str:
    """Return how many events of each kind there are, and why some were not searched."""
    lines = [f"{'event':22}{'count':>7}{'per hour':>10}{'searched, min':>16}  by"]
    for events in detected.found.values():
        rate = "–" if not events.searched_s else f"{events.per_hour:.1f}"
        lines.append(f"{events.kind:22}{events.count:>7}{rate:>10}{events.searched_s / 60:>16.1f}  {events.scorer}")
    lines += [f"{name}: not searched, {reason}" for name, reason in detected.not_searched.items()]
    lines += [f"Note: {note}" for note in detected.notes]
    return "\n".join([*lines, *(["", f"Written: {written}"] if written else [])])
