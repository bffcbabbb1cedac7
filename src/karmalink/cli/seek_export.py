"""``karmalink seek export``: the map for other programs, exact or coarsened."""

from __future__ import annotations

from typing import Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit
from karmalink.cli.opened import KeysFolder, PassphraseFile
from karmalink.cli.seek_case import CasePath, make_map, opened_case

__all__ = ["export"]


def export(
    case: CasePath,
    out: OutPath = None,
    coarse: Annotated[
        float | None,
        typer.Option("--coarse", help="Side of the blocks in metres: only the regions, made of whole blocks."),
    ] = None,
    with_plan: Annotated[bool, typer.Option("--plan", help="Put the plan's segments in.")] = False,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the map as GeoJSON; coarsened, it gives no find spot away."""
    from karmalink.errors import UsageError
    from karmalink.seek import to_geojson

    if out is None:
        raise UsageError("where should it be written?", allowed="--out FILE.geojson")
    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        todo = held.plan(found) if with_plan and coarse is None else None
        content = to_geojson(found, todo, coarse_m=coarse)
        written = write(content)
    form = "exact" if coarse is None else f"coarsened to {coarse:g} m"
    result = {"case": held.name, "written": written, "coarsened_to_m": coarse, "features": len(content["features"])}
    emit(result, f"{held.name}\n{len(content['features'])} features, {form}: {written}", as_json=as_json)
