"""Run the crash campaign: ``python -m campaigns.crash [--cases N] [--seed S] [OPERATION …]``."""

from __future__ import annotations

import argparse
import errno
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from campaigns.crash.checks import Expected, faults_after
from campaigns.crash.operations import OPERATIONS, Operation, content_of, opened, prepare
from campaigns.crash.power_cut import Disk, disk_of, everything, survivors
from campaigns.crash.watched_disk import Change, changes_of, failing, reexecute_watched
from karmalink.study.store import scratch, settings

__all__ = ["Tally", "campaign", "main"]

_ERRORS = (
    ("no space, once", errno.ENOSPC, False),
    ("no space from then on", errno.ENOSPC, True),
    ("an error, once", errno.EIO, False),
)


@dataclass
class Tally:
    """How many cases were tried, by kind, and what was wrong with which."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, case: str, faults: list[str]) -> None:
        """Count one case."""
        self.tried[kind] += 1
        self.wrong += [f"{case}: {fault}" for fault in faults]


def campaign(place: Path, operation: Operation, *, cuts: int, every: int = 1, seed: int = 0) -> Tally:
    """Interrupt one operation at every step.

    Parameters
    ----------
    place : Path
        A folder in memory.
    operation : Operation
        What is interrupted.
    cuts : int
        Power cuts at each step, beside the one that leaves only what was synced.
    every : int
        Only every n-th step.
    seed : int
        Of what a power cut leaves.
    """
    tally = Tally()
    root = place / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    prepare(root)
    signal = (root / "n.edf").read_bytes()
    if operation.prepared:
        operation.prepared(root)
    root.mkdir(exist_ok=True)
    before = disk_of(root)
    expected = _expected(before, operation, signal)
    before.put()
    before = disk_of(root)
    changes = changes_of(root, lambda: operation.run(root), place / "log")
    for step in range(0, len(changes) + 1, every):
        for kind, left in _crashes(changes[:step], cuts, seed + step):
            before.apply(left).put()
            done = step == len(changes)
            tally.add(
                kind,
                f"{operation.name}, {kind} after {step} of {len(changes)}",
                faults_after(root, expected, done=done),
            )
    for name, number, on in _ERRORS:
        before.put()
        calls = failing(root, lambda: operation.run(root), at=0, error=number, on=on).calls
        for step in range(1, calls + 1, every):
            before.put()
            outcome = failing(root, lambda: operation.run(root), at=step, error=number, on=on)
            case = f"{operation.name}, {name} at call {step} of {outcome.calls}"
            faults = [f"another error than Karmalink's: {outcome.words}"] if outcome.code not in (0, 1) else []
            tally.add("disk error", case, faults + faults_after(root, expected, done=outcome.code == 0))
    return tally


def _crashes(changes: list[Change], cuts: int, seed: int) -> Iterator[tuple[str, list[Change]]]:
    yield "kill", everything(changes)
    yield "power cut", survivors(changes, None)
    for cut in range(cuts):
        yield "power cut", survivors(changes, 1000 * seed + cut)


def _expected(before: Disk, operation: Operation, signal: bytes) -> Expected:
    root = before.root
    content = None
    keys: dict[str, str] = {}
    if (root / "study").exists() and not operation.name.startswith("accept"):
        with opened(root) as study:
            content = content_of(study)
        keys = _wrapped(root)
    before.put()
    operation.run(root)
    with opened(root) as study:
        after = content_of(study)
    gone = [key.encode() for name, key in keys.items() if name not in _wrapped(root)]
    return Expected(content if content is not None or not (root / "study").exists() else None, after, signal, gone)


def _wrapped(root: Path) -> dict[str, str]:
    (store,) = (root / "keys").glob("*.keys")
    return dict(json.loads(store.read_text())["people"])


def main() -> None:
    """Run the campaign and print what was tried and what was wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("operations", nargs="*", help="part of their names; all if none")
    asked.add_argument("--cuts", type=int, default=3, help="power cuts at each step")
    asked.add_argument("--every", type=int, default=1, help="only every n-th step")
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    chosen = [one for one in OPERATIONS if not given.operations or any(word in one.name for word in given.operations)]
    # The study is opened in the second after the crash: what is left for an hour, since it may be another's, goes now.
    scratch._YOUNG_S = settings._YOUNG_S = 0.0
    total = Tally()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-", dir="/dev/shm") as place:
        for operation in chosen:
            tally = campaign(Path(place), operation, cuts=given.cuts, every=given.every, seed=given.seed)
            print(f"{operation.name}: {dict(tally.tried)}, {len(tally.wrong)} wrong", flush=True)
            for line in tally.wrong[:20]:
                print(f"  {line}", flush=True)
            total.tried += tally.tried
            total.wrong += tally.wrong
    seconds = time.monotonic() - began
    print(f"{total.tried.total()} cases {dict(total.tried)} of {len(chosen)} operations in {seconds:.0f} s")
    print(f"{len(total.wrong)} wrong")
    sys.exit(bool(total.wrong))


if __name__ == "__main__" and reexecute_watched("campaigns.crash"):
    main()
