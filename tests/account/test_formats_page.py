"""The page of formats names every column of every table, required ones marked, and no column that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from karmalink.account.files.tables import ACCOUNT_FIELDS, ENTRY_FIELDS
from karmalink.rows import Spec
from karmalink.seek.answers.lost_persons import BEHAVIOUR_SPEC, FIND_SPEC
from karmalink.seek.clues.clues import CLUE_SPEC
from karmalink.seek.clues.witnesses import WITNESS_SPEC
from karmalink.seek.intake.place_files import PLACE_SPEC
from karmalink.seek.search.assets import ASSET_SPEC
from karmalink.seek.search.found_things import FOUND_SPEC
from karmalink.seek.search.search_log import SEARCH_SPEC
from karmalink.study.imports.awakenings import AWAKENING_FIELDS
from karmalink.study.imports.people import PEOPLE_FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
TABLES = {
    "Accounts": ACCOUNT_FIELDS,
    "Entries": ENTRY_FIELDS,
    "People": PEOPLE_FIELDS,
    "Awakenings": AWAKENING_FIELDS,
    "Places": PLACE_SPEC,
    "Witnesses": WITNESS_SPEC,
    "Clues": CLUE_SPEC,
    "Searchers": ASSET_SPEC,
    "Behaviour": BEHAVIOUR_SPEC,
    "Finds": FIND_SPEC,
    "Found": FOUND_SPEC,
    "Searches": SEARCH_SPEC,
}


@pytest.mark.parametrize("heading", sorted(TABLES))
def test_every_column_is_on_the_page(heading: str) -> None:
    spec: Spec = TABLES[heading]
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    told = {name: "*" in marks for name, marks in re.findall(r"^\| `(\w+)`([ *†]*)\|", section, re.MULTILINE)}
    assert told == {field.name: field.required for field in spec}
