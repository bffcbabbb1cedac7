"""``karmalink study report``: what a study holds, as one file for people."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, Seed, StudyPath, emit, progress
from karmalink.cli.study_access import KeysFolder, PassphraseFile, open_study
from karmalink.errors import CannotAnswer, UsageError, describe, suggest

if TYPE_CHECKING:
    from karmalink.report import ReportData, Texts
    from karmalink.study import Study
    from karmalink.study.analyses.study_summary import StudySummary

__all__ = ["report"]

_TEXTS = ("none", "units", "full")


def report(
    out: Annotated[Path, typer.Option("--out", help="The .html file to write, outside the study.", show_default=False)],
    study: StudyPath = None,
    person: Annotated[
        list[str] | None,
        typer.Option("--person", help="Whose nights and accounts; without it everybody's. Repeatable."),
    ] = None,
    life: Annotated[
        list[str] | None, typer.Option("--life", help="A life to ask about, beside each person's own. Repeatable.")
    ] = None,
    case: Annotated[Path | None, typer.Option("--case", help="A case, for a map of the study's clues.")] = None,
    texts: Annotated[
        str, typer.Option("--texts", help="Whose words it carries: none; units that match; full accounts too.")
    ] = "none",
    handed_to: Annotated[str, typer.Option("--handed-to", help="Who gets a copy.")] = "",
    seed: Seed = 0,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write one page of what the study holds and answers, and of what it cannot tell. It is an export.

    Nights, accounts, which nights draw on which days, the lag curve, what could not be answered; with --case the map.
    """
    from karmalink.report import render
    from karmalink.study.analyses.study_summary import summarise_study
    from karmalink.study.exports.export_folder import entered_file, free_place

    carries = _texts(texts)
    with open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held:
        free_place(held, out)
        people, left_out = _people(held, person)
        with progress(quiet=as_json) as bar:
            task = bar.add_task("asking the study", total=None)
            found = summarise_study(
                held,
                people,
                lives=life or (),
                case=case,
                seed=seed,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
            with entered_file(held, out, found.people, "report", handed_to=handed_to) as place:
                render(_data(held, found, carries, seed), place)
    result = {
        "report": str(place),
        "bytes": place.stat().st_size,
        "people": list(found.people),
        "texts": str(carries),
        "nights": len(found.nights),
        "accounts": len(found.accounts),
        "findings": [{"question": one.question, "finding": one.result.finding} for one in found.answered],
        "not_told": [{"question": gap.question, "why": gap.sentence} for gap in found.unanswered],
        "left_out": left_out,
    }
    emit(result, _lines(result), as_json=as_json)


def _texts(word: str) -> Texts:
    from karmalink.report import Texts

    if word not in _TEXTS:
        raise UsageError(f"--texts {describe(word)}", allowed=_TEXTS, next_step=suggest(word, _TEXTS))
    return Texts(word)


def _people(study: Study, named: list[str] | None) -> tuple[list[str], list[str]]:
    """Return whom the report is about, and one line for each who is left out."""
    from karmalink.study.exports.people import exportable_people

    if named:
        return list(dict.fromkeys(named)), []
    agreed, left_out = exportable_people(study)
    there = [one.id for one in agreed if study.nights.ids(person=one.id) or study.accounts.ids(person=one.id)]
    if not there and not len(study.clues):
        raise CannotAnswer(
            "nobody who has agreed has a night or an account in this study",
            rule="; ".join(left_out),
            next_step="karmalink study add nights FILE, karmalink study add accounts FILE",
        )
    return there, left_out


def _data(study: Study, found: StudySummary, texts: Texts, seed: int) -> ReportData:
    from karmalink.report import Answered, ReportData, ReportNight, ReportSearch, Unanswered

    search = found.search
    shown = None
    if search is not None:
        shown = ReportSearch(
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
    return ReportData(
        title=study.title,
        subtitle=_subtitle(found),
        made=dt.datetime.now().replace(microsecond=0),
        nights=tuple(ReportNight(**night.parts) for night in found.nights),
        accounts=found.accounts,
        awakenings=found.awakenings,
        lives=found.lives,
        answered=tuple(Answered(question=one.question, result=one.result, about=one.about) for one in found.answered),
        unanswered=tuple(Unanswered(question=gap.question, sentence=gap.sentence) for gap in found.unanswered),
        search=shown,
        names=found.names,
        audits=found.audits,
        seeds={"analyses": seed},
        settings={} if search is None else {"searches on the map": search.searches},
        texts=texts,
    )


def _subtitle(found: StudySummary) -> str:
    people = len({account.person for account in found.accounts})
    parts = [f"{len(found.accounts)} accounts of {people} {'dreamer' if people == 1 else 'dreamers'}"]
    parts += [f"{len(found.nights)} scored {'night' if len(found.nights) == 1 else 'nights'}"] if found.nights else []
    return ", ".join(parts)


def _lines(result: dict[str, Any]) -> str:
    lines = [one["finding"] for one in result["findings"]]
    if result["not_told"]:
        lines.append("What cannot be told:")
        lines += [f"  {gap['question']} {gap['why']}" for gap in result["not_told"]]
    lines += result["left_out"]
    people = len(result["people"])
    words = {"none": "no words of anybody", "units": "the units that match", "full": "whole accounts"}[result["texts"]]
    return "\n".join(
        [
            *lines,
            "",
            f"A report of {result['nights']} nights and {result['accounts']} accounts, with {words}; people: {people}.",
            "It is in the clear. The study's list of exports names it, and erasure deletes it.",
            result["report"],
        ]
    )
