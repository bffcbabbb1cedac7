"""From results to the page: which sections there are, in which order, and the file."""

from __future__ import annotations

from pathlib import Path

from karmalink.errors import UsageError
from karmalink.link import LagCurve, PairsResult
from karmalink.link import Verdict as Said
from karmalink.report.data import Answered, ReportData
from karmalink.report.page import Page, page_html, write_page
from karmalink.report.section import Section
from karmalink.report.sections.accounts import accounts_section
from karmalink.report.sections.after_search import search_sections
from karmalink.report.sections.audit import audit_section
from karmalink.report.sections.gain import gain_section
from karmalink.report.sections.lag import lag_section
from karmalink.report.sections.links import links_section
from karmalink.report.sections.methods import limits_section, methods_section, texts_notice
from karmalink.report.sections.night import night_section
from karmalink.report.sections.nothing import nothing_section, stranger_section
from karmalink.report.sections.unanswered import unanswered_section

__all__ = ["render", "sections_of"]


def render(report: ReportData, path: Path | str) -> Path:
    """Write the report to one HTML file and return its path.

    Parameters
    ----------
    report : ReportData
        What to show; whatever is missing is left out.
    path : path
        Where. The file is replaced in one step: there is the whole new report or what was there before.

    Raises
    ------
    UsageError
        If there is no result at all.
    StorageFailed
        If the file would be over five megabytes, or cannot be written.
    """
    page = Page(
        title=report.title,
        made=report.made,
        sections=sections_of(report),
        subtitle=report.subtitle,
        texts=texts_notice(report),
        notice=report.made_up,
    )
    return write_page(page_html(page), path)


def sections_of(report: ReportData) -> tuple[Section, ...]:
    """Return the sections of a report in their order; a result that is missing has none.

    First what the whole is worth, then a question whose answer is "nothing here" (a report that only finds things is
    not believed), then night, accounts, links, map, and what could not be answered.

    Raises
    ------
    UsageError
        If there is no result at all.
    """
    found: list[Section | None] = [gain_section(report.gain) if report.gain else None]
    nothing = [one for one in report.answered if one.result.verdict is Said.NOTHING]
    found += [nothing_section(report, one, f"nothing-{number}") for number, one in enumerate(nothing, start=1)]
    found += [night_section(night, number) for number, night in enumerate(report.nights, start=1)]
    found.append(accounts_section(report))
    positive = [one for one in report.answered if one.result.verdict is Said.FOUND]
    found += [_found(report, one, f"found-{number}") for number, one in enumerate(positive, start=1)]
    found += search_sections(report)
    found.append(unanswered_section(report))
    body = [section for section in found if section is not None]
    if not body:
        raise UsageError(
            "a report without any result",
            rule="a report shows results",
            next_step="give it a night, accounts, a question that was asked, or a map",
        )
    audited = audit_section(report)
    return (*body, *([audited] if audited else []), limits_section(report), methods_section(report))


def _found(report: ReportData, asked: Answered, name: str) -> Section:
    if isinstance(asked.result, PairsResult):
        return links_section(report, asked, asked.result, name)
    if isinstance(asked.result, LagCurve):
        return lag_section(asked, asked.result, name)
    return stranger_section(report, asked, asked.result, name)
