"""Charts that results draw of themselves: the finding as the title, one quiet style, plain records as data."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

__all__ = ["BAND", "INK", "LINE", "PAPER", "SOFT", "STONE", "chart_of", "titled"]

INK, PAPER, SOFT, LINE, BAND, STONE = "#22242e", "#fbf8f1", "#5d5b52", "#ddd6c6", "#e7e1d1", "#8a8778"

_TITLE_CHARACTERS, _SUBTITLE_CHARACTERS = 72, 96
# Where the first clause of a finding ends: what follows is its uncertainty, and goes below the title.
_CLAUSE_ENDS = (" (", ": ", ". ")


def chart_of(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return a chart of plain records: no data frame is made of them, and none of Altair's limits on rows applies."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def titled(panels: Sequence[Any], finding: str) -> alt.VConcatChart:
    """Return panels one above the other, with the first clause of a finding as title and the rest as subtitle.

    Parameters
    ----------
    panels : sequence of altair charts
        From top to bottom; their scales are independent.
    finding : str
        The answer with its uncertainty; also the text alternative of the chart.
    """
    import altair as alt

    headline, uncertainty = _headline(finding)
    title = alt.TitleParams(
        textwrap.wrap(headline, _TITLE_CHARACTERS) or [""],
        subtitle=textwrap.wrap(uncertainty, _SUBTITLE_CHARACTERS),
        anchor="start",
        color=INK,
        subtitleColor=SOFT,
        fontSize=15,
    )
    chart: alt.VConcatChart = alt.vconcat(*panels, title=title, description=finding).resolve_scale(
        color="independent", x="independent", fill="independent", stroke="independent"
    )
    quiet: Any = {"labelColor": SOFT, "titleColor": SOFT, "titleFontWeight": "normal"}
    styled: alt.VConcatChart = (
        chart.configure(background=PAPER)
        .configure_view(stroke=None)
        .configure_axis(**quiet, gridColor=LINE, domainColor=LINE, tickColor=LINE)
        .configure_legend(**quiet)
    )
    return styled


def _headline(finding: str) -> tuple[str, str]:
    """Return the first clause of a finding, and the rest of it with a capital first letter."""
    ends = [finding.find(mark) for mark in _CLAUSE_ENDS if mark in finding]
    if not ends:
        return finding, ""
    end = min(ends)
    rest = finding[end:].lstrip(" :.")
    if rest.startswith("(") and rest.endswith(")."):
        rest = rest[1:-2] + "."
    return finding[:end], rest[:1].upper() + rest[1:]
