"""A study that was stored once and must open for ever: what it holds, and how it was stored.

``python tests/study/golden.py tests/study/revision_2`` stores one in today's form. Earlier ones are never made anew.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
from study_samples import CHEAP, PASSPHRASE, fill, write_night

from karmalink.night import Finding, Hypnogram
from karmalink.study import Awakening, Person, Study

NIGHT = dt.datetime(2024, 3, 2, 4, 10)
STAGES = np.array([0, 1, 2, -1], dtype=np.int8)


def store(target: Path) -> None:
    """Store a study as text that can be kept under version control: its tables as SQL, everything else as it is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Study.create(
            folder / "study", title="Golden", passphrase=PASSPHRASE, keys=folder / "k", cost=CHEAP
        ) as study:
            fill(study, "Heng", "Ty")
            study.people.add([Person("Srey", "minor", 2011, guardian_consent=True, assent=True), Person("Gone")])
            recording = write_night(folder / "n.edf", seconds=2)
            study.nights.add("Heng", recording, id="n1", hypnogram=Hypnogram(STAGES), doctor=[Finding(*"abcde")])
            study.awakenings.add(Awakening("w1", "Heng", NIGHT, "R", 0.8, "R stable 5 min", "n1"))
            (folder / "out").mkdir()
            study.exported.add(folder / "out", ["Heng"], "bids", handed_to="judge 1")
            study.withdraw("Gone", erase=True)
            study.ledger.anchor("page 4", token=b"\x30" + bytes.fromhex(study.ledger.head().hash))
        target.mkdir()
        with closing(sqlite3.connect(folder / "study" / "study.db")) as connection:
            (target / "study.sql").write_text("\n".join(connection.iterdump()), encoding="utf-8")
        shutil.copytree(folder / "study" / "vault", target / "vault")
        shutil.copytree(folder / "k", target / "keys", ignore=shutil.ignore_patterns("*.lock"))
        text = (folder / "study" / "karmalink.toml").read_text(encoding="utf-8")
        (target / "karmalink.toml").write_text(text.replace(str(folder / "k"), ""), encoding="utf-8")


def restore(source: Path, folder: Path) -> None:
    """Put a stored study where :func:`study_samples.reopened` opens it."""
    (folder / "study").mkdir()
    shutil.copytree(source / "keys", folder / "keys")
    shutil.copytree(source / "vault", folder / "study" / "vault")
    shutil.copy(source / "karmalink.toml", folder / "study")
    with closing(sqlite3.connect(folder / "study" / "study.db")) as connection:
        connection.executescript((source / "study.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    store(Path(sys.argv[1]))
