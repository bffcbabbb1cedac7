"""Erasure (GDPR art. 17): no byte of the person is left in the study, old copies do not give them back."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from study_samples import (
    DAY,
    DREAM,
    PASSPHRASE,
    accounts_of,
    diary_of,
    everything_in,
    fill,
    reopened,
    write_night,
)

from karmalink.errors import StorageFailed, UnknownName, UsageError
from karmalink.night import Hypnogram
from karmalink.study import Awakening, Person, Study
from karmalink.study.records.nights import stored_files
from karmalink.study.store.sealed import Row, SealedTable
from karmalink.study.store.tables import NIGHTS, RECORD_TABLES

TEXTS = [*(account.text for account in accounts_of("Heng")), *(f"{DAY}, {n}" for n in range(3))]


@pytest.fixture
def filled(study: Study, tmp_path: Path) -> Study:
    """A study of two people, joined by results and clues, exported, with a copy of the key store."""
    import datetime as dt

    fill(study, "Heng", "Ty")
    for n, name in enumerate(("Heng", "Ty")):
        hypnogram = Hypnogram(np.full(40, n, dtype=np.int8))
        study.nights.add(name, write_night(tmp_path / f"{name}.edf", seed=n), id=f"{name}-n", hypnogram=hypnogram)
        study.awakenings.add(Awakening(f"{name}-w", name, dt.datetime(2024, 3, 2, 4, 10), "R", night=f"{name}-n"))
    study.results.put("model", ["Heng", "Ty"], {"weights": [0.1, 0.2]}, id="model-1")
    (tmp_path / "study" / "cache").mkdir()
    (tmp_path / "study" / "cache" / "features").write_bytes(b"made of Heng's words")
    for name, people in (("both", ["Heng", "Ty"]), ("hers", ["Ty"])):
        out = tmp_path / name
        out.mkdir()
        (out / "accounts.tsv").write_text(f"{DREAM} of {people}")
        study.exported.add(out, people, "bids", handed_to="judge 1" if name == "both" else "")
    study.keys.backup(tmp_path / "old keys")
    return study


def sealed_fields(study: Study, pseudonym: str) -> list[bytes]:
    """Return the sealed bytes of everything that is a person's."""
    found: list[bytes] = []
    with study._core.database.reading() as connection:
        for table in RECORD_TABLES.values():
            theirs = table.c.owners.contains(pseudonym)
            for row in connection.execute(sa.select(table).where(theirs)):
                found.extend(value for value in row if isinstance(value, bytes))
    return found


def test_the_report_says_what_went_and_what_is_left_to_do(filled: Study, tmp_path: Path) -> None:
    (tmp_path / "both" / "accounts.tsv").rename(tmp_path / "moved.tsv")
    told: list[tuple[int, int]] = []
    report = filled.withdraw("Heng", erase=True, progress=lambda done, total: told.append((done, total)))
    assert report.rows == {
        "people": 1,
        "nights": 1,
        "scores": 1,
        "awakenings": 1,
        "accounts": 3,
        "lives": 1,
        "entries": 3,
        "witnesses": 1,
        "clues": 1,
        "results": 3,
        "exported": 1,
    }
    assert (report.erased, report.files, report.exports) == (True, 1, (str(tmp_path / "both"),))
    assert (report.not_deleted, report.moved) == ((), (str(tmp_path / "both" / "accounts.tsv"),))
    assert report.copies_handed_out[0].startswith("judge 1: bids export of 20")
    assert Path(report.key_copies[0].path).parent == tmp_path / "old keys"
    assert sorted(line.split(" ")[0] for line in report.left_to_do) == ["ask", "destroy", "find"]
    assert "3 tasks left to do by hand" in repr(report)
    assert told[-1] == (5, 5)
    assert report.to_dict()["left_to_do"] == list(report.left_to_do)
    kept = filled.results.latest("erasure")
    assert kept is not None
    assert kept.data["left_to_do"] == list(report.left_to_do)


