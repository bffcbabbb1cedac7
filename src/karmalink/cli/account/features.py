"""``karmalink account features``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.wording import counted
from karmalink.cli.account.options import Entries, File, ShowText, texts_of
from karmalink.cli.account.text import table
from karmalink.cli.contract import JsonFlag, OutPath, check_new_file, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions

if TYPE_CHECKING:
    from karmalink.account import Account, Encoder, Entry
    from karmalink.account.features.feature_table import FeatureTable

__all__ = ["features"]


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """What is measured, per what, in which view."""

    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Which: counts, style, content; may be given twice.", show_default="counts"),
    ] = None
    view: Annotated[str, typer.Option("--view", help="View of the texts: all, style-removed, names-masked.")] = "all"
    per: Annotated[str, typer.Option("--per", help="One row per text or per unit.")] = "text"
    grain: Annotated[str, typer.Option("--grain", help="Units of a text: sentence or clause.")] = "sentence"
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Also encode the texts: lexical, wordllama, minilm.", show_default=False),
    ] = None
    encoder_path: Annotated[
        Path | None,
        typer.Option("--encoder-path", help="The ONNX file of minilm, or its folder.", show_default=False),
    ] = None


@with_option_groups
def features(
    file: File,
    entries: Entries = None,
    *,
    options: ReadingOptions,
    measure: MeasureOptions,
    out: OutPath = None,
    show_text: ShowText = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure each text or unit: how much there is, how it is written, what it is about."""
    from karmalink.account.features.feature_table import features_of

    check_new_file(out, endings=(".csv",))
    accounts, lives = texts_of(file, options, entries=entries)
    texts: Sequence[Account | Entry] = accounts or [entry for one in lives or () for entry in one.entries]
    with progress(quiet=as_json) as bar:
        features = features_of(
            texts,
            kinds=measure.kind or ["counts"],
            view=measure.view,
            per=measure.per,
            grain=measure.grain,
            encoder=_encoder(measure, texts),
            progress=track(bar, "texts"),
        )
    result = features.to_dict()
    lines = [_table(features)]
    if show_text:
        lines += _with_texts(result["texts"], texts, measure.per, measure.grain)
    if out is not None:
        features.to_dataframe().to_csv(out, index=False)
        lines.append(f"\n{counted(len(features.rows), 'row')} written: {out}")
    emit(result, "\n".join(lines), as_json=as_json)


def _encoder(measure: MeasureOptions, texts: Sequence[Account | Entry]) -> Encoder | None:
    if measure.encoder is None:
        return None
    from karmalink.account import load_encoder, viewed

    background = viewed([text.text for text in texts], measure.view)
    return load_encoder(measure.encoder, background=background, path=measure.encoder_path)


def _table(found: FeatureTable) -> str:
    rows = [row.to_dict() for row in found.rows]
    lines = [table(rows) if rows else "these texts are empty"]
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
