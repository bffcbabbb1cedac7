"""``karmalink seek export``: the map for other programs, exact or coarsened."""

from __future__ import annotations

from typing import Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit
from karmalink.cli.seek.case import CasePath, form_of, make_map, opened_case
from karmalink.cli.study_access import KeysFolder, PassphraseFile

__all__ = ["export"]


def export(
    case: CasePath,
    out: OutPath = None,
    coarse: Annotated[
        float | None,
        typer.Option("--coarsen", "--coarse", help="Side of the blocks in metres: nothing finer leaves.", min=0.01),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Give exact ground though the case withholds it; the file says so.")
    ] = False,
    with_plan: Annotated[bool, typer.Option("--plan", help="Put the plan's segments in.")] = False,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the map for other programs; coarsened, it gives no find spot away."""
    from karmalink.errors import UsageError
    from karmalink.seek import release, write_export
    from karmalink.seek.exports.formats import EXPORTS

    if out is None:
        raise UsageError("where should it be written?", allowed=f"--out FILE, ending in {', '.join(EXPORTS)}")
    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        needed = with_plan or out.suffix.casefold() == ".gpx"
        todo = held.plan(found) if needed and coarse is None else None
        given = release(held, found, todo, coarse_m=coarse, exact=exact)
        written = write(lambda place: write_export(given, place))
    result = {"case": held.name, "written": written, **given.metadata()}
    emit(result, f"{held.name}\n{form_of(given)}: {', '.join(written)}", as_json=as_json)
