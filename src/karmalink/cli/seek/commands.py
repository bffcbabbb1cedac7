"""``karmalink seek …``: from clues to a place, on a case folder of plain files."""

from __future__ import annotations

from karmalink.cli.contract import command_group
from karmalink.cli.seek import ask as seek_ask
from karmalink.cli.seek import audit as seek_audit
from karmalink.cli.seek import export as seek_export
from karmalink.cli.seek import field as seek_field
from karmalink.cli.seek import field_page as seek_field_page
from karmalink.cli.seek import map as seek_map
from karmalink.cli.seek import moving as seek_moving
from karmalink.cli.seek import parse as seek_parse
from karmalink.cli.seek import plan as seek_plan

__all__ = ["app"]

app = command_group(
    "seek",
    "From clues to a place: a map, a plan that is proved good, and what each empty search teaches.",
    old_options={"written": "measured"},
)


app.command("map")(seek_map.map_)
app.command("plan")(seek_plan.plan)
app.command("order")(seek_plan.order)
app.command("moving")(seek_moving.moving)
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
