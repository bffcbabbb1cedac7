"""What to ask whom next, and which clue the map hangs on."""

from __future__ import annotations

from karmalink.report import words
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import Column, Fold, Prose, Table
from karmalink.report.sections.witnesses import witness_name
from karmalink.seek import Influence, Questions

__all__ = ["influence_table", "questions_table"]

_MOST = 12  # rows of either table


def questions_table(data: ReportData, asked: Questions) -> Fold:
    """Return the fold of the questions, the most telling one first."""
    if not asked.asked:
        return Fold("What to ask next", (Prose("There is no witness to ask, or no place near the map to ask about."),))
    top = asked.asked[0]
    rows = tuple(
        (
            f"{one.text[:1].upper()}{one.text[1:]}",
            witness_name(data, one.witness),
            words.percent(one.yes),
            words.number(one.bits, 3),
        )
        for one in asked.asked[:_MOST]
    )
    columns = (
        Column("Question"),
        Column("To whom"),
        Column("Yes with", number=True),
        Column("Bits", number=True),
    )
    caption = (
        f"Questions by the doubt that the answer takes away on average, of {words.number(asked.doubt_bits, 1)} bits. "
        "A witness is believed as far as the map believes them now."
    )
    return Fold(f"What to ask next: {top.text} Ask {witness_name(data, top.witness)}", (Table(caption, columns, rows),))


def influence_table(data: ReportData, shown: ReportSearch, pulls: Influence) -> Fold:
    """Return the fold that says how far the belief moves without each clue."""
    names = {place.id: place.name for place in shown.places}
    said = {clue.id: clue.phrase(names) for clue in shown.probability_map.clues}
    if not pulls.pulls:
        return Fold("What the map hangs on", (Prose("There is no clue."),))
    top = pulls.pulls[0]
    rows = tuple(
        (
            said.get(one.clue, one.clue),
            witness_name(data, one.witness),
            words.percent(one.moved),
        )
        for one in pulls.pulls[:_MOST]
    )
    columns = (
        Column("Without the clue that it lies"),
        Column("Witness"),
        Column("Lies elsewhere", number=True),
    )
    more = len(pulls.pulls) - len(rows)
    caption = "Share of the belief that would lie elsewhere if that one clue had not been given" + (
        f"; {words.count(more, 'further clue')} {'moves' if more == 1 else 'move'} less" if more else ""
    )
    title = (
        f"What the map hangs on: without one clue of {witness_name(data, top.witness)}, {words.percent(top.moved)} of "
        "the belief would lie elsewhere"
    )
    return Fold(title, (Table(caption, columns, rows),))
