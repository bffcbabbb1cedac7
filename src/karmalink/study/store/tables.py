"""The tables of a study's database. Unencrypted: random pseudonyms and row names, keyed digests, counts, times.

Every noun of the study has a table of the same form (``_record``): `owners` are the pseudonyms whose key opens the row,
`lookup` is a digest of the identifier and `digest` one of the content, both under that key, `seq` is the ledger entry
of the addition, and the content is encrypted in columns of its own. Migrations repeat this form: a migration is history
and does not change when this file does.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

__all__ = [
    "ACCOUNTS",
    "ANCHORS",
    "AWAKENINGS",
    "CLUES",
    "ENTRIES",
    "EXPORTED",
    "LEDGER",
    "LIVES",
    "METADATA",
    "NIGHTS",
    "PEOPLE",
    "PLACES",
    "RECORD_TABLES",
    "RESULTS",
    "SCORES",
    "STUDY",
    "WITNESSES",
]

METADATA = MetaData()

STUDY = Table("study", METADATA, Column("id", Text, primary_key=True))


def _record(name: str, *sealed: str, clear: tuple[Column[str], ...] = ()) -> Table:
    return Table(
        name,
        METADATA,
        Column("n", Integer, primary_key=True, autoincrement=True),
        Column("id", Text, nullable=False, unique=True),
        Column("owners", Text, nullable=False, index=True),
        Column("lookup", Text, nullable=False, unique=True),
        Column("digest", Text, nullable=False),
        Column("seq", Integer, nullable=False, index=True),
        *clear,
        *(Column(column, LargeBinary, nullable=True) for column in sealed),
        sqlite_autoincrement=True,
    )


PEOPLE = _record("people", "facts")
NIGHTS = _record(
    "nights", "facts", clear=(Column("file", Text, nullable=False), Column("sha256", Text, nullable=False))
)
SCORES = _record("scores", "facts", clear=(Column("night", Text, nullable=False, index=True),))
AWAKENINGS = _record("awakenings", "facts")
ACCOUNTS = _record("accounts", "facts", "words")
LIVES = _record("lives", "facts")
ENTRIES = _record("entries", "facts", "words", clear=(Column("life", Text, nullable=False, index=True),))
PLACES = _record("places", "facts")
WITNESSES = _record("witnesses", "facts")
CLUES = _record("clues", "facts")
RESULTS = _record("results", "facts", clear=(Column("kind", Text, nullable=False, index=True),))
EXPORTED = _record("exported", "facts", clear=(Column("kind", Text, nullable=False),))
ANCHORS = _record("anchors", "facts")

LEDGER = Table(
    "ledger",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("owners", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

RECORD_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        NIGHTS,
        SCORES,
        AWAKENINGS,
        ACCOUNTS,
        LIVES,
        ENTRIES,
        PLACES,
        WITNESSES,
        CLUES,
        RESULTS,
        EXPORTED,
        ANCHORS,
    )
}
