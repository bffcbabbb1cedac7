"""``karmalink night events``: spindles, slow waves, eye movements, signals of the eyes, arousals of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, check_folder, emit, progress
from karmalink.errors import UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import DetectedEvents

__all__ = ["events"]


def events(
    file: Annotated[Path, typer.Argument(help="The recording.", show_default=False)],
    stages: Annotated[
        Path | None, typer.Option("--stages", help="Its hypnogram; without it the night is scored first.")
    ] = None,
    epoch: Annotated[float, typer.Option("--epoch", help="Seconds per line of a .txt of stages.")] = 30.0,
    vocabulary: Annotated[str, typer.Option("--vocabulary", help="words, aasm, dreams, 0-4 or profusion.")] = "words",
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="spindles, slow-waves, eye-movements, bursts, lrlr, arousals. Repeatable; all."),
    ] = None,
    override: Annotated[
        list[str] | None, typer.Option("--override", help="Have it otherwise than the doctor. Repeatable.")
    ] = None,
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Find events in a recording: when, how long, how sure. --out writes one row per event (.tsv, as BIDS events)."""
    from karmalink.night import DETECTORS, examine, find_events, read_hypnogram, read_recording, stage

    if out is not None and out.suffix.lower() != ".tsv":
        raise UsageError(f"{describe(out.name)} does not end in .tsv", where="--out", allowed=".tsv")
    check_folder(out)
    with progress(quiet=as_json) as bar:
        looking = bar.add_task("looking at the channels", total=None)
        report = examine(
            read_recording(file),
            override=override or (),
            progress=lambda done, total: bar.update(looking, completed=done, total=total),
        )
        if stages is None:
            scoring = bar.add_task("scoring", total=None)
            hypnogram = stage(
                report.recording, progress=lambda done, total: bar.update(scoring, completed=done, total=total)
            )
        else:
            hypnogram = read_hypnogram(stages, epoch_s=epoch, vocabulary=vocabulary)
        finding = bar.add_task("finding events", total=None)
        found = find_events(
            report.recording,
            hypnogram,
            tuple(kind) if kind else tuple(DETECTORS),
            progress=lambda done, total: bar.update(finding, completed=done, total=total),
        )
    written = _write(found, out) if out is not None else None
    result = {
        "recording": report.recording.label,
        "scorer": hypnogram.scorer,
        "found": {name: one.to_dict() for name, one in found.found.items()},
        "not_searched": dict(found.not_searched),
        "out": written,
    }
    emit(result, _text(found, written), as_json=as_json)


def _write(found: DetectedEvents, out: Path) -> str:
    import pandas as pd

    tables = [one.to_dataframe() for one in found.found.values()]
    full = [table for table in tables if len(table)]
    table = pd.concat(full).sort_values("onset", kind="stable") if full else pd.concat(tables)
    table.to_csv(out, sep="\t", index=False, na_rep="n/a", float_format="%.4f")
    return str(out)


def _text(found: DetectedEvents, written: str | None) -> str:
    lines = [f"{'event':22}{'count':>7}{'an hour':>10}{'looked at, min':>16}  by"]
    for one in found.found.values():
        rate = "–" if not one.searched_s else f"{one.per_hour:.1f}"
        lines.append(f"{one.kind:22}{one.count:>7}{rate:>10}{one.searched_s / 60:>16.1f}  {one.scorer}")
    lines += [f"{name}: not looked for, {why}" for name, why in found.not_searched.items()]
    return "\n".join([*lines, *(["", f"Written: {written}"] if written else [])])
