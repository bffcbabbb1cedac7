"""Do the error rates hold on data like these? What each null does where there is nothing to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karmalink.report import words
from karmalink.report.data import ReportData
from karmalink.report.section import AnswerKind, Column, Prose, Section, SectionPart, Table

if TYPE_CHECKING:
    from karmalink.link import Audit, AuditRow

__all__ = ["audit_section"]

_COLUMNS = (
    Column("Where there is nothing to find"),
    Column("Realised (95 %)", number=True),
    Column("Refused", number=True),
    Column("Naive rule", number=True),
    Column("Verdict"),
)


def audit_section(data: ReportData) -> Section | None:
    """Return the section of the audits, None where there was none."""
    audits = [one for one in data.audits if one.rows]
    if not audits:
        return None
    blocks: list[SectionPart] = []
    for number, audit in enumerate(audits, start=1):
        if number > 1:
            blocks.append(Prose(audit.finding))
        blocks += [_table(audit, null) for null in dict.fromkeys(row.null for row in audit.rows)]
        blocks += [Prose(f"Not run. {line}") for line in audit.left_out]
    if any(audit.failed for audit in audits):
        title = "An error rate fails on data like these"
    elif any(row.answers for audit in audits for row in audit.rows):
        title = "The error rates hold on data like these"
    else:
        title = "On data like these the tests refuse to answer"
    return Section(
        id="audit",
        question="Do the error rates hold on data like these?",
        title=title,
        lead=audits[0].finding,
        answer=AnswerKind.CONTEXT,
        blocks=tuple(blocks),
    )


def _table(audit: Audit, null: str) -> Table:
    rows = audit.of(null)
    worlds = words.count(audit.runs, "simulated world")
    return Table(
        f"The {null} null at a nominal rate of {words.number(rows[0].nominal)}: {worlds} per test, laid out like these "
        f"data ({words.count(audit.n_nights, 'night')} among {words.count(audit.n_days, 'day')}).",
        _COLUMNS,
        tuple(_row(row) for row in rows),
    )


def _row(row: AuditRow) -> tuple[str, ...]:
    planted = f"; {words.percent(row.planted)} of nights planted" if row.planted else ""
    return (
        f"{row.says}{planted}",
        f"{words.number(row.realised)} ({words.number(row.low)} to {words.number(row.high)})",
        words.percent(row.refused),
        words.number(row.naive),
        row.verdict,
    )
