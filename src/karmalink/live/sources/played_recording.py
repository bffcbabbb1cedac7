"""A recording sent as if it were recorded now: at its own speed, faster, or as fast as the machine can.

The clocks of the chunks are those of the recording's own time: at any speed every delay, age and rest is that of the
night, so that a night played in a minute triggers what it triggers in eight hours.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field

import numpy as np

from karmalink.errors import UsageError
from karmalink.live.sources.streams import Chunk, StreamChannel, StreamInfo
from karmalink.night.recordings.recording import Recording

__all__ = ["AS_FAST_AS_POSSIBLE", "PlayedRecording"]

AS_FAST_AS_POSSIBLE = float("inf")
_WAIT_S = 0.05


@dataclass(slots=True)
class PlayedRecording:
    """A recording as a source.

    Attributes
    ----------
    recording : Recording
        What is played, as it was read.
    speed : float
        1 plays it as long as it lasts; `AS_FAST_AS_POSSIBLE` does not wait.
    chunk_s : float
        Seconds of signal per chunk.
    """

    recording: Recording
    speed: float = 1.0
    chunk_s: float = 0.5
    _sent: int = field(default=0, init=False)
    _begun: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Check the speed.

        Raises
        ------
        UsageError
            A speed or a length of chunks that is not above 0.
        """
        if not self.speed > 0:
            raise UsageError(f"the speed must be above 0, got {self.speed:g}", rule="1 is real time")
        if not 0 < self.chunk_s <= 30:
            raise UsageError(f"chunks must be up to 30 s long, got {self.chunk_s:g} s")

    def open(self) -> StreamInfo:
        """Return what the recording is, and begin."""
        self._sent, self._begun = 0, time.monotonic()
        channels = tuple(map(StreamChannel.of, self.recording.channels))
        return StreamInfo(channels, f"played recording {self.recording.label}", counts=True)

    @property
    def ended(self) -> str:
        """Why no more will come; empty while more may come."""
        return "the recording is over" if self._sent * self.chunk_s >= self.recording.duration_s - 1e-9 else ""

    def read(self) -> Chunk | None:
        """Return the next chunk once its last sample is due."""
        if self.ended:
            return None
        first_s = self._sent * self.chunk_s
        stop_s = min(first_s + self.chunk_s, self.recording.duration_s)
        wait = self._begun + stop_s / self.speed - time.monotonic()
        if wait > _WAIT_S:
            time.sleep(_WAIT_S)
            return None
        time.sleep(max(0.0, wait))
        self._sent += 1
        samples = []
        for index, channel in enumerate(self.recording.channels):
            first, stop = (round(edge * channel.sfreq) for edge in (first_s, stop_s))
            part = self.recording.signals.read(index, first, min(stop, channel.n_samples))
            samples.append(np.pad(part, (0, max(0, stop - first - part.size)), constant_values=np.nan))
        rate = max(channel.sfreq for channel in self.recording.channels)
        start = self.recording.start
        # A recording's clock states no zone: read as UTC, its hours are the ones that are printed.
        wall = stop_s if start is None else start.replace(tzinfo=dt.UTC).timestamp() + stop_s
        return Chunk(samples, round(first_s * rate), first_s, stop_s, wall)
