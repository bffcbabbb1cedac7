"""The rules of `night replay`, asked at the end of each epoch of a night that is not over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import UsageError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.wake_rules.rules import Rule
from karmalink.night.wake_rules.triggers import ReplayNight, Triggers

__all__ = ["STREAM", "RuleAnswer", "RuleEngine"]

STREAM = "live"
"""The name under which rules see the live stages."""


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What a rule says at the end of an epoch: it triggers, or it would and is withheld."""

    rule: Rule
    epoch: int
    withheld: str = ""


@dataclass(slots=True)
class RuleEngine:
    """Asks the rules by the very function that `replay` asks, on the stages so far.

    Attributes
    ----------
    rules : tuple of Rule
        What is waited for. A rule of another stream is refused: one stager scores a live night.
    """

    rules: tuple[Rule, ...]
    _stages: list[int] = field(default_factory=list, init=False)
    _tables: list[Floats] = field(default_factory=list, init=False)
    _reasons: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Check that the rules can be asked.

        Raises
        ------
        UsageError
            Two rules of one name, or a rule that names a stream other than `STREAM`.
        """
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            streams = {name for condition in rule.conditions for name in condition.streams}
            if names.count(rule.name) > 1:
                raise UsageError(f"two rules have the name {rule.name!r}", rule="each name once")
            if streams - {STREAM}:
                raise UsageError(
                    f"the rule {rule.name!r} waits for the streams {', '.join(sorted(streams))}",
                    rule=f"a live night has one stream, {STREAM!r}",
                    next_step=f'write streams = ["{STREAM}"], or leave streams out',
                )

    @property
    def hypnogram(self) -> Hypnogram:
        """The stages so far."""
        tables = np.array(self._tables).reshape(-1, 5)
        return Hypnogram(np.array(self._stages, dtype=np.int8), probabilities=tables, scorer=STREAM)

    @property
    def allowed(self) -> np.ndarray:
        """At which epochs a rule might act, shape (n,)."""
        return np.array([not reason for reason in self._reasons], dtype=bool)

    def ask(self, stage: int, probabilities: Floats, reason: str) -> list[RuleAnswer]:
        """Return which rules trigger at the end of the next epoch, and which are withheld.

        Parameters
        ----------
        stage : int
            Its stage, -1 where unknown.
        probabilities : ndarray, shape (5,)
            NaN where unknown.
        reason : str
            Why nothing may be done at this epoch; empty where something may.
        """
        self._stages.append(stage)
        self._tables.append(probabilities)
        self._reasons.append(reason)
        epoch = len(self._stages) - 1
        so_far = self.hypnogram
        triggers = Triggers(ReplayNight(STREAM, so_far, {STREAM: so_far}))
        answers = []
        for rule in self.rules:
            if _ends_at(triggers.of(rule, allowed=self.allowed), epoch):
                answers.append(RuleAnswer(rule, epoch))
            elif reason and _ends_at(triggers.of(rule, allowed=self._but_now()), epoch):
                answers.append(RuleAnswer(rule, epoch, reason))
        return answers

    def _but_now(self) -> np.ndarray:
        mask = self.allowed
        mask[-1] = True
        return mask


def _ends_at(epochs: Sequence[int] | np.ndarray, epoch: int) -> bool:
    return len(epochs) > 0 and int(epochs[-1]) == epoch
