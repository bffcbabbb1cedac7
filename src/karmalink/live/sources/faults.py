"""Faults on demand: what devices do to a night, put into a source on purpose, for tests, teaching and the doctor."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from karmalink.errors import UsageError
from karmalink.live.sources.streams import Chunk, Source, StreamInfo

__all__ = ["Fault", "FaultySource", "parse_faults"]

KINDS = ("drop", "stall", "step", "loss", "off", "restart", "loop")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    kind : str
        ``drop``: samples are lost, and the device counts on. ``stall``: nothing arrives, then all of it at once.
        ``step``: the sender's clock jumps by `size` seconds. ``loss``: the share `size` of all samples is lost, and
        neither counter nor clock says so. ``off``: the EEG electrodes are off. ``restart``: the sender begins again,
        with its counter at 0. ``loop``: the last `seconds` are sent again.
    at_s, seconds : float
        When it begins, in seconds of the stream, and how long it lasts.
    size : float
        Seconds of a step, share of a loss.
    """

    kind: str
    at_s: float = 0.0
    seconds: float = 0.0
    size: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an unknown kind.

        Raises
        ------
        UsageError
            With the kinds that there are.
        """
        if self.kind not in KINDS:
            raise UsageError(f"unknown fault {self.kind!r}", allowed=KINDS)

    def covers(self, second: float) -> bool:
        """Whether it lasts at this second of the stream."""
        return self.at_s <= second < self.at_s + self.seconds


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults of ``stall@60+5,step@120=-15,loss=0.0015``: kind, @begin, +length, =size, in seconds.

    Raises
    ------
    UsageError
        A fault that cannot be read.
    """
    faults = []
    for part in filter(None, text.split(",")):
        rest, _, size = part.partition("=")
        rest, _, seconds = rest.partition("+")
        kind, _, at = rest.partition("@")
        try:
            faults.append(Fault(kind, *(float(value or 0) for value in (at, seconds, size))))
        except ValueError:
            raise UsageError(
                f"the fault {part!r} cannot be read", allowed="kind@begin+length=size, in seconds: stall@60+5"
            ) from None
    return tuple(faults)


@dataclass(slots=True)
class FaultySource:
    """A source with faults.

    Attributes
    ----------
    source : Source
        What is sent without faults.
    faults : tuple of Fault
        What happens to it.
    """

    source: Source
    faults: tuple[Fault, ...]
    _info: StreamInfo | None = field(default=None, init=False)
    _waiting: deque[Chunk] = field(default_factory=deque, init=False)
    _lost: float = field(default=0.0, init=False)
    _missing: int = field(default=0, init=False)
    _looped: set[Fault] = field(default_factory=set, init=False)
    _recent: deque[Chunk] = field(default_factory=lambda: deque(maxlen=64), init=False)

    def open(self) -> StreamInfo:
        """Connect; a source that loses silently does not count its samples."""
        info = self.source.open()
        silent = any(fault.kind == "loss" for fault in self.faults)
        self._info = replace(info, counts=info.counts and not silent)
        return self._info

    @property
    def ended(self) -> str:
        """Why no more will come; empty while more may come."""
        return "" if self._waiting else self.source.ended

    def read(self) -> Chunk | None:
        """Return the next chunk as the faults leave it."""
        while (chunk := self.source.read()) is not None:
            changed = self._changed(chunk)
            if changed is not None:
                self._waiting.append(changed)
            stalled = any(fault.kind == "stall" and fault.covers(chunk.arrived_s) for fault in self.faults)
            if self._waiting and not stalled:
                return self._released(chunk.arrived_s)
        return self._released(None) if self._waiting and self.source.ended else None

    def _released(self, now_s: float | None) -> Chunk:
        """Return the oldest chunk that waits; what waited in a buffer arrives now, whatever its own clock says."""
        oldest = self._waiting.popleft()
        moved = 0.0 if now_s is None else max(0.0, now_s - oldest.arrived_s)
        return replace(oldest, arrived_s=oldest.arrived_s + moved, wall_s=oldest.wall_s + moved)

    def _changed(self, chunk: Chunk) -> Chunk | None:
        """Return the chunk as the faults leave it, None where it is lost."""
        second = chunk.arrived_s
        for fault in self.faults:
            if fault.kind == "loop" and second >= fault.at_s and fault not in self._looped:
                self._looped.add(fault)
                self._waiting.extend(
                    replace(one, arrived_s=second, wall_s=chunk.wall_s)
                    for one in self._recent
                    if one.arrived_s > second - fault.seconds
                )
            chunk = self._by_value(fault, chunk, second)
        self._recent.append(chunk)
        return None if any(one.kind == "drop" and one.covers(second) for one in self.faults) else chunk

    def _by_value(self, fault: Fault, chunk: Chunk, second: float) -> Chunk:
        if fault.kind == "step" and second >= fault.at_s and chunk.source_s is not None:
            return replace(chunk, source_s=chunk.source_s + fault.size)
        if fault.kind == "restart" and second >= fault.at_s and chunk.counter is not None and self._info:
            return replace(chunk, counter=chunk.counter - round(fault.at_s * self._info.rate))
        if fault.kind == "off" and fault.covers(second) and self._info:
            off = set(self._info.indices("eeg"))
            return replace(
                chunk, samples=[np.zeros_like(x) if place in off else x for place, x in enumerate(chunk.samples)]
            )
        if fault.kind == "loss":
            return self._thinned(fault, chunk)
        return chunk

    def _thinned(self, fault: Fault, chunk: Chunk) -> Chunk:
        """Return the chunk without a sample of each channel now and then, as often as the fault says."""
        most = max(len(x) for x in chunk.samples)
        self._lost += fault.size * most
        gone = int(self._lost)
        self._lost -= gone
        self._missing += gone
        return replace(chunk, samples=[x[: len(x) - min(gone, len(x))] for x in chunk.samples], counter=None)
