"""Nights: recordings are in the vault, encrypted, whole, and read again without a trace in the clear."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from study_samples import PASSPHRASE, everything_in, reopened, write_night

from karmalink.errors import Duplicate, IntegrityError, OldCopy, ReadError, StorageFailed, UnknownName
from karmalink.night import Finding, Hypnogram
from karmalink.study import Person, Study
from karmalink.study.store.files_in_memory import clear_files
from karmalink.study.store.vault import file_sha256


@pytest.fixture
def slept(study: Study, tmp_path: Path) -> Study:
    study.people.add([Person("Heng", consent=True), Person("Ty", consent=True)])
    study.nights.add("Heng", write_night(tmp_path / "Leng Heng 3 March.edf"), id="n1")
    return study


def test_a_recording_comes_back_byte_for_byte_through_a_file_in_memory(slept: Study, tmp_path: Path) -> None:
    original = (tmp_path / "Leng Heng 3 March.edf").read_bytes()
    with slept.nights.path("n1") as path:
        assert path.name == "recording.edf"
        assert path.read_bytes() == original
        assert str(path.readlink()).startswith(f"/proc/{os.getpid()}/fd/")
        assert not [f for f in path.parent.iterdir() if not f.is_symlink()]
        held = path
    assert not held.exists()
    assert not held.parent.exists()


def test_the_night_room_reads_it_from_there(slept: Study) -> None:
    with slept.nights.recording("n1") as recording:
        assert recording.label == "n1"
        assert recording.duration_s == 40.0
        assert np.std(recording.signal(recording.names[0])) > 0


def test_mne_reads_it_from_there(slept: Study) -> None:
    import mne

    with slept.nights.path("n1") as path:
        raw = mne.io.read_raw_edf(path, preload=False, verbose="error")
        assert raw.get_data(start=100, stop=200).shape == (1, 100)


def test_neither_signal_nor_file_name_is_in_the_vault(slept: Study, tmp_path: Path) -> None:
    original = (tmp_path / "Leng Heng 3 March.edf").read_bytes()
    stored = everything_in(tmp_path / "study")
    assert b"Leng" not in stored
    assert not any(original[at : at + 24] in stored for at in range(600, len(original) - 24, 500))
    (file,) = [path for path in (tmp_path / "study" / "vault").rglob("*") if path.is_file()]
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert file.suffix == ".age"
    assert len(file.stem) == 32


def test_the_same_recording_again_adds_nothing_and_another_is_refused(slept: Study, tmp_path: Path) -> None:
    again = slept.nights.add("Heng", tmp_path / "Leng Heng 3 March.edf", id="n1")
    assert (again.new, again.known) == ((), 1)
    other = write_night(tmp_path / "other.edf", seed=1)
    with pytest.raises(Duplicate, match="another recording"):
        slept.nights.add("Heng", other, id="n1")
    assert len(slept.nights) == 1
    assert len(list((tmp_path / "study" / "vault").rglob("*.age"))) == 1


def test_a_failing_transaction_leaves_no_file(slept: Study, tmp_path: Path) -> None:
    with pytest.raises(UnknownName), slept.transaction():
        slept.nights.add("Ty", write_night(tmp_path / "t.edf", seed=2), id="n2")
        slept.people.get("Nobody")
    assert "n2" not in slept.nights
    assert len(list((tmp_path / "study" / "vault").rglob("*.age"))) == 1


def test_missing_and_empty_files_are_refused(slept: Study, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        slept.nights.add("Heng", tmp_path / "nothing.edf", id="x")
    (tmp_path / "empty.edf").touch()
    with pytest.raises(ReadError, match="empty"):
        slept.nights.add("Heng", tmp_path / "empty.edf", id="x")
    with pytest.raises(UnknownName):
        slept.nights.add("Stranger", tmp_path / "Leng Heng 3 March.edf", id="x")


def test_scoring_findings_and_figures_come_back_the_newest_first(slept: Study) -> None:
    assert slept.nights.hypnogram("n1") is None
    first = Hypnogram(np.zeros(2, dtype=np.int8), scorer="one")
    second = Hypnogram(np.ones(2, dtype=np.int8), scorer="two", start=dt.datetime(2024, 3, 1, 23))
    slept.nights.score("n1", first, doctor=[Finding("units", "corrected", "C3", "2e7 µV", "read as µV")])
    assert slept.nights.findings("n1")[0].check == "units"
    slept.nights.score("n1", second)
    scored = slept.nights.hypnogram("n1")
    assert scored is not None
    assert (scored.scorer, scored.stages.tolist(), scored.start) == ("two", [1, 1], second.start)
    assert slept.nights.findings("n1") == ()
    assert slept.nights.summary("n1") is None
    assert slept.verify().ok
    with pytest.raises(UnknownName):
        slept.nights.score("n9", first)


def test_what_the_recording_tells_is_kept(slept: Study, tmp_path: Path) -> None:
    from karmalink.night import read_recording

    path = write_night(tmp_path / "t.edf", seed=3)
    slept.nights.add("Ty", path, id="n2", recording=read_recording(path), hypnogram=Hypnogram(np.zeros(1, np.int8)))
    night = slept.nights.get("n2")
    assert (night.duration_s, night.channels, night.digests) == (40.0, ("C3-M2",), (file_sha256(path),))
    assert slept.nights.hypnogram("n2") is not None
    assert slept.nights.ids(person="Ty") == ["n2"]
    assert "Ty" in repr(night)


def test_progress_is_told_in_bytes(slept: Study, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "big.edf"
    path.write_bytes(os.urandom(3_000_000))
    slept.nights.add("Ty", path, id="n2", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3_000_000, 3_000_000)
    assert len(told) > 2
    assert told == sorted(told)


def test_a_brainvision_recording_brings_the_files_that_it_names(slept: Study, tmp_path: Path) -> None:
    header = tmp_path / "session.vhdr"
    header.write_text("[Common Infos]\nDataFile=session.eeg\nMarkerFile=$b.vmrk\n", encoding="utf-8")
    with pytest.raises(ReadError, match="names is missing"):
        slept.nights.add("Heng", header, id="bv")
    (tmp_path / "session.eeg").write_bytes(b"samples")
    (tmp_path / "session.vmrk").write_bytes(b"markers")
    slept.nights.add("Heng", header, id="bv")
    with slept.nights.path("bv") as path:
        assert sorted(f.name for f in path.parent.iterdir()) == ["session.eeg", "session.vhdr", "session.vmrk"]
        assert (path.parent / "session.eeg").read_bytes() == b"samples"


def vault_file(folder: Path) -> Path:
    (file,) = (folder / "study" / "vault").rglob("*.age")
    return file


@pytest.mark.parametrize("at", [10, 300, -5])
def test_a_changed_file_does_not_open(slept: Study, tmp_path: Path, at: int) -> None:
    file = vault_file(tmp_path)
    body = bytearray(file.read_bytes())
    body[at] ^= 1
    file.write_bytes(body)
    with pytest.raises(IntegrityError) as raised, slept.nights.path("n1"):
        pass
    assert file.name in raised.value.where


def test_a_truncated_a_missing_and_an_exchanged_file_do_not_open(slept: Study, tmp_path: Path) -> None:
    file = vault_file(tmp_path)
    body = file.read_bytes()
    file.write_bytes(body[: len(body) // 2])
    with pytest.raises(IntegrityError), slept.nights.path("n1"):
        pass
    file.unlink()
    with pytest.raises(IntegrityError, match="missing"), slept.nights.path("n1"):
        pass
    file.write_bytes(body)
    slept.nights.add("Heng", write_night(tmp_path / "t.edf", seed=4), id="n2")
    (other,) = set((tmp_path / "study" / "vault").rglob("*.age")) - {file}
    file.write_bytes(other.read_bytes())
    with pytest.raises(IntegrityError, match="replaced by another"), slept.nights.path("n1"):
        pass
    assert not slept.verify().ok


def test_files_that_no_night_names_are_set_aside_and_not_deleted(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.nights.add("Heng", write_night(tmp_path / "n.edf"), id="n1")
    sqlite_study.close()
    (tmp_path / "study" / "vault" / "aa").mkdir(exist_ok=True)
    (tmp_path / "study" / "vault" / "aa" / "begun.part").write_bytes(b"half")
    (tmp_path / "study" / "vault" / "aa" / "whole.age").write_bytes(b"no row")
    with reopened(tmp_path):
        assert len(list((tmp_path / "study" / "vault").rglob("*.*"))) == 3
    with reopened(tmp_path, write=True) as study:
        assert "2 files of the vault that no night names were put into the folder quarantine" in study.notices[0]
        assert sorted(path.name for path in (tmp_path / "study" / "quarantine").rglob("*.*")) == [
            "begun.part",
            "whole.age",
        ]
        with study.nights.path("n1") as path:
            assert path.stat().st_size > 0


def test_without_files_in_memory_the_disk_is_used_only_where_the_study_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    writers = {"recording.edf": lambda handle: handle.write(b"signal")}
    with pytest.raises(StorageFailed, match="no files in memory"), clear_files(writers, policy="memory"):
        pass
    with clear_files(writers, policy="disk") as folder:
        path = folder / "recording.edf"
        assert path.read_bytes() == b"signal"
        assert path.stat().st_mode & 0o777 == 0o600
        kept = tmp_path / "kept"
        os.link(path, kept)
    assert not folder.exists()
    assert kept.read_bytes() == bytes(6), "what was in the clear is overwritten before it is deleted"


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder for links to files in memory that no other process uses: what is in it can be counted."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr("karmalink.study.store.files_in_memory._MEMORY", folder)
    return folder


def test_a_file_in_memory_that_cannot_be_filled_leaves_nothing(memory: Path) -> None:
    def fails(handle: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageFailed, match="full"), clear_files({"a.edf": fails}, policy="memory"):
        pass
    assert list(memory.iterdir()) == []


def test_a_restored_older_database_costs_no_newer_night(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.nights.add("Heng", write_night(tmp_path / "n.edf"), id="n1")
    sqlite_study.close()
    database, older, newer = tmp_path / "study" / "study.db", tmp_path / "older.db", tmp_path / "newer.db"
    shutil.copy(database, older)
    with reopened(tmp_path, write=True) as study:
        study.nights.add("Heng", write_night(tmp_path / "m.edf", seed=1), id="n2")
    shutil.copy(database, newer)
    (keys,) = (tmp_path / "keys").glob("*.keys")
    shutil.copy(keys, tmp_path / "newer.keys")

    shutil.copy(older, database)
    with pytest.raises(OldCopy):
        reopened(tmp_path, write=True)
    assert not (tmp_path / "study" / "quarantine").exists(), "nothing is swept out of an old copy"
    with Study.accept_backup(tmp_path / "study", passphrase=PASSPHRASE, keys=tmp_path / "keys") as study:
        assert study.nights.ids() == ["n1"]
        assert "1 file of the vault that no night names was put into the folder quarantine" in study.notices[0]

    shutil.copy(newer, database)
    shutil.copy(tmp_path / "newer.keys", keys)
    with reopened(tmp_path) as study, study.nights.path("n2") as path:
        assert path.read_bytes() == (tmp_path / "m.edf").read_bytes(), "what is named is read where it is"
        assert study.verify().ok
    with reopened(tmp_path, write=True) as study:
        assert "1 recording was put back from quarantine" in study.notices[0]
        assert not (tmp_path / "study" / "quarantine").exists()
        assert study.verify().ok


def test_a_name_that_was_changed_in_the_database_costs_no_recording_its_place(
    sqlite_study: Study, tmp_path: Path
) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.nights.add("Heng", write_night(tmp_path / "n.edf"), id="n1")
    sqlite_study.close()
    (file,) = (tmp_path / "study" / "vault").rglob("*.age")
    with closing(sqlite3.connect(tmp_path / "study" / "study.db")) as connection, connection:
        connection.execute("UPDATE nights SET file = 'aa/other.age'")
    with reopened(tmp_path, write=True) as study:
        assert "some night is not what was stored" in study.notices[0]
        assert not study.verify().ok
    assert file.exists()


def test_an_erasure_reaches_the_quarantine(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add([Person("Heng", consent=True), Person("Ty", consent=True)])
    for name in ("Heng", "Ty"):
        sqlite_study.nights.add(name, write_night(tmp_path / f"{name}.edf"), id=name)
    vault = sqlite_study._core.vault
    vault.set_aside(list(vault.names()))
    assert len(vault.in_quarantine()) == 2
    assert sqlite_study.withdraw("Heng", erase=True).files == 1
    assert len(vault.in_quarantine()) == 1
    with sqlite_study.nights.path("Ty") as path:
        assert path.read_bytes() == (tmp_path / "Ty.edf").read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed by forking it")
def test_what_a_killed_process_was_encrypting_or_reading_is_deleted(
    sqlite_study: Study, tmp_path: Path, memory: Path
) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    night = write_night(tmp_path / "n.edf")
    sqlite_study.nights.add("Heng", night, id="n1")
    vault = tmp_path / "study" / "vault"
    child = os.fork()
    if not child:
        with sqlite_study._core.vault.staging() as stage, sqlite_study.nights.path("n1"):
            stage(sqlite_study.people.pseudonym("Heng"), night, None)
            os._exit(9)
    os.waitpid(child, 0)
    assert len(list(vault.glob("incoming-*"))) == 1
    (left,) = memory.iterdir()
    sqlite_study.close()
    with reopened(tmp_path, write=True) as study, study.nights.path("n1"):
        assert "1 unfinished recording of an interrupted writer was deleted" in study.notices[0]
        assert not list(vault.glob("incoming-*"))
        assert not left.exists()
        assert len(list(memory.iterdir())) == 1, "this process's own"
