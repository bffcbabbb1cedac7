"""Tamper with a study in every way and place, and see that `verify` names it: ``python -m campaigns.tamper``."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from karmalink.account import Account
from karmalink.errors import KarmalinkError
from karmalink.night import Hypnogram
from karmalink.study import Awakening, Study
from karmalink.study.store.tables import LEDGER, RECORD_TABLES

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "study"))

from study_samples import CHEAP, PASSPHRASE, fill, write_night

__all__ = ["main", "prepare", "tamperings", "verdict"]

Tampering = tuple[str, Callable[[Path], object]]
_TRIGGERS = ("ledger_unchanged", "ledger_undeleted")
# What may be put in the place of a value, in SQL.
_VALUES = ("NULL", "''", "'x'", "0", "n + 1000", "x'01'", "randomblob(80)", "x'01' || randomblob(60)")
_SCHEMA = (
    "CREATE TRIGGER quiet AFTER INSERT ON accounts BEGIN DELETE FROM clues; END",
    "CREATE VIEW people_seen AS SELECT id FROM people",
    "CREATE TABLE more (x)",
    "CREATE INDEX more ON accounts (seq, n)",
    "DROP TRIGGER ledger_unchanged",
    "DROP TRIGGER ledger_undeleted",
    "DROP INDEX ix_accounts_owners",
    "ALTER TABLE accounts ADD COLUMN more TEXT",
    "ALTER TABLE anchors RENAME COLUMN digest TO sum",
    "PRAGMA user_version = 5",
    "PRAGMA application_id = 5",
    "UPDATE study SET id = 'another'",
    "DELETE FROM study",
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE alembic_version SET version_num = '0099'",
    "DELETE FROM alembic_version",
)


def prepare(root: Path) -> None:
    """Make a study with everything in it, and with unused pages in its database."""
    with Study.create(root / "study", title="Tamper", passphrase=PASSPHRASE, keys=root / "keys", cost=CHEAP) as study:
        fill(study, "Heng", "Ty")
        for number, name in enumerate(("Heng", "Ty")):
            recording = write_night(root / f"{name}.edf", seconds=20, seed=number)
            study.nights.add(name, recording, id=f"n{number}", hypnogram=Hypnogram(np.zeros(4, dtype=np.int8)))
            when = dt.datetime(2024, 3, 2, 4, 10)
            study.awakenings.add(Awakening(f"w{number}", name, when, "R", 0.8, "R stable", f"n{number}"))
        (root / "out").mkdir()
        study.exported.add(root / "out", ["Heng"], "bids", handed_to="judge 1")
        study.ledger.anchor("page 4")
        study.keys.backup(root / "safe")
        study.accounts.add(Account("long", "Ty", random.Random(0).randbytes(60_000).hex(), None))
        study.accounts.remove("long")


def tamperings(root: Path, flips: int, seed: int) -> Iterator[Tampering]:
    """Yield every tampering: its kind and place, and what does it to a study in a folder."""
    yield from _of_rows()
    yield from _of_the_ledger()
    for statement in _SCHEMA:
        yield f"schema: {statement}", lambda at, statement=statement: _sql(at, statement, keep=False)
    yield from _of_the_vault()
    yield from _of_the_key_store(root)
    yield from _of_settings()
    draw = random.Random(seed)
    size = (root / "study" / "study.db").stat().st_size
    for _ in range(flips):
        offset, bit = draw.randrange(size), 1 << draw.randrange(8)
        yield (
            f"database: bit {bit} of byte {offset}",
            lambda at, offset=offset, bit=bit: _flip(at / "study" / "study.db", offset, bit),
        )


def _of_rows() -> Iterator[Tampering]:
    for name, table in RECORD_TABLES.items():
        for column in list(table.c.keys()):
            for value in _VALUES if column not in {"n", "seq"} else ("n + 1000", "-1", "0"):
                yield (
                    f"{name}.{column} = {value}",
                    lambda at, name=name, column=column, value=value: _sql(
                        at, f"UPDATE OR REPLACE {name} SET {column} = {value} WHERE n = (SELECT max(n) FROM {name})"
                    ),
                )
        for column in list(table.c.keys()):
            if column in {"facts", "words", "lookup", "digest", "owners", "seq", "file", "sha256", "kind"}:
                yield (
                    f"{name}.{column} of two rows swapped",
                    lambda at, name=name, column=column: _swap(at, name, column),
                )
        yield f"{name}: two rows change places", lambda at, name=name: _places(at, name)
        yield (
            f"{name}: a row deleted",
            lambda at, name=name: _sql(at, f"DELETE FROM {name} WHERE n = (SELECT min(n) FROM {name})"),
        )
        yield f"{name}: all rows deleted", lambda at, name=name: _sql(at, f"DELETE FROM {name}")
        yield f"{name}: a row doubled", lambda at, name=name: _double(at, name)


def _of_the_ledger() -> Iterator[Tampering]:
    for seq in (1, 2, 7, 12):
        for column in list(LEDGER.c.keys()):
            if column == "seq":
                continue
            for value in ("'x'", "''", "0"):
                yield (
                    f"ledger.{column} of entry {seq} = {value}",
                    lambda at, seq=seq, column=column, value=value: _sql(
                        at, f"UPDATE ledger SET {column} = {value} WHERE seq = {seq}"
                    ),
                )
        yield f"ledger: entry {seq} deleted", lambda at, seq=seq: _sql(at, f"DELETE FROM ledger WHERE seq = {seq}")
    yield (
        "ledger: the last entry deleted",
        lambda at: _sql(at, "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)"),
    )
    yield "ledger: emptied", lambda at: _sql(at, "DELETE FROM ledger")


def _of_the_vault() -> Iterator[Tampering]:
    def files(at: Path) -> list[Path]:
        return sorted((at / "study" / "vault").rglob("*.age"))

    for where in (0, 1, 50, 150, 300, 1000, -1):
        yield f"vault: byte {where} changed", lambda at, where=where: _flip(files(at)[0], where, 1)
    yield "vault: a file shortened", lambda at: files(at)[0].write_bytes(files(at)[0].read_bytes()[:-16])
    yield "vault: a file lengthened", lambda at: files(at)[0].write_bytes(files(at)[0].read_bytes() + b"x")
    yield "vault: a file emptied", lambda at: files(at)[0].write_bytes(b"")
    yield "vault: a file deleted", lambda at: files(at)[0].unlink()
    yield "vault: a folder in the place of a file", lambda at: _folder_for(files(at)[0])
    yield "vault: a file in the place of another", lambda at: shutil.copy(*files(at))
    yield "vault: a file added", lambda at: shutil.copy(files(at)[0], files(at)[0].with_name("added.age"))


def _of_the_key_store(root: Path) -> Iterator[Tampering]:
    (store,) = (root / "keys").glob("*.keys")
    body = json.loads(store.read_text())
    person = next(iter(body["people"]))
    fields: tuple[dict[str, object], ...] = (
        {"head": None},
        {"head": [1, body["head"][1]]},
        {"head": [99, "f" * 64]},
        {"erased": ["p0000000000000000"]},
        {"erased": [person]},
        {"copies": []},
        {"copies": [{"path": "/elsewhere", "made": ""}]},
        {"pending": [person]},
        {"people": {}},
        {"people": {person: body["people"][person]}},
        {"cost": body["cost"] | {"memory_kib": 16}},
        {"cost": body["cost"] | {"memory_kib": 1 << 40}},
        {"version": 1},
        {"version": 99},
        {"study": "another"},
        {"format": "another"},
        {"kdf": "scrypt"},
        {"seal": ""},
        {"more": 1},
    )
    for change in fields:
        yield f"key store: {str(change)[:60]}", lambda at, change=change: _keys(at, body | change)
    for offset in range(0, store.stat().st_size, store.stat().st_size // 40):
        yield (
            f"key store: byte {offset} changed",
            lambda at, offset=offset: _flip(next((at / "keys").glob("*.keys")), offset, 1),
        )


def _of_settings() -> Iterator[Tampering]:
    for old, new in (
        ('title = "Tamper"', 'title = "Other"'),
        ("majority_age = 18", "majority_age = 10"),
        ("majority_age = 18", "majority_age = -5"),
        ("wait_s = 10.0", "wait_s = 1e9"),
        ("wait_s = 10.0", "wait_s = nan"),
        ('scratch = "memory"', 'scratch = "disk"'),
        ('id = "', 'id = "0'),
        ("[lock]", "[lock"),
        ("[lock]", "[locks]"),
    ):
        yield f"settings: {old} → {new}", lambda at, old=old, new=new: _settings(at, old, new)


def verdict(root: Path, whole: str) -> str:
    """Return how a tampering was told: refused, named, noted; or unused (no row changed, nothing said), or unseen."""
    try:
        with Study.open(root / "study", passphrase=PASSPHRASE, keys=root / "keys") as study:
            report = study.verify()
            told = "named" if not report.ok else "noted" if report.notes else ""
    except KarmalinkError:
        return "refused"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
        return f"unseen: {type(error).__name__}"
    if told:
        return told
    return "unused" if _dump(root) == whole else "unseen"


def _dump(root: Path) -> str:
    with closing(sqlite3.connect(root / "study" / "study.db")) as connection:
        connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        # Where SQLite begins to number rows is not the study's: its rows are given their places.
        return "\n".join(line for line in connection.iterdump() if "sqlite_sequence" not in line)


def _same(place: Path) -> bool:
    """Whether nothing was changed: an empty owner was made empty, a table without rows was emptied."""
    names = [path.relative_to(place / "whole") for path in (place / "whole").rglob("*") if path.is_file()]
    names = [name for name in names if name.name != "study.db"]
    if any(not (place / "root" / name).is_file() for name in names):
        return False
    if any((place / "root" / name).read_bytes() != (place / "whole" / name).read_bytes() for name in names):
        return False
    return len(names) + 1 == sum(path.is_file() for path in (place / "root").rglob("*")) and (
        _form(place / "root") == _form(place / "whole")
    )


def _form(root: Path) -> tuple[str, bytes]:
    return _dump(root), (root / "study" / "study.db").read_bytes()[44:92]


def _sql(root: Path, statement: str, *, keep: bool = True) -> None:
    with closing(sqlite3.connect(root / "study" / "study.db")) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers if keep else ():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers if keep else ():
            connection.execute(sql)


def _two(root: Path, table: str) -> list[int]:
    with closing(sqlite3.connect(root / "study" / "study.db")) as connection:
        return [n for (n,) in connection.execute(f"SELECT n FROM {table} ORDER BY n LIMIT 2")]


def _swap(root: Path, table: str, column: str) -> None:
    places = _two(root, table)
    if len(places) < 2:
        raise LookupError
    with closing(sqlite3.connect(root / "study" / "study.db")) as connection, connection:
        (a,), (b,) = (connection.execute(f"SELECT {column} FROM {table} WHERE n = {n}").fetchone() for n in places)
        if a == b:
            raise LookupError
        for n, value in ((places[0], f"temporary {a!r}"), (places[1], a), (places[0], b)):
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE n = ?", (value, n))


def _places(root: Path, table: str) -> None:
    places = _two(root, table)
    if len(places) < 2:
        raise LookupError
    a, b = places
    for old, new in ((a, -1), (b, a), (-1, b)):
        _sql(root, f"UPDATE {table} SET n = {new} WHERE n = {old}")


def _double(root: Path, table: str) -> None:
    columns = [column for column in list(RECORD_TABLES[table].c.keys()) if column not in {"n", "id", "lookup"}]
    named = ", ".join(columns)
    _sql(
        root, f"INSERT INTO {table} (id, lookup, {named}) SELECT id || 'x', lookup || 'x', {named} FROM {table} LIMIT 1"
    )


def _flip(path: Path, offset: int, bit: int) -> None:
    body = bytearray(path.read_bytes())
    body[offset] ^= bit
    path.write_bytes(body)


def _folder_for(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _keys(root: Path, body: dict[str, object]) -> None:
    next((root / "keys").glob("*.keys")).write_text(json.dumps(body, indent=1), encoding="utf-8")


def _settings(root: Path, old: str, new: str) -> None:
    path = root / "study" / "karmalink.toml"
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise LookupError(old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def main() -> None:
    """Run the campaign and print what was told and what was not."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--flips", type=int, default=400, help="single bits of the database file")
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    told: Counter[str] = Counter()
    flipped: Counter[str] = Counter()
    unseen, left_out = [], 0
    with tempfile.TemporaryDirectory(prefix="tamper-", dir="/dev/shm") as name:
        place = Path(name)
        prepare(place / "whole")
        # The names of the prepared study are those of the copies: exports and copies of keys are listed by their place.
        whole = _dump(place / "whole")
        for what, tamper in tamperings(place / "whole", given.flips, given.seed):
            shutil.rmtree(place / "root", ignore_errors=True)
            shutil.copytree(place / "whole", place / "root")
            try:
                tamper(place / "root")
            except (LookupError, sqlite3.Error):
                left_out += 1  # the table has one row, or the database refuses it by itself
                continue
            if not what.startswith("database: bit") and _same(place):
                left_out += 1
                continue
            found = verdict(place / "root", whole)
            (flipped if what.startswith("database: bit") else told)[found] += 1
            if found.startswith("unseen") or (found == "unused" and not what.startswith("database: bit")):
                unseen.append(f"{what}: {found}")
    print(f"{sum(told.values())} kinds and places: {dict(told)}; {left_out} that could not be done")
    print(f"{sum(flipped.values())} single bits of the database: {dict(flipped)}")
    for what in unseen:
        print(f"  not told: {what}")
    sys.exit(bool(unseen))


if __name__ == "__main__":
    main()
