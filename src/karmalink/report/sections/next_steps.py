"""Which question to ask which witness next, and how much each clue influences the map."""

from __future__ import annotations

from karmalink.report import words
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import Column, Fold, Prose, Table
from karmalink.report.sections.witnesses import witness_name
from karmalink.seek import Influence, Questions

__all__ = ["influence_table", "questions_table"]

_MOST = 12  # rows of either table


def questions_table(data: ReportData, questions: Questions) -> Fold:
    """Return the fold of the questions, the most informative first."""
    if not questions.ranked:
        return Fold("What to ask next", (Prose("There is no witness to ask, or no place near the map to ask about."),))
    top = questions.ranked[0]
    rows = tuple(
        (
            f"{question.text[:1].upper()}{question.text[1:]}",
            witness_name(data, question.witness),
            words.percent(question.yes),
            words.number(question.bits, 3),
        )
        for question in questions.ranked[:_MOST]
    )
    columns = (
        Column("Question"),
        Column("Witness"),
        Column("Chance of yes", number=True),
        Column("Expected bits", number=True),
    )
    caption = (
        f"Questions by expected information gain, out of {words.number(questions.entropy_bits, 1)} bits in all. "
        "Each witness counts with their current reliability."
    )
    return Fold(f"What to ask next: {top.text} Ask {witness_name(data, top.witness)}", (Table(caption, columns, rows),))


def influence_table(data: ReportData, shown: ReportSearch, influence: Influence) -> Fold:
    """Return the fold that says how far the probability moves without each clue."""
    names = {place.id: place.name for place in shown.places}
    phrases = {clue.id: clue.phrase(names) for clue in shown.probability_map.clues}
    if not influence.clues:
        return Fold("Influence of each clue", (Prose("There are no clues."),))
    top = influence.clues[0]
    rows = tuple(
        (
            phrases.get(clue.clue, clue.clue),
            witness_name(data, clue.witness),
            words.percent(clue.moved),
        )
        for clue in influence.clues[:_MOST]
    )
    columns = (
        Column("Without the clue that it lies"),
        Column("Witness"),
        Column("Probability moved", number=True),
    )
    more = len(influence.clues) - len(rows)
    caption = "Share of the probability that would lie elsewhere without that one clue" + (
        f"; {words.count(more, 'further clue')} {'moves' if more == 1 else 'move'} less" if more else ""
    )
    title = (
        f"Influence of each clue: without one clue of {witness_name(data, top.witness)}, {words.percent(top.moved)} of "
        "the probability would lie elsewhere"
    )
    return Fold(title, (Table(caption, columns, rows),))
