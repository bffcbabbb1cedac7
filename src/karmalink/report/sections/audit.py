"""Do the error rates hold on data like these? What each null does where there is nothing to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karmalink.report import words
from karmalink.report.data import ReportData
from karmalink.report.section import Block, Column, Prose, Section, Table, Verdict

if TYPE_CHECKING:
    from karmalink.link import Audit, AuditRow

__all__ = ["audit_section"]

_COLUMNS = (
    Column("Null"),
    Column("Where there is nothing to find"),
    Column("Asked for", number=True),
    Column("Realised (95 %)", number=True),
    Column("Refuses", number=True),
    Column("A careless rule", number=True),
    Column("So it"),
)


def audit_section(data: ReportData) -> Section | None:
    """Return the section of the audits, None where there was none."""
    audits = [one for one in data.audits if one.rows]
    if not audits:
        return None
    blocks: list[Block] = []
    for number, audit in enumerate(audits, start=1):
        if number > 1:
            blocks.append(Prose(audit.finding))
        blocks.append(_table(audit))
        blocks += [Prose(f"Not run. {line}") for line in audit.left_out]
    failed = any(audit.failed for audit in audits)
    return Section(
        id="audit",
        question="Do the error rates hold on data like these?",
        title="An error rate fails on data like these" if failed else "The error rates hold on data like these",
        lead=audits[0].finding,
        verdict=Verdict.CONTEXT,
        blocks=tuple(blocks),
    )


def _table(audit: Audit) -> Table:
    return Table(
        f"{words.count(audit.runs, 'world')} a test in the layout of these data: {audit.n_nights} nights among "
        f"{audit.n_days} days. Each null is run on mechanisms that it does not use.",
        _COLUMNS,
        tuple(_row(row) for row in audit.rows),
    )


def _row(row: AuditRow) -> tuple[str, ...]:
    planted = f"; {words.percent(row.planted)} of nights planted" if row.planted else ""
    return (
        row.null,
        f"{row.says}{planted}",
        words.number(row.nominal),
        f"{words.number(row.realised)} ({words.number(row.low)} to {words.number(row.high)})",
        words.percent(row.refused),
        words.number(row.naive),
        row.verdict,
    )
