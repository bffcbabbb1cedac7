"""Several processes with one study open at once: none is locked out, nothing is lost, no state is seen in part."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from study_samples import accounts_of, fill, reopened

from karmalink.errors import StudyLocked, UsageError
from karmalink.study import Person, Study
from karmalink.study.store.scratch import own_folder, sweep_folders
from karmalink.study.store.writer_lock import WriterLock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes of these tests are forked")
EACH = 12


def at_once(*works: Callable[[], object]) -> list[int]:
    """Run each in a process of its own, all at once; return how each ended."""
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=work) for work in works]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode or 0 for process in processes]


def write(folder: Path, name: str) -> None:
    with reopened(folder, write=True) as study:
        for number in range(EACH):
            with study.transaction():
                study.people.add(Person(f"{name}{number}", consent=True))
                study.accounts.add(accounts_of(f"{name}{number}", 2))


def check(folder: Path) -> None:
    for _ in range(EACH):
        with reopened(folder) as study:
            report = study.verify()
            assert report.ok, report.faults or report.first_broken
            assert report.notes == ()


def read(folder: Path) -> None:
    with reopened(folder) as study:
        for _ in range(EACH):
            with study.snapshot():
                people = len(study.people)
                time.sleep(0.005)
                assert len(study.accounts) == 2 * people, "a snapshot shows a person with their accounts, or neither"
                assert len(study.people) == people


def test_two_writers_two_checks_and_a_reader(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.close()
    works = [lambda name=name: write(tmp_path, name) for name in "ab"]
    assert at_once(*works, lambda: check(tmp_path), lambda: check(tmp_path), lambda: read(tmp_path)) == [0] * 5
    with reopened(tmp_path, write=True) as study:
        assert study.notices == []
        assert sorted(study.people.ids()) == sorted(f"{name}{n}" for name in "ab" for n in range(EACH))
        assert len(study.accounts) == 4 * EACH
        assert study.keys.pending == frozenset()
        assert study.verify().ok


def test_the_process_that_asked_first_is_next(tmp_path: Path) -> None:
    """A process that takes the lock again and again must not keep out those that wait already."""

    def take(turns: int) -> None:
        lock = WriterLock(tmp_path, 10.0)
        for _ in range(turns):
            lock.take()
            time.sleep(0.01)
            waiting = len(list(tmp_path.glob(".writer-*")))
            with (tmp_path / "order").open("a", encoding="utf-8") as order:
                order.write(f"{os.getpid()}:{waiting} ")
            lock.release()

    assert at_once(*[lambda: take(10)] * 4) == [0] * 4
    turns = [turn.partition(":") for turn in (tmp_path / "order").read_text(encoding="utf-8").split()]
    assert len(turns) == 40
    passed = [first == after for (first, _, waiting), (after, _, _) in pairwise(turns) if waiting != "0"]
    assert len(passed) > 5
    assert sum(passed) <= 1, "a place that is not locked yet in this very moment may be lost"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".writer-")] == []


def test_a_place_in_the_queue_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    (tmp_path / ".writer-00000000000000000001-dead").touch()
    lock = WriterLock(tmp_path, 5.0)
    lock.take()
    with pytest.raises(StudyLocked, match=f"process {os.getpid()}"):
        WriterLock(tmp_path, 0.0).take()
    lock.release()
    assert [path.name for path in tmp_path.iterdir()] == ["writer.lock"]


def test_a_reader_that_looks_long_is_told_of_by_an_erasure(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Heng", "Ty")
    with reopened(tmp_path) as reader, reader.snapshot():
        assert len(reader.people) == 2
        report = sqlite_study.withdraw("Heng", erase=True)
        assert report.kept_open
        assert any("close all programs" in line for line in report.left_to_do)
        with pytest.raises(UsageError, match="reading only"):
            reader.people.add(Person("Do"))
    assert not sqlite_study.withdraw("Ty", erase=True).kept_open


def test_answers_that_two_people_enter_at_once_are_both_kept(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Srey", "minor", 2015))
    sqlite_study.close()

    def enter(**answer: bool) -> None:
        with reopened(tmp_path, write=True) as study:
            study.people.consent("Srey", **answer)

    assert at_once(lambda: enter(guardian=True), lambda: enter(assent=True), lambda: enter(own=True)) == [0] * 3
    with reopened(tmp_path) as study:
        person = study.people.get("Srey")
    assert (person.guardian_consent, person.assent, person.consent) == (True, True, True)


def test_a_folder_for_work_that_was_swept_while_it_was_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock, Timeout

    acquire, swept = FileLock.acquire, ["once"]

    def meeting_a_sweeper(lock: FileLock, *given: object, **named: object) -> object:
        if swept:
            swept.pop()
            raise Timeout(str(lock.lock_file))
        return acquire(lock, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(FileLock, "acquire", meeting_a_sweeper)
    with own_folder(tmp_path, "work-", clear=False) as folder:
        (folder / "a").touch()
    assert sweep_folders(tmp_path, "work-", clear=False) == 0
