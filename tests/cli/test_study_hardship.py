"""A study on a disk that is full or read-only, killed in the middle, and wanted by two at once."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from study_cli import ACCOUNTS, COMMAND, SECRET, Place

from karmalink.study.store.settings import write_settings

MANY = 1000
ALONE = shutil.which("unshare")


def many_accounts(place: Place, count: int = MANY) -> Path:
    """Write a table of accounts."""
    head = "id,person,date,calendar,date_means,text\n"
    rows = (f"a{i},P01,2026-02-{1 + i % 28:02d},gregorian,night_of,The {SECRET} {i}\n" for i in range(count))
    return place.file("many.csv", head + "".join(rows))


def apart(place: Place, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script as root of a name space of its own, where it may mount what only it sees."""
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **place.environment},
        check=False,
    )


@pytest.fixture
def mounting(place: Place) -> None:
    """Skip where no name space can be made."""
    if ALONE is None or apart(place, f"mount -t tmpfs none {place.folder}").returncode:
        pytest.skip("this system lets nobody mount in a name space of their own (unshare --user --mount)")


def assert_untouched(place: Place, ran: subprocess.CompletedProcess[str], words: str) -> None:
    """Check for a message, an exit code, no text, and a study as it was."""
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert SECRET not in ran.stdout + ran.stderr
    assert place.counts()["accounts"] == 0
    assert place.run("study", "verify").code == 0


@pytest.mark.usefixtures("mounting")
def test_a_read_only_disk(place: Place) -> None:
    file = place.file("a.csv", ACCOUNTS)
    study = place.study
    mount = f"mount --bind {study} {study} && mount -o remount,bind,ro {study}"
    assert_untouched(place, apart(place, f"{mount} && {COMMAND} study add accounts {file}"), "read-only")


@pytest.mark.usefixtures("mounting")
def test_a_read_only_disk_can_still_be_read(place: Place) -> None:
    study = place.study
    mount = f"mount --bind {study} {study} && mount -o remount,bind,ro {study}"
    ran = apart(place, f"{mount} && {COMMAND} study show")
    assert (ran.returncode, "3 people" in ran.stdout) == (0, True), ran.stderr


@pytest.mark.usefixtures("mounting")
def test_a_full_disk(place: Place) -> None:
    file, small, study = many_accounts(place), place.folder / "small", place.study
    small.mkdir()
    # The study on a disk of 500 kB, copied back for the check afterwards.
    script = (
        f"mount -t tmpfs -o size=500k none {small} && cp -r {study} {small} && "
        f"{COMMAND} study add accounts {file} --study {small}/study; code=$?; "
        f"rm -rf {study} && cp -r {small}/study {study}; exit $code"
    )
    assert_untouched(place, apart(place, script), "the disk is full")


def test_a_disk_that_takes_no_more(place: Place) -> None:
    """The same without a name space: no file may grow over 300 kB, which the kernel says as "file too large"."""
    file = many_accounts(place)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    ran = subprocess.run(
        [COMMAND, "study", "add", "accounts", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, **place.environment},
        preexec_fn=limited,
        check=False,
    )
    assert_untouched(place, ran, "disk")


def test_killed_in_the_middle_of_an_import(place: Place) -> None:
    file = many_accounts(place)
    log = place.study / "study.db-wal"
    hits = 0
    for wait in (0.0, 0.1):
        process = place.start("study", "add", "accounts", file)
        while process.poll() is None and not (log.exists() and log.stat().st_size):
            time.sleep(0.002)
        time.sleep(wait)
        hits += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert place.counts()["accounts"] in (0, MANY)
        assert place.run("study", "verify").code == 0
    assert hits
    ran = place.run("study", "add", "accounts", file)
    assert ran.code == 0
    assert place.counts()["accounts"] == MANY
    assert place.run("study", "add", "accounts", file).out.startswith(
        f"accounts from many.csv: 0 new, {MANY} already there"
    )


def test_a_second_writer_is_told_and_writes_nothing(place: Place) -> None:
    holder = (
        "import sys; from karmalink.study import Study; study = Study.open(sys.argv[1], write=True)\n"
        "with study.transaction(): print('open', flush=True); sys.stdin.read()\n"
        "study.close()"
    )
    write_settings(place.study, {"lock.wait_s": 0.1})
    environment = {**os.environ, **place.environment}
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(place.study)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        ran = place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
        assert (ran.code, "another process is writing" in ran.err) == (3, True), ran.said
        assert place.run("study", "show").code == 0
        other.communicate()
    assert place.counts()["accounts"] == 0
    assert place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS)).code == 0


def test_two_imports_at_once_leave_one_of_each(place: Place) -> None:
    file = place.file("a.csv", ACCOUNTS)
    both = [place.start("study", "add", "accounts", file) for _ in range(2)]
    ends = [(process.communicate(), process.returncode) for process in both]
    # The slower one waits for the lock, or is told that it is taken; either way the accounts are there once.
    assert 0 in [code for _, code in ends]
    assert {code for _, code in ends} <= {0, 3}
    assert not [said for (_, said), _ in ends if "Traceback" in said]
    assert place.counts()["accounts"] == 2
    assert place.run("study", "verify").code == 0
