"""Verification: the first broken link is named after any tampering; without an anchor order is internal only."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_samples import accounts_of, fill, reopened, write_night

from karmalink.account import Account
from karmalink.errors import CannotAnswer, IntegrityError, OldCopy, ReadError, UsageError
from karmalink.study import Person, Study, VerifyReport
from karmalink.study.store.ledger import chain_hash, first_hash, sum_digest
from karmalink.study.store.settings import write_settings
from karmalink.study.verification import INTERNAL_ORDER_ONLY


@pytest.fixture
def filled(sqlite_study: Study, tmp_path: Path) -> Study:
    fill(sqlite_study, "Heng", "Ty")
    sqlite_study.nights.add("Heng", write_night(tmp_path / "n.edf"), id="n1")
    sqlite_study.close()
    return sqlite_study


@contextmanager
def tampering(folder: Path) -> Iterator[sqlite3.Connection]:
    """Change the database behind the study's back, as somebody with the file and a little skill would."""
    with closing(sqlite3.connect(folder / "study" / "study.db")) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


def verified(folder: Path) -> VerifyReport:
    with reopened(folder) as study:
        return study.verify()


def test_an_untouched_study_holds(filled: Study, tmp_path: Path) -> None:
    report = verified(tmp_path)
    assert report.ok
    assert (report.first_broken, report.faults, report.files, report.unreadable) == (None, (), 1, 0)
    assert report.order.startswith(INTERNAL_ORDER_ONLY)
    report.raise_if_broken()
    assert "unchanged; internal order only" in repr(report)
    assert json.loads(json.dumps(report.to_dict()))["ok"] is True


def test_the_chain_is_what_it_says_it_is(filled: Study, tmp_path: Path) -> None:
    with reopened(tmp_path) as study:
        entries = study.ledger.list()
    previous = sha256(f"karmalink ledger of {study.id}".encode()).hexdigest()
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        fields = [entry.seq, entry.at, entry.event, " ".join(entry.owners), entry.count, entry.digest, previous]
        assert entry.hash == sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()
        previous = entry.hash
    assert first_hash(study.id) == entries[0].previous


@given(st.lists(st.integers(0, 2**256 - 1)), st.data())
def test_the_sum_of_digests_is_a_sum(numbers: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.lists(st.sampled_from(numbers))) if numbers else []
    digests = [f"{number:064x}" for number in numbers]
    assert int(sum_digest(digests, [f"{n:064x}" for n in gone]), 16) == (sum(numbers) - sum(gone)) % 2**256


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("UPDATE ledger SET at = '2020-01-01T00:00:00.000+00:00' WHERE seq = 5", 5, "was changed"),
        ("UPDATE ledger SET event = 'accounts.removed' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger SET owners = '' WHERE seq = 4", 4, "was changed"),
        ("UPDATE ledger SET count = 99 WHERE seq = 6", 6, "was changed"),
        ("UPDATE ledger SET digest = substr(digest, 2) || 'f' WHERE seq = 7", 7, "was changed"),
        ("UPDATE ledger SET previous = hash WHERE seq = 3", 3, "hash of the entry before"),
        ("UPDATE ledger SET seal = substr(seal, 2) || 'f' WHERE seq = 8", 8, "seal"),
        ("DELETE FROM ledger WHERE seq = 5", 6, "entry 5 is missing"),
        ("DELETE FROM ledger WHERE seq <= 2", 3, "entry 1 is missing"),
    ],
)
def test_the_first_broken_link_is_named(filled: Study, tmp_path: Path, statement: str, seq: int, why: str) -> None:
    with tampering(tmp_path) as connection:
        connection.execute(statement)
    report = verified(tmp_path)
    assert report.first_broken is not None
    assert report.first_broken.seq == seq
    assert why in report.first_broken.why
    with pytest.raises(IntegrityError) as raised:
        report.raise_if_broken()
    assert f"entry {seq}" in raised.value.where
    assert f"broken at entry {seq}" in repr(report)


