"""People, texts, places and recordings to fill studies with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import edfio
import numpy as np
from shapely.geometry import Point

from karmalink.account import Account, Entry, Life
from karmalink.account.dates import When
from karmalink.seek import Clue, Place, Witness
from karmalink.study import KdfCost, Person, Study

CHEAP = KdfCost(time_cost=1, memory_kib=8, parallelism=1)
PASSPHRASE = "four words nobody joins"
DREAM = "a golden buddha lay under the third banyan"
DAY = "bought rice and mended the roof with Srey"


def on(day: int, month: int = 3) -> When:
    """Return a date of the year 2024, or after it where the days run over."""
    return When(dt.date(2024, month, 1) + dt.timedelta(days=day - 1))


def accounts_of(person: str, count: int = 3) -> list[Account]:
    """Return accounts with words that can be searched for."""
    return [Account(f"{person}-a{i}", person, f"{DREAM}, {person} {i}", on(i + 1)) for i in range(count)]


def diary_of(person: str, count: int = 3) -> Life:
    """Return a diary with words that can be searched for."""
    name = f"{person}-diary"
    return Life(
        name, "diary", tuple(Entry(f"{name}-{i}", name, f"{DAY}, {i}", on(i + 1)) for i in range(count)), person
    )


def fill(study: Study, *people: str) -> None:
    """Put people with accounts, diaries, clues and results that join them into a study."""
    study.people.add([Person(name, consent=True) for name in people])
    for name in people:
        study.accounts.add(accounts_of(name))
        study.lives.add(diary_of(name))
    study.places.add(Place("market", "Old Market", Point(104.92, 11.56), aliases=("Phsar Chas",)))
    study.witnesses.add([Witness("mine", person=people[0]), Witness("informant", source_grade="B")])
    study.clues.add(Clue("told", "near", ("market",), "informant"))
    study.clues.add(Clue("linked", "near", ("market",), "mine"), contributors=people)
    study.results.put("pairs", people, {"links": [[f"{people[0]}-a0", f"{people[-1]}-diary-0", 0.7]]}, id="pairs-1")
    study.results.put("power", people[:1], {"n": 13}, id="power-1")


def reopened(folder: Path, *, write: bool = False, keys: Path | None = None) -> Study:
    """Open the study of a test again."""
    return Study.open(folder / "study", passphrase=PASSPHRASE, keys=keys or folder / "keys", write=write)


def write_night(path: Path, *, seconds: int = 40, seed: int = 0) -> Path:
    """Write an EDF file with one channel of noise."""
    noise = np.random.default_rng(seed).normal(0, 20, seconds * 100)
    edfio.Edf([edfio.EdfSignal(noise, 100, label="C3-M2", physical_dimension="uV")]).write(path)
    return path


def everything_in(folder: Path) -> bytes:
    """Return every byte of every file in a folder, and the names of the files."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\0".join([part for path in files for part in (str(path.relative_to(folder)).encode(), path.read_bytes())])