def test_others_are_left_whole(filled: Study, tmp_path: Path) -> None:
    filled.withdraw("Heng", erase=True)
    assert filled.people.ids() == ["Ty"]
    assert filled.accounts.list() == accounts_of("Ty")
    assert filled.lives.list() == [diary_of("Ty")]
    assert filled.clues.ids() == ["told"]
    assert [one.kind for one in filled.results] == ["erasure"], "pair results, models and the person's own results go"
    assert [export.people for export in filled.exported] == [("Ty",)]
    assert (tmp_path / "hers" / "accounts.tsv").exists()
    assert not (tmp_path / "both").exists()
    with filled.nights.path("Ty-n") as path:
        assert path.read_bytes() == (tmp_path / "Ty.edf").read_bytes()
    report = filled.verify()
    assert report.ok, report.faults
    assert report.unreadable == 0
    assert [entry.event for entry in filled.ledger][-2:] == ["people.erased", "results.added"]
    filled.accounts.add([*accounts_of("Ty", 5)])


def test_no_byte_of_the_person_is_left_in_the_study(sqlite_study: Study, tmp_path: Path) -> None:
    """Neither in the clear nor sealed: database, write-ahead log, vault, caches; and in the exports nothing at all."""
    fill(sqlite_study, "Heng", "Ty")
    sqlite_study.nights.add("Heng", write_night(tmp_path / "Heng.edf"), id="n1")
    sqlite_study.results.put("pairs", ["Heng", "Ty"], {"said": DREAM}, id="p")
    (tmp_path / "study" / "cache").mkdir()
    (tmp_path / "study" / "cache" / "features").write_bytes(DREAM.encode())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.tsv").write_text(DREAM)
    sqlite_study.exported.add(tmp_path / "out", ["Heng"], "bids")
    pseudonym = sqlite_study.people.pseudonym("Heng")
    sealed = sealed_fields(sqlite_study, pseudonym)
    (recording,) = (tmp_path / "study" / "vault").rglob("*.age")
    sealed.append(recording.read_bytes()[-2000:])
    assert len(sealed) > 10
    before = everything_in(tmp_path / "study")
    assert all(part in before for part in sealed), "the search must be able to find them"

    sqlite_study.withdraw("Heng", erase=True)

    for moment in ("open", "closed"):
        left = everything_in(tmp_path / "study") + everything_in(tmp_path / "out")
        signal = (tmp_path / "Heng.edf").read_bytes()
        clear = [*(text.encode() for text in TEXTS if "Heng" in text), DREAM.encode(), b"Heng"]
        clear += [signal[at : at + 32] for at in range(512, len(signal) - 32, 97)]
        assert not [part for part in clear if part in left or base64.b64encode(part) in left], moment
        pieces = [part[at : at + 16] for part in sealed for at in range(0, len(part) - 15, 16)]
        assert not [piece for piece in pieces if piece in left], moment
        sqlite_study.close()
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        holding = {
            name for name in names for row in connection.execute(f"SELECT * FROM {name}") if pseudonym in str(row)
        }
    assert holding == {"ledger"}, "the pseudonym stays in the ledger only, where it tells of nobody"


