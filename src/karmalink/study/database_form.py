"""The form of a study's database: whole pages, the tables and triggers that Karmalink made and no others."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, describe
from karmalink.study.store.database import Database
from karmalink.study.upgrading import revision_of, tables_of_a_new_study

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DatabaseForm", "check_database"]

# A larger file is not held in memory to look at its unused pages.
_LARGEST = 1 << 30
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class DatabaseForm:
    """What is wrong with the form of a database, and what is not as it was left but holds no data."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_database(database: Database) -> DatabaseForm:
    """Check the form of a database, inside a snapshot: the rows themselves are checked by their digests."""
    try:
        if not database.is_embedded:
            return DatabaseForm(tuple(_foreign(database)))
        faults = [*_structure(database), *_schema(database)]
        file = _file_of(database)
        return DatabaseForm((*faults, *_header(file)), tuple(_unused(file)))
    except IntegrityError as error:
        return DatabaseForm((f"database: {error.what}",))


def _structure(database: Database) -> Iterator[str]:
    """Yield what SQLite finds when it walks every page and every index."""
    with database.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    said = [line for line in found if line != "ok"]
    yield from (f"database: {describe(line)}" for line in said[:_MOST_NAMED])
    if len(said) > _MOST_NAMED:
        yield f"database: {counted(len(said) - _MOST_NAMED, 'further fault')} of its pages and indexes"


def _schema(database: Database) -> Iterator[str]:
    """Yield tables, indexes, triggers and views that were added, changed or removed."""
    with database.reading() as connection:
        found = _objects(connection.exec_driver_sql(_OBJECTS).all())
    yield from _compared(found, _expected(revision_of(database)))


def _compared(found: Mapping[tuple[str, str], str], expected: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for kind, name in sorted(found.keys() - expected.keys()):
        yield f"database: unknown {kind} {describe(name)}"
    for kind, name in sorted(expected.keys() - found.keys()):
        yield f"database: the {kind} {name} is missing"
    for kind, name in sorted(found.keys() & expected.keys()):
        if found[kind, name] != expected[kind, name]:
            yield f"database: the {kind} {name} was changed"


_OBJECTS = "SELECT type, name, sql FROM sqlite_master"


def _objects(rows: Sequence[Any]) -> dict[tuple[str, str], str]:
    # Only white space and quotation marks may differ: a dump that was read back has its own.
    return {
        (str(kind), str(name)): "".join(str(sql or "").replace('"', "").split()).casefold()
        for kind, name, sql in rows
        if not str(name).startswith("sqlite_stat")
    }


@cache
def _expected(revision: str) -> Mapping[tuple[str, str], str]:
    """Return the objects of a new study's database; `revision` is that of the tables, which migrations end at."""
    engine = sa.create_engine("sqlite://")
    with closing(engine.connect()) as connection, connection.begin():
        tables_of_a_new_study(connection)
        found = _objects(connection.exec_driver_sql(_OBJECTS).all())
    engine.dispose()
    return found


def _foreign(database: Database) -> Iterator[str]:
    """Yield triggers and views in a schema on a PostgreSQL server that Karmalink did not make."""
    queries = (
        (
            "trigger",
            "SELECT DISTINCT trigger_name FROM information_schema.triggers WHERE trigger_schema = current_schema()",
        ),
        ("view", "SELECT table_name FROM information_schema.views WHERE table_schema = current_schema()"),
    )
    with database.reading() as connection:
        for kind, query in queries:
            names = set(connection.execute(sa.text(query)).scalars())
            expected = {"ledger_append_only"} if kind == "trigger" else set()
            yield from (f"database: unknown {kind} {describe(name)}" for name in sorted(names - expected))
            yield from (f"database: the {kind} {name} is missing" for name in sorted(expected - names))


def _file_of(database: Database) -> bytes:
    """Return the database file as the snapshot sees it, the write-ahead log included; empty if it is too large."""
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
        size = connection.exec_driver_sql("PRAGMA page_size").scalar() or 0
        driver = connection.connection.driver_connection
    if pages * size > _LARGEST or not isinstance(driver, sqlite3.Connection):
        return b""
    return bytes(driver.serialize())


# Bytes of the header that never differ in a study: offset, what stands there, as https://sqlite.org/fileformat2.html.
_HEADER: tuple[tuple[int, bytes, str], ...] = (
    (20, bytes(1), "reserved bytes of a page"),
    (21, bytes((64, 32, 32)), "fractions"),
    (44, struct.pack(">I", 4), "schema format"),
    (48, bytes(4), "cache size"),
    (52, bytes(4), "largest root page"),
    (56, struct.pack(">I", 1), "text encoding"),
    (60, bytes(12), "user version, vacuum mode and application"),
    (72, bytes(20), "reserved bytes"),
)


def _header(file: bytes) -> Iterator[str]:
    for offset, expected, name in _HEADER:
        if file and file[offset : offset + len(expected)] != expected:
            yield f"database: the {name} in the header of the file were changed"


def _unused(file: bytes) -> Iterator[str]:
    """Yield unused pages with something in them: Karmalink has SQLite overwrite what is deleted with zeros."""
    if not file:
        return
    size = struct.unpack_from(">H", file, 16)[0]
    size = 65536 if size == 1 else size
    filled = [page for page in _free_pages(file, size) if any(file[(page - 1) * size : page * size])]
    if filled:
        pages = ", ".join(map(str, filled[:_MOST_NAMED]))
        which = f"{counted(len(filled), 'unused page')} ({pages})"
        yield f"database: bytes were changed in {which}, where nothing of the study is"


def _free_pages(file: bytes, size: int) -> Iterator[int]:
    """Yield the leaves of the list of unused pages; the trunks hold the numbers of the leaves."""
    trunk, seen = struct.unpack_from(">I", file, 32)[0], set()
    while 0 < trunk <= len(file) // size and trunk not in seen:
        seen.add(trunk)
        start = (trunk - 1) * size
        trunk, count = struct.unpack_from(">II", file, start)
        count = min(count, size // 4 - 2)
        for leaf in struct.unpack_from(f">{count}I", file, start + 8):
            if 0 < leaf <= len(file) // size:
                yield leaf
