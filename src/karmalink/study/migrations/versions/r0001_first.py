"""The first form: people, nights, accounts, lives, places, witnesses, clues, results, exports, anchors, ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Each table: its columns in the clear, then its sealed ones.
_RECORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "people": ((), ("facts",)),
    "nights": (("file", "sha256"), ("facts",)),
    "scores": (("night",), ("facts",)),
    "awakenings": ((), ("facts",)),
    "accounts": ((), ("facts", "words")),
    "lives": ((), ("facts",)),
    "entries": (("life",), ("facts", "words")),
    "places": ((), ("facts",)),
    "witnesses": ((), ("facts",)),
    "clues": ((), ("facts",)),
    "results": (("kind",), ("facts",)),
    "exported": (("kind",), ("facts",)),
    "anchors": ((), ("facts",)),
}
_INDEXED = {"night", "life"}
_LEDGER_WORDS = ("at", "event", "owners", "digest", "previous", "hash", "seal")


def upgrade() -> None:
    """Make the tables; entries of the ledger can then neither be changed nor deleted by a slip."""
    op.create_table("study", sa.Column("id", sa.Text, primary_key=True))
    for name, (clear, sealed) in _RECORDS.items():
        op.create_table(
            name,
            sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("id", sa.Text, nullable=False, unique=True),
            sa.Column("owners", sa.Text, nullable=False, index=True),
            sa.Column("lookup", sa.Text, nullable=False, unique=True),
            sa.Column("digest", sa.Text, nullable=False),
            sa.Column("seq", sa.Integer, nullable=False, index=True),
            *(sa.Column(column, sa.Text, nullable=False, index=column in _INDEXED) for column in clear),
            *(sa.Column(column, sa.LargeBinary, nullable=True) for column in sealed),
            sqlite_autoincrement=True,
        )
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(column, sa.Text, nullable=False) for column in _LEDGER_WORDS[:3]),
        sa.Column("count", sa.Integer, nullable=False),
        *(sa.Column(column, sa.Text, nullable=False) for column in _LEDGER_WORDS[3:]),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER ledger_undeleted BEFORE DELETE ON ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger "
        "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    ),
}
