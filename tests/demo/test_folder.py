"""The demo deletes only what a demo made."""

from __future__ import annotations

from pathlib import Path

import pytest

from karmalink.demo.files import MARK, fresh_folder
from karmalink.errors import UsageError


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    made = fresh_folder(tmp_path / "a" / "demo")
    assert (made / MARK).is_file()


def test_an_old_demo_is_emptied(tmp_path: Path) -> None:
    made = fresh_folder(tmp_path / "demo")
    (made / "study").mkdir()
    (made / "study" / "old").write_text("x", encoding="utf-8")
    (made / "report.html").write_text("x", encoding="utf-8")
    fresh_folder(made)
    assert [item.name for item in made.iterdir()] == [MARK]


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="no demo made it"):
        fresh_folder(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_somebody_elses_file_in_a_demo_folder_stops_it(tmp_path: Path) -> None:
    made = fresh_folder(tmp_path / "demo")
    (made / "study").mkdir()
    (made / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        fresh_folder(made)
    assert (made / "study").exists()
    assert (made / "notes.txt").exists()


def test_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(UsageError):
            fresh_folder(tmp_path / name)
