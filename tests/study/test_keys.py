"""The key store: outside the study, opened by the passphrase only, whole after every change, its copies listed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from study_samples import CHEAP, PASSPHRASE, accounts_of, everything_in, fill, reopened

from karmalink.errors import (
    IntegrityError,
    KeyStoreMissing,
    StudyLocked,
    StudyTooNew,
    UnknownName,
    UsageError,
    WrongPassphrase,
)
from karmalink.study import KdfCost, Person, Study
from karmalink.study.store.keys import KeyStore, find_store, keys_folder, store_path


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    store = KeyStore.create(tmp_path, "s1", PASSPHRASE, CHEAP)
    store.add(["p1", "p2"])
    return store


def test_keys_come_back_with_the_passphrase(store: KeyStore, tmp_path: Path) -> None:
    again = KeyStore.open(tmp_path, "s1", PASSPHRASE)
    assert again.study_key == store.study_key
    assert again.person_key("p1") == store.person_key("p1") != store.person_key("p2")
    assert again.identity("p1") == store.identity("p1")
    assert again.people == {"p1", "p2"}


def test_a_wrong_passphrase_is_told_as_such(store: KeyStore, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphrase):
        KeyStore.open(tmp_path, "s1", "another one altogether")


def test_a_missing_key_store_is_told_with_its_place(tmp_path: Path, sqlite_study: Study) -> None:
    sqlite_study.close()
    with pytest.raises(KeyStoreMissing) as raised:
        reopened(tmp_path, keys=tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in raised.value.where


def test_no_passphrase_and_a_short_one(tmp_path: Path, sqlite_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_study.close()
    monkeypatch.delenv("KARMALINK_PASSPHRASE", raising=False)
    with pytest.raises(WrongPassphrase, match="no passphrase"):
        Study.open(tmp_path / "study", keys=tmp_path / "keys")
    monkeypatch.setenv("KARMALINK_PASSPHRASE", PASSPHRASE)
    Study.open(tmp_path / "study", keys=tmp_path / "keys").close()
    with pytest.raises(UsageError, match="too short"):
        Study.create(tmp_path / "new", title="T", passphrase="seven77", keys=tmp_path / "keys", cost=CHEAP)
    assert not (tmp_path / "new").exists()


def test_the_passphrase_can_be_changed_and_its_cost_with_it(store: KeyStore, tmp_path: Path) -> None:
    before = store.person_key("p1")
    store.change_passphrase("five words nobody joins yet", KdfCost(2, 16, 1))
    with pytest.raises(WrongPassphrase):
        KeyStore.open(tmp_path, "s1", PASSPHRASE)
    assert KeyStore.open(tmp_path, "s1", "five words nobody joins yet").person_key("p1") == before
    assert json.loads(store.path.read_text())["cost"] == {"time_cost": 2, "memory_kib": 16, "parallelism": 1}


def test_the_file_is_its_owners_only(store: KeyStore) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_no_key_stands_in_the_clear_in_the_file(store: KeyStore) -> None:
    held = store.path.read_bytes()
    assert store.study_key not in held
    assert b"AGE-SECRET-KEY" not in held


def test_the_study_holds_no_key_wrapped_or_not(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Heng", "Ty")
    sqlite_study.close()
    stored = everything_in(tmp_path / "study")
    body = json.loads(sqlite_study.keys.path.read_text())
    wrapped = [body["key"], body["salt"], *body["people"].values()]
    raw = [sqlite_study.keys.study_key, *(sqlite_study.keys.person_key(name) for name in body["people"])]
    assert not any(text.encode() in stored for text in wrapped)
    assert not any(key in stored or key.hex().encode() in stored for key in raw)


def test_a_key_store_inside_the_study_is_refused(tmp_path: Path) -> None:
    for inside in (tmp_path / "study", tmp_path / "study" / "keys", tmp_path / "x" / ".." / "study" / "k"):
        with pytest.raises(UsageError, match="inside the study"):
            Study.create(tmp_path / "study", title="T", passphrase=PASSPHRASE, keys=inside, cost=CHEAP)
    assert not (tmp_path / "study").exists()


def test_a_destroyed_key_is_gone_and_remembered_as_such(store: KeyStore, tmp_path: Path) -> None:
    wrapped = json.loads(store.path.read_text())["people"]["p1"]
    old = os.open(store.path, os.O_RDONLY)
    store.destroy("p1")
    store.destroy("p1")
    with os.fdopen(old, "rb") as handle:
        assert set(handle.read()) <= {0}, "the old file's bytes were to be overwritten"
    assert wrapped.encode() not in store.path.read_bytes()
    again = KeyStore.open(tmp_path, "s1", PASSPHRASE)
    assert (again.people, again.erased) == ({"p2"}, {"p1"})
    with pytest.raises(UnknownName):
        again.person_key("p1")


def test_copies_are_made_on_purpose_and_listed(store: KeyStore, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    first = store.backup(tmp_path / "usb")
    second = store.backup(tmp_path / "safe" / "old.keys")
    assert [copy.path for copy in store.copies] == [str(first), str(second)]
    assert KeyStore.open(tmp_path / "usb", "s1", PASSPHRASE).people == {"p1", "p2"}
    store.forget_copy(first)
    assert [copy.path for copy in KeyStore.open(tmp_path, "s1", PASSPHRASE).copies] == [str(second)]
    with pytest.raises(UnknownName):
        store.forget_copy(first)
    with pytest.raises(UsageError, match="itself"):
        store.backup(store.path)
    assert "2 people, 1 listed copy" in repr(store)


def test_a_store_of_a_newer_karmalink_a_damaged_and_another_studys(store: KeyStore, tmp_path: Path) -> None:
    body = json.loads(store.path.read_text())
    for change, error in (
        ({"version": 99}, StudyTooNew),
        ({"format": "other"}, IntegrityError),
        ({"study": "s2"}, IntegrityError),
    ):
        store.path.write_text(json.dumps(body | change))
        with pytest.raises(error):
            KeyStore.open(tmp_path, "s1", PASSPHRASE)
    store.path.write_text(json.dumps(body)[:40])
    with pytest.raises(IntegrityError, match="damaged"):
        KeyStore.open(tmp_path, "s1", PASSPHRASE)


def test_a_store_is_made_once(store: KeyStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="once"):
        KeyStore.create(tmp_path, "s1", PASSPHRASE, CHEAP)


def test_two_that_add_people_do_not_lose_each_others_keys(store: KeyStore, tmp_path: Path) -> None:
    other = KeyStore.open(tmp_path, "s1", PASSPHRASE)
    store.add(["p3"])
    other.add(["p4"])
    store.reload()
    assert store.people == other.people == {"p1", "p2", "p3", "p4"}


def test_a_rewrite_that_is_killed_leaves_the_old_store_whole(store: KeyStore, tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from karmalink.study.store import keys
store = keys.KeyStore.open(Path({str(tmp_path)!r}), "s1", {PASSPHRASE!r})
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
store.add(["p9"])
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    again = KeyStore.open(tmp_path, "s1", PASSPHRASE)
    assert again.people == {"p1", "p2"}
    again.add(["p3"])


def test_a_store_that_another_process_holds_is_told_as_such(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr("karmalink.study.store.keys._WAIT_S", 0.05)
    with FileLock(f"{store.path}.lock"), pytest.raises(StudyLocked, match="key store"):
        store.add(["p3"])
    assert store.people == {"p1", "p2"}


def test_where_the_store_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("KARMALINK_KEYS", raising=False)
    assert keys_folder(None) == tmp_path / "data" / "karmalink" / "keys"
    assert keys_folder(tmp_path / "mine") == tmp_path / "mine"
    monkeypatch.setenv("KARMALINK_KEYS", str(tmp_path / "env"))
    assert keys_folder(None) == tmp_path / "env"
    assert find_store(None, str(tmp_path / "set"), "s") == tmp_path / "env"
    (tmp_path / "set").mkdir()
    store_path(tmp_path / "set", "s").touch()
    assert find_store(None, str(tmp_path / "set"), "s") == tmp_path / "set"
    assert find_store(tmp_path / "mine", str(tmp_path / "set"), "s") == tmp_path / "mine"


def test_a_study_remembers_where_its_key_store_is(
    sqlite_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_study.close()
    monkeypatch.setenv("KARMALINK_KEYS", str(tmp_path / "elsewhere"))
    Study.open(tmp_path / "study", passphrase=PASSPHRASE).close()


def test_an_old_key_store_says_whom_it_does_not_know(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    old = sqlite_study.keys.backup(tmp_path / "old")
    sqlite_study.people.add(Person("Ty", consent=True))
    sqlite_study.accounts.add(accounts_of("Ty"))
    sqlite_study.close()
    with reopened(tmp_path, keys=old.parent, write=True) as study:
        assert study.people.ids() == ["Heng"]
        assert len(study.accounts) == 0
        assert "no key for 1 person" in study.notices[0]
    with reopened(tmp_path) as study:
        assert len(study.accounts) == 3, "nothing may be deleted because a key is not known"


def test_the_system_keyring_may_hold_the_passphrase(
    sqlite_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringError

    from karmalink.study.store.passphrase import find_passphrase, remember_passphrase
    from karmalink.study.store.settings import write_settings

    class Held(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def __init__(self) -> None:
            super().__init__()
            self.held: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            if username == "refused":
                raise KeyringError("no")
            self.held[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Held())
    try:
        monkeypatch.delenv("KARMALINK_PASSPHRASE", raising=False)
        sqlite_study.close()
        remember_passphrase(PASSPHRASE, sqlite_study.id)
        with pytest.raises(UsageError, match="keyring"):
            remember_passphrase(PASSPHRASE, "refused")
        with pytest.raises(WrongPassphrase):
            Study.open(tmp_path / "study", keys=tmp_path / "keys")
        write_settings(tmp_path / "study", {"keys.keyring": True})
        Study.open(tmp_path / "study", keys=tmp_path / "keys").close()
        assert find_passphrase("given", "x", use_keyring=True) == "given"
    finally:
        keyring.set_keyring(before)


def changed(store: KeyStore, **fields: object) -> None:
    """Change fields of the key store as somebody with the file and without the passphrase would."""
    store.path.write_text(json.dumps(json.loads(store.path.read_text()) | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"head": [99, "f" * 64]},
        {"head": None},
        {"erased": []},
        {"erased": ["p3", "p7"]},
        {"copies": []},
        {"pending": ["p1"]},
        {"people": {}},
        {"made": "up"},
    ],
    ids=str,
)
def test_what_is_not_encrypted_in_the_store_cannot_be_changed_without_the_passphrase(
    store: KeyStore, tmp_path: Path, fields: dict[str, object]
) -> None:
    store.backup(tmp_path / "safe")
    store.destroy("p3")
    store.set_head(3, "a" * 64, stored=["p1", "p2"])
    changed(store, **fields)
    for read in (lambda: KeyStore.open(tmp_path, "s1", PASSPHRASE), store.reload, lambda: store.add(["p9"])):
        with pytest.raises(IntegrityError, match="damaged"):
            read()


def test_a_store_with_its_seal_left_out_is_not_taken_for_an_old_one(store: KeyStore, tmp_path: Path) -> None:
    body = json.loads(store.path.read_text())
    store.path.write_text(json.dumps({name: body[name] for name in body if name != "seal"} | {"version": 1}))
    with pytest.raises(WrongPassphrase):
        KeyStore.open(tmp_path, "s1", PASSPHRASE)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"erased": ["p1"]}, "an erased person's key was put back"),
        ({"cost": {"time_cost": 1, "memory_kib": 1 << 40, "parallelism": 1}}, "cost"),
        ({"cost": {"time_cost": 10**9, "memory_kib": 8, "parallelism": 1}}, "cost"),
        ({"people": {"p1": "not base 64!"}}, "people"),
        ({"head": [0, "x"]}, "head"),
        ({"salt": ""}, "salt"),
        ({"version": "2"}, "version"),
    ],
)
def test_a_store_that_cannot_be_right_is_refused_before_anything_is_computed(
    store: KeyStore, tmp_path: Path, fields: dict[str, object], says: str
) -> None:
    changed(store, **fields)
    with pytest.raises(IntegrityError, match="damaged") as raised:
        KeyStore.open(tmp_path, "s1", PASSPHRASE)
    assert says in str(raised.value.rule)


@pytest.mark.parametrize("passphrase", ["password123", "aaaaaaaaaaaa", "qwertyuiop", "12.03.1984", "karmalink"])
def test_a_passphrase_that_is_easy_to_guess_is_refused(store: KeyStore, tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(UsageError, match="easy to guess"):
        KeyStore.create(tmp_path / "other", "s2", passphrase, CHEAP)
    with pytest.raises(UsageError, match="easy to guess"):
        store.change_passphrase(passphrase)
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed by forking them")
def test_a_rewrite_that_is_killed_at_any_step_leaves_no_other_copy(tmp_path: Path) -> None:
    """The one way back to an erased person is a copy of this file: none may be left that nobody knows of."""
    places = 0
    for step in range(1, 30):
        folder = tmp_path / str(step)
        store = KeyStore.create(folder, "s1", PASSPHRASE, CHEAP)
        store.add(["p1", "p2"])
        wrapped = json.loads(store.path.read_text())["people"]["p1"].encode()
        if not killed_at(step, lambda store=store: store.destroy("p1")):
            break
        places += 1
        again = KeyStore.open(folder, "s1", PASSPHRASE)
        assert {path.suffix for path in folder.iterdir()} == {".keys", ".lock"}, step
        assert ("p1" in again.people) == ("p1" not in again.erased)
        again.destroy("p1")
        assert wrapped not in everything_in(folder), step
    assert places > 6


def killed_at(step: int, run: Callable[[], object]) -> bool:
    """Run something in a process that ends before its n-th call that changes a file; return whether it came to that."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    done = 0

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def counting(*given: object, **named: object) -> object:
            nonlocal done
            done += 1
            if done == step:
                os._exit(9)
            return call(*given, **named)

        return counting

    for owner, name in ((os, "fsync"), (os, "link"), (Path, "replace"), (Path, "unlink"), (os, "open")):
        setattr(owner, name, counted(getattr(owner, name)))
    try:
        run()
    finally:
        os._exit(0)


