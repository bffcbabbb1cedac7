"""A source from its first sample to its end: recorded, staged, acted on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.live.journal.journal_writer import JournalWriter
from karmalink.live.session.actions import SilentSink, Sink
from karmalink.live.session.live_night import LiveNight, LiveTrigger
from karmalink.live.session.protocol import Protocol
from karmalink.live.sources.played_recording import AS_FAST_AS_POSSIBLE, PlayedRecording
from karmalink.live.sources.streams import Source
from karmalink.live.sources.time_line import StreamEvent
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.recordings.formats import read_recording
from karmalink.night.recordings.recording import Recording
from karmalink.night.wake_rules.rules import Rule

__all__ = ["PlayedNight", "play", "run_source"]

_IDLE_S = 0.02


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlayedNight:
    """What a live night came to.

    Attributes
    ----------
    hypnogram : Hypnogram
        The stages as they were known then.
    triggers : tuple of LiveTrigger
        What the rules did, and what was withheld.
    events : tuple of StreamEvent
        What happened to the stream.
    seconds : float
        How long the night was.
    wall_s : float
        How long it took.
    ended : str
        Why it ended.
    trouble : str
        Why something is not on the disk; empty where all is.
    """

    hypnogram: Hypnogram
    triggers: tuple[LiveTrigger, ...]
    events: tuple[StreamEvent, ...]
    seconds: float
    wall_s: float
    ended: str
    trouble: str = ""

    @property
    def finding(self) -> str:
        """One sentence."""
        acted = [one for one in self.triggers if one.acted]
        shams = sum(one.outcome == "sham" for one in self.triggers)
        withheld = sum(one.outcome.startswith("withheld") for one in self.triggers)
        rest = [
            f"{counted(number, 'sham')}" if word == "sham" else f"{number} {word}"
            for number, word in ((shams, "sham"), (withheld, "withheld"))
            if number
        ]
        more = f", {', '.join(rest)}" if rest else ""
        unknown = float(self.hypnogram.unscored.mean()) if self.hypnogram.n_epochs else 0.0
        return (
            f"{counted(len(acted), 'action')}{more} in {self.seconds / 3600:.2f} h; "
            f"{unknown:.0%} of the epochs have no stage"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "finding": self.finding,
            "stages": list(self.hypnogram.labels),
            "triggers": [one.to_dict() for one in self.triggers],
            "events": [{name: getattr(one, name) for name in one.__slots__} for one in self.events],
            "seconds": self.seconds,
            "wall_s": round(self.wall_s, 3),
            "ended": self.ended,
            "trouble": self.trouble,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<PlayedNight {self.finding}>"


def run_source(
    source: Source,
    *,
    rules: Sequence[Rule] = (),
    protocol: Protocol | None = None,
    sink: Sink | None = None,
    journal: str | Path | None = None,
    recipient: str | None = None,
    longest_s: float = float("inf"),
    watch: Callable[[LiveNight], None] | None = None,
) -> PlayedNight:
    """Record, stage and act on a source until it ends.

    Parameters
    ----------
    source : Source
        Where samples come from.
    rules : sequence of Rule
        What is waited for; none records and stages.
    protocol : Protocol, optional
        What may be done at most.
    sink : Sink, optional
        Where actions go; by default nowhere.
    journal : str or Path, optional
        The folder it is recorded into; without one nothing is kept.
    recipient : str, optional
        The age public key that the journal is sealed to.
    longest_s : float
        Seconds of signal after which it ends.
    watch : callable, optional
        Called with the night after each epoch and event.

    Raises
    ------
    InputError
        The stream changes its channels, or another recorder writes to the journal.
    CannotAnswer
        There is no EEG.
    """
    info, begun = source.open(), time.monotonic()
    writer = None if journal is None else JournalWriter(Path(journal), info, recipient=recipient)
    try:
        night = LiveNight(
            info, rules, protocol or Protocol(), sink or SilentSink(), None if writer is None else writer.marker
        )
        ended = _until_the_end(source, night, writer, longest_s, watch)
    finally:
        if writer is not None:
            writer.close()
    return PlayedNight(
        night.hypnogram,
        tuple(night.triggers),
        tuple(night.events),
        night.now_s,
        time.monotonic() - begun,
        ended,
        "" if writer is None else writer.trouble,
    )


def _until_the_end(
    source: Source,
    night: LiveNight,
    writer: JournalWriter | None,
    longest_s: float,
    watch: Callable[[LiveNight], None] | None,
) -> str:
    offset = None  # from this machine's clock to the one that chunks carry
    while not (ended := source.ended):
        chunk = source.read()
        seen = len(night.stages) + len(night.events)
        if chunk is None:
            if offset is not None:
                night.tick(time.monotonic() + offset)
            time.sleep(_IDLE_S)
        else:
            offset = chunk.arrived_s - time.monotonic()
            if writer is not None:
                writer.chunk(chunk)
            night.take(chunk)
        if watch is not None and len(night.stages) + len(night.events) > seen:
            watch(night)
        if night.now_s >= longest_s:
            return f"{longest_s:g} s are recorded"
    return ended


def play(recording: str | Path | Recording, *, speed: float = AS_FAST_AS_POSSIBLE, **options: Any) -> PlayedNight:
    """Play a recording as a live night; `options` are those of `run_source`.

    Parameters
    ----------
    recording : str, Path or Recording
        What is played.
    speed : float
        1 is real time; by default as fast as the machine can.
    """
    found = recording if isinstance(recording, Recording) else read_recording(recording)
    return run_source(PlayedRecording(found, speed), **options)
