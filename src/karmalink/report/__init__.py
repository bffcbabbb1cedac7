"""Pages that leave the house as one file: results in, HTML out. Knows the results of the rooms, and no study.

render(ReportData(title="…", made=datetime.now(), answered=(Answered(question="…", result=pairs(…)),)), "report.html")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.report.assemble import render, sections_of
    from karmalink.report.data import Answered, ReportData, ReportNight, ReportSearch, Texts, Unanswered
    from karmalink.report.field_page import field_page_html, render_field_page
    from karmalink.report.page import Page, page_html, write_page
    from karmalink.report.section import AnswerKind, Figure, Section, Table
    from karmalink.report.sections.agreement import agreement_page, agreement_section

_HOME = {
    "Answered": "data",
    "Figure": "section",
    "ReportNight": "data",
    "Page": "page",
    "ReportData": "data",
    "ReportSearch": "data",
    "Section": "section",
    "Table": "section",
    "Texts": "data",
    "Unanswered": "data",
    "AnswerKind": "section",
    "agreement_page": "sections.agreement",
    "agreement_section": "sections.agreement",
    "page_html": "page",
    "render": "assemble",
    "render_field_page": "field_page",
    "field_page_html": "field_page",
    "sections_of": "assemble",
    "write_page": "page",
}

__all__ = [
    "AnswerKind",
    "Answered",
    "Figure",
    "Page",
    "ReportData",
    "ReportNight",
    "ReportSearch",
    "Section",
    "Table",
    "Texts",
    "Unanswered",
    "agreement_page",
    "agreement_section",
    "field_page_html",
    "page_html",
    "render",
    "render_field_page",
    "sections_of",
    "write_page",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
