"""``karmalink seek …``: from clues to a place, on a case folder of plain files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, command_group, emit
from karmalink.cli.seek import ask as seek_ask
from karmalink.cli.seek import export as seek_export
from karmalink.cli.seek import field as seek_field
from karmalink.cli.seek import field_page as seek_field_page
from karmalink.cli.seek import parse as seek_parse
from karmalink.cli.seek import plan as seek_plan
from karmalink.cli.seek.case import CasePath, finding, form_of, joined, make_map, opened_case, share, wrote
from karmalink.cli.study_access import KeysFolder, PassphraseFile

if TYPE_CHECKING:
    from karmalink.seek import ProbabilityMap

__all__ = ["app"]

app = command_group(
    "seek", "From clues to a place: a map, a plan that is proved good, and what each empty hole teaches."
)


@app.command("map")
def map_(
    case: CasePath,
    out: OutPath = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say where it lies: the ground that holds the belief, and how far each clue and witness is believed."""
    from karmalink.seek import release, write_export

    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        given = release(held, found)
        written = write(lambda place: write_export(given, place))
    result = {"case": held.name, **found.to_dict(), "written": written}
    emit(result, joined([held.name, *_map_lines(found), wrote(written, form_of(given))]), as_json=as_json)


app.command("plan")(seek_plan.plan)
app.command("value")(seek_plan.asset_values)
app.command("barter", hidden=True)(seek_plan.asset_values)
app.command("ask")(seek_ask.ask)
app.command("fuse")(seek_ask.fuse)
app.command("search")(seek_field.search)
app.command("field-page")(seek_field_page.field_page)
app.command("trail", hidden=True)(seek_field_page.field_page)
app.command("export")(seek_export.export)
app.command("parse")(seek_parse.parse)


def _map_lines(found: ProbabilityMap) -> list[str]:
    lines = [finding(found), ""]
    lines += [f"  {share(mass)} of the belief lies in {found.region(mass).km2:.3g} km²" for mass in (0.5, 0.8, 0.95)]
    lon, lat = found.best()
    lines += [f"  the most believed spot is {lat:.5f} N, {lon:.5f} E", "", "how far it is believed, before → after:"]
    for clue in found.clues:
        again = f" (says again what {found.repeats[clue.id]} says)" if clue.id in found.repeats else ""
        before, after = found.clue_prior[clue.id], found.clue_reliability[clue.id]
        lines.append(f"  {clue.id}: {share(before)} → {share(after)}  {clue.phrase()}, {clue.witness}{again}")
    for witness in found.witnesses:
        before, after = found.witness_prior[witness.id], found.witness_reliability[witness.id]
        lines.append(f"  witness {witness.id}: {share(before)} → {share(after)}")
    return lines
