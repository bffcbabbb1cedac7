"""``karmalink account convert`` and ``--columns``: what is readable becomes the house's own table, over no file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from tests.tiny_workbook import write_workbook
from typer.testing import CliRunner

from karmalink.account import read_accounts, read_lives
from karmalink.cli import app
from karmalink.errors import ImportFaults, KarmalinkError, UsageError


def run(*words: object) -> tuple[str, str]:
    """Run a verb; return what it printed and what it noted."""
    result = CliRunner().invoke(app, ["account", *map(str, words)])
    if isinstance(result.exception, KarmalinkError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


LAB = [
    ["Participant ID", "Day", "Dream report", "Vividness (1-7)"],
    ["P1", dt.date(2024, 5, 1), "We ran along the river.", 5],
    ["P1", dt.date(2024, 5, 2), None, None],
    ["P2", dt.date(2024, 5, 2), "A boat, and snow.", 7],
]
SAID = ["--columns", 'text="Dream report",person=Participant ID', "--columns", "date=Day", "--calendar", "gregorian"]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "lab.xlsx", {"Sheet1": LAB})


def test_convert_a_workbook_of_a_laboratory_into_a_table_that_needs_no_word(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    said, noted = run("convert", lab, "--out", out, *SAID, "--date-means", "morning_of")
    assert "2 accounts of 2 people, 2024-05-01 to 2024-05-02" in said
    assert f"Written: {out}" in said
    assert "note: lab.xlsx: 1 column not known here: left out ('Vividness (1-7)')" in noted
    assert "1 row without a text: left out (line 3)" in noted
    assert "2 rows without an id: numbered (P1-1, P2-1)" in noted
    found = read_accounts(out)
    assert [(one.id, one.person, one.text, str(one.date_means)) for one in found] == [
        ("P1-1", "P1", "We ran along the river.", "morning_of"),
        ("P2-1", "P2", "A boat, and snow.", "morning_of"),
    ]
    assert run("check", out)[1] == ""


def test_convert_never_overwrites(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    out.write_text("somebody's", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        run("convert", lab, "--out", out, *SAID)
    assert out.read_text(encoding="utf-8") == "somebody's"
    with pytest.raises(UsageError, match=r"\.xlsx"):
        run("convert", lab, "--out", tmp_path / "b.xlsx", *SAID)


def test_convert_says_every_fault_and_writes_nothing(lab: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportFaults, match="calendar"):
        run("convert", lab, "--out", tmp_path / "a.csv", *SAID[:-2])
    assert not (tmp_path / "a.csv").exists()


def test_save_columns_keeps_what_was_said_for_the_next_file(lab: Path, tmp_path: Path) -> None:
    kept = tmp_path / "lab.toml"
    run("check", lab, *SAID, "--save-columns", kept)
    again, _ = run("check", lab, "--columns", kept, "--calendar", "gregorian", "--json")
    assert json.loads(again)["accounts"] == 2
    with pytest.raises(UsageError, match="exists already"):
        run("check", lab, *SAID, "--save-columns", kept)
    with pytest.raises(UsageError, match="no columns to keep"):
        run("check", _plain(tmp_path), "--save-columns", tmp_path / "b.toml")
    assert not (tmp_path / "b.toml").exists()


def _plain(folder: Path) -> Path:
    path = folder / "plain.csv"
    path.write_text("id,person,date,calendar,text\na,P,2024-05-01,gregorian,x\n", encoding="utf-8")
    return path


def test_columns_that_name_a_life_make_a_table_one_of_entries(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    path.write_text("Author;Day;Entry\nLeng;13/04/2024;To market.\nLeng;04/05/2024;Home.\n", encoding="utf-8")
    out = tmp_path / "entries.csv"
    columns = ["--columns", "life=Author,date=Day,text=Entry", "--calendar", "gregorian"]
    said, _ = run("convert", path, "--out", out, *columns)
    assert "Leng: diary, 2 entries, 2024-04-13 to 2024-05-04" in said
    (life,) = read_lives(out)
    assert [entry.id for entry in life.entries] == ["Leng-1", "Leng-2"]


def test_convert_a_calendar_and_a_chat(tmp_path: Path) -> None:
    calendar = tmp_path / "leng.ics"
    calendar.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20240501\nRRULE:FREQ=DAILY\n"
        "SUMMARY:Exam\nEND:VEVENT\nEND:VCALENDAR\n",
        encoding="utf-8",
    )
    out = tmp_path / "entries.csv"
    run("convert", calendar, "--out", out, "--until", "2024-05-03")
    (life,) = read_lives(out)
    assert (life.id, life.kind, len(life.entries)) == ("leng", "calendar", 3)
    chat = tmp_path / "ty.txt"
    chat.write_text("[13/04/2024, 21:05:10] Ty: hi\n", encoding="utf-8")
    run("convert", chat, "--out", tmp_path / "chat.jsonl", "--author", "Ty")
    (life,) = read_lives(tmp_path / "chat.jsonl")
    assert (life.id, life.kind, life.author) == ("ty", "chat", "Ty")


def test_check_statements_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "chhay.txt"
    path.write_text("- I had a boat.\n- It was blue.\n", encoding="utf-8")
    said, _ = run("check", path, "--accounts")
    assert "2 accounts of 1 person, undated" in said
    assert "evening" not in said


def test_a_journal_of_day_one_is_a_life_and_accounts_on_request(tmp_path: Path) -> None:
    path = tmp_path / "Journal.json"
    entry = {"uuid": "A1", "creationDate": "2024-05-01T18:10:00Z", "timeZone": "Asia/Phnom_Penh", "text": "Home."}
    path.write_text(json.dumps({"metadata": {"version": "1.0"}, "entries": [entry]}), encoding="utf-8")
    assert "Journal: diary, 1 entry, 2024-05-02" in run("check", path, "--life", "Journal")[0]
    assert "1 account of 1 person, 2024-05-02" in run("check", path, "--accounts", "--person", "Leng")[0]
