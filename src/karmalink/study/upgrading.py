"""Revisions of a study's tables: what an earlier Karmalink stored is brought into today's form, in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from karmalink.errors import IntegrityError, StudyTooNew, UsageError
from karmalink.study.store.core import Core
from karmalink.study.store.database import Database
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.tables import EXPORTED, RECORD_TABLES

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD_REVISION", "MIGRATIONS", "migrate", "revision_of", "tables_of_a_new_study"]

HEAD_REVISION = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(database: Database) -> str:
    """Return the revision of the tables; empty if there are none."""
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def migrate(core: Core, *, new: bool) -> None:
    """Bring the tables and what is in them into the newest form, in one transaction; create them if the study is new.

    The upgrade of a study is an entry of its ledger. A kill leaves the old form or the new one.

    Raises
    ------
    StudyTooNew
        Their revision is only known to a newer Karmalink.
    UsageError
        Their revision is older and the study is open for reading; or a new study's database is in use.
    IntegrityError
        There are none, and the study is not new.
    """
    database = core.database
    revision = revision_of(database)
    if new and revision:
        raise UsageError("the database holds another study", where=database.where, next_step="name an empty database")
    if not new and not revision:
        raise IntegrityError("the database has no tables", where=database.where, next_step="restore it from a backup")
    if revision == HEAD_REVISION:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _alembic()
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if revision and revision not in known:
        raise StudyTooNew(
            "the study was made by a newer Karmalink",
            where=database.where,
            rule=f"this version knows revision {HEAD_REVISION}, the study has revision {revision}",
            next_step="install the newer Karmalink",
        )
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if revision:
            later = known[: known.index(revision)]
            rows = sum(_UPGRADES[step](core) for step in reversed(later) if step in _UPGRADES)
            core.ledger.append("study.upgraded", (), core.settings_digest(), rows)


def tables_of_a_new_study(connection: sa.Connection) -> None:
    """Make the tables of a new study, to compare with."""
    from alembic import command

    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _with_places(core: Core) -> int:
    """Put the place of every row into its digest; return how many rows were changed."""
    tables = [SealedTable(core, table, common=table is EXPORTED) for table in RECORD_TABLES.values()]
    return sum(table.reseal(table.rows(seen_by_all=True)) for table in tables)


# What is done to the rows of a study when its tables come to a revision: migrations change tables, and know no keys.
_UPGRADES: dict[str, Callable[[Core], int]] = {"0002": _with_places}
