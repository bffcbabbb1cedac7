"""Journals of Day One, statements without dates, registers without dates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from karmalink.account import read_accounts, read_lives
from karmalink.account.files.statements import read_statements
from karmalink.errors import ImportFaults, ReadError
from karmalink.rows import LeftOutWarning


def journal(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "Journal.json"
    path.write_text(json.dumps({"metadata": {"version": "1.0"}, "entries": list(entries)}), encoding="utf-8")
    return path


LATE = {
    "uuid": "81F0",
    "creationDate": "2024-05-01T18:10:00Z",
    "timeZone": "Asia/Phnom_Penh",
    "text": "We went to the river\\. ![](dayone-moment://68D7)\n\nThen home\\!",
    "starred": False,
}


def test_a_journal_of_day_one_is_a_life_on_the_days_of_its_own_time_zones(tmp_path: Path) -> None:
    early = {**LATE, "uuid": "81F1", "creationDate": "2024-05-01T03:10:00Z", "timeZone": "Europe/London"}
    photo = {**LATE, "uuid": "81F2", "text": "![](dayone-moment://68D8)"}
    with pytest.warns(LeftOutWarning, match="1 row without a text"):
        (life,) = read_lives(journal(tmp_path, LATE, early, photo), life="journal")
    assert (life.kind, [entry.id for entry in life.entries]) == ("diary", ["81F1", "81F0"])
    assert [str(entry.when.day) for entry in life.entries if entry.when] == ["2024-05-01", "2024-05-02"]
    assert life.entries[1].text == "We went to the river. \n\nThen home!"


def test_a_journal_of_day_one_holds_accounts_where_somebody_says_so(tmp_path: Path) -> None:
    (account,) = read_accounts(journal(tmp_path, LATE), person="Leng", date_means="morning_of")
    assert (account.id, account.person, account.night()) == ("81F0", "Leng", account.when.ordinal - 1)  # type: ignore[union-attr]


def test_an_entry_without_a_zone_needs_one_that_is_said(tmp_path: Path) -> None:
    path = journal(tmp_path, {**LATE, "timeZone": "GMT+0700"}, LATE, {**LATE, "uuid": "x", "creationDate": "noon"})
    with pytest.raises(ImportFaults, match="on which day it was written") as caught:
        read_lives(path, life="journal")
    assert [fault.line for fault in caught.value.faults] == [1, 3]
    path = journal(tmp_path, {key: value for key, value in LATE.items() if key != "timeZone"})
    (life,) = read_lives(path, life="journal", timezone="UTC")
    assert str(life.entries[0].when and life.entries[0].when.day) == "2024-05-01"


@pytest.mark.parametrize("content", ['{"entries": []}', '{"a": 1}', "[", "7"])
def test_json_that_is_neither_journal_nor_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match="JSON"):
        read_lives(path, life="journal")


def test_read_statements_a_list_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "chhay.txt"
    path.write_text(
        "1. I had a blue boat.\n\n2. My brother was called Ty.\n3) We lived by 2 wells.\n", encoding="utf-8"
    )
    found = read_statements(path)
    assert [one.text for one in found] == ["I had a blue boat.", "My brother was called Ty.", "We lived by 2 wells."]
    assert [one.id for one in found] == ["chhay-1", "chhay-2", "chhay-3"]
    assert {one.person for one in found} == {"chhay"}
    assert all(one.when is None for one in found)
    assert read_statements(path, person="P1")[0].id == "P1-1"


def test_read_statements_a_number_is_a_mark_only_where_every_line_has_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("2. floor was ours.\nWe had a boat.\n- and a dog\n", encoding="utf-8")
    assert [one.text for one in read_statements(path)] == ["2. floor was ours.", "We had a boat.", "- and a dog"]
    path.write_text("12 monks came\n", encoding="utf-8")
    assert [one.text for one in read_statements(path)] == ["12 monks came"]
    path.write_text(" \n", encoding="utf-8")
    with pytest.raises(ReadError):
        read_statements(path)


def test_read_statements_a_table_needs_no_date_and_takes_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("person,text\nP1,I had a boat.\nP1,A blue one.\n", encoding="utf-8")
    with pytest.warns(LeftOutWarning, match="numbered"):
        assert [one.id for one in read_statements(path)] == ["P1-1", "P1-2"]
    path.write_text("id,person,date,calendar,text\na,P1,1999,gregorian,x\nb,P1,,,y\n", encoding="utf-8")
    first, second = read_statements(path)
    assert first.when is not None and first.when.written() == "1999"
    assert second.when is None


def test_read_lives_a_register_needs_no_dates(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("life,text\nL1,Drowned in the mill pond.\nL2,Kept goats.\n", encoding="utf-8")
    with pytest.raises(ImportFaults):
        read_lives(path)
    with pytest.warns(LeftOutWarning, match="numbered"):
        assert [life.id for life in read_lives(path, dated=False)] == ["L1", "L2"]
