"""``karmalink link align``: an ordered recall against a timed register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, Seed, check_new_file, emit, progress, track
from karmalink.cli.link.options import EncoderName, ModelFile, ShowText, encoder_of, leave
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions, columns_said
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Reading
    from karmalink.link import Alignment

__all__ = ["align_"]

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class AlignOptions:
    """What counts besides words, and how near is the same place (``cli.option_groups``)."""

    encoder: EncoderName = "lexical"
    model: ModelFile = None
    mask_names: Annotated[bool, typer.Option("--mask-names", help="Mask names on both sides first.")] = False
    reach: Annotated[
        int, typer.Option("--reach", help="Units of the register on either side that count as the same place.", min=0)
    ] = 3
    register_columns: Annotated[
        list[str] | None,
        typer.Option("--register-columns", help="The same as --columns, for the register.", show_default=False),
    ] = None
    register_sheet: Annotated[
        str | None, typer.Option("--register-sheet", help="The same as --sheet, for the register.", show_default=False)
    ] = None


@with_option_groups
def align_(
    recall: Annotated[
        Path,
        typer.Argument(
            help="The recall, in order: a text (.txt), or accounts (.csv, .tsv, .xlsx, .jsonl).", show_default=False
        ),
    ],
    register: Annotated[
        Path, typer.Argument(help="A timed register: a table with id, start and text.", show_default=False)
    ],
    *,
    asked: AlignOptions,
    reading: ReadingOptions,
    out: OutPath = None,
    show_text: ShowText = False,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Which unit of a recall describes which moment? Mostly onwards, with skips and returns; with its probability.

    With --out the path is drawn on a page (.html) or written as a table (.csv). Exit code 4 where these
    data cannot tell.
    """
    from karmalink.account import read_timed
    from karmalink.link import align

    writer = _writer(out)
    told = _told(recall, reading.reading())
    timed = read_timed(register, columns=columns_said(asked.register_columns, asked.register_sheet))
    with progress(quiet=as_json) as bar:
        found = align(
            told,
            timed,
            encoder=encoder_of(asked.encoder, asked.model),
            mask_names=asked.mask_names,
            reach=asked.reach,
            seed=seed,
            progress=track(bar, "other orders of the recall"),
        )
    written = writer(found) if writer is not None and found.units else None
    text = [*_lines(found, show_text=show_text), *([] if written is None else ["", f"Written: {written}"])]
    result = {**found.to_dict(texts=show_text), "written": None if written is None else str(written)}
    emit(result, "\n".join(text), as_json=as_json)
    leave(found.verdict)


def _told(recall: Path, reading: Reading) -> list[str]:
    """Return the recall in order; a recall needs no dates."""
    if recall.suffix.casefold() == ".txt":
        if reading.given():
            raise UsageError("options of tables, and the recall is a text", where=recall, allowed="a table of accounts")
        from karmalink.rows import read_text

        return [read_text(recall)]
    from karmalink.link.sources import only_one

    reading.check(accounts=recall)
    accounts = reading.statements(recall)
    person = only_one("person", sorted({one.person for one in accounts}), reading.person, recall)
    return [one.text for one in accounts if one.person == person]


def _writer(out: Path | None) -> Callable[[Alignment], Path] | None:
    """Return what writes the result to `out`, refused before anything is computed where its ending says nothing."""
    if out is None:
        return None
    if out.suffix.casefold() not in (".html", ".csv"):
        raise UsageError("the ending does not say the format", where=out, allowed=".html, .csv")
    check_new_file(out)

    def write(found: Alignment) -> Path:
        if out.suffix.casefold() == ".csv":
            found.to_dataframe().to_csv(out, index=False)
            return out
        from karmalink.report.align import align_page

        return align_page(found, out)

    return write


def _lines(found: Alignment, *, show_text: bool) -> list[str]:
    from karmalink.account.files.timed import clock_of

    lines = [found.finding, ""]
    if found.units:
        lines += [
            f"Null: the same units in {round(1 / found.smallest_p) - 1} random orders. Of the register's "
            f"{found.n_register} units {found.covered:.0%} are within reach of a unit placed with probability 0.5 or "
            "more.",
            f"Evidence: {found.settings['encoder']}" + (", names masked" if found.settings["names_masked"] else ""),
            "   unit      time  prob  move",
        ]
    for unit in found.units[:_SHOWN]:
        words = f"  {unit.text}" if show_text else ""
        place = f"{clock_of(unit.start):>8}  {unit.confidence:.2f}  {unit.move:<6} {unit.register}"
        lines.append(f"  {unit.index + 1:5d}  {place}{words}")
    if len(found.units) > _SHOWN:
        lines.append(f"  {len(found.units) - _SHOWN} more: --json or --out lists them all.")
    return [*lines, "", "What this does not show:", *(f"  - {line}" for line in found.does_not_show)]
