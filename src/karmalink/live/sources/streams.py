"""What a source gives: a description of its stream once, then chunks, each with every clock that it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.night.recordings.recording import Channel

__all__ = ["Chunk", "Source", "StreamChannel", "StreamInfo"]


@dataclass(frozen=True, slots=True)
class StreamChannel:
    """One channel of a stream: its name, its kind (``eeg``, ``eog``, ``emg`` …) and samples per second."""

    name: str
    kind: str
    sfreq: float

    @classmethod
    def of(cls, channel: Channel) -> StreamChannel:
        """Return what a stream says of a channel of a recording."""
        return cls(channel.name, channel.kind, channel.sfreq)


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a source says of itself before the first sample.

    Attributes
    ----------
    channels : tuple of StreamChannel
        In the order of the samples of a chunk. Voltages are in volts.
    device : str
        What it is, for the technician.
    counts : bool
        Whether the device counts its samples: then a loss is seen at once, and to the sample.
    """

    channels: tuple[StreamChannel, ...]
    device: str
    counts: bool = False

    def __post_init__(self) -> None:
        """Refuse a stream that cannot be placed.

        Raises
        ------
        InputError
            No channel, two channels of one name, or a rate that is not above 0.
        """
        names = [channel.name for channel in self.channels]
        if not names:
            raise InputError("the stream has no channel", where=self.device)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"two channels have the name {twice[0]!r}", where=self.device, rule="each name once")
        for channel in self.channels:
            if not 0 < channel.sfreq < float("inf"):
                raise InputError(
                    f"{channel.sfreq:g} samples per second", where=channel.name, rule="the rate is above 0"
                )

    @property
    def rate(self) -> float:
        """The highest rate: device counters count its samples."""
        return max(channel.sfreq for channel in self.channels)

    def indices(self, *kinds: str) -> list[int]:
        """Return the places of the channels of these kinds."""
        return [place for place, channel in enumerate(self.channels) if channel.kind in kinds]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples that arrived together.

    Attributes
    ----------
    samples : sequence of ndarray, shape (n,)
        One array per channel, in volts where it is a voltage. Channels of one rate have the same number.
    counter : int or None
        The device's number of the first sample, in samples of the highest rate; None where it does not count.
    source_s : float or None
        The sender's clock at the first sample, in seconds from a moment of its own; None where it sends none.
    arrived_s : float
        This machine's monotonic clock when the chunk arrived, in seconds.
    wall_s : float
        This machine's clock of the day when it arrived, in seconds since 1970.
    """

    samples: Sequence[Floats]
    counter: int | None
    source_s: float | None
    arrived_s: float
    wall_s: float


class Source(Protocol):
    """Where samples come from. `read` never blocks for more than 50 ms."""

    def open(self) -> StreamInfo:
        """Connect, and return what the stream is."""
        ...

    def read(self) -> Chunk | None:
        """Return what arrived since the last call; None where nothing did."""
        ...

    @property
    def ended(self) -> str:
        """Why no more will come, in words; empty while more may come."""
        ...
