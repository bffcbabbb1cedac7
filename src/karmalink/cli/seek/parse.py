"""``karmalink seek parse``: a text becomes clues for somebody to confirm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, emit
from karmalink.cli.seek.case import joined, wrote

if TYPE_CHECKING:
    from karmalink.seek import Area, Parsed, Places

__all__ = ["parse"]


def parse(
    text: Annotated[Path, typer.Argument(help="A text file in UTF-8, or - for standard input.", show_default=False)],
    witness: Annotated[str, typer.Option("--witness", help="Whose words they are.")] = "witness",
    case: Annotated[
        Path | None,
        typer.Option("--case", help="A case whose places the names may stand for.", show_default=False),
    ] = None,
    places: Annotated[
        Path | None, typer.Option("--places", help="A file of places, instead of a case.", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en or km.")] = "en",
    measured: Annotated[
        bool, typer.Option("--written", help="A document whose numbers were measured, not told out of memory.")
    ] = False,
    first: Annotated[int, typer.Option("--first", help="Number of the first clue.", min=1)] = 1,
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a text into clues that nobody has confirmed yet, and say what was not understood."""
    from karmalink.errors import UsageError
    from karmalink.rows import read_text
    from karmalink.seek import parse_clues

    if case is not None and places is not None:
        raise UsageError("places come from a case or from a file", allowed="--case or --places")
    if out is not None and out.exists():
        raise UsageError(
            "the table is there already", where=out, rule="proposals overwrite nothing", next_step="give another name"
        )
    content = sys.stdin.read() if str(text) == "-" else read_text(text)
    area, known = _known(case, places)
    origin = "text" if str(text) == "-" else text.name
    found = parse_clues(
        content,
        witness=witness,
        places=known,
        area=area,
        language=language,
        written=measured,
        origin=origin,
        first=first,
    )
    table = None if out is None else _write(found, out)
    emit(
        {**found.to_dict(), "written": table},
        joined([*_lines(found, content), wrote([table] if table else [])]),
        as_json=as_json,
    )


def _known(case: Path | None, places: Path | None) -> tuple[Area | None, Places | None]:
    from karmalink.seek import Case, read_places

    if case is not None:
        held = Case.read(case, witnesses=(), clues=())
        return held.area, held.places
    return None, None if places is None else read_places(places)


def _write(found: Parsed, out: Path) -> str:
    from karmalink.rows import write_rows
    from karmalink.seek.clues.clues import CLUE_SPEC, row_of

    rows = [row_of(proposal.clue, confirmed=False) for proposal in found.proposals]
    return str(write_rows(out, CLUE_SPEC, rows))


def _lines(found: Parsed, text: str) -> list[str]:
    count = len(found.proposals)
    lines = [f"{count} {'clue' if count == 1 else 'clues'} to confirm; nothing counts before somebody has."]
    for proposal in found.proposals:
        said = " ".join(text[proposal.start : proposal.end].split())
        hint = {"unsure": " (said to be unsure)", "sure": " (said to be sure)"}.get(proposal.hint, "")
        lines += ["", f"{proposal.clue.id}: {proposal.clue.phrase()}{hint}"]
        lines.append(f"    from characters {proposal.start} to {proposal.end}: {said}")
        lines += [f"    {note}" for note in proposal.notes]
    if found.unread:
        lines += ["", "not understood:"]
    for part in found.unread:
        lines.append(f"    {part.start} to {part.end}, {part.why}: {' '.join(text[part.start : part.end].split())}")
    return lines
