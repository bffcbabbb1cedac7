"""Studies to test with: on SQLite, and on PostgreSQL too where ``KARMALINK_TEST_POSTGRES`` names a server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from study_samples import CHEAP, PASSPHRASE

from karmalink.study import Study

SERVER = os.environ.get("KARMALINK_TEST_POSTGRES", "")
BACKENDS = ["sqlite", *(["postgresql"] if SERVER else [])]


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an empty database: none for SQLite, a new one on the server for PostgreSQL."""
    if request.param == "sqlite":
        yield ""
        return
    # A schema of its own is an empty database to the study, and made in a moment.
    name = f"karmalink_{uuid.uuid4().hex}"
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    url = sa.make_url(SERVER).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    server.dispose()


Maker = Callable[..., Study]


@pytest.fixture
def make(tmp_path: Path, database_url: str) -> Iterator[Maker]:
    """Make a study in ``tmp_path/study`` with its keys in ``tmp_path/keys``; closed at the end."""
    made: list[Study] = []

    def _make(**options: object) -> Study:
        given: dict[str, object] = {"title": "Test", "passphrase": PASSPHRASE, "keys": tmp_path / "keys", "cost": CHEAP}
        study = Study.create(tmp_path / "study", database_url=database_url, **(given | options))  # type: ignore[arg-type]
        made.append(study)
        return study

    yield _make
    for study in made:
        study.close()


@pytest.fixture
def study(make: Maker) -> Study:
    """Give an empty study, open for writing."""
    return make()


@pytest.fixture
def sqlite_study(tmp_path: Path) -> Iterator[Study]:
    """Give an empty study on SQLite, for what only SQLite and its file can show."""
    with Study.create(
        tmp_path / "study", title="Test", passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP
    ) as it:
        yield it
