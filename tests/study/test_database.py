"""The database: durable settings, one form after another, one writer, readers beside it, plain words when it fails."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from study_samples import CHEAP, PASSPHRASE, accounts_of, fill, reopened, write_night

from karmalink.errors import (
    IntegrityError,
    MissingExtra,
    StorageFailed,
    StudyLocked,
    StudyTooNew,
    UsageError,
)
from karmalink.study import Person, Study
from karmalink.study import upgrading as forms
from karmalink.study.store import database
from karmalink.study.store.settings import write_settings
from karmalink.study.store.storage import database_error, network_filesystem

MIGRATIONS = forms.MIGRATIONS


def pragma(study: Study, name: str) -> object:
    with study._core.database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_sqlite_is_durable_and_leaves_nothing_behind(sqlite_study: Study) -> None:
    found = {
        name: pragma(sqlite_study, name) for name in ("journal_mode", "synchronous", "secure_delete", "temp_store")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "temp_store": 2}


def test_a_closed_study_is_one_file(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Heng", "Ty")
    with reopened(tmp_path):
        pass
    sqlite_study.close()
    sqlite_study.close()
    assert {path.name for path in (tmp_path / "study").iterdir()} <= {
        "study.db",
        "karmalink.toml",
        "vault",
        "writer.lock",
    }
    assert "closed" in repr(sqlite_study)
    with pytest.raises(UsageError, match="closed"):
        sqlite_study.accounts.list()
    with pytest.raises(UsageError, match="closed"):
        sqlite_study.people.add(Person("Do"))


MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/share /mnt/lab nfs4 rw 0 0
//server/x /mnt/with\\040space cifs rw 0 0
tmpfs /mnt/lab/local tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home", ""),
        ("/mnt/lab/study", "nfs4"),
        ("/mnt/labor", ""),
        ("/mnt/with space", "cifs"),
        ("/mnt/lab/local/s", ""),
    ],
)
def test_network_drives_are_known_by_their_mount(tmp_path: Path, place: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert network_filesystem(Path(place), mounts) == kind
    assert network_filesystem(Path(place), tmp_path / "nothing") == ""


def test_wal_is_refused_on_a_network_drive_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "network_filesystem", lambda folder: "nfs4")
    with Study.create(
        tmp_path / "study", title="T", passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP
    ) as study:
        assert pragma(study, "journal_mode") == "delete"
        assert "network drive (nfs4)" in study.notices[0]
        study.people.add(Person("Heng", consent=True))
        study.accounts.add(accounts_of("Heng"))
    with reopened(tmp_path) as study:
        assert len(study.accounts) == 3


def test_the_first_form_is_the_one_of_the_tables(sqlite_study: Study) -> None:
    import sqlalchemy as sa

    from karmalink.study.store.tables import METADATA

    with sqlite_study._core.database.reading() as connection:
        found = sa.inspect(connection)
        for table in METADATA.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}, table.name


def test_the_newest_form_is_the_last_migration() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == forms.HEAD_REVISION


@pytest.fixture
def third_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that a later Karmalink has one migration more."""
    later = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "versions" / "r0003_third.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision, down_revision = '0003', '0002'\n"
        "def upgrade():\n    op.add_column('accounts', sa.Column('later', sa.Text, nullable=True))\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(forms, "MIGRATIONS", later)
    monkeypatch.setattr(forms, "HEAD_REVISION", "0003")
    monkeypatch.setattr("karmalink.study.opening.HEAD_REVISION", "0003")


@pytest.mark.parametrize("write", [False, True])
def test_a_study_of_today_opens_in_a_later_karmalink(
    study: Study, tmp_path: Path, write: bool, request: pytest.FixtureRequest
) -> None:
    fill(study, "Heng", "Ty")
    study.close()
    request.getfixturevalue("third_form")
    with reopened(tmp_path, write=write) as later:
        assert len(later.accounts) == 6
        assert forms.revision_of(later._core.database) == "0003"
        assert later.verify().ok


