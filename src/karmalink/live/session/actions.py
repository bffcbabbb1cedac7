"""What a trigger does: a tone that wakes, a cue, a command of the laboratory's own. What went wrong is said."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import MissingExtra, UsageError

__all__ = ["SINKS", "TONES", "CommandSink", "SilentSink", "Sink", "SoundCard", "ToneShape", "sink_named", "tone"]

_RATE = 44_100
_COMMAND_S = 5.0


@dataclass(frozen=True, slots=True)
class ToneShape:
    """A tone: its pitch in hertz, how long it lasts, and how long it takes to grow, in seconds."""

    hertz: float
    seconds: float
    ramp_s: float


TONES: Mapping[str, ToneShape] = MappingProxyType(
    {"wake": ToneShape(660.0, 30.0, 20.0), "cue": ToneShape(440.0, 1.0, 0.3)}
)
"""Action of a rule → what is heard: a tone that grows until it wakes, or a short one that should not."""


def tone(action: str, loudness: float) -> Floats:
    """Return the samples of an action's tone at 44,100 Hz, -1 to 1; never above `loudness`."""
    shape = TONES[action]
    seconds = np.arange(round(shape.seconds * _RATE)) / _RATE
    envelope = np.minimum(1.0, np.minimum(seconds / shape.ramp_s, (shape.seconds - seconds) / 0.05))
    return np.asarray(loudness * np.maximum(envelope, 0.0) * np.sin(2 * np.pi * shape.hertz * seconds))


class Sink(Protocol):
    """Where an action goes."""

    def act(self, action: str, loudness: float, about: Mapping[str, Any]) -> str:
        """Do it without waiting for its end; return what became of it, in words; empty where all is well."""
        ...


@dataclass(slots=True)
class SilentSink:
    """Does nothing but remember: for rehearsals, tests, and machines without a sound card."""

    acts: list[tuple[str, float]] = field(default_factory=list)

    def act(self, action: str, loudness: float, about: Mapping[str, Any]) -> str:
        """Remember the action."""
        self.acts.append((action, loudness))
        return ""


class SoundCard:
    """Plays the tone of an action.

    Raises
    ------
    MissingExtra
        ``sounddevice`` is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("sounddevice") is None:
            raise MissingExtra(
                "sounds need sounddevice, which is not installed",
                next_step='pip install "karmalink[sound]", or --sink silent',
            )

    def act(self, action: str, loudness: float, about: Mapping[str, Any]) -> str:
        """Begin to play; a sound card that is not there is told, and ends no night."""
        try:
            import sounddevice

            sounddevice.play(tone(action, loudness), _RATE)
        except Exception as error:  # noqa: BLE001 - a driver's fault must not end the recording
            return f"no sound: {type(error).__name__}"
        return ""


@dataclass(slots=True)
class CommandSink:
    """Runs a command of the laboratory's own: a list of words, never a shell; what is asked comes as JSON on stdin.

    Attributes
    ----------
    words : sequence of str
        The program and its arguments.
    """

    words: Sequence[str]

    def act(self, action: str, loudness: float, about: Mapping[str, Any]) -> str:
        """Run it, for at most five seconds."""
        asked = json.dumps({"action": action, "loudness": loudness, **about}).encode()
        try:
            done = subprocess.run(list(self.words), input=asked, capture_output=True, timeout=_COMMAND_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"the command failed: {type(error).__name__}"
        return "" if done.returncode == 0 else f"the command ended with {done.returncode}"


SINKS: Mapping[str, Callable[[Sequence[str]], Sink]] = MappingProxyType(
    {"silent": lambda words: SilentSink(), "sound": lambda words: SoundCard(), "command": CommandSink}
)
"""Name → how it is made. A new one is one class and one row."""


def sink_named(name: str, words: Sequence[str] = ()) -> Sink:
    """Return the sink of a name.

    Raises
    ------
    UsageError
        No such sink, or a command without words.
    MissingExtra
        What it needs is not installed.
    """
    if name not in SINKS:
        raise UsageError(f"unknown sink {name!r}", allowed=tuple(SINKS))
    if name == "command" and not words:
        raise UsageError("no command is named", where="--command")
    return SINKS[name](words)
