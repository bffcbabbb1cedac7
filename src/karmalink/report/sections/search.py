"""The sections of a search: where it lies, where to look first, what the empty hole taught."""

from __future__ import annotations

from karmalink.report.data import ReportData
from karmalink.report.section import Section
from karmalink.report.sections.after_search import after_section
from karmalink.report.sections.place import place_section, withheld
from karmalink.report.sections.plan import plan_section

__all__ = ["search_sections"]


def search_sections(data: ReportData) -> list[Section]:
    """Return the sections of the search: map, plan, and the map after a search in vain."""
    shown = data.search
    if shown is None:
        return []
    if shown.coarse_m is not None:
        return [place_section(data, withheld(shown))]
    found = [place_section(data, shown)]
    if shown.plan is not None:
        found.append(plan_section(data, shown, shown.plan))
    if shown.after is not None:
        found.append(after_section(data, shown, shown.after))
    return found
