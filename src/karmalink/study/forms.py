"""The forms that a study's tables had: which one they are in, and how they are brought to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from karmalink.errors import IntegrityError, StudyTooNew, UsageError
from karmalink.study.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD_REVISION", "MIGRATIONS", "bring_forward", "form_of"]

HEAD_REVISION = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"


def form_of(database: Database) -> str:
    """Return the form of the tables; empty where there are none."""
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def bring_forward(database: Database, *, new: bool) -> None:
    """Bring the tables to the newest form, in one transaction; make them where the study is new.

    Raises
    ------
    StudyTooNew
        They are in a form that only a newer Karmalink knows.
    UsageError
        They are in an older form and the study is open for reading; or a new study's database is in use.
    IntegrityError
        There are none, and the study is not new.
    """
    form = form_of(database)
    if new and form:
        raise UsageError("the database holds another study", where=database.where, next_step="name an empty database")
    if not new and not form:
        raise IntegrityError("the database has no tables", where=database.where, next_step="restore it from a backup")
    if form == HEAD_REVISION:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _alembic()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if form and form not in known:
        raise StudyTooNew(
            "the study was made by a newer Karmalink",
            where=database.where,
            rule=f"this one knows the form {HEAD_REVISION}, the study has the form {form}",
            next_step="install the newer Karmalink",
        )
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
