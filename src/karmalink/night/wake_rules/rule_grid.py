"""The rules that a search compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from karmalink.night.wake_rules.rules import Condition, Rule

__all__ = ["probability_grid", "rule_grid"]

_LENGTHS = (2, 3, 4, 5, 6, 8, 10)
_SLACK = (0, 1, 2)
_NOT_BEFORE_MIN = (0.0, 40.0, 60.0)
_SURE = (0.80, 0.83, 0.86, 0.89, 0.92, 0.94)
_LIKELY = (0.60, 0.65, 0.70, 0.74, 0.78)


def rule_grid(
    streams: Sequence[str],
    *,
    lengths: Sequence[int] = _LENGTHS,
    slack: Sequence[int] = _SLACK,
    not_before: Sequence[float] = _NOT_BEFORE_MIN,
    **rest: Any,
) -> list[Rule]:
    """Return rules on the stages that streams chose.

    Parameters
    ----------
    streams : sequence of str
        Each alone; with two or more also all together, any, and "all for a while or one for longer".
    lengths, slack : sequence of int
        `at_least` epochs of the last `at_least + slack`.
    not_before : sequence of float
        Minutes after the first N2.
    rest
        The other attributes of `Rule`, the same for all.
    """
    whose: list[tuple[tuple[str, ...], str]] = [((name,), "all") for name in streams]
    if len(streams) > 1:
        whose += [(tuple(streams), "all"), (tuple(streams), "any")]
    seen: list[tuple[Condition, ...]] = [
        (Condition("R", n, n + more, names, agree),) for (names, agree), n, more in product(whose, lengths, slack)
    ]
    if len(streams) > 1:
        together = [Condition("R", n, n, tuple(streams), "all") for n in lengths]
        alone = [Condition("R", n, n, (name,)) for name, n in product(streams, lengths)]
        seen += [(both, one) for both, one in product(together, alone) if one.at_least > both.at_least]
    return _named("stages", seen, not_before, rest)


def probability_grid(
    stream: str, *, sure: Sequence[float] = _SURE, likely: Sequence[float] = _LIKELY, **rest: Any
) -> list[Rule]:
    """Return rules on one stream's probability of REM: sure of it for 1 to 3 epochs, or likely for 4 to 8.

    Parameters
    ----------
    stream : str
        A stream with probabilities, the learned one say.
    sure, likely : sequence of float
        Least probabilities.
    rest
        The other attributes of `Rule`, the same for all.
    """
    short = [Condition("R", n, n, (stream,), "all", p) for p, n in product(sure, (1, 2, 3))]
    long = [Condition("R", n, n, (stream,), "all", p) for p, n in product(likely, (4, 5, 6, 8))]
    seen: list[tuple[Condition, ...]] = [(one,) for one in short + long]
    seen += list(product(short, long))
    return _named(stream, seen, (0.0,), rest)


def _named(
    head: str, seen: Sequence[tuple[Condition, ...]], not_before: Sequence[float], rest: dict[str, Any]
) -> list[Rule]:
    return [
        replace(Rule("-", conditions, minutes, **rest), name=f"{head} {number}")
        for number, (conditions, minutes) in enumerate(product(seen, not_before), start=1)
    ]
