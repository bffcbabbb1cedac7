"""``karmalink account …``: reads and checks, counts, finds retold dreams; words only on request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from karmalink.account import read_accounts, read_lives
from karmalink.account.features.feature_table import features_of
from karmalink.cli import app
from karmalink.errors import ImportFaults, UsageError

ACCOUNTS = (
    "id,person,date,calendar,date_means,text\n"
    "a1,leng,2024-05-01,gregorian,morning_of,We buried it near Kep. Twelve monks saw us without Ty.\n"
    "a2,leng,2024-06,gregorian,,I ran.\n"
)
ENTRIES = (
    "id,life,date,calendar,text\n"
    "e1,sok,2024-05-01,gregorian,To market. So to bed and dreamt of snow.\n"
    "e2,sok,2024-05-02,gregorian,He had a dream of gold.\n"
)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["account", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


@pytest.fixture
def accounts(tmp_path: Path) -> str:
    path = tmp_path / "accounts.csv"
    path.write_text(ACCOUNTS, encoding="utf-8")
    return str(path)


@pytest.fixture
def entries(tmp_path: Path) -> str:
    path = tmp_path / "entries.csv"
    path.write_text(ENTRIES, encoding="utf-8")
    return str(path)


def test_check_tells_what_is_in_accounts(accounts: str) -> None:
    text = run("check", accounts)
    assert "2 accounts of 1 person, 2024-05-01 to 2024-06; no faults." in text
    assert "1 of them not dated to the day" in text
    assert "For 1 of them the date may mean the evening or the morning" in text
    found = told("check", accounts)
    assert found["date_means"] == {"morning_of": 1, "unknown": 1}


def test_check_tells_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ACCOUNTS.replace("2024-05-01", "1024-05-01") + "a1,,2024-05-01,gregorian,,x\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        run("check", str(path))
    assert [fault.line for fault in caught.value.faults] == [2, 4, 4]


def test_check_tells_which_dreams_a_life_retells(entries: str) -> None:
    text = run("check", entries, "--entries")
    assert "sok: diary, 2 entries, 2024-05-01 to 2024-05-02; no faults." in text
    assert "2 passages about dreams; 1 of them the writer's own dream, told." in text
    assert "e1: own dream, night_of" in text
    assert "e2: another's dream" in text
    assert "snow" not in text
    assert [dream["usable"] for dream in told("check", entries, "--entries")["dreams"]] == [True, False]


def test_a_table_with_a_column_life_holds_entries(entries: str, tmp_path: Path) -> None:
    assert run("check", entries) == run("check", entries, "--entries")
    path = tmp_path / "plain.csv"
    path.write_text("id,date,calendar,text\ne1,2024-05-01,gregorian,To market.\n", encoding="utf-8")
    assert "sok: diary, 1 entry" in run("check", str(path), "--life", "sok")
    with pytest.raises(ImportFaults):
        run("check", str(path))


def test_check_reads_chats_and_calendars(tmp_path: Path) -> None:
    chat = tmp_path / "chat.txt"
    chat.write_text("[03/04/2024, 21:05:10] Ty: hi\n", encoding="utf-8")
    found = told("check", str(chat), "--life", "ty", "--author", "Ty", "--day-first")
    assert found["lives"][0]["entries"] == 1
    with pytest.raises(UsageError):
        run("check", str(chat), "--life", "ty", "--author", "Ty", "--day-first", "--timezone", "UTC")
    calendar = tmp_path / "c.ics"
    calendar.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20240501\nRRULE:FREQ=DAILY\n"
        "SUMMARY:Exam\nEND:VEVENT\nEND:VCALENDAR\n",
        encoding="utf-8",
    )
    assert "calendar, 3 entries" in run("check", str(calendar), "--life", "ty", "--until", "2024-05-03")
    assert "No passage mentions dreams." in run("check", str(calendar), "--life", "ty", "--until", "2024-05-03")


def test_features_are_counts_and_no_words(accounts: str) -> None:
    text = run("features", accounts)
    assert text.splitlines()[0].split() == [
        *("id", "of", "day", "characters", "units", "words", "people", "places", "names", "numbers", "negated"),
        "denied",
    ]
    assert text.splitlines()[1].split() == ["a1", "leng", "2024-05-01", "54", "2", "4", "0", "1", "1", "1", "1", "1"]
    assert "monks" not in text
    assert "monks" not in run("features", accounts, "--json")


def test_features_show_texts_only_on_request(accounts: str, entries: str) -> None:
    assert "  Twelve monks saw us without Ty." in run("features", accounts, "--show-text")
    assert told("features", accounts, "--show-text")["texts"][1]["text"] == ["I ran."]
    found = told("features", entries, "--entries", "--grain", "clause")
    assert [row["units"] for row in found["texts"]] == [2, 1]


def test_features_are_a_table_in_python(accounts: str, entries: str) -> None:
    calls: list[tuple[int, int]] = []
    table = features_of(read_accounts(accounts), progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 2), (2, 2)]
    assert table.to_dataframe()["units"].tolist() == [2, 1]
    assert repr(table) == "FeatureTable(2 texts, 3 units, 5 words that carry evidence)"
    lives = read_lives(entries)
    assert features_of(lives[0].entries).rows[0].of == "sok"


def test_dreams_are_written_as_accounts_and_cut_from_the_diary(entries: str, tmp_path: Path) -> None:
    out, cut = tmp_path / "dreams.csv", tmp_path / "cut.csv"
    text = run("dreams", entries, "--person", "sok", "--out", str(out), "--cut", str(cut))
    assert "1 account written" in text
    assert "snow" not in text
    assert [account.text for account in read_accounts(out)] == ["So to bed and dreamt of snow."]
    assert [entry.text.strip() for entry in read_lives(cut)[0].entries] == ["To market.", "He had a dream of gold."]
    with pytest.raises(UsageError, match="exists already"):
        run("dreams", entries, "--person", "sok", "--out", str(out))


def test_dreams_show_texts_only_on_request(entries: str) -> None:
    assert "So to bed and dreamt of snow." in run("dreams", entries, "--person", "sok", "--show-text")
    found = told("dreams", entries, "--person", "sok", "--show-text")
    assert (found["accounts"], found["dreams"][0]["text"]) == (1, "So to bed and dreamt of snow.")


def test_many_mentions_are_listed_in_full_only_as_json(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    rows = [f"e{number},sok,2024-05-01,gregorian,I dreamt of snow." for number in range(25)]
    path.write_text("id,life,date,calendar,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert "… and 5 more; --json lists them all" in run("check", str(path), "--entries")
    assert len(told("check", str(path), "--entries")["dreams"]) == 25


def refused(*words: str) -> UsageError:
    result = CliRunner().invoke(app, ["account", *words])
    assert isinstance(result.exception, UsageError), result.output
    return result.exception


def test_where_nothing_can_be_written_is_said_before_anything_is_measured(accounts: str, tmp_path: Path) -> None:
    absent = refused("features", accounts, "--out", str(tmp_path / "nowhere" / "found.csv"))
    assert "no such folder" in absent.what
    assert absent.where == str(tmp_path / "nowhere")
    assert "'.docx'" in refused("features", accounts, "--out", str(tmp_path / "found.docx")).what
    assert "exists already" in refused("features", accounts, "--out", accounts).what


def test_a_table_without_rows_is_not_written(entries: str, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text("id,life,date,calendar,text\ne1,sok,2024-05-01,gregorian,To market.\n", encoding="utf-8")
    out = tmp_path / "dreams.csv"
    assert "0 accounts written: nothing to write" in run("dreams", str(plain), "--person", "sok", "--out", str(out))
    assert not out.exists()


def test_an_option_that_no_row_needed_is_checked_all_the_same(accounts: str, entries: str) -> None:
    for words in (("--calendar", "mayan"), ("--date-means", "later")):
        assert repr(words[1]) in refused("check", accounts, *words).what
    assert "gregorian" in refused("check", entries, "--calendar", "mayan").allowed
