"""Views of a text: as it is, without its style, without its names. What a finding rests on is what survives a view.

An account and the diary of the same person share a hand before they share a day. So whatever says whose text this is
comes in three lines: *all*, *style removed*, *names masked*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.account.language.lexical import strip_leaks, tokens
from karmalink.account.language.names import Gazetteer, find_mentions, mask_mentions
from karmalink.errors import UsageError, suggest

__all__ = ["VIEWS", "View", "view_named", "viewed"]


@dataclass(frozen=True, slots=True)
class View:
    """One view.

    Attributes
    ----------
    name, title : str
        Name in options, and what is left of a text.
    removes : str
        What it takes away, and what it cannot.
    apply : callable
        (text, gazetteer) → text. The text has no leaks any more.
    """

    name: str
    title: str
    removes: str
    apply: Callable[[str, Gazetteer | None], str]

    def to_dict(self) -> dict[str, Any]:
        """Return name, title and what it removes, JSON-ready."""
        return {"name": self.name, "title": self.title, "removes": self.removes}


def _all(text: str, gazetteer: Gazetteer | None) -> str:
    return text


def _style_removed(text: str, gazetteer: Gazetteer | None) -> str:
    return " ".join(tokens(text))


def _names_masked(text: str, gazetteer: Gazetteer | None) -> str:
    return mask_mentions(text, find_mentions(text, gazetteer=gazetteer))


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View("all", "the text as written", "headings, dates, weekdays, identifiers and series labels only", _all),
        View(
            "style-removed",
            "content words, stemmed, in small letters",
            "function words, capitals, stops, numbers, word forms; the choice among synonyms stays",
            _style_removed,
        ),
        View(
            "names-masked",
            "the text with a word for each name and number",
            "names and numbers that the rules or the gazetteer find; a nickname in small letters stays",
            _names_masked,
        ),
    )
}
"""Name → what of a text is compared."""


def view_named(name: str) -> View:
    """Return a view by its name in :data:`VIEWS`; underscores and blanks count as hyphens.

    Raises
    ------
    UsageError
        No such view.
    """
    found = VIEWS.get("-".join(name.replace("_", " ").split()))
    if found is None:
        near = suggest(name, VIEWS)
        raise UsageError(f"unknown view {name!r}{'; ' + near if near else ''}", allowed=tuple(VIEWS))
    return found


def viewed(
    texts: Sequence[str],
    view: str = "all",
    *,
    gazetteer: Gazetteer | None = None,
    labels: Iterable[str] = (),
) -> list[str]:
    """Return texts in a view, after what leaks their origin or date is blanked.

    Parameters
    ----------
    texts : sequence of str
        Accounts or entries.
    view : str
        A name in :data:`VIEWS`.
    gazetteer : Gazetteer, optional
        Names known beforehand (*names masked*).
    labels : iterable of str
        What stands in every text of one origin: the series, the file.

    Raises
    ------
    UsageError
        No such view.
    """
    chosen = view_named(view)
    named = tuple(labels)
    return [chosen.apply(strip_leaks(text, labels=named), gazetteer) for text in texts]