def test_a_store_of_the_first_version_is_sealed_at_the_first_change(tmp_path: Path) -> None:
    import golden

    golden.restore(Path(__file__).parent / "revision_1", tmp_path)
    (path,) = (tmp_path / "keys").glob("*.keys")
    assert json.loads(path.read_text())["version"] == 1
    for write in (False, True):
        reopened(tmp_path, write=write).close()
    body = json.loads(path.read_text())
    assert (body["version"], len(body["seal"])) == (2, 64)
    reopened(tmp_path).close()


def test_a_key_whose_person_was_never_stored_goes_at_the_next_opening(sqlite_study: Study, tmp_path: Path) -> None:
    sqlite_study.people.add(Person("Heng", consent=True))
    sqlite_study.keys.add(["p0123456789abcdef"])
    sqlite_study.close()
    with reopened(tmp_path, write=True) as study:
        assert study.keys.people == {study.people.pseudonym("Heng")}
        assert study.keys.pending == frozenset()


def test_an_old_key_store_does_not_bring_an_erased_person_back(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Heng", "Ty")
    old = sqlite_study.keys.backup(tmp_path / "old")
    sqlite_study.withdraw("Heng", erase=True)
    sqlite_study.close()
    old.replace(sqlite_study.keys.path)
    with reopened(tmp_path, write=True) as study:
        assert "keys of 1 erased person: deleted again" in study.notices[0]
        assert len(study.keys.people) == 1


def test_a_store_that_is_rewritten_while_it_is_read_is_not_taken_for_damaged(
    store: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old version is overwritten with zeros, and a reader may have opened it just before."""
    read, zeros = Path.read_bytes, [b"\0" * 900]
    monkeypatch.setattr(Path, "read_bytes", lambda path: zeros.pop() if zeros else read(path))
    assert KeyStore.open(tmp_path, "s1", PASSPHRASE).people == {"p1", "p2"}
    zeros.append(b"\0" * 900)
    store.reload()
    assert store.people == {"p1", "p2"}
