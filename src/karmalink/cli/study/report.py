"""``karmalink study report``: what a study holds and answers, as one file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, Seed, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.study.options import ReportOptions
from karmalink.cli.study_access import StudyOptions
from karmalink.errors import CannotAnswer, UsageError, describe, suggest

if TYPE_CHECKING:
    from karmalink.report import ReportData, ReportSearch, Texts
    from karmalink.study import Study
    from karmalink.study.analyses.study_summary import SearchSummary, StudySummary

__all__ = ["report"]

# What the report says of people's words, by the option --texts.
_TEXTS = {"none": "no texts", "units": "the matching units", "full": "whole accounts"}


@with_option_groups
def report(
    *,
    out: Annotated[Path, typer.Option("--out", help="The .html file to write, outside the study.", show_default=False)],
    about: ReportOptions,
    access: StudyOptions,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Write one page of what the study holds, what it answers and what it cannot answer. It is an export.

    Nights, accounts, which nights draw on which days, the lag curve, open questions; with --case the map.
    """
    from karmalink.report import render
    from karmalink.study.analyses.study_summary import summarise_study
    from karmalink.study.exports.export_folder import entered_file, free_place

    texts = _texts(about.texts)
    with access.open(write=True) as study:
        free_place(study, out)
        people, left_out = _people(study, about.person)
        with progress(quiet=as_json) as bar:
            summary = summarise_study(
                study,
                people,
                lives=about.life or (),
                case=about.case,
                seed=seed,
                progress=track(bar, "asking the study"),
            )
            with entered_file(study, out, summary.people, "report", handed_to=about.handed_to) as place:
                render(_data(study, summary, texts, seed), place)
    result = _result(summary, place, texts, left_out)
    emit(result, _lines(result), as_json=as_json)


def _result(summary: StudySummary, place: Path, texts: Texts, left_out: list[str]) -> dict[str, Any]:
    return {
        "report": str(place),
        "bytes": place.stat().st_size,
        "people": list(summary.people),
        "texts": str(texts),
        "nights": len(summary.nights),
        "accounts": len(summary.accounts),
        "findings": [
            {"question": answered.question, "finding": answered.result.finding} for answered in summary.answered
        ],
        "not_answered": [{"question": open_.question, "why": open_.sentence} for open_ in summary.unanswered],
        "left_out": left_out,
    }


def _texts(word: str) -> Texts:
    from karmalink.report import Texts

    if word not in _TEXTS:
        raise UsageError(f"unknown --texts {describe(word)}", allowed=tuple(_TEXTS), next_step=suggest(word, _TEXTS))
    return Texts(word)


def _people(study: Study, named: list[str] | None) -> tuple[list[str], list[str]]:
    """Return the people of the report, and one line for each who is left out."""
    from karmalink.study.exports.people import exportable_people

    if named:
        return list(dict.fromkeys(named)), []
    agreed, left_out = exportable_people(study)
    with_data = [
        person.id for person in agreed if study.nights.ids(person=person.id) or study.accounts.ids(person=person.id)
    ]
    if not with_data and not len(study.clues):
        raise CannotAnswer(
            "no one who has agreed has a night or an account in this study",
            rule="; ".join(left_out),
            next_step="karmalink study add nights FILE, karmalink study add accounts FILE",
        )
    return with_data, left_out


def _data(study: Study, summary: StudySummary, texts: Texts, seed: int) -> ReportData:
    from karmalink.report import Answered, ReportData, ReportNight, Unanswered

    search = summary.search
    return ReportData(
        title=study.title,
        subtitle=_subtitle(summary),
        made=dt.datetime.now().replace(microsecond=0),
        nights=tuple(ReportNight(**night.parts) for night in summary.nights),
        accounts=summary.accounts,
        awakenings=summary.awakenings,
        lives=summary.lives,
        answered=tuple(
            Answered(question=answered.question, result=answered.result, about=answered.about)
            for answered in summary.answered
        ),
        unanswered=tuple(Unanswered(question=open_.question, sentence=open_.sentence) for open_ in summary.unanswered),
        search=None if search is None else _search(search),
        names=summary.names,
        audits=summary.audits,
        seeds={"analyses": seed},
        settings={} if search is None else {"searches on the map": search.searches},
        texts=texts,
    )


def _search(search: SearchSummary) -> ReportSearch:
    from karmalink.report import ReportSearch

    return ReportSearch(
        probability_map=search.probability_map,
        places=search.places,
        plan=search.plan,
        closures=search.closures,
        dangers=search.dangers,
        sought=search.sought,
        coarse_m=search.coarse_m,
        thing=search.thing,
        questions=search.questions,
        influence=search.influence,
        asset_values=search.asset_values,
    )


def _subtitle(summary: StudySummary) -> str:
    people = len({account.person for account in summary.accounts})
    parts = [f"{counted(len(summary.accounts), 'account')} of {counted(people, 'dreamer')}"]
    parts += [counted(len(summary.nights), "scored night")] if summary.nights else []
    return ", ".join(parts)


def _lines(result: dict[str, Any]) -> str:
    lines = [row["finding"] for row in result["findings"]]
    if result["not_answered"]:
        lines.append("What cannot be answered:")
        lines += [f"  {row['question']} {row['why']}" for row in result["not_answered"]]
    lines += result["left_out"]
    nights, accounts = counted(result["nights"], "night"), counted(result["accounts"], "account")
    people = counted(len(result["people"]), "person", "people")
    return "\n".join(
        [
            *lines,
            "",
            f"A report of {nights} and {accounts}, about {people}, with {_TEXTS[result['texts']]}.",
            "It is not encrypted. The study's list of exports names it, and an erasure deletes it.",
            result["report"],
        ]
    )
