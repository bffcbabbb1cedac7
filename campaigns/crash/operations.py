"""Everything that is stored in a study, as operations to be interrupted."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.account import Account
from karmalink.errors import OldCopy, WrongPassphrase
from karmalink.night import Hypnogram
from karmalink.study import Awakening, Person, Study
from karmalink.study.store.settings import write_settings

TESTS = Path(__file__).parents[2] / "tests" / "study"
sys.path.insert(0, str(TESTS))

from study_samples import CHEAP, DREAM, PASSPHRASE, accounts_of, diary_of, fill, write_night

__all__ = ["OPERATIONS", "PLAIN", "Operation", "content_of", "opened", "prepare"]

_LATER = "five words nobody joins yet"
PLAIN = [DREAM.encode(), b"bought rice", b"said in the night", b"Heng", b"Srey"]
"""What must never be found in the clear."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes
    ----------
    name : str
        What is done.
    run : callable
        From the folder with ``study`` and ``keys`` in it: opens, does it, closes.
    prepared : callable, optional
        Brings the prepared study into the state before; without it, a study of two people with everything in it.
    """

    name: str
    run: Callable[[Path], object]
    prepared: Callable[[Path], object] | None = None


def prepare(root: Path) -> None:
    """Make the study that most operations work on."""
    with Study.create(root / "study", title="Crash", passphrase=PASSPHRASE, keys=root / "keys", cost=CHEAP) as study:
        fill(study, "Heng", "Ty")
        recording = write_night(root / "n.edf", seconds=8)
        study.nights.add("Heng", recording, id="n1", hypnogram=Hypnogram(np.zeros(4, dtype=np.int8)))
        study.awakenings.add(Awakening("w1", "Heng", dt.datetime(2024, 3, 2, 4, 10), "R", 0.8, "R stable", "n1"))
        out = root / "out" / "heng"
        out.mkdir(parents=True)
        (out / "a.tsv").write_text("exported\n", encoding="utf-8")
        study.exported.add(out, ["Heng"], "bids", handed_to="judge 1")


def opened(root: Path, *, write: bool = True) -> Study:
    """Open the study after a crash, as its owner would: with the passphrase that it has now, or as a backup."""
    for passphrase in (PASSPHRASE, _LATER):
        given = {"passphrase": passphrase, "keys": root / "keys"}
        try:
            return Study.open(root / "study", write=write, **given)  # type: ignore[arg-type]
        except WrongPassphrase:
            continue
        except OldCopy:
            return Study.accept_backup(root / "study", **given)  # type: ignore[arg-type]
    raise WrongPassphrase("neither passphrase opens the study")


def content_of(study: Study) -> dict[str, Any]:
    """Return everything that a user has stored, to compare."""
    nights = {}
    for night in study.nights:
        with study.nights.path(night.id) as path:
            nights[night.id] = (hashlib.sha256(path.read_bytes()).hexdigest(), str(study.nights.hypnogram(night.id)))
    return {
        "people": sorted((person.to_dict() for person in study.people), key=lambda person: str(person["person"])),
        "accounts": study.accounts.list(),
        "lives": study.lives.list(),
        "nights": nights,
        "awakenings": study.awakenings.list(),
        "places": study.places.ids(),
        "witnesses": study.witnesses.ids(),
        "clues": [(clue.id, clue.relation, clue.places) for clue in study.clues],
        "results": sorted((one.id, one.kind, "" if one.kind == "erasure" else str(one.data)) for one in study.results),
        "exports": sorted((export.kind, export.path, export.files) for export in study.exported),
        "anchors": [anchor.note for anchor in study.ledger.anchors()],
        "copies": [copy.path for copy in study.keys.copies],
        "settings": str({name: value for name, value in study.settings.values.items() if name != "study.id"}),
        "keys": len(study.keys.people),
    }


def _writing(do: Callable[[Study, Path], object]) -> Callable[[Path], object]:
    def run(root: Path) -> None:
        with Study.open(root / "study", passphrase=PASSPHRASE, keys=root / "keys", write=True) as study:
            do(study, root)

    return run


def _create(root: Path) -> None:
    given = {"title": "Crash", "passphrase": PASSPHRASE, "keys": root / "keys", "cost": CHEAP}
    Study.create(root / "study", **given).close()  # type: ignore[arg-type]


def _deleted(study: Study, _: Path) -> None:
    study.exported.remove(study.exported.list()[0].id)


def _accepted(root: Path) -> None:
    Study.accept_backup(root / "study", passphrase=PASSPHRASE, keys=root / "keys").close()


def _gone_back(root: Path) -> None:
    """Put an older database in the place of the study's."""
    shutil.copy(root / "study" / "study.db", root / "older.db")
    _writing(lambda study, _: study.accounts.add(accounts_of("Ty", 5)))(root)
    (root / "older.db").replace(root / "study" / "study.db")


