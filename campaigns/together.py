"""Five processes with one study open at once, for minutes: ``python -m campaigns.together [--minutes 10]``."""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from karmalink.account import Account
from karmalink.study import Person, Study

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "study"))

from study_samples import CHEAP, PASSPHRASE, fill, write_night

__all__ = ["main"]

Report = tuple[str, int, str]
"""Who, how many rounds, and what went wrong in one of them; empty at the end of all."""


def writer(root: Path, name: str, until: float, told: SimpleQueue[Report]) -> None:
    """Open, store in a few transactions, close, again and again; one round of ten erases a person."""
    rounds = 0
    begun = secrets.token_hex(3)  # after an error it begins again, with other people
    while time.time() < until:
        with _opened(root, write=True) as study:
            for _ in range(5):
                person = f"{name}{begun}-{rounds}"
                with study.transaction():
                    study.people.add(Person(person, consent=True))
                    study.accounts.add([Account(f"{person}-{n}", person, f"said {n}", None) for n in range(3)])
                if rounds % 10 == 5:
                    study.nights.add(person, root / "n.edf", id=person)
                if rounds % 10 == 9:
                    study.withdraw(f"{name}{begun}-{rounds - 4}", erase=True)
                study.results.put("power", [person], {"n": rounds}, id=f"power-{name}")
                rounds += 1
                told.put((name, 1, ""))


def verifier(root: Path, name: str, until: float, told: SimpleQueue[Report]) -> None:
    """Open and verify: what is sound must never be called changed."""
    while time.time() < until:
        with _opened(root) as study:
            report = study.verify()
        # A file of the vault that has no row yet is another process's night in the making.
        notes = [note for note in report.notes if not note.startswith("vault:")]
        told.put((name, 1, "" if report.ok and not notes else f"{report.first_broken} {report.faults} {notes}"))


def reporter(root: Path, name: str, until: float, told: SimpleQueue[Report]) -> None:
    """Read everything at one moment and store a result about it, as a report does."""
    while time.time() < until:
        with _opened(root, write=True) as study:
            with study.snapshot():
                people, accounts = len(study.people), len(study.accounts)
                texts = sum(len(account.text) for account in study.accounts)
            wrong = "" if accounts == 3 * people else f"{accounts} accounts of {people} people"
            study.results.put("report", [], {"accounts": accounts, "characters": texts}, id="report")
            told.put((name, 1, wrong))


def reader(root: Path, name: str, until: float, told: SimpleQueue[Report]) -> None:
    """Keep the study open and read on."""
    with _opened(root) as study:
        while time.time() < until:
            with study.snapshot():
                people = study.people.ids()
                accounts = study.accounts.list()
            wrong = "" if len(accounts) == 3 * len(people) else f"{len(accounts)} accounts of {len(people)} people"
            told.put((name, 1, wrong))


def _opened(root: Path, *, write: bool = False) -> Study:
    return Study.open(root / "study", passphrase=PASSPHRASE, keys=root / "keys", write=write)


def _guarded(work: Callable[..., None], root: Path, name: str, until: float, told: SimpleQueue[Report]) -> None:
    while time.time() < until:
        try:
            work(root, name, until, told)
        except Exception:  # noqa: BLE001  # whatever it is, it is counted, and the process goes on
            told.put((name, 0, traceback.format_exc()))
    told.put((name, 0, "ended"))


def main() -> None:
    """Run the five processes and print how much each did, and what went wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10.0)
    minutes = asked.parse_args().minutes
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="together-") as place:
        root = Path(place)
        with Study.create(root / "study", title="T", passphrase=PASSPHRASE, keys=root / "keys", cost=CHEAP) as study:
            fill(study, "Heng", "Ty")
        write_night(root / "n.edf", seconds=20)
        until = time.time() + 60 * minutes
        told: SimpleQueue[Report] = fork.SimpleQueue()
        works = {"a": writer, "b": writer, "verify": verifier, "report": reporter, "reader": reader}
        processes = [
            fork.Process(target=_guarded, args=(work, root, name, until, told)) for name, work in works.items()
        ]
        for process in processes:
            process.start()
        done, wrong, ended = dict.fromkeys(works, 0), [], 0
        while ended < len(works):
            name, rounds, words = told.get()
            done[name] += rounds
            ended += words == "ended"
            if words and words != "ended":
                wrong.append(f"{name}: {words.strip().splitlines()[-1]}")
        for process in processes:
            process.join()
        with _opened(root, write=True) as study:
            # Each round of a writer is a person; of every ten one was erased.
            expected = 2 + sum(done[name] - done[name] // 10 for name in "ab")
            people, ok = len(study.people), study.verify().ok
    print(f"{minutes:g} minutes: {done}; {people} people stored, {expected} expected; verify at the end: {ok}")
    print(f"{len(wrong)} wrong")
    for line in sorted(set(wrong))[:20]:
        print(f"  {wrong.count(line)} × {line}")
    sys.exit(bool(wrong) or not ok or people != expected)


if __name__ == "__main__":
    main()
