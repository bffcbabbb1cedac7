"""A small sample of the crash campaign (``make crash``), and its model of a power cut."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from campaigns.crash.power_cut import Disk, survivors
from campaigns.crash.watched_disk import Change, compiled, watched_by

ROOT = Path(__file__).parents[2]


def test_a_sample_of_crashes_and_disk_errors_costs_nothing() -> None:
    library = compiled()
    if library is None:
        pytest.skip("the watched disk needs Linux and a C compiler")
    command = [sys.executable, "-m", "campaigns.crash", "enter an answer"]
    ran = subprocess.run(
        [*command, "--every", "11", "--cuts", "1"],
        cwd=ROOT,
        env=watched_by(library),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    cases = int(ran.stdout.splitlines()[-2].split()[0])
    assert cases > 25


def change(kind: str, inode: int = 0, path: str = "", other: str = "", body: bytes = b"") -> Change:
    return Change(kind, inode, 0, path, other, body)


REPLACED = [
    change("c", 2, "/d/new"),
    change("w", 2, body=b"new"),
    change("s", 2),
    change("r", path="/d/new", other="/d/file"),
    change("f", 9),
]


def left(changes: list[Change], seed: int | None) -> bytes:
    """Return what the file holds after a power cut."""
    disk = Disk(Path("/d"), names={"/d/file": 1}, content={1: b"old"}).apply(survivors(changes, seed))
    return disk.content[disk.names["/d/file"]]


def test_what_was_synced_lasts_and_what_was_not_may_be_lost() -> None:
    assert {left(REPLACED, seed) for seed in (None, *range(20))} == {b"new"}
    unsynced_name = REPLACED[:-1]
    assert {left(unsynced_name, seed) for seed in (None, *range(20))} == {b"old", b"new"}
    unsynced_content = [one for one in REPLACED if one.kind != "s"]
    assert left(unsynced_content, None) == b"", "renamed before it was synced: the classic empty file"


def test_names_are_lost_from_the_last_one_back() -> None:
    names = [change("c", 2, "/d/a"), change("c", 3, "/d/b"), change("u", path="/d/a")]
    for seed in range(30):
        disk = Disk(Path("/d")).apply(survivors(names, seed))
        assert set(disk.names) in (set(), {"/d/a"}, {"/d/a", "/d/b"}, {"/d/b"})
