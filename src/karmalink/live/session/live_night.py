"""A night while it lasts: chunks come in, stages, triggers and troubles come out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from karmalink.base.wording import counted
from karmalink.live.session.actions import SilentSink, Sink
from karmalink.live.session.protocol import VETOES, Protocol, Situation
from karmalink.live.session.rule_engine import RuleAnswer, RuleEngine
from karmalink.live.sources.streams import Chunk, StreamInfo
from karmalink.live.sources.time_line import LossWatch, StreamEvent, TimeLine
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.montage import Montage, pick_montage
from karmalink.night.recordings.recording import ArraySignals, Channel, Recording
from karmalink.night.staging.causal_stager import CausalStager, StageOfEpoch
from karmalink.night.wake_rules.rules import Rule

__all__ = ["LiveNight", "LiveTrigger", "rules_digest", "stream_montage"]

EPOCH_S = 30.0
_STALL_S = 3.0
_JUMPS = ("clock", "restart")
Marker = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class LiveTrigger:
    """A rule that triggered, or would have.

    Attributes
    ----------
    at_s : float
        Seconds on the time line: the end of the epoch.
    rule, action : str
        The rule's name, and ``wake`` or ``cue``.
    stage : str
        The stage of the epoch.
    confidence : float
        Its probability.
    age_s : float
        Seconds from the end of the epoch to the decision.
    outcome : str
        ``done``, ``sham``, ``withheld: …`` or ``failed: …``.
    """

    at_s: float
    rule: str
    action: str
    stage: str
    confidence: float
    age_s: float
    outcome: str

    @property
    def acted(self) -> bool:
        """Whether something was played."""
        return self.outcome == "done"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"confidence": None if np.isnan(self.confidence) else self.confidence}


def stream_montage(info: StreamInfo) -> Montage:
    """Return the channels of a stream that a night is staged from, by their names and kinds.

    Raises
    ------
    CannotAnswer
        No EEG.
    """
    channels = []
    for one in info.channels:
        named = identify(one.name)
        channels.append(Channel(one.name, one.kind, one.sfreq, 0, "V", named.site, named.reference))
    return pick_montage(Recording(info.device, tuple(channels), ArraySignals(np.empty((len(channels), 0))), 0.0))


def rules_digest(rules: Sequence[Rule]) -> str:
    """Return a mark of the rules of a night: what was decided by which is never in doubt."""
    told = json.dumps([rule.to_dict() for rule in rules], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(slots=True)
class LiveNight:
    """Stages a stream and asks the rules; the rules are those it began with, whatever becomes of their file.

    Attributes
    ----------
    info : StreamInfo
        The stream.
    rules : sequence of Rule
        What is waited for.
    protocol : Protocol
        What may be done at most.
    sink : Sink
        Where actions go.
    marker : callable, optional
        Called with each trigger and event as a dictionary: the journal's.
    """

    info: StreamInfo
    rules: Sequence[Rule] = ()
    protocol: Protocol = field(default_factory=Protocol)
    sink: Sink = field(default_factory=SilentSink)
    marker: Marker | None = None
    paused: bool = False
    stages: list[StageOfEpoch] = field(default_factory=list, init=False)
    triggers: list[LiveTrigger] = field(default_factory=list, init=False)
    events: list[StreamEvent] = field(default_factory=list, init=False)
    montage: Montage = field(init=False)
    _line: TimeLine = field(init=False)
    _watch: LossWatch = field(default_factory=LossWatch, init=False)
    _stager: CausalStager = field(init=False)
    _engine: RuleEngine = field(init=False)
    _places: Mapping[str, int] = field(init=False)
    _gaps: list[tuple[float, float]] = field(default_factory=list, init=False)
    _arrived_s: float | None = field(default=None, init=False)
    _stalled: bool = field(default=False, init=False)
    _schedule: tuple[bool, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Choose the channels and write down what was decided before the night.

        Raises
        ------
        CannotAnswer
            The stream has no EEG.
        UsageError
            The rules cannot be asked live.
        """
        self.montage = stream_montage(self.info)
        names = [channel.name for channel in self.info.channels]
        self._places = {kind: names.index(name) for kind, name in self.montage.by_kind.items()}
        self._line = TimeLine(self.info)
        self._stager = CausalStager({kind: self.info.channels[at].sfreq for kind, at in self._places.items()})
        self._engine = RuleEngine(tuple(self.rules))
        self._schedule = self.protocol.schedule()
        self._mark(
            {
                "kind": "plan",
                "rules": [rule.to_dict() for rule in self.rules],
                "rules_digest": rules_digest(self.rules),
                "protocol_digest": self.protocol.digest(),
                "channels": list(self.montage.names),
            }
        )

    @property
    def now_s(self) -> float:
        """Seconds of the time line so far."""
        return self._line.now_s

    @property
    def hypnogram(self) -> Hypnogram:
        """The stages so far."""
        return self._engine.hypnogram

    def newest(self) -> StageOfEpoch | None:
        """Return what the newest thirty seconds look like; it decides nothing."""
        return self._stager.newest()

    def take(self, chunk: Chunk) -> list[StageOfEpoch]:
        """Take a chunk; return the epochs that are now over."""
        length = max(len(x) / c.sfreq for x, c in zip(chunk.samples, self.info.channels, strict=False))
        self.tick(chunk.arrived_s - length)
        placed = self._line.place(chunk)
        if self._stalled:
            self._event(StreamEvent("back", self.now_s, 0.0, "samples arrive again"))
        self._stalled, self._arrived_s = False, chunk.arrived_s
        for event in placed.events:
            self._event(event)
            if event.kind in {"gap", "restart"} and event.seconds > 0:
                self._gaps.append((event.at_s, event.at_s + event.seconds))
        lost = self._watch.look(chunk.arrived_s, self.now_s)
        if lost is not None:
            self._event(lost)
        over = self._stager.push({kind: placed.samples[at] for kind, at in self._places.items()})
        for scored in over:
            self._decide(scored, chunk.arrived_s)
        return over

    def tick(self, arrived_s: float) -> None:
        """Look at the clock while nothing arrives: three seconds of silence are a stall."""
        if self._arrived_s is None or self._stalled or arrived_s - self._arrived_s <= _STALL_S:
            return
        self._stalled = True
        silent = arrived_s - self._arrived_s
        self._event(StreamEvent("stall", self.now_s, silent, f"no samples for {silent:.0f} s: look at the device"))

    def age_s(self, arrived_s: float) -> float:
        """Return how old the newest stage is: seconds from the end of its epoch to now."""
        if not self.stages or self._arrived_s is None:
            return float("inf")
        return self.stages[-1].age_s(self.now_s) + arrived_s - self._arrived_s

    def _decide(self, scored: StageOfEpoch, arrived_s: float) -> None:
        self.stages.append(scored)
        situation = self._situation(scored)
        reason = next((why for why, holds in VETOES.items() if holds(situation, self.protocol)), "")
        for answer in self._engine.ask(scored.stage, scored.probabilities, reason):
            self._trigger(answer, scored, situation)

    def _situation(self, scored: StageOfEpoch) -> Situation:
        begin, end = scored.end_s - EPOCH_S, scored.end_s
        acted = [one.at_s for one in self.triggers if one.outcome in {"done", "sham"} or one.outcome[:6] == "failed"]
        lost = sum(max(0.0, min(end, stop) - max(begin, first)) for first, stop in self._gaps)
        return Situation(
            known=scored.stage >= 0,
            age_s=scored.age_s(self.now_s),
            lost_s=lost,
            jumped=any(one.kind in _JUMPS and begin - EPOCH_S <= one.at_s <= self.now_s for one in self.events),
            paused=self.paused,
            done=len(acted),
            since_min=(end - acted[-1]) / 60 if acted else float("inf"),
        )

    def _trigger(self, answer: RuleAnswer, scored: StageOfEpoch, situation: Situation) -> None:
        rule = answer.rule
        outcome = f"withheld: {answer.withheld}" if answer.withheld else self._act(rule, scored, situation)
        told = LiveTrigger(
            scored.end_s, rule.name, rule.action, scored.label, scored.confidence, situation.age_s, outcome
        )
        self.triggers.append(told)
        self._mark({"kind": f"trigger {rule.action}", "rules_digest": rules_digest(self.rules), **told.to_dict()})

    def _act(self, rule: Rule, scored: StageOfEpoch, situation: Situation) -> str:
        # Rules that trigger together are one action too many: the second sees what the first has done.
        done = sum(not one.outcome.startswith("withheld") for one in self.triggers)
        if done > situation.done:
            return "withheld: another rule has acted at this epoch"
        if self._schedule[done]:
            return "sham"
        about = {"rule": rule.name, "at_s": scored.end_s, "stage": scored.label}
        wrong = self.sink.act(rule.action, self.protocol.loudness, about)
        return f"failed: {wrong}" if wrong else "done"

    def _event(self, event: StreamEvent) -> None:
        self.events.append(event)
        self._mark({"kind": event.kind, "at_s": event.at_s, "seconds": event.seconds, "text": event.text})

    def _mark(self, what: dict[str, Any]) -> None:
        if self.marker is not None:
            self.marker(what)

    def __repr__(self) -> str:
        """One-line summary."""
        acted = sum(one.acted for one in self.triggers)
        return (
            f"<LiveNight {self.now_s / 60:.1f} min, {counted(len(self.stages), 'epoch')}, {counted(acted, 'action')}>"
        )
