"""What this does not show."""

from __future__ import annotations

from karmalink.link import StrangerResult
from karmalink.report.data import ReportData
from karmalink.report.section import Block, Prose, Section, Verdict, Widget

__all__ = ["limits_section"]

ALWAYS: tuple[str, ...] = (
    "No result here says that a memory passes from one life to another. A link says that a dream and a day agree "
    "more than chance explains; how the one came into the other is not in these data.",
    "Nothing here is certain about a single dream. Rates hold over many nights; any one link can be a coincidence.",
)
WITH_MAP = (
    "The map does not say where the thing is. It says where to look first if the witnesses are about as reliable "
    "as assumed; it can lie elsewhere."
)


def limits_section(data: ReportData) -> Section:
    """Return what a reader must not take from this report."""
    said = [*ALWAYS, *([WITH_MAP] if data.search else []), *data.does_not_show]
    tests = [
        text for one in data.asked if not isinstance(one.result, StrangerResult) for text in one.result.does_not_show
    ]
    blocks: list[Block] = [Widget("points", list(dict.fromkeys(said)))]
    if tests:
        blocks += [Prose("What the tests of links do not show:"), Widget("points", list(dict.fromkeys(tests)))]
    return Section(
        id="limits",
        question="What does this not show?",
        title="What this does not show",
        lead="",
        verdict=Verdict.CONTEXT,
        blocks=tuple(blocks),
    )
