"""``karmalink seek audit``: do the map's regions hold the truth as often as they say, on cases like this one?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted, percent
from karmalink.cli.contract import JsonFlag, Seed, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, joined, opened_case
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import MapAudit

__all__ = ["audit"]

_HEAD = (
    f"  {'mechanism':<21} {'degree':>8}  {'50 %':>5} {'80 % (95 %)':>16} {'95 %':>5}  {'outside':>8} {'km² (80 %)':>10}"
)


@with_option_groups
def audit(
    case: CasePath,
    runs: Annotated[int, typer.Option("--runs", help="Simulated cases for each mechanism and severity.", min=1)] = 20,
    seed: Seed = 0,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Do the regions of the map hold the truth as often as they say? Simulated cases laid out like this one."""
    from karmalink.seek import Layout, audit_map

    with opened_case(case, source) as (opened, _):
        layout = Layout(
            opened.area,
            opened.places,
            opened.clues,
            opened.witnesses,
            opened.shared_error,
            opened.rest_of_world,
        )
        with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
            found = audit_map(layout, runs=runs, seed=seed, progress=track(bar, "simulating cases"))
    emit({"case": opened.name, **found.to_dict()}, joined([opened.name, *audit_lines(found)]), as_json=as_json)


def audit_lines(found: MapAudit) -> list[str]:
    """Return the audit as text: mild mechanisms first, then deception, for which nothing is promised."""
    from karmalink.seek.probability_map.map_audit import OFF_MAP

    worst = found.worst
    low, high = worst.interval(1)
    lines = [
        f"At worst the 80 % region holds the truth in {percent(worst.coverage[1])} of {worst.runs} simulated cases "
        f"({percent(low)} to {percent(high)}): {worst.mechanism}.",
    ]
    for is_mild, heading in ((True, "Memory"), (False, "Deception: nothing is promised")):
        cells = [cell for cell in found.cells if cell.is_mild == is_mild]
        if not cells:
            continue
        lines += ["", heading, _HEAD]
        for cell in cells:
            low, high = cell.interval(1)
            half, most, all_but = (f"{share:.0%}" for share in cell.coverage)
            most = f"{most} ({low:.0%}–{high:.0%})"
            if cell.mechanism == OFF_MAP:
                half = most = all_but = "–"
            held = f"{half:>5} {most:>16} {all_but:>5}"
            told = f"{percent(cell.outside):>8} {cell.km2:>10.3g}"
            lines.append(f"  {cell.mechanism:<21} {cell.severity:>8g}  {held}  {told}")
    left_out = sum(cell.left_out for cell in found.cells)
    if left_out:
        cases = counted(left_out, "simulated case")
        lines += ["", f"Left out: {cases} whose statements the map could not use together."]
    return lines
