"""The sources there are: a name, what it takes, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from karmalink.errors import UnknownName, UsageError, suggest
from karmalink.live.sources.faults import FaultySource, parse_faults
from karmalink.live.sources.played_recording import PlayedRecording
from karmalink.live.sources.streams import Source
from karmalink.night.recordings.formats import read_recording
from karmalink.night.simulation.simulated_night import simulate_night

__all__ = ["SOURCES", "SourceKind", "open_source"]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source.

    Attributes
    ----------
    name, title, takes : str
        Its name, what it is, and what is written behind the colon.
    make : callable
        Takes that, and the speed; returns the source.
    tried_with : str
        What it was tried with, so that a person knows what was never seen.
    """

    name: str
    title: str
    takes: str
    make: Callable[[str, float], Source]
    tried_with: str


def _file(words: str, speed: float) -> Source:
    path, _, faults = words.partition("!")
    if not path:
        raise UsageError("no file is named", where="file:", allowed="file:night.edf")
    return _with_faults(PlayedRecording(read_recording(path), speed), faults)


def _simulated(words: str, speed: float) -> Source:
    options, _, faults = words.partition("!")
    values = {"hours": 0.5, "seed": 0.0, "rate": 100.0}
    for part in filter(None, options.split(",")):
        name, _, value = part.partition("=")
        if name not in values:
            raise UnknownName(f"unknown option {name!r}", where="simulated:", allowed=tuple(values))
        try:
            values[name] = float(value)
        except ValueError:
            raise UsageError(f"{value!r} is not a number", where=f"simulated:{name}") from None
    recording, _ = simulate_night(values["hours"], seed=int(values["seed"]), sfreq=values["rate"])
    return _with_faults(PlayedRecording(recording, speed), faults)


def _with_faults(source: Source, text: str) -> Source:
    faults = parse_faults(text)
    return FaultySource(source, faults) if faults else source


_KINDS = (
    SourceKind(
        "file",
        "a recording, played as if it were recorded now",
        "a file that `night` reads",
        _file,
        "EDF, BDF and what else `night` reads",
    ),
    SourceKind(
        "simulated",
        "a simulated sleeper",
        "hours=0.5,seed=0,rate=100",
        _simulated,
        "itself: no person slept",
    ),
)

SOURCES: Mapping[str, SourceKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Name → kind of source. A new one is one module and one row."""


def open_source(words: str, *, speed: float = 1.0) -> Source:
    """Return the source that words name: ``file:night.edf``, ``simulated:hours=0.1,seed=3!stall@60+5``.

    Behind ``!`` stand faults, as `parse_faults` reads them.

    Parameters
    ----------
    words : str
        The kind, a colon, and what it takes.
    speed : float
        For sources that are played: 1 is real time.

    Raises
    ------
    UnknownName
        No such kind of source.
    UsageError, ReadError
        What stands behind the colon cannot be used.
    """
    name, colon, rest = words.partition(":")
    if not colon or name not in SOURCES:
        raise UnknownName(
            f"unknown source {words!r}",
            rule="the kind, a colon, and what it takes",
            allowed=tuple(f"{kind.name}:{kind.takes}" for kind in SOURCES.values()),
            next_step=suggest(name, SOURCES) or "karmalink live sources lists them",
        )
    return SOURCES[name].make(rest, speed)
