"""``karmalink study …`` from an empty folder to an erased person, through the real command line."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from study_cli import ACCOUNTS, PASSPHRASE, PEOPLE, SECRET, Place
from typer.main import get_command

from karmalink.cli import app

SOURCE = Path(__file__).parents[2] / "src" / "karmalink"
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260201
SUMMARY:Market with Srey
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20260202T233000Z
SUMMARY:Call home
END:VEVENT
END:VCALENDAR
"""
CHAT = """[23/01/2026, 21:05:10] Maria: we went to the river
[23/01/2026, 21:06:10] Sok: and then?
[24/01/2026, 08:00:00] Maria: nothing was there
"""


def diary(days: int = 60) -> str:
    """Return a diary of P01."""
    first = dt.date(2026, 1, 1)
    rows = (f"e{i},diary,{first + dt.timedelta(i)},gregorian,Market and rain {i}\n" for i in range(days))
    return "id,life,date,calendar,text\n" + "".join(rows)


@pytest.fixture
def night(place: Place) -> Path:
    """Write a short recording."""
    from karmalink.night import simulate_night, write_edf

    recording, _ = simulate_night(0.1, start=dt.datetime(2026, 2, 1, 23, 0))
    return write_edf(recording, place.folder / "night one.edf")


def test_a_study_is_made_and_says_where_its_keys_are(tmp_path: Path) -> None:
    place = Place(tmp_path)
    ran = place.run("study", "init", place.study, "--title", "The garden study")
    assert ran.code == 0, ran.err
    (store,) = (tmp_path / "keys").glob("*.keys")
    assert str(store) in ran.out
    assert "back it up separately" in ran.out
    assert "Without the key store" in ran.out
    again = place.run("study", "init", place.study, "--title", "The garden study")
    assert (again.code, "new or empty" in again.err) == (2, True)


def test_the_passphrase_comes_from_a_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    secret = place.file("passphrase.txt", f"{PASSPHRASE}\n")
    words = ("--passphrase-file", secret)
    made = place.run("study", "init", place.study, "--title", "T", *words, KARMALINK_PASSPHRASE="")
    assert made.code == 0, made.err
    assert place.run("study", "show", *words, KARMALINK_PASSPHRASE="").code == 0
    empty = place.file("empty.txt", "\n")
    ran = place.run("study", "show", "--passphrase-file", empty, KARMALINK_PASSPHRASE="")
    assert (ran.code, "first line of the passphrase file is empty" in ran.err) == (3, True)
    ran = place.run("study", "show", "--passphrase-file", tmp_path / "none", KARMALINK_PASSPHRASE="")
    assert ran.code == 3


def test_the_passphrase_is_asked_for_where_nothing_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def hidden(prompt: str = "", stream: object = None, **_: object) -> str:
        asked.append(prompt)
        return PASSPHRASE

    monkeypatch.setattr("getpass.getpass", hidden)
    place = Place(tmp_path)
    made = place.run("study", "init", place.study, "--title", "T", typed="", KARMALINK_PASSPHRASE="")
    assert (made.code, len(asked)) == (0, 2), made.err
    shown = place.run("study", "show", typed="", KARMALINK_PASSPHRASE="")
    assert (shown.code, len(asked)) == (0, 3), shown.err
    assert PASSPHRASE not in made.said + shown.said


def test_an_erasure_is_confirmed_at_the_terminal(place: Place) -> None:
    kept = place.run("study", "withdraw", "P01", "--erase", typed="n\n")
    assert (kept.code, "nothing was erased" in kept.err) == (2, True)
    assert place.counts()["people"] == 3
    gone = place.run("study", "withdraw", "P01", "--erase", typed="y\n")
    assert (gone.code, "P01 was erased" in gone.out) == (0, True)
    assert place.counts()["people"] == 2


def test_a_passphrase_that_is_too_short(tmp_path: Path) -> None:
    place = Place(tmp_path)
    ran = place.run("study", "init", place.study, "--title", "T", KARMALINK_PASSPHRASE="short")
    assert ran.code == 2
    assert not place.study.exists()
    assert not list((tmp_path / "keys").glob("*.keys"))