def test_a_study_of_a_newer_karmalink_is_told_as_such(study: Study, tmp_path: Path) -> None:
    import sqlalchemy as sa

    with study._core.database.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    study.close()
    for write in (False, True):
        with pytest.raises(StudyTooNew) as raised:
            reopened(tmp_path, write=write)
        assert "0099" in raised.value.rule


def test_a_damaged_a_missing_an_empty_and_another_database(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.close()
    file = tmp_path / "study" / "study.db"
    whole = file.read_bytes()
    file.write_bytes(b"this is not a database at all, it is some text" * 100)
    with pytest.raises(IntegrityError, match="damaged"):
        reopened(tmp_path)
    file.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        reopened(tmp_path)
    assert not file.exists()
    file.touch()
    with pytest.raises(IntegrityError, match="no tables"):
        reopened(tmp_path, write=True)
    file.write_bytes(whole)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE study SET id = 'another'")
    with pytest.raises(IntegrityError, match="another study"):
        reopened(tmp_path)


def test_a_database_that_holds_a_study_takes_no_second(make: object, database_url: str, tmp_path: Path) -> None:
    if not database_url:
        pytest.skip("a SQLite study has a database of its own")
    make()  # type: ignore[operator]
    with pytest.raises(UsageError, match="another study"):
        Study.create(
            tmp_path / "two",
            title="T",
            passphrase=PASSPHRASE,
            keys=tmp_path / "k",
            database_url=database_url,
            cost=CHEAP,
        )
    assert not (tmp_path / "two").exists()
    assert not list((tmp_path / "k").glob("*.keys"))


@pytest.mark.parametrize(
    ("url", "error"),
    [("nonsense", UsageError), ("oracle9://x", UsageError), ("postgresql+asyncpg://x/y", MissingExtra)],
)
def test_an_address_that_is_none(tmp_path: Path, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Study.create(
            tmp_path / "study", title="T", passphrase=PASSPHRASE, keys=tmp_path / "keys", database_url=url, cost=CHEAP
        )
    assert not (tmp_path / "study").exists()


def test_a_folder_with_something_in_it_is_no_place_for_a_new_study(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.txt").touch()
    with pytest.raises(UsageError, match="new or empty"):
        Study.create(tmp_path / "study", title="T", passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP)
    assert (tmp_path / "study" / "mine.txt").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed by forking it")
def test_a_creation_that_is_killed_leaves_no_study_and_the_next_one_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"title": "T", "passphrase": PASSPHRASE, "keys": tmp_path / "keys", "cost": CHEAP}
    child = os.fork()
    if not child:
        monkeypatch.setattr(Path, "rename", lambda *_: os._exit(9))
        Study.create(tmp_path / "study", **given)  # type: ignore[arg-type]
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not (tmp_path / "study").exists()
    assert len(list((tmp_path / "keys").glob("*.keys"))) == 1
    Study.create(tmp_path / "study", **given).close()  # type: ignore[arg-type]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "study"]
    assert len(list((tmp_path / "keys").glob("*.keys"))) == 1
    reopened(tmp_path).close()


def test_a_folder_that_looks_unfinished_is_no_way_to_delete_a_key_store(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.close()
    trap = tmp_path / ".other [1].unfinished-x" / "files"
    trap.mkdir(parents=True)
    (trap.parent / ".lock").touch()
    shutil.copy(tmp_path / "study" / "karmalink.toml", trap)
    Study.create(tmp_path / "other [1]", title="T", passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP).close()
    assert not trap.parent.exists()
    with reopened(tmp_path) as study:
        assert study.people.ids() == ["Heng"]


def test_one_transaction_at_a_time_by_a_process_that_is_named(sqlite_study: Study, tmp_path: Path) -> None:
    write_settings(tmp_path / "study", {"lock.wait_s": 0.05})
    with reopened(tmp_path, write=True) as other, sqlite_study.transaction():
        sqlite_study.people.add(Person("Heng", consent=True))
        with pytest.raises(StudyLocked) as raised:
            other.people.add(Person("Ty", consent=True))
    assert f"process {os.getpid()}, since" in str(raised.value)
    with reopened(tmp_path, write=True) as other:
        assert other.people.ids() == ["Heng"]
        sqlite_study.people.add(Person("Srey", consent=True))
        other.people.add(Person("Ty", consent=True))
        assert sqlite_study.people.ids() == other.people.ids() == ["Heng", "Srey", "Ty"]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from study_samples import accounts_of, reopened
from karmalink.study import Person
with reopened(Path({folder!r}), write=True) as study:
    with study.transaction():
        study.people.add(Person("Ty", consent=True))
        study.accounts.add(accounts_of("Ty", 50))
        print("writing", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def other_writer(sqlite_study: Study, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start another process that is in the middle of writing."""
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.accounts.add(accounts_of("Heng"))
    sqlite_study.close()
    code = WRITER.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.communicate()


def test_two_processes_do_not_write_at_once(other_writer: subprocess.Popen[str], tmp_path: Path) -> None:
    write_settings(tmp_path / "study", {"lock.wait_s": 0.05})
    with reopened(tmp_path) as reader:
        assert len(reader.accounts) == 3, "a reader sees what was stored before"
        with pytest.raises(StudyLocked) as raised:
            reopened(tmp_path, write=True)
        assert f"process {other_writer.pid}" in raised.value.what
        other_writer.communicate("go on\n")
        assert other_writer.returncode == 0
        assert len(reader.accounts) == 53


def test_a_writer_that_is_killed_leaves_nothing_half_written(
    other_writer: subprocess.Popen[str], tmp_path: Path
) -> None:
    other_writer.kill()
    other_writer.wait()
    with reopened(tmp_path, write=True) as study:
        assert (study.people.ids(), len(study.accounts)) == (["Heng"], 3)
        assert study.verify().ok
        study.people.add(Person("Ty", consent=True))
        assert len(study.accounts.add(accounts_of("Ty", 50)).new) == 50


def test_a_database_that_cannot_grow_keeps_the_study_whole(sqlite_study: Study) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.accounts.add(accounts_of("Heng"))
    engine = sqlite_study._core.database.engine
    with engine.connect().execution_options(karmalink_bare=True) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StorageFailed, match="full"):
        sqlite_study.accounts.add(accounts_of("Heng", 2000))
    assert len(sqlite_study.accounts) == 3
    assert sqlite_study.verify().ok


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_recording_that_finds_no_space_leaves_nothing(
    sqlite_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    night = write_night(tmp_path / "n.edf")
    with monkeypatch.context() as patched, pytest.raises(StorageFailed, match="full"):
        patched.setattr(os, "fsync", no_space)
        sqlite_study.nights.add("Heng", night, id="n1")
    assert not [path for path in (tmp_path / "study" / "vault").rglob("*") if path.is_file()]
    sqlite_study.nights.add("Heng", night, id="n1")


def test_a_key_store_that_finds_no_space_adds_nobody(
    sqlite_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(StorageFailed, match="full"):
        patched.setattr(os, "fsync", no_space)
        sqlite_study.people.add(Person("Heng", consent=True))
    assert (sqlite_study.people.ids(), sqlite_study.keys.people) == ([], frozenset())
    assert [path.suffix for path in (tmp_path / "keys").iterdir() if not path.name.endswith(".lock")] == [".keys"]
    sqlite_study.people.add(Person("Heng", consent=True))


def test_a_folder_without_the_right_to_write_is_told_as_such(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("an administrator may write everywhere; the read-only disk below shows it")
    tmp_path.chmod(0o555)
    with pytest.raises(StorageFailed, match="not permitted"):
        Study.create(tmp_path / "study", title="T", passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte; only an administrator can."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("mounting a small disk needs an administrator")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_keeps_the_study_whole(small_disk: Path, tmp_path: Path) -> None:
    options = {"passphrase": PASSPHRASE, "keys": tmp_path / "keys"}
    with Study.create(small_disk / "study", title="T", cost=CHEAP, **options) as study:  # type: ignore[arg-type]
        study.people.add(Person("Heng", consent=True))
        study.accounts.add(accounts_of("Heng"))
        big = tmp_path / "big.edf"
        big.write_bytes(os.urandom(2_000_000))
        with pytest.raises(StorageFailed, match="full"):
            study.nights.add("Heng", big, id="n1")
        with pytest.raises(StorageFailed, match="full"):
            study.accounts.add(accounts_of("Heng", 5000))
        assert len(study.nights) == 0
        assert len(study.accounts) == 3
        assert not [path for path in (small_disk / "study" / "vault").rglob("*") if path.is_file()]
        with pytest.raises(StorageFailed, match="rolled back when the disk failed"), study.transaction():
            with pytest.raises(StorageFailed):
                study.accounts.add(accounts_of("Heng", 5000))
            study.accounts.add(accounts_of("Heng", 5))
        assert len(study.accounts) == 3
        study.accounts.add(accounts_of("Heng", 5))
    with Study.open(small_disk / "study", **options) as study:  # type: ignore[arg-type]
        assert study.verify().ok
    with pytest.raises(StorageFailed):
        Study.create(
            small_disk / "two", title="x" * 2_000_000, passphrase=PASSPHRASE, keys=tmp_path / "keys", cost=CHEAP
        )
    assert not (small_disk / "two").exists()


def test_a_read_only_disk_can_be_read_and_says_so_when_written(small_disk: Path, tmp_path: Path) -> None:
    options = {"passphrase": PASSPHRASE, "keys": tmp_path / "keys"}
    with Study.create(small_disk / "study", title="T", cost=CHEAP, **options) as study:  # type: ignore[arg-type]
        study.people.add(Person("Heng", consent=True))
        study.accounts.add(accounts_of("Heng"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with Study.open(small_disk / "study", **options) as study:  # type: ignore[arg-type]
        assert len(study.accounts) == 3
    with pytest.raises(StorageFailed, match="read-only"):
        Study.open(small_disk / "study", write=True, **options)  # type: ignore[arg-type]
    with pytest.raises(StorageFailed, match="read-only"):
        Study.create(small_disk / "new", title="T", cost=CHEAP, **options)  # type: ignore[arg-type]


def test_an_unclosed_study_on_a_read_only_disk_is_not_read_without_its_log(small_disk: Path, tmp_path: Path) -> None:
    options = {"passphrase": PASSPHRASE, "keys": tmp_path / "keys"}
    with Study.create(small_disk / "study", title="T", cost=CHEAP, **options) as study:  # type: ignore[arg-type]
        study.people.add(Person("Heng", consent=True))
        shutil.copytree(small_disk / "study", small_disk / "copy")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageFailed, match="was not closed"):
        Study.open(small_disk / "copy", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("database or disk is full", StorageFailed),
        ("attempt to write a readonly database", StorageFailed),
        ("disk I/O error", StorageFailed),
        ("database is locked", StudyLocked),
        ("database disk image is malformed", IntegrityError),
        ("could not extend file: No space left on device", StorageFailed),
    ],
)
def test_what_a_database_says_is_said_in_plain_words(message: str, error: type[Exception]) -> None:
    assert type(database_error(message, "here")) is error


def test_what_is_not_known_is_left_as_it_is() -> None:
    assert database_error("near SELEKT: syntax error", "here") is None


def test_errors_of_the_database_carry_no_text(sqlite_study: Study) -> None:
    import sqlalchemy as sa

    with pytest.raises(sa.exc.StatementError) as raised, sqlite_study._core.database.transaction() as connection:
        connection.execute(sa.text("INSERT INTO study VALUES (:id, :words)"), {"id": "x", "words": "golden buddha"})
    assert "golden buddha" not in str(raised.value)


def test_postgresql_is_tested_too(request: pytest.FixtureRequest) -> None:
    if not os.environ.get("KARMALINK_TEST_POSTGRES"):
        pytest.skip("KARMALINK_TEST_POSTGRES names no server: the same tests ran on SQLite only")
