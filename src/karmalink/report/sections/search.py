"""Where does it lie?"""

from __future__ import annotations

from karmalink.report.data import ReportData
from karmalink.report.section import Section

__all__ = ["search_sections"]


def search_sections(data: ReportData) -> list[Section]:
    """Return the sections of the search."""
    return []