def test_the_same_file_again_adds_nothing(place: Place, night: Path) -> None:
    files = [
        ("people", place.file("p.csv", PEOPLE), ()),
        ("nights", night, ("--person", "P01")),
        ("accounts", place.file("a.csv", ACCOUNTS), ()),
        ("entries", place.file("e.csv", diary(3)), ("--person", "P01")),
        ("entries", place.file("cal.ics", ICS), ("--person", "P01", "--life", "cal", "--timezone", "Asia/Phnom_Penh")),
        ("entries", place.file("chat.txt", CHAT), ("--person", "P01", "--life", "chat", "--author", "Maria")),
        ("places", place.file("pl.csv", "id,name,lon,lat\nmarket,Old Market,104.92,11.56\n"), ()),
        ("witnesses", place.file("w.csv", "witness,source_grade\nold man,C\n"), ()),
        ("clues", place.file("c.csv", "id,witness,relation,places\nc1,old man,near,Old Market\n"), ()),
    ]
    for kind, file, options in files:
        first = place.run("study", "add", kind, file, *options, "--json")
        assert first.code == 0, first.err
    before = place.counts()
    assert before["nights"] == before["places"] == before["witnesses"] == before["clues"] == 1
    assert (before["people"], before["accounts"], before["lives"], before["entries"]) == (3, 2, 3, 7)
    for kind, file, options in files:
        again = json.loads(place.run("study", "add", kind, file, *options, "--json").out)
        assert again["new"] == 0, kind
        assert again["known"] > 0
    assert place.counts() == before


def test_a_table_of_other_headings_comes_in_and_says_what_was_left_out(place: Place) -> None:
    before = place.counts()["accounts"]
    table = place.file("lab.csv", "Code;When;Dream;Mood\nP01;13/04/2024;A boat.;3\nP01;14/04/2024;;2\n")
    kept = place.file("lab.toml", '[columns]\nperson = "Code"\ndate = "When"\ntext = "Dream"\n')
    words = ("study", "add", "accounts", table, "--columns", kept, "--calendar", "gregorian")
    added = place.run(*words)
    assert added.code == 0, added.err
    assert "1 column not known here: left out ('Mood')" in added.out
    assert "1 row without a text: left out (line 3)" in added.out
    assert "note:" not in added.err
    assert place.counts()["accounts"] == before + 1
    assert place.run(*words).code == 0
    assert place.counts()["accounts"] == before + 1


def test_a_journal_of_day_one_comes_in_as_a_life(place: Place) -> None:
    entry = {"uuid": "A1", "creationDate": "2024-05-01T18:10:00Z", "timeZone": "Asia/Phnom_Penh", "text": "Home."}
    journal = place.file("Journal.json", json.dumps({"metadata": {"version": "1.0"}, "entries": [entry]}))
    added = place.run("study", "add", "entries", journal, "--person", "P01", "--life", "P01-journal")
    assert added.code == 0, added.err


def test_the_day_of_a_timed_event_is_the_day_where_the_person_was(place: Place) -> None:
    from karmalink.study import Study

    options = ("--person", "P01", "--life", "cal", "--timezone", "Asia/Phnom_Penh")
    assert place.run("study", "add", "entries", place.file("cal.ics", ICS), *options).code == 0
    with Study.open(place.study, passphrase=PASSPHRASE, keys=place.folder / "keys") as study:
        life = study.lives.get("cal")
        assert [str(entry.when.day) for entry in life.entries if entry.when] == ["2026-02-01", "2026-02-03"]
        assert (life.kind, life.author) == ("calendar", "P01")


def test_a_chat_becomes_the_life_of_the_person_and_not_of_the_name_in_it(place: Place) -> None:
    from karmalink.study import Study

    options = ("--person", "P01", "--life", "chat", "--author", "Maria")
    assert place.run("study", "add", "entries", place.file("chat.txt", CHAT), *options).code == 0
    with Study.open(place.study, passphrase=PASSPHRASE, keys=place.folder / "keys") as study:
        life = study.lives.get("chat")
        assert (life.kind, life.author, len(life.entries)) == ("chat", "P01", 2)
        assert "and then?" not in life.entries[0].text


def test_after_an_import_power_says_what_can_be_answered(place: Place) -> None:
    ran = place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
    assert "a.csv: 2 new, 0 already there" in ran.out
    assert "What can be answered about P01: 2 dated accounts, no life" in ran.out
    assert "add dated entries" in ran.out
    said = json.loads(
        place.run("study", "add", "entries", place.file("e.csv", diary()), "--person", "P01", "--json").out
    )
    (one,) = said["answerable"]
    assert (one["person"], one["accounts"], one["life"], one["nights"], one["days"]) == ("P01", 2, "diary", 2, 60)
    assert {question["question"] for question in one["power"]["questions"]} == {"mirror", "shift", "stranger"}
    assert not one["power"]["questions"][0]["can"]
    assert len(one["sentences"]) == 3


def test_the_doctor_speaks_when_a_night_is_brought_in(place: Place, night: Path) -> None:
    ran = place.run("study", "add", "nights", night, "--person", "P01")
    assert "nights from night one.edf: 1 new" in ran.out
    assert "less than a night" in ran.out


