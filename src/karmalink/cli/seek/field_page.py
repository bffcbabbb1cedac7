"""``karmalink seek field-page``: the case on a phone, as one file that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, emit
from karmalink.cli.seek.case import CasePath, make_map, opened_case
from karmalink.cli.study_access import KeysFolder, PassphraseFile
from karmalink.errors import UsageError

__all__ = ["field_page"]


def field_page(
    case: CasePath,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("field-page.html"),
    days: Annotated[
        int | None, typer.Option("--days", help="How many days to plan; without it the case's.", min=1)
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Show the belief by cells though the case withholds find spots.")
    ] = False,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the trail page: map, plan and log of a case for a phone that has no network."""
    from karmalink.report import render_field_page
    from karmalink.seek import field_page_of

    if out.suffix.casefold() not in (".html", ".htm"):
        raise UsageError("a trail page is HTML, so that a phone opens it", where=out, allowed=".html")
    with opened_case(case, study, passphrase_file, keys, out=out, kind="trail") as (held, write):
        found = make_map(held, quiet=as_json)
        todo = held.plan(found, days=days) if held.assets else None
        page = field_page_of(held, found, todo, exact=exact or not held.sensitive)
        written = write(lambda place: [render_field_page(page, place)])
    size = Path(written[0]).stat().st_size
    finest = "by cells" if page.exact else f"by segments: the case is {held.sensitive}"
    result = {
        "case": held.name,
        "written": written,
        "bytes": size,
        "segments": len(held.ground),
        "probability_by_cells": page.exact,
    }
    text = (
        f"{held.name}\n{len(held.ground)} segments, belief {finest}; {size / 1e6:.1f} MB: {written[0]}\n"
        "Bring the file to the phone and open it in its browser. "
        "What it hands back: karmalink seek search CASE --from FILE"
    )
    emit(result, text, as_json=as_json)
