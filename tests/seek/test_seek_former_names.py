"""Former names of commands and case settings work for one version."""

from __future__ import annotations

from pathlib import Path

import pytest
from seek_case_files import FILES, run

from karmalink.seek import Case


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case as it was written for 0.1.0."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_area_outside_is_read_as_rest_of_world(folder: Path) -> None:
    settings = FILES["case.toml"].replace("rest_of_world = 0.15", "outside = 0.27")
    assert "outside" in settings
    (folder / "case.toml").write_text(settings, encoding="utf-8")
    assert Case.read(folder).rest_of_world == 0.27


def test_plan_shared_story_is_read_as_dependent(folder: Path) -> None:
    settings = FILES["case.toml"] + "shared_story = 0.125\n"
    (folder / "case.toml").write_text(settings, encoding="utf-8")
    assert Case.read(folder).dependent == 0.125


def test_seek_trail_writes_the_field_page(folder: Path) -> None:
    page = folder / "page.html"
    run("trail", folder, "--out", page)
    assert "<!doctype html>" in page.read_text(encoding="utf-8")
