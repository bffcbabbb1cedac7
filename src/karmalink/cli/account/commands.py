"""``karmalink account …``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.wording import counted
from karmalink.cli.account.features import features
from karmalink.cli.account.options import Entries, File, SaveColumns, ShowText, read_lives_of, save_columns, texts_of
from karmalink.cli.account.text import (
    accounts_result,
    accounts_text,
    language_lines,
    life_text,
    mention_result,
    mentions_text,
)
from karmalink.cli.contract import JsonFlag, OutPath, check_new_file, command_group, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions

if TYPE_CHECKING:
    from karmalink.account import Life

__all__ = ["app"]

app = command_group("account", "What a person said or wrote: read and check the files, see what is in the texts.")
app.command()(features)

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")


@app.command()
@with_option_groups
def check(
    file: File,
    entries: Entries = None,
    *,
    options: ReadingOptions,
    save: SaveColumns = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a file as an import would; report what is in it, or everything that is wrong with it."""
    check_new_file(save, endings=(".toml",))
    accounts, lives = texts_of(file, options, entries=entries)
    save_columns(save, options)
    if accounts is not None:
        emit(accounts_result(accounts), accounts_text(accounts), as_json=as_json)
    if lives is not None:
        _emit_lives(lives, as_json=as_json)


@app.command()
@with_option_groups
def convert(
    file: File,
    out: Annotated[
        Path, typer.Option("--out", help="The new table: .csv, .tsv or .jsonl.", show_default=False, metavar="FILE")
    ],
    entries: Entries = None,
    *,
    options: ReadingOptions,
    save: SaveColumns = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what a file holds as a table of accounts, or of entries, that every command reads without a word more."""
    from karmalink.account import write_accounts, write_lives

    check_new_file(out, endings=_TABLES)
    check_new_file(save, endings=(".toml",))
    accounts, lives = texts_of(file, options, entries=entries)
    save_columns(save, options)
    if accounts is not None:
        write_accounts(out, accounts)
        result: dict[str, Any] = accounts_result(accounts)
        text = [accounts_text(accounts)]
    else:
        write_lives(out, lives or ())
        result = {"lives": [one.to_dict() for one in lives or ()]}
        text = [life_text(one) for one in lives or ()]
    emit({**result, "written": str(out)}, "\n".join([*text, f"Written: {out}"]), as_json=as_json)


def _emit_lives(lives: Sequence[Life], *, as_json: bool) -> None:
    from karmalink.account import find_dream_mentions, languages_in

    entries = [entry for life in lives for entry in life.entries]
    mentions = find_dream_mentions(entries)
    languages = languages_in(entry.text for entry in entries)
    result = {
        "lives": [life.to_dict() for life in lives],
        "dreams": [mention_result(mention) for mention in mentions],
        "languages_told": [language.to_dict() for language in languages],
    }
    lines = [*(life_text(life) for life in lives), *mentions_text(mentions)]
    emit(result, "\n".join([*lines, *language_lines(entry.text for entry in entries)]), as_json=as_json)


@app.command()
@with_option_groups
def dreams(
    file: File,
    person: Annotated[str, typer.Option("--person", help="Who wrote the entries and dreamt.")],
    *,
    out: OutPath = None,
    cut: Annotated[
        Path | None,
        typer.Option("--cut", help="Write the entries without the retold dreams here.", show_default=False),
    ] = None,
    options: ReadingOptions,
    show_text: ShowText = False,
    as_json: JsonFlag = False,
) -> None:
    """Find the dreams that a diary retells: write them as accounts, and the diary without them."""
    from karmalink.account import accounts_of_mentions, cut_retellings, find_dream_mentions, write_accounts, write_lives

    for target in (out, cut):
        check_new_file(target, endings=_TABLES)
    lives = read_lives_of(file, replace(options, person=None))
    entries = [entry for life in lives for entry in life.entries]
    mentions = find_dream_mentions(entries)
    accounts = accounts_of_mentions(entries, person)
    lines = [*mentions_text(mentions, show_text=show_text)]
    shortened = [life for life in map(cut_retellings, lives) if life.entries] if cut is not None else []
    if out is not None:
        # A table without rows is one that no verb reads again.
        where = write_accounts(out, accounts) if accounts else "nothing to write, no file made"
        lines.append(f"{counted(len(accounts), 'account')} written: {where}")
    if cut is not None:
        where = write_lives(cut, shortened) if shortened else "nothing is left, no file made"
        lines.append(f"{counted(sum(len(life.entries) for life in shortened), 'entry', 'entries')} written: {where}")
    found = [mention_result(mention, show_text=show_text) for mention in mentions]
    emit({"dreams": found, "accounts": len(accounts)}, "\n".join(lines), as_json=as_json)