def test_a_chain_that_is_forged_whole_lacks_the_seal(filled: Study, tmp_path: Path) -> None:
    with tampering(tmp_path) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM ledger ORDER BY seq")]
        previous = rows[3]["previous"]
        for row in rows[3:]:
            row["at"] = "2020-01-01T00:00:00.000+00:00"
            row["previous"] = previous
            named = {name: value for name, value in row.items() if name not in ("hash", "seal")}
            previous = row["hash"] = chain_hash(**named)
            connection.execute("UPDATE ledger SET at=:at, previous=:previous, hash=:hash WHERE seq=:seq", row)
    report = verified(tmp_path)
    assert report.first_broken is not None
    assert report.first_broken.seq == 4
    assert "seal" in report.first_broken.why


def test_entries_cannot_be_changed_by_a_slip(study: Study) -> None:
    import sqlalchemy as sa

    study.people.add(Person("Heng"))
    for statement in ("UPDATE ledger SET count = 5", "DELETE FROM ledger"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            study._core.database.transaction() as connection,
        ):
            connection.execute(sa.text(statement))
    assert study.verify().ok


def test_a_ledger_that_is_cut_off_at_its_end_is_missed(filled: Study, tmp_path: Path) -> None:
    with tampering(tmp_path) as connection:
        last = connection.execute("SELECT max(seq) FROM ledger").fetchone()[0]
        connection.execute("DELETE FROM ledger WHERE seq = ?", (last,))
        connection.execute("DELETE FROM nights")
    report = verified(tmp_path)
    assert report.first_broken is None
    assert f"the key store knows of entry {last}" in report.faults[0]


def test_a_copy_that_went_its_own_way_is_told_from_the_study(filled: Study, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "study", tmp_path / "copy")
    with reopened(tmp_path, write=True) as study:
        before = len(study.ledger)
        study.accounts.add(accounts_of("Ty", 4))
    today = {"passphrase": "four words nobody joins", "keys": tmp_path / "keys"}
    with pytest.raises(OldCopy, match="an old copy of the study: its ledger ends at entry"):
        Study.open(tmp_path / "copy", write=True, **today)  # type: ignore[arg-type]
    with Study.open(tmp_path / "copy", **today) as copy:  # type: ignore[arg-type]
        assert copy.notices == [
            f"This is an old copy of the study: its ledger ends at entry {before}, "
            f"and the key store knows of entry {before + 1}."
        ]
    assert verified(tmp_path).ok


def test_two_copies_that_were_written_to_at_once_are_told_apart(filled: Study, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "study", tmp_path / "copy")
    today = {"passphrase": "four words nobody joins", "keys": tmp_path / "keys"}
    with reopened(tmp_path, write=True) as study, Study.open(tmp_path / "copy", write=True, **today) as copy:  # type: ignore[arg-type]
        study.accounts.add(accounts_of("Ty", 4))
        copy.accounts.add(accounts_of("Ty", 5))
        assert "rewritten, or has forked" in copy.verify().faults[0]
        assert study.verify().ok, "the copy's head must not take the place of the study's"
    with pytest.raises(OldCopy, match="went its own way"):
        Study.open(tmp_path / "copy", write=True, **today)  # type: ignore[arg-type]


def test_a_restored_backup_takes_the_place_of_a_lost_study(filled: Study, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "study", tmp_path / "backup")
    with reopened(tmp_path, write=True) as study:
        lacking = len(study.ledger)
        study.accounts.add(accounts_of("Ty", 5))
        study.nights.add("Ty", write_night(tmp_path / "later.edf", seed=9), id="later")
        study.withdraw("Heng", erase=True)
        lacking = len(study.ledger) - lacking
    shutil.move(tmp_path / "study", tmp_path / "lost")
    shutil.move(tmp_path / "backup", tmp_path / "study")
    today = {"passphrase": "four words nobody joins", "keys": tmp_path / "keys"}
    with Study.accept_backup(tmp_path / "study", **today) as study:  # type: ignore[arg-type]
        assert study.people.ids() == ["Ty"], "who was erased since stays erased"
        entry = study.ledger.list()[-3]
        assert (entry.event, entry.count) == ("study.accepted", lacking)
        assert len(study.accounts.list(person="Ty")) == 3
        assert study.verify().ok
        study.accounts.add(accounts_of("Ty", 4))
    with reopened(tmp_path, write=True) as study:
        assert study.notices == []


