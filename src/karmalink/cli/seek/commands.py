"""``karmalink seek …``: from clues to a place, on a case folder of plain files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karmalink.base.wording import percent
from karmalink.cli.contract import JsonFlag, OutPath, command_group, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek import ask as seek_ask
from karmalink.cli.seek import audit as seek_audit
from karmalink.cli.seek import export as seek_export
from karmalink.cli.seek import field as seek_field
from karmalink.cli.seek import field_page as seek_field_page
from karmalink.cli.seek import parse as seek_parse
from karmalink.cli.seek import plan as seek_plan
from karmalink.cli.seek.case import CasePath, exactness, finding, joined, make_map, opened_case, written_files
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import ProbabilityMap

__all__ = ["app"]

app = command_group(
    "seek",
    "From clues to a place: a map, a plan that is proved good, and what each empty search teaches.",
    old_options={"written": "measured"},
)


@app.command("map")
@with_option_groups
def map_(case: CasePath, out: OutPath = None, *, source: FromStudyOptions, as_json: JsonFlag = False) -> None:
    """Show where it lies: the ground that holds the probability, and how likely each clue and witness is right."""
    from karmalink.seek import release, write_export

    with opened_case(case, source, out=out) as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        given = release(opened, probability_map)
        written = write(lambda place: write_export(given, place))
    result = {"case": opened.name, **probability_map.to_dict(), "written": written}
    lines = [opened.name, *_map_lines(probability_map), written_files(written, exactness(given))]
    emit(result, joined(lines), as_json=as_json)


app.command("plan")(seek_plan.plan)
app.command("order")(seek_plan.order)
app.command("value")(seek_plan.asset_values)
app.command("ask")(seek_ask.ask)
app.command("audit")(seek_audit.audit)
app.command("fuse")(seek_ask.fuse)
app.command("search")(seek_field.search)
app.command("field-page")(seek_field_page.field_page)
app.command("export")(seek_export.export)
app.command("parse")(seek_parse.parse)
# Former names, kept for one version.
app.command("barter", hidden=True)(seek_plan.asset_values)
app.command("trail", hidden=True)(seek_field_page.field_page)


def _map_lines(probability_map: ProbabilityMap) -> list[str]:
    lines = [finding(probability_map), ""]
    regions = [probability_map.region(mass) for mass in (0.5, 0.8, 0.95)]
    lines += [f"  {percent(region.mass)} of the probability lies in {region.km2:.3g} km²" for region in regions]
    lon, lat = probability_map.best()
    lines += [
        f"  the most probable spot is {lat:.5f} N, {lon:.5f} E",
        "",
        "how likely each is right, before → after:",
    ]
    for clue in probability_map.clues:
        repeated = probability_map.repeats.get(clue.id)
        again = f" (repeats {repeated})" if repeated else ""
        before, after = probability_map.clue_prior[clue.id], probability_map.clue_reliability[clue.id]
        lines.append(f"  {clue.id}: {percent(before)} → {percent(after)}  {clue.phrase()}, {clue.witness}{again}")
    for witness in probability_map.witnesses:
        before, after = probability_map.witness_prior[witness.id], probability_map.witness_reliability[witness.id]
        lines.append(f"  witness {witness.id}: {percent(before)} → {percent(after)}")
    return lines
