"""``karmalink seek moving``: where to look, hour by hour, for somebody who moves on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted, percent
from karmalink.cli.contract import JsonFlag, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, joined, make_map, opened_case
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import MovingPlan

__all__ = ["moving"]

_SHOWN = 6


@with_option_groups
def moving(
    case: CasePath,
    periods: Annotated[int, typer.Option("--periods", help="How many periods to plan.", min=1)] = 6,
    hours: Annotated[float, typer.Option("--hours", help="Hours of one period.", min=0.01)] = 1.0,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show where to look period by period for a lost person who moves on, and prove how good the plan is."""
    with opened_case(case, source) as (opened, _):
        probability_map = make_map(opened, quiet=as_json)
        with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
            found = opened.moving_plan(
                probability_map, periods=periods, hours=hours, progress=track(bar, "planning periods")
            )
    emit({"case": opened.name, **found.to_dict()}, joined([opened.name, *_lines(found)]), as_json=as_json)


def _lines(found: MovingPlan) -> list[str]:
    who = counted(found.searchers, "searcher")
    periods = counted(len(found.search.effort), "period")
    lines = [
        f"{periods} of {found.period_hours:g} h with {who} find the person with {percent(found.search.value)}; "
        f"{found.proof}.",
    ]
    rows = found.rows()
    for period, by_then in enumerate(found.search.found_by, start=1):
        own = [row for row in rows if row["period"] == period]
        lines += ["", f"from hour {own[0]['from_h'] if own else (period - 1) * found.period_hours:g}:"]
        lines[-1] += f" found by its end with {percent(float(by_then))}"
        lines += [
            f"  {row['segment']}: {row['hours']:.2f} h of searchers, at {row['lat']:.5f} N, {row['lon']:.5f} E "
            f"({percent(row['probability'])} that the person is there then, if not found before)"
            for row in own[:_SHOWN]
        ]
        if len(own) > _SHOWN:
            lines.append(f"  … and {len(own) - _SHOWN} more (--json)")
    return lines
