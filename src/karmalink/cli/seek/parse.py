"""``karmalink seek parse``: a text becomes clues to confirm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, OutPath, emit
from karmalink.cli.seek.case import joined, written_files

if TYPE_CHECKING:
    from karmalink.seek import Area, Parsed, Places

__all__ = ["parse"]


def parse(
    text: Annotated[Path, typer.Argument(help="A text file in UTF-8, or - for standard input.", show_default=False)],
    witness: Annotated[
        str, typer.Option("--witness", help="The witness who said it, where the text names no speaker.")
    ] = "witness",
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            "--speaker",
            help="Whose statements a speaker's are: 'Chhay=monk', or 'Dara=' for nobody's. May be given several times.",
            show_default=False,
        ),
    ] = None,
    one_voice: Annotated[
        bool, typer.Option("--one-voice", help="Not a transcript: all of it is the witness's.")
    ] = False,
    case: Annotated[
        Path | None,
        typer.Option("--case", help="A case whose places the names may mean.", show_default=False),
    ] = None,
    places: Annotated[
        Path | None, typer.Option("--places", help="A file of places, instead of a case.", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en or km.")] = "en",
    measured: Annotated[
        bool, typer.Option("--measured", help="A document whose numbers were measured, not remembered.")
    ] = False,
    first: Annotated[int, typer.Option("--first", help="Number of the first clue.", min=1)] = 1,
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a text into clues to confirm, and show what was not understood."""
    from karmalink.errors import UsageError
    from karmalink.rows import read_text
    from karmalink.seek import parse_clues

    if case is not None and places is not None:
        raise UsageError("places come from a case or from a file", allowed="--case or --places")
    if out is not None and out.exists():
        raise UsageError(
            "the table exists already", where=out, rule="proposals overwrite nothing", next_step="give another name"
        )
    content = sys.stdin.read() if str(text) == "-" else read_text(text)
    area, known = _known(case, places)
    origin = "text" if str(text) == "-" else text.name
    parsed = parse_clues(
        content,
        witness=witness,
        places=known,
        area=area,
        language=language,
        written=measured,
        origin=origin,
        first=first,
        speakers=_speakers(speaker or []),
        one_voice=one_voice,
    )
    table = None if out is None else _write(parsed, out)
    emit(
        {**parsed.to_dict(), "written": table},
        joined([*_lines(parsed, content), written_files([table] if table else [])]),
        as_json=as_json,
    )


def _known(case: Path | None, places: Path | None) -> tuple[Area | None, Places | None]:
    from karmalink.seek import Case, read_places

    if case is not None:
        held = Case.read(case, witnesses=(), clues=())
        return held.area, held.places
    return None, None if places is None else read_places(places)


def _speakers(given: list[str]) -> dict[str, str]:
    from karmalink.errors import UsageError

    for one in given:
        if "=" not in one or not one.partition("=")[0].strip():
            raise UsageError(
                "a speaker without a witness",
                where="--speaker",
                rule="the speaker as the transcript calls them, =, and the witness; nothing behind = for nobody",
                next_step="--speaker 'Chhay=monk'",
            )
    return {name.strip(): whose.strip() for name, _, whose in (one.partition("=") for one in given)}


def _write(parsed: Parsed, out: Path) -> str:
    from karmalink.rows import write_rows
    from karmalink.seek.clues.clues import CLUE_SPEC, row_of

    rows = [row_of(proposal.clue, confirmed=False) for proposal in parsed.proposals]
    return str(write_rows(out, CLUE_SPEC, rows))


def _who(parsed: Parsed) -> list[str]:
    """Return who speaks in a transcript, and whose words are not used."""

    lines = []
    for one in parsed.speakers:
        who = one.name or "before the first speaker and under headings"
        whose = f"the witness {one.witness}" if one.witness else "nobody's statements"
        lines.append(
            f"{who}, {counted(one.turns, 'turn' if one.name else 'stretch', '' if one.name else 'stretches')}: {whose}"
        )
    return lines


def _lines(parsed: Parsed, text: str) -> list[str]:
    lines = [f"{counted(len(parsed.proposals), 'clue')} to confirm; a clue counts once it is confirmed."]
    lines += [f"    {line}" for line in _who(parsed)]
    for proposal in parsed.proposals:
        quote = " ".join(text[proposal.start : proposal.end].split())
        hint = {"unsure": " (the witness is unsure)", "sure": " (the witness is sure)"}.get(proposal.hint, "")
        whose = f", says {proposal.clue.witness}" if parsed.speakers else ""
        lines += ["", f"{proposal.clue.id}: {proposal.clue.phrase()}{whose}{hint}"]
        lines.append(f"    from characters {proposal.start} to {proposal.end}: {quote}")
        lines += [f"    {note}" for note in proposal.notes]
    if parsed.unread:
        lines += ["", "not understood:"]
    for part in parsed.unread:
        lines.append(f"    {part.start} to {part.end}, {part.why}: {' '.join(text[part.start : part.end].split())}")
    return lines