ROWS: list[tuple[str, str]] = [
    ("UPDATE accounts SET words = (SELECT words FROM accounts ORDER BY n DESC LIMIT 1) WHERE n = 1", "accounts: row"),
    ("UPDATE accounts SET facts = x'01' || randomblob(60) WHERE n = 2", "accounts: row"),
    ("UPDATE accounts SET facts = CAST(x'01' || randomblob(60) AS BLOB) WHERE n = 2", "accounts: row"),
    ("UPDATE accounts SET facts = CAST(x'02' || randomblob(60) AS BLOB) WHERE n = 2", "accounts: row"),
    ("UPDATE accounts SET facts = NULL WHERE n = 2", "accounts: row"),
    ("UPDATE entries SET words = NULL WHERE n = 2", "entries: row"),
    ("UPDATE entries SET life = 'other' WHERE n = 1", "entries: row"),
    ("UPDATE accounts SET seq = 1 WHERE n = 1", "accounts: row"),
    ("UPDATE results SET kind = 'other'", "results: row"),
    ("UPDATE accounts SET lookup = 'x' WHERE n = 1", "accounts: row"),
    ("DELETE FROM accounts WHERE n = 1", "accounts: the rows of p"),
    ("DELETE FROM accounts", "accounts: the rows of p"),
    ("DELETE FROM places", "places: the rows without an owner"),
    ("DELETE FROM people WHERE n = 1", "people: the rows of p"),
    ("UPDATE accounts SET digest = (SELECT digest FROM accounts WHERE n = 2) WHERE n = 1", "accounts: the rows of p"),
]


@pytest.mark.parametrize(("statement", "says"), ROWS)
def test_rows_that_were_changed_moved_or_deleted_are_named(
    filled: Study, tmp_path: Path, statement: str, says: str
) -> None:
    with tampering(tmp_path) as connection:
        connection.execute(statement)
    report = verified(tmp_path)
    assert not report.ok
    assert any(fault.startswith(says) for fault in report.faults), report.faults
    with pytest.raises(IntegrityError):
        report.raise_if_broken()


def spoil(path: Path) -> None:
    body = path.read_bytes()
    path.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))


@pytest.mark.parametrize(("harm", "says"), [(Path.unlink, "is missing"), (spoil, "was changed")])
def test_files_that_were_changed_or_deleted_are_named(
    filled: Study, tmp_path: Path, harm: Callable[[Path], None], says: str
) -> None:
    (file,) = (tmp_path / "study" / "vault").rglob("*.age")
    harm(file)
    (fault,) = verified(tmp_path).faults
    assert fault.startswith("vault: ")
    assert fault.endswith(says)