def test_a_copy_from_before_the_erasure_does_not_give_them_back(filled: Study, tmp_path: Path) -> None:
    if not filled._core.database.is_embedded:
        pytest.skip("a copy of the folder is a copy of the study on SQLite only")
    filled.accounts.list()
    with filled._core.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint")
    shutil.copytree(tmp_path / "study", tmp_path / "copy")
    pseudonym = filled.people.pseudonym("Heng")
    filled.withdraw("Heng", erase=True)
    filled.close()
    today = {"passphrase": PASSPHRASE, "keys": tmp_path / "keys"}

    with Study.open(tmp_path / "copy", **today) as copy:  # type: ignore[arg-type]
        assert copy.people.ids() == ["Ty"]
        assert {account.person for account in copy.accounts} == {"Ty"}
        assert "Heng-a0" not in copy.accounts
        assert copy.lives.ids() == ["Ty-diary"]
        assert (copy.nights.ids(), copy.clues.ids(), copy.results.list()) == (["Ty-n"], ["told"], [])
        with pytest.raises(UnknownName):
            copy.nights.get("Heng-n")
        assert "This is an old copy of the study" in copy.notices[0]
        assert "1 person was erased since this copy" in copy.notices[1]
        assert copy.verify().unreadable > 10
        with pytest.raises(UnknownName):
            copy._core.keys.person_key(pseudonym)
        with pytest.raises(UnknownName):
            copy._core.keys.identity(pseudonym)

    with Study.accept_backup(tmp_path / "copy", **today) as copy:  # type: ignore[arg-type]
        assert f"erasure of {pseudonym} was finished" in copy.notices[0]
        assert sealed_fields(copy, pseudonym) == []
        assert len(list((tmp_path / "copy" / "vault").rglob("*.age"))) == 1

    old = {"passphrase": PASSPHRASE, "keys": tmp_path / "old keys"}
    shutil.rmtree(tmp_path / "copy")
    assert Study.open(tmp_path / "study", **old).people.ids() == ["Ty"]  # type: ignore[arg-type]


def test_an_old_copy_of_the_keys_with_an_old_copy_of_the_study_is_the_one_way_back(
    filled: Study, tmp_path: Path
) -> None:
    """The reason why the report names the copies of the key store: they must go too."""
    if not filled._core.database.is_embedded:
        pytest.skip("a copy of the folder is a copy of the study on SQLite only")
    with filled._core.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint")
    shutil.copytree(tmp_path / "study", tmp_path / "copy")
    filled.withdraw("Heng", erase=True)
    with Study.open(tmp_path / "copy", passphrase=PASSPHRASE, keys=tmp_path / "old keys") as copy:
        assert copy.people.ids() == ["Heng", "Ty"]


