"""``karmalink live …``: from electrodes to an awakening."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import (
    JsonFlag,
    check_new_file,
    command_group,
    emit,
    progress,
    track,
)
from karmalink.cli.option_groups import with_option_groups
from karmalink.errors import CannotAnswer, UsageError, describe

if TYPE_CHECKING:
    from karmalink.live import LiveNight, LiveTrigger, PlayedNight, Protocol, RecoveredJournal
    from karmalink.night import Rule

__all__ = ["app"]

app = command_group("live", "A night while it lasts: check a device, record, stage, act by rules, recover.")

SourceWords = Annotated[
    str, typer.Argument(help="Where samples come from: file:night.edf, simulated:hours=0.1 (live sources lists them).")
]
JournalFolder = Annotated[Path, typer.Argument(help="The journal's folder.", show_default=False)]
Speed = Annotated[str, typer.Option("--speed", help="1 is real time, 60 sixty times as fast, max does not wait.")]
_MAX = "max"


@dataclass(frozen=True, slots=True)
class NightOptions:
    """The rules of a night, its limits, and where actions go."""

    rules: Annotated[Path | None, typer.Option("--rules", help="A rule file, as night replay reads it.")] = None
    sink: Annotated[str, typer.Option("--sink", help="Where actions go: silent, sound or command.")] = "silent"
    command: Annotated[
        str, typer.Option("--command", help="With --sink command: the program and its arguments; no shell.")
    ] = ""
    most: Annotated[int, typer.Option("--most", help="Actions per night at most.", min=0)] = 12
    apart: Annotated[float, typer.Option("--apart", help="Minutes between actions at least.", min=0)] = 10.0
    loudness: Annotated[float, typer.Option("--loudness", help="No action is louder, 0 to 1.", min=0, max=1)] = 0.3
    shams: Annotated[
        float, typer.Option("--shams", help="Share of the triggers at which nothing is played.", min=0, max=1)
    ] = 0.0
    sham_seed: Annotated[int, typer.Option("--sham-seed", help="Draws which triggers are shams.", min=0)] = 0

    @property
    def read_rules(self) -> list[Rule]:
        """The rules, read once: what becomes of the file later changes nothing."""
        from karmalink.night import read_rules

        return [] if self.rules is None else read_rules(self.rules)

    @property
    def protocol(self) -> Protocol:
        """The limits."""
        from karmalink.live import Protocol

        return Protocol(self.most, self.apart, self.loudness, self.shams, self.sham_seed)


@app.command("sources")
def sources(as_json: JsonFlag = False) -> None:
    """List the sources there are, what each takes, and what it was tried with."""
    from karmalink.live import SOURCES

    rows = [{"name": k.name, "what": k.title, "takes": k.takes, "tried_with": k.tried_with} for k in SOURCES.values()]
    lines = [f"{row['name']}:{row['takes']}\n  {row['what']}; tried with: {row['tried_with']}" for row in rows]
    emit({"sources": rows}, "\n".join(lines), as_json=as_json)


@app.command("check")
def check(
    source: SourceWords,
    speed: Speed = "1",
    window: Annotated[float, typer.Option("--window", help="Seconds that are looked at.", min=5, max=600)] = 30.0,
    as_json: JsonFlag = False,
) -> None:
    """Say in half a minute, channel by channel, whether a night can be recorded, and what to do about it."""
    from karmalink.live import check_source, open_source

    opened = open_source(source, speed=_speed(speed))
    with progress(quiet=as_json) as bar:
        found = check_source(opened, window_s=window, progress=track(bar, "looking at the signal"))
    emit(found.to_dict(), found.text(), as_json=as_json)
    if not found.ready:
        raise typer.Exit(CannotAnswer.exit_code)


@app.command("record")
@with_option_groups
def record(
    source: SourceWords,
    out: Annotated[Path, typer.Option("--out", help="The journal's folder; a new start goes on in it.")],
    *,
    night: NightOptions,
    speed: Speed = "1",
    minutes: Annotated[float | None, typer.Option("--minutes", help="Stop after so many.", min=0.1)] = None,
    recipient: Annotated[
        str | None, typer.Option("--recipient", help="Seal the journal to this public key of age (age1…).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Record, stage and act until the stream ends or you press Ctrl-C; what was recorded stays.

    Started again with the same --out, it goes on in a new segment: nothing that is there is changed.
    """
    from karmalink.live import open_source, run_source, sink_named

    opened = open_source(source, speed=_speed(speed))
    with progress(quiet=as_json) as bar:
        played = run_source(
            opened,
            rules=night.read_rules,
            protocol=night.protocol,
            sink=sink_named(night.sink, shlex.split(night.command)),
            journal=out,
            recipient=recipient,
            longest_s=float("inf") if minutes is None else 60 * minutes,
            watch=_teller(track(bar, "recording"), quiet=as_json),
        )
    _emit(played, f"Recorded: {out}", as_json=as_json)


