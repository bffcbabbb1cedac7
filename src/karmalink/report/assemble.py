"""From results to the page: which sections there are, in which order, and the file."""

from __future__ import annotations

from pathlib import Path

from karmalink.errors import UsageError
from karmalink.link import LagCurve, PairsResult, Verdict
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

    First what combining the sources gains, then questions whose answer is "nothing here" (a report that only finds
    things is not credible), then nights, accounts, links, map, and what could not be answered.

    Raises
    ------
    UsageError
        If there is no result at all.
    """
    sections: list[Section | None] = [gain_section(report.gain) if report.gain else None]
    nothing = [answered for answered in report.answered if answered.result.verdict is Verdict.NOTHING]
    sections += [
        nothing_section(report, answered, f"nothing-{number}") for number, answered in enumerate(nothing, start=1)
    ]
    sections += [night_section(night, number) for number, night in enumerate(report.nights, start=1)]
    sections.append(accounts_section(report))
    positive = [answered for answered in report.answered if answered.result.verdict is Verdict.FOUND]
    sections += [_found(report, answered, f"found-{number}") for number, answered in enumerate(positive, start=1)]
    sections += search_sections(report)
    sections.append(unanswered_section(report))
    body = [section for section in sections if section is not None]
    if not body:
        raise UsageError(
            "the report has no results",
            rule="a report shows at least one result",
            next_step="give it a night, accounts, an answered question, or a map",
        )
    audited = audit_section(report)
    return (*body, *([audited] if audited else []), limits_section(report), methods_section(report))


def _found(report: ReportData, answered: Answered, name: str) -> Section:
    result = answered.result
    if isinstance(result, PairsResult):
        return links_section(report, answered, result, name)
    if isinstance(result, LagCurve):
        return lag_section(answered, result, name)
    return stranger_section(report, answered, result, name)