@pytest.mark.parametrize("at", ["karmalink.study.erasure._delete_recordings", "karmalink.study.erasure._delete_rows"])
def test_an_erasure_that_is_interrupted_is_finished_at_the_next_opening(
    filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def stop(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(at, stop)
        filled.withdraw("Heng", erase=True)
    filled.close()
    with reopened(tmp_path) as reader:
        assert reader.people.ids() == ["Ty"]
        assert len(reader.accounts) == 3
    with reopened(tmp_path, write=True) as study:
        assert any("was finished" in notice for notice in study.notices)
        assert len(list((tmp_path / "study" / "vault").rglob("*.age"))) == 1
        assert not (tmp_path / "both").exists()
        assert study.verify().ok
        report = study.results.latest("erasure")
        assert report is not None
        assert any("judge 1" in line for line in report.data["left_to_do"]), "what is left to do is not lost"
    with reopened(tmp_path, write=True) as study:
        assert study.notices == []


def test_who_was_erased_may_come_back_as_somebody_new(filled: Study) -> None:
    before = filled.people.pseudonym("Heng")
    filled.withdraw("Heng", erase=True)
    with pytest.raises(UnknownName):
        filled.accounts.add(accounts_of("Heng"))
    filled.people.add(Person("Heng", consent=True))
    filled.accounts.add(accounts_of("Heng"))
    assert filled.people.pseudonym("Heng") != before
    assert filled.verify().ok


def test_an_erasure_is_not_part_of_a_transaction_and_needs_a_known_person(filled: Study) -> None:
    with pytest.raises(UsageError, match="part of a transaction"), filled.transaction():
        filled.withdraw("Heng", erase=True)
    assert "Heng" in filled.people
    with pytest.raises(UnknownName):
        filled.withdraw("Nobody", erase=True)


def test_nothing_to_do_by_hand_is_said_too(study: Study) -> None:
    fill(study, "Heng", "Ty")
    report = study.withdraw("Ty", erase=True)
    assert report.left_to_do == ()
    assert "nothing left to do by hand" in repr(report)


def test_everybody_can_be_erased(study: Study) -> None:
    fill(study, "Heng", "Ty")
    for name in ("Heng", "Ty"):
        study.withdraw(name, erase=True)
    assert (len(study.people), len(study.accounts), len(study.lives), len(study.places)) == (0, 0, 0, 1)
    assert study.verify().ok


def test_an_export_is_known_by_its_content_not_by_its_name(filled: Study, tmp_path: Path) -> None:
    """Somebody moved the export and made another folder of the same name, with files of the same names."""
    both = tmp_path / "both"
    both.rename(tmp_path / "moved")
    both.mkdir()
    (both / "accounts.tsv").write_text("nothing of the study")
    report = filled.withdraw("Heng", erase=True)
    assert (both / "accounts.tsv").read_text() == "nothing of the study"
    assert report.moved == (str(both / "accounts.tsv"),)
    assert any(line.startswith("find and delete the export") for line in report.left_to_do)
    assert report.not_deleted == ()


def test_a_file_that_cannot_be_deleted_is_named_and_keeps_nothing_else(
    filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file, *_) = (stored for row in rows_of(filled, "Heng") for stored in stored_files(row))
    unlink = Path.unlink

    def refusing(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".age":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refusing)
    report = filled.withdraw("Heng", erase=True)
    assert report.not_deleted == (str(tmp_path / "study" / "vault" / file.name),)
    assert report.rows["nights"] == 1
    assert filled.verify().ok


def test_a_version_of_the_key_store_that_cannot_be_deleted_is_named(
    sqlite_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_study, "Heng", "Ty")
    left = sqlite_study.keys.path.with_name(f"{sqlite_study.keys.path.name}.unfinished")
    left.mkdir()  # what stands in the way cannot be overwritten
    with pytest.raises(StorageFailed):
        sqlite_study.withdraw("Heng", erase=True)
    assert "Heng" in sqlite_study.people, "a key that cannot be deleted is said at once, and nothing else is"
    left.rmdir()
    replaced = left.with_name(f"{sqlite_study.keys.path.name}.replaced")
    replaced.mkdir()
    report = sqlite_study.withdraw("Heng", erase=True)
    assert report.not_deleted == (str(replaced),)


def rows_of(study: Study, name: str) -> list[Row]:
    return SealedTable(study._core, NIGHTS).rows(person=study.people.pseudonym(name))


def test_an_entry_that_somebody_put_into_the_ledger_costs_nobody_their_key(filled: Study, tmp_path: Path) -> None:
    """The ledger is not encrypted: an erasure that it names is believed only with the study's seal."""
    if not filled._core.database.is_embedded:
        pytest.skip("the file is changed behind the study's back")
    pseudonym = filled.people.pseudonym("Ty")
    filled.close()
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        connection.execute("DROP TRIGGER ledger_unchanged")
        connection.execute("UPDATE ledger SET event = 'people.erased', owners = ? WHERE seq = 5", (pseudonym,))
    with reopened(tmp_path, write=True) as study:
        assert "Ty" in study.people
        assert pseudonym in study.keys.people
        assert not study.verify().ok


def test_a_row_that_somebody_deleted_costs_nobody_their_key(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    pseudonym = sqlite_study.people.pseudonym("Heng")
    sqlite_study.keys._change(lambda body: body.update(pending=[pseudonym]))
    sqlite_study.close()
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        connection.execute("DELETE FROM people")
    with reopened(tmp_path, write=True) as study:
        assert study.keys.people == {pseudonym}


def test_a_name_that_was_changed_in_the_database_does_not_erase_anothers_recording(
    sqlite_study: Study, tmp_path: Path
) -> None:
    sqlite_study.people.add([Person("Heng", consent=True), Person("Ty", consent=True)])
    for name in ("Heng", "Ty"):
        sqlite_study.nights.add(name, write_night(tmp_path / f"{name}.edf", seconds=4), id=name)
    sqlite_study.close()
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        (a,), (b,) = connection.execute("SELECT file FROM nights ORDER BY n")
        connection.execute("UPDATE nights SET file = CASE file WHEN ? THEN ? ELSE ? END", (a, b, a))
    with reopened(tmp_path, write=True) as study:
        study.withdraw("Heng", erase=True)
    assert (tmp_path / "study" / "vault" / b).exists(), "Ty's recording is there, whatever the column says"
