"""Settings: read with defaults, checked, and rewritten with the comments that people put there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from karmalink.errors import InputError, ReadError, UsageError
from karmalink.study.store.settings import FILE_NAME, SETTINGS, read_settings, sweep_drafts, write_settings


def test_a_new_file_explains_every_setting(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, {"study.title": "Garden"})
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    for setting in SETTINGS:
        assert f"# {setting.meaning}\n{setting.name.partition('.')[2]} = " in text
        assert settings[setting.name] == ("Garden" if setting.name == "study.title" else setting.default)
    assert "Garden" in repr(settings)


def test_comments_order_and_other_values_are_kept_when_it_is_rewritten(tmp_path: Path) -> None:
    mine = (
        "# ours, agreed on 3 May\n[lock]\n  wait_s = 9 # the slow drive\n\n"
        "[study]\nid='x' # do not touch\ntitle = \"A\"\n"
    )
    (tmp_path / FILE_NAME).write_text(mine, encoding="utf-8")
    settings = write_settings(tmp_path, {"study.title": "B", "vault.scratch": "disk"})
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert text.startswith(mine.replace('"A"', '"B"'))
    assert '[vault]\nscratch = "disk"' in text
    assert (settings["lock.wait_s"], settings["study.id"], settings["study.title"]) == (9.0, "x", "B")
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("[lock]\nwait = 1", UsageError, "lock.wait_s"),
        ("lock = 1", UsageError, "unknown"),
        ("[lock]\nwait_s = 'long'", InputError, "a number"),
        ("[lock]\nwait_s = true", InputError, "a number"),
        ("[study]\nmajority_age = true", InputError, "a whole number"),
        ("[vault]\nscratch = 'anywhere'", InputError, "memory, disk"),
        ("[lock]\nwait_s = -1", InputError, "0 to 600"),
        ("[lock]\nwait_s = nan", InputError, "0 to 600"),
        ("[lock]\nwait_s = 1e9", InputError, "0 to 600"),
        ("[study]\nmajority_age = -5", InputError, "10 to 25"),
        ("[lock\n", ReadError, "TOML"),
        ("[lock]\nwait_s = 1\nwait_s = 2\n", ReadError, "TOML"),
        ("[lock]\nwait_s = 1\n[lock]\n", ReadError, "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, error: type[Exception], says: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(error) as raised:
        read_settings(tmp_path)
    assert says in str(raised.value)


def test_a_draft_that_a_killed_process_left_goes_and_one_that_is_being_written_stays(tmp_path: Path) -> None:
    left, young = tmp_path / ".karmalink.1.part.toml", tmp_path / ".karmalink.2.part.toml"
    left.touch()
    young.touch()
    os.utime(left, (0, 0))
    sweep_drafts(tmp_path)
    assert (left.exists(), young.exists()) == (False, True)


def test_a_folder_without_settings_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="not a study"):
        read_settings(tmp_path)


def test_settings_in_another_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes("[study]\ntitle = 'Bärenhöhle'".encode("latin-1"))
    with pytest.raises(ReadError):
        read_settings(tmp_path)