def test_show_counts_and_shows_no_text(place: Place) -> None:
    place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
    ran = place.run("study", "show")
    assert re.search(r"2 accounts", ran.out)
    assert "Consent is missing from: P03" in ran.out
    assert SECRET not in ran.said


def test_consent_that_is_given_later_opens_the_study(place: Place) -> None:
    account = ACCOUNTS.replace("P01", "P03")
    assert place.run("study", "add", "accounts", place.file("a.csv", account)).code == 3
    ran = place.run("study", "consent", "P03", "--yes", "--on", "2026-02-01")
    assert (ran.code, "Nothing is missing" in ran.out) == (0, True)
    assert place.run("study", "add", "accounts", place.file("a.csv", account)).code == 0
    assert place.run("study", "consent", "P03").code == 2
    assert place.run("study", "consent", "P99", "--yes").code == 3
    assert place.run("study", "consent", "P03", "--yes", "--on", "yesterday").code == 2
    assert "cannot be in the future" in place.run("study", "consent", "P03", "--yes", "--on", "9999-01-01").err


def test_verify_says_internal_order_only_until_there_is_an_anchor(place: Place) -> None:
    ran = place.run("study", "verify")
    assert (ran.code, "internal order only" in ran.out) == (0, True)
    assert re.search(r"hash [0-9a-f]{64}", place.run("study", "anchor").out)
    assert place.run("study", "anchor", "--note", "the lab's web page").code == 0
    assert "the lab's web page" in place.run("study", "verify").out


def test_verify_names_the_first_broken_link(place: Place) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(place.study / "study.db")) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE ledger SET count = count + 1 WHERE seq = 2")
    ran = place.run("study", "verify")
    assert (ran.code, "entry 2" in ran.err) == (5, True)
    assert json.loads(place.run("study", "verify", "--json").err)["error"] == "IntegrityError"


def test_the_ledger_names_nobody(place: Place) -> None:
    ran = place.run("study", "ledger")
    assert (ran.code, "people.added" in ran.out) == (0, True)
    assert "P01" not in ran.out


def test_an_export_goes_with_the_person_and_their_words_too(place: Place, night: Path) -> None:
    place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
    place.run("study", "add", "nights", night, "--person", "P01")
    dest = place.folder / "out" / "bids"
    ran = place.run("study", "export", "bids", dest, "--texts", "--handed-to", "a colleague")
    assert ran.code == 0, ran.err
    assert "the words of 2 accounts" in ran.out
    assert "P03 is left out; missing: their own consent" in ran.out
    assert any(SECRET in path.read_text() for path in dest.rglob("*_beh.tsv"))
    assert f"bids at {dest}" in place.run("study", "show").out
    assert place.run("study", "backup-keys", place.folder / "usb").code == 0
    assert place.run("study", "backup-keys", place.folder / "usb").code == 0
    notes = place.folder / "notes.csv"
    notes.write_text("mine", encoding="utf-8")
    assert "exists already" in place.run("study", "backup-keys", notes).err
    assert notes.read_text(encoding="utf-8") == "mine"
    assert place.run("study", "backup-keys", place.study / "copy").code == 2
    assert place.run("study", "withdraw", "P01", "--erase").code == 2
    gone = place.run("study", "withdraw", "P01", "--erase", "--yes")
    assert gone.code == 0, gone.err
    assert "ask for the copy back: a colleague" in gone.out
    assert "destroy the copy of the key store" in gone.out
    assert not dest.exists()
    assert place.counts()["accounts"] == place.counts()["nights"] == 0
    for path in place.study.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
    assert place.run("study", "verify").code == 0


def test_withdrawal_without_erasure_keeps_and_no_longer_uses(place: Place) -> None:
    place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
    ran = place.run("study", "withdraw", "P01")
    assert (ran.code, "kept and no longer used" in ran.out) == (0, True)
    assert place.counts()["accounts"] == 0
    assert place.run("study", "withdraw", "P99").code == 3


@pytest.mark.parametrize(
    ("kind", "dest", "code", "word"),
    [
        ("bidz", "out", 3, "did you mean 'bids'"),
        ("bids", "study/out", 2, "cannot be inside the study"),
        ("bids", "full", 2, "not empty"),
    ],
)
def test_an_export_that_cannot_be_made(place: Place, kind: str, dest: str, code: int, word: str) -> None:
    (place.folder / "full").mkdir()
    place.file("full/x", "x")
    ran = place.run("study", "export", kind, place.folder / dest)
    assert (ran.code, word in ran.err) == (code, True), ran.said
    assert "exported.added" not in place.run("study", "ledger").out


