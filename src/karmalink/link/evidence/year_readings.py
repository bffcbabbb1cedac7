"""Dates that may be of two years (:attr:`karmalink.account.When.also`): both are asked about, the weaker answer counts.

As a date of unknown meaning may be the evening's or the morning's, a date of the Buddhist era may be of two years where
nobody says of which country it is. All such dates of a question are read the same way: they come from one hand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from karmalink.account import Account, Life, When

__all__ = ["either_year"]

P = ParamSpec("P")
R = TypeVar("R")


def either_year(weaker: Callable[[Any], Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: where a date may be of two years a question is asked twice, the weaker answer is returned.

    The question takes `accounts` and a `life` or `lives`, or pairs of them as `dreamers`. Features that were made
    before (`material`) have one reading already.

    Parameters
    ----------
    weaker : callable
        Answer → what is smaller for an answer that claims less.
    """

    def decorate(question: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(question)

        @wraps(question)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            if bound.arguments.get("material") is not None or not _in_doubt(bound.arguments):
                return question(*args, **kwargs)
            answers = []
            for at in (0, 1):
                again = signature.bind(*args, **kwargs)
                again.arguments |= _read_all(bound.arguments, at)
                answers.append(question(*again.args, **again.kwargs))
            return min(answers, key=weaker)

        return ask

    return decorate


def _in_doubt(said: Mapping[str, Any]) -> bool:
    """Return whether a date of the accounts or the lives may be of two years."""
    dreamers = said.get("dreamers") or [(said.get("accounts", ()), said.get("life"))]
    accounts = [account for one, _ in dreamers for account in one]
    lives = [life for _, life in dreamers if life is not None] + list(said.get("lives", ()))
    whens = (text.when for text in (*accounts, *(entry for life in lives for entry in life.entries)))
    # Months and years are compared with nothing.
    return any(when is not None and when.precision == "day" and when.also for when in whens)


def _read_all(said: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return the accounts and lives of a call under the first or the second reading of their years."""
    readers: dict[str, Callable[[Any], Any]] = {
        "accounts": lambda found: _accounts(found, at),
        "life": lambda found: _life(found, at),
        "lives": lambda found: [_life(one, at) for one in found],
        "dreamers": lambda found: [(_accounts(accounts, at), _life(life, at)) for accounts, life in found],
    }
    return {name: read(said[name]) for name, read in readers.items() if name in said}


def _accounts(accounts: Sequence[Account], at: int) -> list[Account]:
    return [replace(account, when=_when(account.when, at)) for account in accounts]


def _life(life: Life, at: int) -> Life:
    return replace(life, entries=tuple(replace(entry, when=_when(entry.when, at)) for entry in life.entries))


def _when(when: When | None, at: int) -> When | None:
    """Return a date as its first or its second reading, which is one day."""
    if when is None or not when.also:
        return when
    return replace(when, day=(when.day, *when.also)[at], calendar="gregorian", year=None)