def test_progress_is_told(filled: Study, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with reopened(tmp_path) as study:
        report = study.verify(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (report.rows + report.files,) * 2


def test_an_anchor_proves_order_up_to_its_entry(study: Study) -> None:
    study.people.add(Person("Heng", consent=True))
    head = study.ledger.head()
    anchor = study.ledger.anchor("Phnom Penh Post, 3 May, page 4")
    assert (anchor.seq, anchor.hash) == (head.seq, head.hash)
    study.accounts.add(accounts_of("Heng"))
    older = study.ledger.anchor("letter to the board", hash=study.ledger.list()[0].hash[:16].upper())
    assert older.seq == 1
    report = study.verify()
    assert report.ok
    assert report.order == (
        f"order proved to others up to entry {head.seq}, to anyone who compares its hash with: "
        "Phnom Penh Post, 3 May, page 4"
    )
    assert report.anchors == (anchor, older)
    assert "2 anchors" in repr(study.ledger)


def test_a_time_stamp_token_must_be_over_the_hash(study: Study, tmp_path: Path) -> None:
    token = tmp_path / "answer.tsr"
    token.write_bytes(b"\x30\x82" + bytes.fromhex(study.ledger.head().hash) + b"rest")
    assert study.ledger.anchor("freetsa.org", token=token).token == token.read_bytes()
    with pytest.raises(UsageError, match="another hash"):
        study.ledger.anchor("freetsa.org", token=b"\x30\x82 over nothing of ours")
    with pytest.raises(ReadError):
        study.ledger.anchor("freetsa.org", token=tmp_path / "nothing.tsr")
    assert study.ledger.anchors()[0].to_dict()["token"] is True


def test_what_is_no_anchor(study: Study) -> None:
    with pytest.raises(UsageError, match="an anchor is empty"):
        study.ledger.anchor(" ")
    for digest in ("ab" * 32, study.ledger.head().hash[:15]):
        with pytest.raises(UsageError, match="no entry"):
            study.ledger.anchor("page 4", hash=digest)


def test_an_anchor_whose_entry_was_written_anew_is_told(filled: Study, tmp_path: Path) -> None:
    """Somebody with the passphrase writes the whole ledger anew: only the anchor shows it."""
    with reopened(tmp_path, write=True) as study:
        study.ledger.anchor("page 4")
        entries, fields = study.ledger.list(), study._core.fields
        anchored = study.ledger.anchors()[0].seq
    with tampering(tmp_path) as connection:
        previous = entries[0].previous
        for entry in entries:
            at = "2020-01-01T00:00:00.000+00:00"
            row = (entry.seq, at, entry.event, " ".join(entry.owners), entry.count, entry.digest, previous)
            own = chain_hash(*row)
            seal = fields.study_digest("ledger", own)
            connection.execute(
                "UPDATE ledger SET at=?, previous=?, hash=?, seal=? WHERE seq=?", (at, previous, own, seal, entry.seq)
            )
            previous = own
    report = verified(tmp_path)
    assert report.first_broken is None
    assert any(
        f"entry {anchored} no longer has the hash that was anchored (page 4)" in fault for fault in report.faults
    )
    assert report.order.startswith(INTERNAL_ORDER_ONLY)


def test_a_ledger_without_entries_has_no_head(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study._core.ledger, "last", lambda: None)
    with pytest.raises(CannotAnswer):
        study.ledger.head()


def test_entries_hold_pseudonyms_counts_and_digests_only(filled: Study, tmp_path: Path) -> None:
    with reopened(tmp_path) as study:
        names = {study.people.pseudonym(name) for name in ("Heng", "Ty")}
        for entry in study.ledger:
            assert set(entry.owners) <= names
            assert len(entry.digest) == 64
            assert set(entry.digest) <= set("0123456789abcdef")
            assert "Heng" not in json.dumps(entry.to_dict())
        table = study.ledger.to_dataframe()
        assert table["hash"].tolist() == [entry.hash for entry in study.ledger]
        assert repr(study.ledger.list()[0]).startswith("LedgerEntry(1: study.created, 0, 20")


FORM: list[tuple[str, str]] = [
    ("CREATE TRIGGER quiet AFTER INSERT ON accounts BEGIN DELETE FROM clues; END", "database: unknown trigger 'quiet'"),
    ("CREATE VIEW seen AS SELECT id FROM people", "database: unknown view 'seen'"),
    ("CREATE INDEX more ON accounts (seq, n)", "database: unknown index 'more'"),
    ("DROP TRIGGER ledger_undeleted", "database: the trigger ledger_undeleted is missing"),
    ("ALTER TABLE accounts ADD COLUMN more TEXT", "database: the table accounts was changed"),
    ("PRAGMA application_id = 5", "database: the user version, vacuum mode and application in the header"),
]


@pytest.mark.parametrize(("statement", "says"), FORM)
def test_the_form_of_the_database_is_that_of_a_new_study(
    filled: Study, tmp_path: Path, statement: str, says: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        connection.execute(statement)
    (fault,) = verified(tmp_path).faults
    assert fault.startswith(says)


def test_an_index_that_does_not_fit_its_table_is_named(filled: Study, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = "
            "'ix_clues_owners') WHERE name = 'ix_accounts_owners'"
        )
    assert any(fault.startswith("database: ") for fault in verified(tmp_path).faults)


def test_rows_that_changed_places_are_named(filled: Study, tmp_path: Path) -> None:
    with tampering(tmp_path) as connection:
        for old, new in ((1, -1), (2, 1), (-1, 2)):
            connection.execute("UPDATE accounts SET n = ? WHERE n = ?", (new, old))
    faults = verified(tmp_path).faults
    assert len(faults) == 2
    assert all(fault.startswith("accounts: row") for fault in faults)


def test_what_is_changed_where_nothing_is_stored_is_noted_as_such(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Heng", "Ty")
    sqlite_study.accounts.add(Account("long", "Ty", random.Random(0).randbytes(30_000).hex(), None))
    sqlite_study.accounts.remove("long")
    sqlite_study.close()
    path = tmp_path / "study" / "study.db"
    body = bytearray(path.read_bytes())
    (trunk,) = struct.unpack_from(">I", body, 32)
    (page,) = struct.unpack_from(">I", body, (trunk - 1) * 4096 + 8)
    assert not any(body[(page - 1) * 4096 : page * 4096])
    body[(page - 1) * 4096 + 77] ^= 4
    path.write_bytes(body)
    report = verified(tmp_path)
    assert report.ok
    assert report.notes == (f"database: bytes were changed in 1 unused page ({page}), where nothing of the study is",)


def test_settings_that_were_changed_are_noted_and_entered_at_the_next_opening_for_writing(
    filled: Study, tmp_path: Path
) -> None:
    write_settings(tmp_path / "study", {"study.majority_age": 21})
    (note,) = verified(tmp_path).notes
    assert note.startswith("settings: they were changed since entry 1")
    with reopened(tmp_path, write=True) as study:
        assert study.ledger.list()[-1].event == "study.settings"
        assert study.verify().notes == ()
    with reopened(tmp_path, write=True) as study:
        assert len([entry for entry in study.ledger if entry.event == "study.settings"]) == 1


def test_a_revision_that_was_set_back_does_not_launder_what_was_changed(filled: Study, tmp_path: Path) -> None:
    with tampering(tmp_path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    for write in (False, True):
        with pytest.raises(IntegrityError, match="set back"):
            reopened(tmp_path, write=write)


def test_what_was_changed_before_the_upgrade_is_named_after_it(tmp_path: Path) -> None:
    golden.restore(Path(__file__).parent / "revision_1", tmp_path)
    with tampering(tmp_path) as connection:
        connection.execute("UPDATE accounts SET seq = 1 WHERE n = 1")
    with reopened(tmp_path, write=True) as study:
        (fault,) = study.verify().faults
        assert fault.startswith("accounts: row")
        assert study.ledger.latest("study.upgraded") is not None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("people.id", "x'01ff'"),
        ("people.facts", "7"),
        ("nights.file", "7"),
        ("accounts.owners", "CAST(x'ff' AS TEXT)"),
        ("ledger.owners", "x'01ff'"),
        ("ledger.seal", "'é'"),
    ],
)
def test_a_value_of_another_type_is_named_and_no_error(filled: Study, tmp_path: Path, column: str, value: str) -> None:
    table, _, name = column.partition(".")
    with tampering(tmp_path) as connection:
        connection.execute(f"UPDATE {table} SET {name} = {value} WHERE rowid = 1")
    assert not verified(tmp_path).ok