def test_every_command_that_a_message_names_is_there() -> None:
    named = {
        tuple(found)
        for path in SOURCE.rglob("*.py")
        for found in re.findall(r"karmalink (study|night|account|link|seek) ([a-z][a-z-]+)", path.read_text())
    }
    tree = get_command(app).commands  # type: ignore[attr-defined]
    verbs = {(noun, verb) for noun, command in tree.items() for verb in getattr(command, "commands", {})}
    assert {pair for pair in named if pair[0] == "study"} <= verbs


def test_an_old_copy_is_read_and_not_written_to_until_it_is_accepted(place: Place) -> None:
    database = place.study / "study.db"
    before = database.read_bytes()
    place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS))
    database.write_bytes(before)
    ran = place.run("study", "show")
    assert (ran.code, "This is an old copy of the study: its ledger ends at entry" in ran.err) == (0, True), ran.said
    ran = place.run("study", "consent", "P03", "--yes")
    assert (ran.code, "karmalink study accept-backup" in ran.err) == (3, True), ran.said
    assert place.run("study", "verify").code == 5
    assert place.run("study", "accept-backup").code == 2, "it is confirmed at the terminal, or by --yes"
    ran = place.run("study", "accept-backup", "--yes")
    assert (ran.code, "1 entry of the lost study's ledger" in ran.out) == (0, True), ran.said
    assert place.run("study", "consent", "P03", "--yes").code == 0
    assert place.run("study", "verify").code == 0


def test_passphrase_new_one_opens_and_old_one_does_not(place: Place) -> None:
    assert place.run("study", "backup-keys", place.folder / "usb").code == 0
    new = "other words for the same door"
    secret = place.file("new.txt", f"{new}\n")
    ran = place.run("study", "passphrase", "--new-passphrase-file", secret)
    assert ran.code == 0, ran.err
    assert "still open with the old one" in ran.out
    assert str(place.folder / "usb") in ran.out
    assert place.run("study", "show").code == 3
    assert place.run("study", "show", KARMALINK_PASSPHRASE=new).code == 0
    copies = place.run("study", "show", KARMALINK_KEYS=str(place.folder / "usb"))
    assert copies.code == 0, copies.err
    assert new not in ran.said


def test_passphrase_is_typed_twice_or_read_from_a_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = place.run("study", "passphrase")
    assert (ran.code, "no new passphrase was given" in ran.err) == (2, True)
    ran = place.run("study", "passphrase", "--new-passphrase-file", place.file("short.txt", "short\n"))
    assert (ran.code, "too short" in ran.err) == (2, True)
    assert place.run("study", "show").code == 0
    prompts: list[str] = []

    def hidden(prompt: str = "", stream: object = None, **_: object) -> str:
        prompts.append(prompt)
        return "typed words of some length"

    monkeypatch.setattr("getpass.getpass", hidden)
    ran = place.run("study", "passphrase", typed="")
    assert (ran.code, len(prompts)) == (0, 2), ran.err
    assert place.run("study", "show", KARMALINK_PASSPHRASE="typed words of some length").code == 0


def test_keyring_holds_the_passphrase_and_follows_its_change(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    stored: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda service, name, secret: stored.update({(service, name): secret}))
    monkeypatch.setattr(keyring, "get_password", lambda service, name: stored.get((service, name)))
    wrong = place.run("study", "keyring", KARMALINK_PASSPHRASE="not the passphrase")
    assert (wrong.code, stored) == (3, {})
    ran = place.run("study", "keyring", "--json")
    assert (ran.code, json.loads(ran.out)["keyring"]) == (0, True), ran.err
    assert list(stored.values()) == [PASSPHRASE]
    assert place.run("study", "show", KARMALINK_PASSPHRASE="").code == 0
    new = "other words for the same door"
    ran = place.run("study", "passphrase", "--new-passphrase-file", place.file("new.txt", new), KARMALINK_PASSPHRASE="")
    assert (ran.code, "keyring has the new passphrase" in ran.out) == (0, True), ran.err
    assert list(stored.values()) == [new]
    assert place.run("study", "show", KARMALINK_PASSPHRASE="").code == 0


def test_forget_copy_only_of_a_destroyed_one(place: Place) -> None:
    copy = Path(json.loads(place.run("study", "backup-keys", place.folder / "usb", "--json").out)["copy"])
    kept = place.run("study", "forget-copy", copy)
    assert (kept.code, "still exists" in kept.err) == (2, True)
    copy.unlink()
    gone = place.run("study", "forget-copy", copy, "--json")
    assert (gone.code, json.loads(gone.out)["key_copies"]) == (0, []), gone.err
    assert str(copy) not in place.run("study", "show").out
    again = place.run("study", "forget-copy", copy)
    assert (again.code, "not a listed copy" in again.err) == (3, True)
