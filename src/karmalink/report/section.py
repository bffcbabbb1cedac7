"""What a page is made of: sections, and in them figures, tables, folds, quotes. Data only; the templates draw them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from markupsafe import Markup

from karmalink.errors import UsageError

__all__ = [
    "AnswerKind",
    "Column",
    "Figure",
    "Fold",
    "LegendEntry",
    "Panel",
    "Prose",
    "Section",
    "SectionPart",
    "Table",
    "Widget",
]

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


class AnswerKind(StrEnum):
    """The kind of answer a section gives; each has a mark, so that "nothing" is as visible as "something"."""

    FOUND = "found"
    NOTHING = "nothing"
    CANNOT = "cannot"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure: still SVG that needs nothing, and the Vega spec that redraws it to the reader's width.

    Attributes
    ----------
    still : Markup
        Inline SVG or HTML.
    spec : dict or None
        Compiled Vega spec; None where the drawing scales by itself.
    title : str
        Words above the panel, where a figure has several.
    """

    still: Markup
    spec: dict[str, Any] | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of a figure's key: a swatch and its words."""

    label: str
    colour: str
    shape: str = "dot"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. Its text alternative states the finding and is never empty.

    Attributes
    ----------
    id : str
        Lower-case name, unique on the page.
    alt : str
        The finding, for readers who do not see the drawing.
    panels : tuple of Panel
        One or more drawings.
    caption : str
        How to read it.
    key : tuple of LegendEntry
        What the colours mean.
    layout : str
        ``stack``, ``pair`` (side by side where there is room) or ``wide``.
    """

    id: str
    alt: str
    panels: tuple[Panel, ...]
    caption: str = ""
    key: tuple[LegendEntry, ...] = ()
    layout: str = "stack"
    kind: str = field(default="figure", init=False)

    def __post_init__(self) -> None:
        """Check that the figure has a text alternative.

        Raises
        ------
        UsageError
            If the text alternative is empty or the name is not usable.
        """
        if not self.alt.strip():
            raise UsageError(f"figure {self.id!r} has no text alternative", rule="every figure states its finding")
        if not _NAME.match(self.id):
            raise UsageError(f"figure {self.id!r} has no usable name", rule="lower-case letters, digits and hyphens")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers align right with tabular numerals, words of people stand in the serif."""

    title: str
    number: bool = False
    words: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption. Cells are text (escaped) or Markup."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    kind: str = field(default="table", init=False)

    def __post_init__(self) -> None:
        """Check that the table has a caption and rows of equal length.

        Raises
        ------
        UsageError
            If the caption is empty, or a row has another length than the head.
        """
        if not self.caption.strip():
            raise UsageError("the table has no caption", rule="every table says what it holds")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise UsageError(
                    f"a row of {len(row)} cells in a table of {len(self.columns)} columns", where=self.caption
                )


@dataclass(frozen=True, slots=True)
class Prose:
    """One paragraph."""

    text: str | Markup
    quiet: bool = False
    kind: str = field(default="prose", init=False)


@dataclass(frozen=True, slots=True)
class Widget:
    """A part with a template of its own: `name` says which, `data` is passed to it."""

    name: str
    data: Any
    kind: str = field(default="widget", init=False)


@dataclass(frozen=True, slots=True)
class Fold:
    """Something that opens on request."""

    title: str
    blocks: tuple[SectionPart, ...]
    kind: str = field(default="fold", init=False)


SectionPart = Figure | Table | Prose | Widget | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """One question and its answer.

    Attributes
    ----------
    id : str
        Lower-case name, the anchor on the page.
    question : str
        What was asked, in few words.
    title : str
        The finding.
    lead : str
        The sentence that gives the uncertainty.
    answer : AnswerKind
        What kind of answer this is.
    blocks : tuple of SectionPart
        Figures first; the rest opens on request.
    """

    id: str
    question: str
    title: str
    lead: str | Markup
    answer: AnswerKind
    blocks: tuple[SectionPart, ...] = ()

    def __post_init__(self) -> None:
        """Check that the section has a finding and a name that can be an anchor.

        Raises
        ------
        UsageError
            If the title is empty or the name is not usable.
        """
        if not self.title.strip():
            raise UsageError(f"section {self.id!r} has no finding", rule="a section's title is its finding")
        if not _NAME.match(self.id):
            raise UsageError(f"section {self.id!r} has no usable name", rule="lower-case letters, digits and hyphens")

    def figures(self) -> list[Figure]:
        """Return every figure of the section, those in folds too."""
        return _figures(self.blocks)


def _figures(blocks: Sequence[SectionPart]) -> list[Figure]:
    figures: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            figures.append(block)
        elif isinstance(block, Fold):
            figures += _figures(block.blocks)
        elif isinstance(block, Widget):
            figures += [item for item in getattr(block.data, "figures", ()) if isinstance(item, Figure)]
    return figures
