"""``karmalink account features``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.account.options import (
    FIRST_YEAR,
    Author,
    Calendar,
    DayBegins,
    DayFirst,
    Earliest,
    Entries,
    File,
    Latest,
    LifeName,
    Means,
    Person,
    ShowText,
    Until,
    Zone,
    accounts_in,
    holds_entries,
    lives_in,
)
from karmalink.cli.account.text import table
from karmalink.cli.contract import JsonFlag, OutPath, emit, new_file, progress

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Entry
    from karmalink.account.features.feature_table import FeatureTable

__all__ = ["features"]

Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Which: counts, style, content; may be given twice.", show_default="counts"),
]
ViewName = Annotated[str, typer.Option("--view", help="Measure: all, style-removed, names-masked.")]
Per = Annotated[str, typer.Option("--per", help="A row for each: text, unit.")]
EncoderName = Annotated[
    str | None, typer.Option("--encoder", help="Encode too: lexical, wordllama, minilm.", show_default=False)
]
ModelPath = Annotated[
    Path | None, typer.Option("--encoder-path", help="The ONNX file of minilm, or its folder.", show_default=False)
]


def features(
    file: File,
    entries: Entries = False,
    calendar: Calendar = None,
    date_means: Means = None,
    person: Person = None,
    life: LifeName = None,
    author: Author = None,
    timezone: Zone = None,
    until: Until = None,
    day_first: DayFirst = None,
    day_begins: DayBegins = 0,
    earliest: Earliest = FIRST_YEAR,
    latest: Latest = None,
    kind: Kinds = None,
    view: ViewName = "all",
    per: Per = "text",
    grain: Annotated[str, typer.Option("--grain", help="Cut the texts into: sentence, clause.")] = "sentence",
    encoder: EncoderName = None,
    encoder_path: ModelPath = None,
    out: OutPath = None,
    show_text: ShowText = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure each text or unit: how much there is, how it is written, what it is about."""
    from karmalink.account.features.feature_table import features_of

    new_file(out, endings=(".csv",))
    texts: Sequence[Account | Entry]
    if holds_entries(file, entries, life):
        lives = lives_in(file, calendar, life, author, timezone, until, day_first, day_begins, earliest, latest)
        texts = [entry for one in lives for entry in one.entries]
    else:
        texts = accounts_in(file, calendar, date_means, person, earliest, latest)
    coder = _encoder(encoder, encoder_path, texts, view)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("texts", total=len(texts))
        found = features_of(
            texts,
            kinds=kind or ["counts"],
            view=view,
            per=per,
            grain=grain,
            encoder=coder,
            progress=lambda done, _: bar.update(task, completed=done),
        )
    result = found.to_dict()
    lines = [_table(found)]
    if show_text:
        lines += _with_texts(result["texts"], texts, per, grain)
    if out is not None:
        found.to_dataframe().to_csv(out, index=False)
        lines.append(f"\n{len(found.rows)} rows written: {out}")
    emit(result, "\n".join(lines), as_json=as_json)


def _encoder(name: str | None, path: Path | None, texts: Sequence[Account | Entry], view: str) -> Encoder | None:
    if name is None:
        return None
    from karmalink.account import load_encoder, viewed

    return load_encoder(name, background=viewed([text.text for text in texts], view), path=path)


def _table(found: FeatureTable) -> str:
    rows = [row.to_dict() for row in found.rows]
    lines = [table(rows) if rows else "nothing is written in these texts"]
    if found.view.name != "all":
        lines.append(f"\nview {found.view.name}: {found.view.title}; removed: {found.view.removes}")
    if found.encoder is not None:
        info = found.encoder
        lines.append(
            f"\nencoder {info.name} ({info.title}; {info.version}): {found.vectors.shape[1]:,} columns"
            f"\n  licence: {info.licence}\n  speed: {info.speed}\n  note: {info.note}"
        )
    return "\n".join(lines)


def _with_texts(rows: list[dict[str, Any]], texts: Sequence[Account | Entry], per: str, grain: str) -> list[str]:
    """Return the texts as lines, and put them into the rows."""
    from karmalink.account import split_units

    units = [[unit.text for unit in split_units(item.text, grain)] for item in texts]
    words: list[Any] = units if per == "text" else [unit for text in units for unit in text]
    for row, found in zip(rows, words, strict=True):
        row["text"] = found
    shown = [["", item.id, *(f"  {unit}" for unit in text)] for item, text in zip(texts, units, strict=True)]
    return [line for lines in shown for line in lines]
