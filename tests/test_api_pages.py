"""The API pages list every public name of a room once, and nothing else."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs" / "api"
ROOMS = ("account", "link", "live", "night", "report", "rows", "seek", "study")
LISTED = re.compile(r"^\.\. (?:autofunction|autoclass|py:data):: karmalink\.(\w+)\.(\w+)$", re.MULTILINE)


@pytest.mark.parametrize("room", ROOMS)
def test_api_page_lists_every_public_name_of_the_room_once(room: str) -> None:
    listed = LISTED.findall((DOCS / f"{room}.md").read_text(encoding="utf-8"))
    names = [name for _, name in listed]
    assert {of for of, _ in listed} == {room}
    assert len(names) == len(set(names))
    assert set(names) == set(importlib.import_module(f"karmalink.{room}").__all__)


def test_there_is_a_page_for_every_room_with_public_names() -> None:
    assert sorted(path.stem for path in DOCS.glob("*.md")) == list(ROOMS)
