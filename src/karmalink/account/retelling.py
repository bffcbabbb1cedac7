"""Dreams retold in a diary: find them as accounts, cut them out of the entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from karmalink.account.account import Account
from karmalink.account.life import Entry, Life

__all__ = ["DreamMention", "accounts_of_mentions", "cut_retellings", "find_dream_mentions"]


@dataclass(frozen=True, slots=True)
class DreamMention:
    """A sentence of an entry that speaks of dreaming.

    Attributes
    ----------
    entry : str
        Identifier of the entry.
    start, end : int
        Characters of the passage in the entry, from the mention to where waking resumes.
    usable : bool
        A dream of the writer's own that is told.
    why_not : str
        Why it is not usable: ``figurative``, ``title``, ``another's dream`` …; empty where it is.
    text : str
        The passage.
    """

    entry: str
    start: int
    end: int
    usable: bool
    why_not: str
    text: str


def find_dream_mentions(entries: Iterable[Entry]) -> list[DreamMention]:
    """Return every mention of dreaming, usable or not, in the order of the entries."""
    raise NotImplementedError


def accounts_of_mentions(entries: Iterable[Entry], person: str) -> list[Account]:
    """Return the usable mentions of a diary as accounts of its writer."""
    raise NotImplementedError


def cut_retellings(life: Life) -> Life:
    """Return the life without the passages that retell a dream; an entry that held nothing else is left out."""
    raise NotImplementedError
