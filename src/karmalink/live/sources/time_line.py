"""Where chunks lie on the time line of the night: losses become gaps, clocks that leap are told and never followed.

A device that counts its samples says what was lost. Without a counter the sender's clock says it, where the arrivals
agree; a clock that leaps alone moves nothing. What neither says, samples that go missing one by one, shows in the slope
of the arrivals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.live.sources.streams import Chunk, StreamInfo

__all__ = ["LossWatch", "Placed", "StreamEvent", "TimeLine"]

_CLOCK_S = 0.25
_AGREES_S = 0.5
_WALL_S = 1.0
_DOUBLED_S = 60.0
_LONGEST_GAP_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What happened to the stream.

    Attributes
    ----------
    kind : str
        ``gap``, ``clock``, ``doubled``, ``restart``, ``loss``, ``stall`` or ``back`` (after a stall).
    at_s : float
        Seconds on the time line.
    seconds : float
        How much was lost, doubled or leapt.
    text : str
        In words, for the technician.
    """

    kind: str
    at_s: float
    seconds: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A chunk on the time line: samples per channel, with NaN in front where some were lost, and what happened."""

    samples: Sequence[Floats]
    events: tuple[StreamEvent, ...]


@dataclass(slots=True)
class TimeLine:
    """Places one chunk after the other; the same chunks give the same time line.

    Attributes
    ----------
    info : StreamInfo
        What the source says of itself.
    """

    info: StreamInfo
    _ticks: int = field(default=0, init=False)
    _counts: list[int] = field(init=False)
    _counter: int | None = field(default=None, init=False)
    _before: Chunk | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin with no samples."""
        self._counts = [0] * len(self.info.channels)

    @property
    def now_s(self) -> float:
        """Seconds of the time line so far."""
        return self._ticks / self.info.rate

    def place(self, chunk: Chunk) -> Placed:
        """Return the chunk on the time line.

        Raises
        ------
        InputError
            The stream has another number of channels than it said.
        """
        if len(chunk.samples) != len(self.info.channels):
            raise InputError(
                f"the stream sends {len(chunk.samples)} channels, and said {len(self.info.channels)}",
                where=self.info.device,
                rule="channels and rates stay as they are while a night is recorded",
                next_step="set the device back, or begin a new recording",
            )
        ticks = max(
            round(len(x) * self.info.rate / c.sfreq) for x, c in zip(chunk.samples, self.info.channels, strict=True)
        )
        gap, events = self._gap(chunk)
        doubled = any(one.kind == "doubled" for one in events)
        self._before = chunk
        if doubled:
            return Placed([x[:0] for x in chunk.samples], tuple(events))
        placed = []
        for index, (values, channel) in enumerate(zip(chunk.samples, self.info.channels, strict=True)):
            due = round((self._ticks + gap) * channel.sfreq / self.info.rate)
            lost = max(0, due - self._counts[index]) if gap else 0
            placed.append(np.concatenate([np.full(lost, np.nan), values]) if lost else values)
            self._counts[index] += placed[-1].size
        self._ticks += gap + ticks
        if chunk.counter is not None:
            self._counter = chunk.counter + ticks
        return Placed(placed, tuple(events))

    def _gap(self, chunk: Chunk) -> tuple[int, list[StreamEvent]]:
        """Return how many samples of the highest rate were lost before a chunk, and what happened."""
        before = self._before
        if before is None:
            return 0, []
        length = max(len(x) / c.sfreq for x, c in zip(before.samples, self.info.channels, strict=True))
        # How much later than the end of the chunk before this one came; negative where it waited with others.
        late = chunk.arrived_s - before.arrived_s - length
        leap = None
        if chunk.source_s is not None and before.source_s is not None:
            leap = chunk.source_s - before.source_s - length
        gap, events = self._by_counter(chunk, late) if self._counts_on(chunk) else self._by_clock(leap, late)
        explained = gap / self.info.rate
        if leap is not None and not events and abs(leap - explained) > _CLOCK_S:
            events.append(self._event("clock", leap, f"the sender's clock leapt by {leap:+.1f} s; it is not followed"))
        wall = chunk.wall_s - before.wall_s - (chunk.arrived_s - before.arrived_s)
        if abs(wall) > _WALL_S:
            events.append(self._event("clock", wall, f"this computer's clock was set by {wall:+.1f} s"))
        return gap, events

    def _counts_on(self, chunk: Chunk) -> bool:
        return chunk.counter is not None and self._counter is not None

    def _by_counter(self, chunk: Chunk, late: float) -> tuple[int, list[StreamEvent]]:
        lost = (chunk.counter or 0) - (self._counter or 0)
        seconds = lost / self.info.rate
        if lost == 0:
            return 0, []
        if 0 < seconds < _LONGEST_GAP_S:
            return lost, [self._event("gap", seconds, f"{seconds:.3g} s lost; their place stays empty")]
        if -_DOUBLED_S <= seconds < 0 and (chunk.counter or 0) > self.info.rate:
            return 0, [self._event("doubled", -seconds, "the device sent samples again; they are left out")]
        text = "the sender began again; the time between is counted by the arrivals"
        away = late if late > _AGREES_S else 0.0
        return round(away * self.info.rate), [self._event("restart", away, text)]

    def _by_clock(self, leap: float | None, late: float) -> tuple[int, list[StreamEvent]]:
        if leap is None or leap <= _CLOCK_S or abs(leap - late) > max(_AGREES_S, 0.1 * leap):
            return 0, []
        return round(leap * self.info.rate), [self._event("gap", leap, f"{leap:.3g} s lost; their place stays empty")]

    def _event(self, kind: str, seconds: float, text: str) -> StreamEvent:
        return StreamEvent(kind, self.now_s, seconds, text)


_WATCH_S = 300.0
_LEAST_WATCH_S = 240.0
_LOSS_SHARE = 0.001


@dataclass(slots=True)
class LossWatch:
    """Looks for samples that go missing unsaid: .15 % are 37 s of a night.

    The time line should grow by a second each second. Over four minutes and more, arrivals that jitter by a tenth of a
    second leave a share of less than .05 %, and a loss of .1 % is told.
    """

    _points: deque[tuple[float, float]] = field(default_factory=deque, init=False)
    _told_s: float = field(default=float("-inf"), init=False)

    def look(self, arrived_s: float, line_s: float) -> StreamEvent | None:
        """Return a loss once it is sure, at most once in five minutes."""
        if self._points and arrived_s - self._points[-1][0] < 1.0:
            return None
        self._points.append((arrived_s, line_s))
        while arrived_s - self._points[0][0] > _WATCH_S:
            self._points.popleft()
        first_arrived, first_line = self._points[0]
        elapsed = arrived_s - first_arrived
        missing = elapsed - (line_s - first_line)
        if elapsed < _LEAST_WATCH_S or missing < _LOSS_SHARE * elapsed or arrived_s - self._told_s < _WATCH_S:
            return None
        self._told_s = arrived_s
        text = f"{missing / elapsed:.2%} of the samples go missing, and the device does not say where"
        return StreamEvent("loss", line_s, missing, text)
