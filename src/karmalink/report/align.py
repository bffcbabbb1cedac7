"""The page of an alignment: the finding, the route as a figure, the path as a table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.link import Verdict
from karmalink.report.charts.route import route_panel
from karmalink.report.page import Page, page_html, write_page
from karmalink.report.section import AnswerKind, Figure, LegendEntry, Prose, Section
from karmalink.report.theme import ink

if TYPE_CHECKING:
    from karmalink.link import Alignment

__all__ = ["align_page", "align_section"]


def align_section(found: Alignment, name: str = "align") -> Section:
    """Return the section of an alignment that has units."""
    moves = [unit.move for unit in found.units]
    sure = sum(unit.confidence >= 0.5 for unit in found.units)
    follows = found.verdict is Verdict.FOUND
    title = "The recall follows the register" if follows else "Nothing here follows the register"
    limits = found.does_not_show
    figure = Figure(
        id=f"{name}-figure",
        alt=f"{title}: {sure} of {len(moves)} units have a clear place, {moves.count('return')} go back.",
        panels=(route_panel(found, title="Order of telling (from top to bottom) against the time in the register"),),
        key=(
            LegendEntry("a unit; larger and darker where the confidence is higher", ink("indigo"), "dot"),
            LegendEntry("a return", ink("lotus"), "dot"),
        ),
        caption=(
            "Each dot is one unit of the recall at the moment it most likely refers to. An alignment is mostly "
            "monotone by construction, so dots that run one way prove nothing; what was tested is whether they fit "
            "better in this order than in any other."
        ),
        layout="wide",
    )
    return Section(
        id=name,
        question="Which moment does each part of the recall refer to?",
        title=title,
        lead=found.finding,
        answer=AnswerKind.FOUND if follows else AnswerKind.NOTHING,
        blocks=(figure, *(Prose(f"Not shown: {line[0].lower()}{line[1:]}", quiet=True) for line in limits)),
    )


def align_page(found: Alignment, path: Path | str) -> Path:
    """Write the page of an alignment; it carries no text of a person.

    Raises
    ------
    UsageError
        There is no route to draw.
    StorageFailed
        It cannot be written.
    """
    page = Page("A recall beside its register", dt.datetime.now(), (align_section(found),))
    return write_page(page_html(page), path)
