"""Can a night be recorded from this stream? The doctor looks at half a minute; the words say what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer
from karmalink.live.session.live_night import stream_montage
from karmalink.live.sources.streams import Source, StreamInfo
from karmalink.live.sources.time_line import StreamEvent, TimeLine
from karmalink.night.doctor.examination import examine
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.recording import VOLTAGES, ArraySignals, Channel, Recording

__all__ = ["ADVICE", "StreamCheck", "check_source"]

WINDOW_S = 30.0
_SILENT_S = 5.0
_RATE_OFF = 0.01

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "nonfinite": "samples are lost on the way: move the receiver closer, and look at the battery",
        "units": "the amplitude cannot be right: check the unit and the gain that the device is set to",
        "flat": "no signal: the electrode is off, dry or not plugged in; press it on, add gel, check the plug",
        "railed": "at the end of the range: the electrode or the reference is loose",
        "scale": "unusually large or small: check the gel, and the gain",
        "mains": "hum of the mains: move chargers and cables away, check the ground and the reference",
        "noisy": "noise instead of a signal: ask the sleeper to relax the jaw; then clean the skin and set it again",
        "unlike": "no muscle to be seen: move the chin electrodes",
        "twice": "two channels show the same signal: check what is plugged in where",
        "polarity": "two channels are the other way round: swap the plugs",
    }
)
"""The doctor's check → what a technician does about it."""


@dataclass(frozen=True, slots=True)
class StreamCheck:
    """What half a minute of a stream shows.

    Attributes
    ----------
    ready : bool
        Whether a night can be recorded and staged.
    verdict : str
        One sentence.
    device : str
        What was looked at.
    channels : dict of str to tuple of str
        Channel → what to do about it; nothing where it is well.
    stream : tuple of str
        What is to be said of the stream as a whole.
    """

    ready: bool
    verdict: str
    device: str
    channels: dict[str, tuple[str, ...]]
    stream: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        lists = {name: list(said) for name, said in self.channels.items()}
        found = {name: getattr(self, name) for name in ("ready", "verdict", "device")}
        return found | {"channels": lists, "stream": list(self.stream)}

    def text(self) -> str:
        """Return what a technician reads, a line per channel."""
        width = max(map(len, self.channels), default=0)
        lines = [self.verdict, "", *(f"  {line}" for line in self.stream)]
        for name, said in self.channels.items():
            lines += [f"  {name:{width}}  {line}" for line in said or ("well",)]
        return "\n".join(lines)


def check_source(
    source: Source, *, window_s: float = WINDOW_S, progress: Callable[[int, int], None] | None = None
) -> StreamCheck:
    """Look at a stream for half a minute.

    Parameters
    ----------
    source : Source
        Not opened yet.
    window_s : float
        Seconds of signal that are looked at.
    progress : callable, optional
        Called with (seconds so far, seconds in all).

    Raises
    ------
    CannotAnswer
        Nothing arrives for five seconds, or the stream ends before a tenth of the window.
    """
    info = source.open()
    line = TimeLine(info)
    parts: list[list[Any]] = [[] for _ in info.channels]
    events: list[StreamEvent] = []
    arrived: list[float] = []
    last = time.monotonic()
    while line.now_s < window_s and not source.ended:
        chunk = source.read()
        if chunk is None:
            if time.monotonic() - last > _SILENT_S:
                break
            time.sleep(0.01)
            continue
        last = time.monotonic()
        arrived.append(chunk.arrived_s)
        placed = line.place(chunk)
        events += placed.events
        for held, samples in zip(parts, placed.samples, strict=True):
            held.append(samples)
        if progress is not None:
            progress(min(int(line.now_s), int(window_s)), int(window_s))
    if line.now_s < window_s / 10:
        raise CannotAnswer(
            f"only {line.now_s:.1f} s of signal arrived",
            where=info.device,
            rule=f"{window_s:g} s are looked at",
            next_step="is the device on, near enough, and sending? Then check again",
        )
    signals = [np.concatenate(held) for held in parts]
    said = {channel.name: _of_channel(info, at, signals[at]) for at, channel in enumerate(info.channels)}
    stream = [f"{one.text} ({one.at_s:.0f} s)" for one in events] + _rate(arrived, line.now_s, info)
    ready, verdict = _verdict(info, said, stream)
    return StreamCheck(ready, verdict, info.device, {name: lines for name, (_, lines) in said.items()}, tuple(stream))


def _of_channel(info: StreamInfo, at: int, samples: np.ndarray) -> tuple[bool, tuple[str, ...]]:
    """Return whether a channel can be used, and what to do about it."""
    one = info.channels[at]
    if one.kind not in VOLTAGES:
        return True, ()
    named = identify(one.name)
    channel = Channel(one.name, one.kind, one.sfreq, samples.size, "V", named.site, named.reference)
    recording = Recording(info.device, (channel,), ArraySignals(samples[None]), samples.size / one.sfreq)
    report = examine(recording)
    found = [finding for finding in report.findings if finding.channel == one.name and finding.check in ADVICE]
    lines = tuple(f"{ADVICE[finding.check]} ({finding.evidence})" for finding in found if finding.severity != "note")
    usable = report.recording.channels[0].usable and report.recording.channels[0].missing < 0.5
    return usable, lines


def _rate(arrived: list[float], line_s: float, info: StreamInfo) -> list[str]:
    if len(arrived) < 3 or arrived[-1] <= arrived[0]:
        return []
    share = (line_s * (len(arrived) - 1) / len(arrived)) / (arrived[-1] - arrived[0])
    if abs(share - 1) <= _RATE_OFF:
        return []
    return [f"it sends {share * info.rate:.4g} samples per second, and says {info.rate:g}: check the rate it is set to"]


def _verdict(info: StreamInfo, said: Mapping[str, tuple[bool, tuple[str, ...]]], stream: list[str]) -> tuple[bool, str]:
    try:
        scored = stream_montage(info)
    except CannotAnswer:
        return False, "Not ready: no channel is an EEG. Rename the channels at the device, for example C4-M1."
    bad = [name for name in scored.names if not said[name][0]]
    if scored.eeg in bad:
        return False, f"Not ready: {scored.eeg}, from which the night would be staged, gives no usable signal."
    faults = sum(bool(lines) for _, lines in said.values())
    rest = f"; {counted(faults, 'channel')} to look at" if faults else ""
    trouble = f"; {counted(len(stream), 'trouble')} of the stream" if stream else ""
    return True, f"Ready: a night can be recorded from {info.device}{rest}{trouble}."