@app.command("play")
@with_option_groups
def play(
    file: Annotated[Path, typer.Argument(help="The recording that is played.", show_default=False)],
    *,
    night: NightOptions,
    speed: Speed = _MAX,
    out: Annotated[Path | None, typer.Option("--out", help="Write the live stages as a table (.tsv).")] = None,
    journal: Annotated[Path | None, typer.Option("--journal", help="Record it too, into this folder.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Play a recording as a live night: staged by its past, acted on by rules, at any speed.

    What the rules do is what they would have done in the night itself; with --sink silent nothing is played.
    """
    from dataclasses import replace

    from karmalink.live import play as play_night
    from karmalink.live import sink_named
    from karmalink.night import read_recording, write_events

    check_new_file(out, endings=(".tsv",))
    recording = read_recording(file)
    with progress(quiet=as_json) as bar:
        tell = _teller(track(bar, "playing the night"), quiet=as_json, total=int(recording.duration_s // 30))
        played = play_night(
            recording,
            speed=_speed(speed),
            rules=night.read_rules,
            protocol=night.protocol,
            sink=sink_named(night.sink, shlex.split(night.command)),
            journal=journal,
            watch=tell,
        )
    if out is not None:
        write_events(replace(played.hypnogram, start=recording.start), out)
    _emit(played, f"Written: {out}" if out else "", as_json=as_json)


@app.command("recover")
def recover(
    journal: JournalFolder,
    identity: Annotated[
        Path | None, typer.Option("--identity", help="File with the age secret key, for a sealed journal.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what a journal holds: everything that is whole, each lost stretch, each marker. Nothing is changed."""
    found = _journal(journal, identity)
    recording, events = found.lay()
    result = {
        "recording": recording.to_dict(),
        "events": [{name: getattr(one, name) for name in one.__slots__} for one in events],
        "markers": len(found.markers),
        "notes": list(found.notes),
    }
    lines = [
        f"{recording.duration_s / 60:.1f} min, {counted(len(recording.channels), 'channel')}, "
        f"{counted(len(found.markers), 'marker')}",
        *(f"  {one.at_s:8.1f} s  {one.kind}: {one.text}" for one in events),
        *(f"Note: {note}" for note in found.notes),
    ]
    emit(result, "\n".join(lines), as_json=as_json)


@app.command("export")
def export(
    journal: JournalFolder,
    out: Annotated[Path, typer.Option("--out", help="Where to write: .edf (16 bits) or .bdf (24 bits).")],
    identity: Annotated[
        Path | None, typer.Option("--identity", help="File with the age secret key, for a sealed journal.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a file that is there already.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a journal as EDF+ or BDF+: every lost sample in its place, marked as a gap; triggers as annotations."""
    from karmalink.night import write_edf

    if out.suffix.lower() not in {".edf", ".bdf"}:
        raise UsageError(f"{describe(out.name)} has no ending that is written", where="--out", allowed=".edf, .bdf")
    if not overwrite:
        check_new_file(out)
    found = _journal(journal, identity)
    recording, _ = found.lay()
    written = write_edf(recording, out, annotations=found.annotations, mark_gaps=True)
    text = f"Written: {written}, {recording.duration_s / 60:.1f} min, {counted(len(found.annotations), 'annotation')}"
    emit({"out": str(written), "annotations": len(found.annotations)}, text, as_json=as_json)


def _journal(folder: Path, identity: Path | None) -> RecoveredJournal:
    from karmalink.live import read_journal

    key = None
    if identity is not None:
        lines = identity.read_text(encoding="utf-8").splitlines()
        key = next((line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")), None)
        if key is None:
            raise UsageError("the file holds no secret key of age", where=identity, rule="AGE-SECRET-KEY-1…")
    return read_journal(folder, identity=key)


def _speed(text: str) -> float:
    """Return the speed that was named.

    Raises
    ------
    UsageError
        It is neither a number above 0 nor ``max``.
    """
    try:
        speed = float("inf") if text == _MAX else float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise UsageError(f"{describe(text)} is not a speed", where="--speed", allowed="a number above 0, or max")
    return speed


def _teller(tell: Callable[[int, int], None], *, quiet: bool, total: int = 0) -> Callable[[LiveNight], None]:
    """Return what says on stderr what happens, as it happens."""
    seen = {"events": 0, "triggers": 0}
    last: dict[str, str] = {}

    def watch(night: LiveNight) -> None:
        tell(len(night.stages), total or len(night.stages))
        happened = [(one.at_s, one.text) for one in night.events[seen["events"] :]]
        for one in night.triggers[seen["triggers"] :]:
            # A rule that stays true is withheld at every epoch for one reason: it is told once.
            if not (_is_withheld(one) and last.get(one.rule) == one.outcome):
                happened.append((one.at_s, f"rule {one.rule}, {one.action}: {one.outcome}"))
            last[one.rule] = one.outcome
        seen["events"], seen["triggers"] = len(night.events), len(night.triggers)
        for at_s, text in [] if quiet else sorted(happened):
            typer.echo(f"{at_s / 60:7.1f} min  {text}", err=True)

    return watch


def _emit(played: PlayedNight, more: str, *, as_json: bool) -> None:
    lines = [played.finding]
    lines += [
        f"  {one.at_s / 60:7.1f} min  {one.rule}, {one.action}: {one.outcome} "
        f"({one.stage}, {one.confidence:.2f}, {one.age_s:.1f} s old)"
        for one in played.triggers
        if not _is_withheld(one)
    ]
    lines += _withheld(played.triggers)
    lines += [f"  {one.at_s / 60:7.1f} min  {one.text}" for one in played.events]
    if played.trouble:
        lines.append(f"Not everything is on the disk: {played.trouble}")
    lines += [f"It ended: {played.ended}.", *([more] if more else [])]
    emit(played.to_dict(), "\n".join(lines), as_json=as_json)


def _is_withheld(trigger: LiveTrigger) -> bool:
    return trigger.outcome.startswith("withheld")


def _withheld(triggers: Sequence[LiveTrigger]) -> list[str]:
    """Return how often each rule was withheld, and why: a line a reason, not one an epoch."""
    reasons: dict[tuple[str, str], list[float]] = {}
    for one in triggers:
        if _is_withheld(one):
            reasons.setdefault((one.rule, one.outcome), []).append(one.at_s)
    return [
        f"  {rule}: {outcome}, {counted(len(times), 'time')}, first at {times[0] / 60:.1f} min"
        for (rule, outcome), times in reasons.items()
    ]
