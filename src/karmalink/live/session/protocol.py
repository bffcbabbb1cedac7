"""What may be done to a sleeper in one night, whatever a rule says: limits, and the reasons why nothing is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

import numpy as np

from karmalink.errors import UsageError

__all__ = ["VETOES", "Protocol", "Situation"]

STALE_S = 35.0
_MOST_DRAWN = 1000


@dataclass(frozen=True, slots=True)
class Protocol:
    """The limits of a night, set before it.

    Attributes
    ----------
    most : int
        Actions per night, of all rules together.
    apart_min : float
        Minutes from one action to the next, of all rules together.
    loudness : float
        0 to 1 of what the sound card gives: no action is louder.
    shams : float
        Share of the triggers at which nothing is played: the comparison that a cue needs.
    seed : int
        Which triggers are shams is drawn from it before the night.
    """

    most: int = 12
    apart_min: float = 10.0
    loudness: float = 0.3
    shams: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the limits.

        Raises
        ------
        UsageError
            A number out of range.
        """
        allowed = (("most", 0, _MOST_DRAWN), ("apart_min", 0, 24 * 60), ("loudness", 0, 1), ("shams", 0, 1))
        for name, low, high in allowed:
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name} must be {low} to {high}, got {getattr(self, name):g}", where="the protocol")

    def schedule(self) -> tuple[bool, ...]:
        """Return whether each trigger is a sham, in their order: the same seed gives the same schedule."""
        draws = np.random.default_rng([self.seed, 15]).random(self.most)
        return tuple((draws < self.shams).tolist())

    def digest(self) -> str:
        """Return a mark of limits and schedule: written down before the night, it proves that neither was changed."""
        told = json.dumps([asdict(self), self.schedule()], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at the end of an epoch, when a rule asks whether it may act.

    Attributes
    ----------
    known : bool
        Whether the epoch has a stage.
    age_s : float
        Seconds from the end of the epoch to now.
    lost_s : float
        Seconds of the epoch that did not arrive.
    jumped : bool
        Whether a clock leapt, or the sender began again, in this epoch or the one before.
    paused : bool
        Whether the technician paused the rules.
    done : int
        Actions of this night so far.
    since_min : float
        Minutes since the last of them.
    """

    known: bool
    age_s: float
    lost_s: float
    jumped: bool
    paused: bool
    done: int
    since_min: float


VETOES: Mapping[str, Callable[[Situation, Protocol], bool]] = MappingProxyType(
    {
        "paused by the technician": lambda now, limits: now.paused,
        "the stage is not known": lambda now, limits: not now.known,
        "the stage is stale": lambda now, limits: now.age_s > STALE_S,
        "samples of this epoch are lost": lambda now, limits: now.lost_s > 0,
        "a clock leapt": lambda now, limits: now.jumped,
        "the limit of the night is reached": lambda now, limits: now.done >= limits.most,
        "too soon after the last action": lambda now, limits: now.since_min < limits.apart_min,
    }
)
"""Reason → whether it holds. The first that holds is told; a rule acts only where none does."""
