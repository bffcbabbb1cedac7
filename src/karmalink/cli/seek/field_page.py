"""``karmalink seek field-page``: the case on a phone, as one file that needs no network."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from karmalink.cli.contract import JsonFlag, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, make_map, opened_case
from karmalink.cli.study_access import FromStudyOptions
from karmalink.errors import UsageError

__all__ = ["field_page"]


@with_option_groups
def field_page(
    case: CasePath,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("field-page.html"),
    days: Annotated[
        int | None, typer.Option("--days", help="How many days to plan; by default those of the case.", min=1)
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Show the probability by cells for a case that withholds find spots.")
    ] = False,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Write the field page: map, plan and log of a case for a phone without a network."""
    from karmalink.report import render_field_page
    from karmalink.seek import field_page_of

    if out.suffix.casefold() not in (".html", ".htm"):
        raise UsageError("a field page is HTML, so that a phone opens it", where=out, allowed=".html")
    with opened_case(case, source, out=out, kind="field page") as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        plan = opened.team_plan(probability_map, days=days, today=dt.date.today()).plan if opened.assets else None
        page = field_page_of(opened, probability_map, plan, exact=exact or not opened.sensitive)
        written = write(lambda place: [render_field_page(page, place)])
    size = Path(written[0]).stat().st_size
    finest = "by cells" if page.exact else f"by segments: the case is {opened.sensitive}"
    result = {
        "case": opened.name,
        "written": written,
        "bytes": size,
        "segments": len(opened.ground),
        "probability_by_cells": page.exact,
    }
    text = (
        f"{opened.name}\n{len(opened.ground)} segments, probability {finest}; {size / 1e6:.1f} MB: {written[0]}\n"
        "Copy the file to the phone and open it in its browser. "
        "Import the file that it saves: karmalink seek search CASE --from FILE"
    )
    emit(result, text, as_json=as_json)
