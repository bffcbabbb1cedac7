"""``karmalink seek export``: the map for other programs, exact or coarsened."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, exactness, make_map, opened_case
from karmalink.cli.study_access import FromStudyOptions

__all__ = ["export"]


@with_option_groups
def export(
    case: CasePath,
    out: OutPath = None,
    coarse: Annotated[
        float | None,
        typer.Option(
            "--coarsen", "--coarse", help="Side of the blocks in metres; the file holds nothing finer.", min=0.01
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Write the exact map of a case that withholds it; the file says so.")
    ] = False,
    with_plan: Annotated[bool, typer.Option("--plan", help="Include the segments of the plan.")] = False,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Write the map for other programs; a coarsened map does not give a find spot away."""
    from karmalink.errors import UsageError
    from karmalink.seek import release, write_export
    from karmalink.seek.exports.formats import EXPORTS

    if out is None:
        raise UsageError("--out is missing", allowed=f"--out FILE, ending in {', '.join(EXPORTS)}")
    with opened_case(case, source, out=out) as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        needed = with_plan or out.suffix.casefold() == ".gpx"
        plan = opened.team_plan(probability_map, today=dt.date.today()).plan if needed and coarse is None else None
        given = release(opened, probability_map, plan, coarse_m=coarse, exact=exact)
        written = write(lambda place: write_export(given, place))
    result = {"case": opened.name, "written": written, **given.metadata()}
    emit(result, f"{opened.name}\n{exactness(given)}: {', '.join(written)}", as_json=as_json)