def _settings(root: Path) -> None:
    write_settings(root / "study", {"study.title": "Another", "lock.wait_s": 5.0})
    _writing(lambda study, _: None)(root)


def _first_form(root: Path) -> None:
    """Restore the stored study of revision 1."""
    shutil.rmtree(root)
    (root / "study").mkdir(parents=True)
    stored = TESTS / "revision_1"
    for name in ("keys", "vault"):
        shutil.copytree(stored / name, (root if name == "keys" else root / "study") / name)
    shutil.copy(stored / "karmalink.toml", root / "study")
    with closing(sqlite3.connect(root / "study" / "study.db")) as connection:
        connection.executescript((stored / "study.sql").read_text(encoding="utf-8"))


OPERATIONS: tuple[Operation, ...] = (
    Operation("create a study", _create, lambda root: shutil.rmtree(root)),
    Operation("add people", _writing(lambda s, _: s.people.add([Person("Srey", consent=True), Person("Do")]))),
    Operation(
        "add accounts",
        _writing(
            lambda s, _: s.accounts.add([Account(f"b{i}", "Ty", f"said in the night {i}", None) for i in range(30)])
        ),
    ),
    Operation(
        "add a life",
        _writing(
            lambda s, _: s.lives.add(
                diary_of("Ty").__class__(
                    "more",
                    "diary",
                    tuple(
                        entry.__class__(f"more-{n}", "more", entry.text, entry.when)
                        for n, entry in enumerate(diary_of("Ty").entries)
                    ),
                    "Ty",
                )
            )
        ),
    ),
    Operation(
        "add a night",
        _writing(
            lambda s, root: s.nights.add("Ty", root / "n.edf", id="n2", hypnogram=Hypnogram(np.ones(4, dtype=np.int8)))
        ),
    ),
    Operation("score a night", _writing(lambda s, _: s.nights.score("n1", Hypnogram(np.full(4, 2, dtype=np.int8))))),
    Operation("replace a result", _writing(lambda s, _: s.results.put("power", ["Heng"], {"n": 14}, id="power-1"))),
    Operation("enter an answer", _writing(lambda s, _: s.people.consent("Ty", own=False))),
    Operation("withdraw a person", _writing(lambda s, _: s.withdraw("Ty"))),
    Operation("erase a person", _writing(lambda s, _: s.withdraw("Heng", erase=True))),
    Operation(
        "enter an export",
        _writing(
            lambda s, root: s.exported.add(root / "out" / "heng" / "a.tsv", ["Heng"], "report", handed_to="judge 2")
        ),
    ),
    Operation("delete an export", _writing(_deleted)),
    Operation("anchor the ledger", _writing(lambda s, _: s.ledger.anchor("page 4"))),
    Operation("copy the key store", _writing(lambda s, root: s.keys.backup(root / "safe"))),
    Operation("change the passphrase", _writing(lambda s, _: s.keys.change_passphrase(_LATER, CHEAP))),
    Operation("change settings", _settings),
    Operation("accept a backup", _accepted, _gone_back),
    Operation("upgrade from revision 1", _writing(lambda s, _: None), _first_form),
)
