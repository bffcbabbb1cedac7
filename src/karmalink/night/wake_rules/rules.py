"""Wake-up rules: conditions, rule files, and the grids of rules that a search compares."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import InputError, ReadError, describe, suggest
from karmalink.night.hypnograms.stages import STAGES
from karmalink.rows.text_files import read_text

__all__ = ["COUNTED_FROM", "Condition", "Rule", "probability_grid", "read_rules", "rule_grid"]

# Rules as data: when to wake a sleeper or give a cue, by the stages that one or several scorers give during the night.
#
# A rule file is TOML. Each rule is a table::
#
#     [[rules]]
#     name = "stable REM"
#     stage = "R"              # the stage to wait for
#     at_least = 6             # this many epochs …
#     of_last = 6              # … of the last this many
#     streams = ["psg"]        # whose scoring; by default every stream
#     agree = "all"            # all of them, or any
#     not_before_min = 60      # minutes …
#     counted_from = "N2"      # … after the first N2 ("start", "sleep", "N2")
#     rest_min = 30            # minutes before the next trigger
#     most = 0                 # triggers per night; 0 for no limit
#
# `any_of` holds further conditions (the keys from `stage` to `agree`); the rule triggers where one of them holds.

COUNTED_FROM = ("start", "sleep", "N2")
"""What `not_before_min` counts from: the start, the first sleep, or the first N2 of the rule's first stream."""

_AGREE = ("all", "any")
_ACTIONS = ("wake", "cue")


@dataclass(frozen=True, slots=True)
class Condition:
    """At least `at_least` of the last `of_last` epochs are `stage`.

    Attributes
    ----------
    stage : str
        One of `STAGES`.
    at_least, of_last : int
        Numbers of epochs; equal for consecutive epochs.
    streams : tuple of str
        The streams used; empty for every stream of the night.
    agree : str
        ``all``: an epoch counts where every stream has the stage; ``any``: where at least one has it.
    min_probability : float
        An epoch counts where the stream gives the stage at least this probability; 0: where it chose the stage.
    """

    stage: str = "R"
    at_least: int = 1
    of_last: int = 1
    streams: tuple[str, ...] = ()
    agree: str = "all"
    min_probability: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a condition that can never hold.

        Raises
        ------
        InputError
            A stage, a word or a number out of range.
        """
        _one_of("stage", self.stage, STAGES)
        _one_of("agree", self.agree, _AGREE)
        if not 1 <= self.at_least <= self.of_last:
            raise InputError(
                f"at_least must be 1 to of_last ({self.of_last}), got {self.at_least}",
                rule="both are numbers of epochs",
            )
        if not 0 <= self.min_probability <= 1:
            raise InputError(f"min_probability must be 0 to 1, got {self.min_probability:g}")


@dataclass(frozen=True, slots=True)
class Rule:
    """When to wake a sleeper or give a cue.

    Attributes
    ----------
    name : str
        Its name in tables.
    conditions : tuple of Condition
        The rule triggers where one of them holds.
    not_before_min : float
        Minutes after `counted_from`.
    counted_from : str
        One of `COUNTED_FROM`.
    rest_min : float
        Minutes from the end of the triggering epoch to the next possible trigger.
    most : int
        Maximum number of triggers per night; 0 for no limit.
    action : str
        ``wake`` or ``cue``.
    """

    name: str
    conditions: tuple[Condition, ...]
    not_before_min: float = 0.0
    counted_from: str = "N2"
    rest_min: float = 30.0
    most: int = 0
    action: str = "wake"

    def __post_init__(self) -> None:
        """Refuse an incomplete rule.

        Raises
        ------
        InputError
            No name, no condition, a word or a number out of range.
        """
        if not self.name.strip() or not self.conditions:
            raise InputError("a rule needs a name and a condition", where=self.name)
        _one_of("counted_from", self.counted_from, COUNTED_FROM)
        _one_of("action", self.action, _ACTIONS)
        for name in ("not_before_min", "rest_min", "most"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise InputError(f"{name} must be 0 or more, got {value!r}", where=self.name)

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as its table in a rule file."""
        first, *more = [_condition_table(condition) for condition in self.conditions]
        table: dict[str, Any] = {"name": self.name, **first}
        if more:
            table["any_of"] = more
        return table | {name: getattr(self, name) for name in _OWN}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<Rule {self.name!r}: {self.sentence}>"

    @property
    def sentence(self) -> str:
        """What the rule waits for, in words."""
        conditions = " or ".join(_in_words(condition) for condition in self.conditions)
        since = {"start": "the start", "sleep": "the first sleep", "N2": "the first N2"}[self.counted_from]
        late = f", not before {self.not_before_min:g} min after {since}" if self.not_before_min else ""
        most = f", at most {self.most} per night" if self.most else ""
        return f"{conditions}{late}, then {self.rest_min:g} min of rest{most}"


# The keys of a rule's table that do not belong to its first condition.
_OWN = ("not_before_min", "counted_from", "rest_min", "most", "action")
_OF_CONDITION = tuple(field.name for field in fields(Condition))


def read_rules(path: str | Path) -> list[Rule]:
    """Read a rule file.

    Raises
    ------
    ReadError
        No such file, not TOML, or no rule in it.
    InputError
        An unknown key, a value out of range, two rules with the same name; says which rule.
    """
    file = Path(path)
    try:
        tables = tomllib.loads(read_text(file, kind="settings")).get("rules")
    except tomllib.TOMLDecodeError as error:
        raise ReadError(f"not a TOML file: {error}", where=file) from None
    if not isinstance(tables, list) or not tables:
        raise ReadError("the file has no rules", where=file, rule="each rule is a table [[rules]]")
    rules = [_rule(table, f"{file}, rule {number}") for number, table in enumerate(tables, start=1)]
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two rules have the name {describe(name)}", where=file, rule="each name once")
    return rules


def _rule(table: Any, where: str) -> Rule:
    if not isinstance(table, Mapping):
        raise ReadError("a rule is not a table", where=where, rule="[[rules]], then key = value")
    known = {"name", "any_of", *_OWN, *_OF_CONDITION}
    _known_keys(table, known, where)
    first = {key: value for key, value in table.items() if key in _OF_CONDITION}
    more = table.get("any_of", [])
    if not isinstance(more, list):
        raise InputError("any_of is not a list of tables", where=where)
    conditions = [_condition(one, f"{where}, condition {number}") for number, one in enumerate([first, *more], start=1)]
    try:
        return Rule(
            name=str(table.get("name", "")), conditions=tuple(conditions), **{k: table[k] for k in _OWN if k in table}
        )
    except TypeError:
        raise InputError(
            "a value is not a number", where=where, rule="not_before_min, rest_min and most are numbers"
        ) from None
    except InputError as error:
        raise InputError(error.what, where=where, rule=error.rule, allowed=error.allowed) from None


def _condition(table: Any, where: str) -> Condition:
    if not isinstance(table, Mapping):
        raise InputError("a condition is not a table", where=where)
    _known_keys(table, set(_OF_CONDITION), where)
    values = dict(table)
    streams = values.pop("streams", ())
    if isinstance(streams, str) or not all(isinstance(one, str) for one in streams):
        raise InputError("streams is not a list of names", where=where, rule='streams = ["psg", "headband"]')
    if "at_least" in values:
        values.setdefault("of_last", values["at_least"])
    try:
        return Condition(streams=tuple(streams), **values)
    except TypeError:
        raise InputError(
            "a value is not a number", where=where, rule="at_least, of_last and min_probability are numbers"
        ) from None
    except InputError as error:
        raise InputError(error.what, where=where, rule=error.rule, allowed=error.allowed) from None


def _known_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise InputError(
                f"unknown key {describe(key)}",
                where=where,
                allowed=sorted(known),
                next_step=suggest(key, known),
            )


def _one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InputError(f"unknown {name} {value!r}", allowed=allowed, next_step=suggest(str(value), allowed))


def _condition_table(condition: Condition) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value := getattr(condition, name), tuple) else value for name in _OF_CONDITION
    }


def _in_words(condition: Condition) -> str:
    at_least, stage = condition.at_least, condition.stage
    if at_least == condition.of_last:
        count = f"{counted(at_least, 'epoch')} of {stage}" + (" in a row" if at_least > 1 else "")
    else:
        count = f"{at_least} of the last {condition.of_last} epochs {stage}"
    probability = f" with p ≥ {condition.min_probability:g}" if condition.min_probability else ""
    join = " and " if condition.agree == "all" else " or "
    streams = f" by {join.join(condition.streams)}" if condition.streams else ""
    return f"{count}{probability}{streams}"


_LENGTHS = (2, 3, 4, 5, 6, 8, 10)
_SLACK = (0, 1, 2)
_NOT_BEFORE_MIN = (0.0, 40.0, 60.0)
_HIGH = (0.80, 0.83, 0.86, 0.89, 0.92, 0.94)
_MODERATE = (0.60, 0.65, 0.70, 0.74, 0.78)


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
        Each alone; with two or more also all of them, any of them, and all of them or one of them for longer.
    lengths, slack : sequence of int
        `at_least` epochs of the last `at_least + slack`.
    not_before : sequence of float
        Minutes after the first N2.
    rest
        Further attributes of `Rule`, the same for all rules.
    """
    sources: list[tuple[tuple[str, ...], str]] = [((name,), "all") for name in streams]
    if len(streams) > 1:
        sources += [(tuple(streams), "all"), (tuple(streams), "any")]
    conditions: list[tuple[Condition, ...]] = [
        (Condition("R", n, n + more, names, agree),) for (names, agree), n, more in product(sources, lengths, slack)
    ]
    if len(streams) > 1:
        all_streams = [Condition("R", n, n, tuple(streams), "all") for n in lengths]
        one_stream = [Condition("R", n, n, (name,)) for name, n in product(streams, lengths)]
        conditions += [pair for pair in product(all_streams, one_stream) if pair[1].at_least > pair[0].at_least]
    return _named("stages", conditions, not_before, rest)


def probability_grid(
    stream: str, *, high: Sequence[float] = _HIGH, moderate: Sequence[float] = _MODERATE, **rest: Any
) -> list[Rule]:
    """Return rules on one stream's probability of REM: high for 1 to 3 epochs, or moderate for 4 to 8.

    Parameters
    ----------
    stream : str
        A stream with probabilities, for example the learned one.
    high, moderate : sequence of float
        Least probabilities.
    rest
        Further attributes of `Rule`, the same for all rules.
    """
    short = [Condition("R", n, n, (stream,), "all", p) for p, n in product(high, (1, 2, 3))]
    long = [Condition("R", n, n, (stream,), "all", p) for p, n in product(moderate, (4, 5, 6, 8))]
    conditions: list[tuple[Condition, ...]] = [(condition,) for condition in short + long]
    conditions += list(product(short, long))
    return _named(stream, conditions, (0.0,), rest)


def _named(
    prefix: str, alternatives: Sequence[tuple[Condition, ...]], not_before: Sequence[float], rest: dict[str, Any]
) -> list[Rule]:
    """Return a rule for each combination of conditions and earliest minute, numbered from 1."""
    return [
        Rule(f"{prefix} {number}", conditions, minutes, **rest)
        for number, (conditions, minutes) in enumerate(product(alternatives, not_before), start=1)
    ]
