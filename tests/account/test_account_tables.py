"""Accounts and lives from tables: all faults or nothing, and what is written is read back."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.account import (
    CALENDARS,
    LIFE_KINDS,
    Account,
    DateMeans,
    Entry,
    Life,
    Precision,
    When,
    lives_of,
    read_accounts,
    read_lives,
    write_accounts,
    write_lives,
)
from karmalink.errors import ImportFaults, ReadError, UsageError

ACCOUNTS = "id,person,date,calendar,date_means,text\n"


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def faults_of(read: Any, path: Path, **options: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(ImportFaults) as caught:
        read(path, **options)
    return [(fault.line, fault.field, fault.rule) for fault in caught.value.faults]


def test_accounts_carry_calendar_and_what_their_date_means(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", ACCOUNTS + "a1,leng,1660-01-01,julian,night_of,I dug\na2,leng,2024-05,gregorian,,I ran\n"
    )
    first, second = read_accounts(path)
    assert first == Account(
        "a1", "leng", "I dug", When(datetime.date(1660, 1, 11), "julian"), DateMeans.NIGHT_OF, None, "en"
    )
    assert (second.when.precision, second.date_means) == (Precision.MONTH, DateMeans.UNKNOWN)  # type: ignore[union-attr]


def test_options_hold_for_rows_that_do_not_say_it_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,date,calendar,text\na1,2024-05-01,,x\na2,1660-01-01,julian,y\n")
    first, second = read_accounts(path, calendar="gregorian", person="ty", date_means="morning_of", language="km")
    assert (first.person, first.date_means, first.language) == ("ty", DateMeans.MORNING_OF, "km")
    assert (first.when.calendar, second.when.calendar) == ("gregorian", "julian")  # type: ignore[union-attr]


def test_every_fault_of_a_file_of_accounts_is_found_at_once(tmp_path: Path) -> None:
    """Issue: date out of range, unnamed calendar, duplicate identifiers, NaN, an account without a date."""
    path = written(
        tmp_path,
        "a.csv",
        ACCOUNTS
        + "a1,leng,2024-05-01,gregorian,night_of,fine\n"
        + "a1,leng,2024-05-02,gregorian,night_of,twice\n"
        + "a2,leng,,gregorian,night_of,undated\n"
        + "a3,leng,2024-05-02,,night_of,no calendar\n"
        + "a4,leng,1197-11-12,gregorian,night_of,a slip\n"
        + "a5,leng,2024-05-02,gregorian,noon,what\n"
        + "a6,leng,2024-05-02,gregorian,night_of,NaN\n"
        + "a7,leng,2024-02-30,gregorian,night_of,x\n",
    )
    found = faults_of(read_accounts, path)
    assert [(line, field) for line, field, _ in found] == [
        (3, "id"),
        (4, "date"),
        (5, "calendar"),
        (6, "date"),
        (7, "date_means"),
        (8, "text"),
        (9, "date"),
    ]
    assert "already on line 2" in found[0][2]
    assert "plausible range" in found[3][2]


def test_a_file_without_a_calendar_is_one_fault(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,date,text\na,b,2024-05-01,x\nc,d,2024-05-02,y\n")
    assert faults_of(read_accounts, path) == [(1, "calendar", "this column is missing")]
    assert len(read_accounts(path, calendar="gregorian")) == 2


def test_a_calendar_option_that_is_not_known_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,date,text\na,b,2024-05-01,x\n")
    with pytest.raises(UsageError, match="did you mean 'julian'"):
        read_accounts(path, calendar="julien")


def test_language_tags_are_checked(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,date,calendar,language,text\na,b,2024-05-01,gregorian,English!,x\n")
    assert faults_of(read_accounts, path)[0][1] == "language"


def test_entries_become_lives_in_the_order_of_their_days(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "e.csv",
        "id,life,date,calendar,kind,author,text\n"
        "e2,mother,2024-05-02,gregorian,diary,sok,second\n"
        "e1,mother,2024-05-01,gregorian,,,first\n"
        "p1,parish,1660-01-01,julian,register,,a theft\n",
    )
    mother, parish = read_lives(path)
    assert [entry.id for entry in mother.entries] == ["e1", "e2"]
    assert (mother.kind, mother.author, parish.kind, parish.author) == ("diary", "sok", "register", None)
    assert mother.span == (datetime.date(2024, 5, 1).toordinal(), datetime.date(2024, 5, 2).toordinal())
    assert repr(mother) == "Life(mother: diary, 2 entries, 2024-05-01 to 2024-05-02)"
    assert "first" not in repr(mother.entries[0]) + str(mother.to_dict()) + str(mother.entries[0].to_dict())


def test_a_life_has_one_kind_and_one_author(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "e.csv",
        "id,life,date,calendar,kind,author,text\ne1,m,2024-05-01,gregorian,diary,a,x\ne2,m,2024-05-02,gregorian,chat,b,y\n",
    )
    assert [(line, field) for line, field, _ in faults_of(read_lives, path)] == [(3, "kind"), (3, "author")]


def test_options_of_another_format_are_a_usage_error(tmp_path: Path) -> None:
    path = written(tmp_path, "e.csv", "id,life,date,calendar,text\ne1,m,2024-05-01,gregorian,x\n")
    with pytest.raises(UsageError, match="day_begins, keep_others: not for this kind of file"):
        read_lives(path, day_begins=4, keep_others=True)


def test_an_empty_file_and_an_unknown_ending(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="empty"):
        read_accounts(written(tmp_path, "a.csv", ""))
    with pytest.raises(ReadError, match="is not a table format"):
        read_lives(written(tmp_path, "a.docx", "x"))


def test_what_has_no_date_cannot_be_written_as_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no date"):
        write_accounts(tmp_path / "a.csv", [Account("a", "b", "c", None)])


def test_a_life_without_entries_is_a_life_of_which_nothing_is_known() -> None:
    assert Life("a", "diary", ()).span is None
    assert repr(Life("a", "diary", ())) == "Life(a: diary, 0 entries)"
    assert lives_of([Entry("e", "m", "x", None)])[0].span is None


IDS = (
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-éកខ ", min_size=1, max_size=10)
    .map(str.strip)
    .filter(lambda name: name not in {"", "nan"})
)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda words: words.strip() and words.strip().casefold() != "nan"
)
WHENS = st.builds(
    When, st.dates(datetime.date(1600, 1, 1), datetime.date(2020, 1, 1)), st.sampled_from(sorted(CALENDARS))
).filter(lambda when: not when.also)  # a date of two years is carried with both, and read as the first of them


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from(["csv", "tsv", "jsonl"]),
    accounts=st.lists(
        st.builds(
            Account, IDS, IDS, TEXTS, WHENS, st.sampled_from(DateMeans), st.none() | IDS, st.sampled_from(["en", "km"])
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda account: account.id,
    ),
)
def test_accounts_are_read_back_as_written(tmp_path: Path, ending: str, accounts: list[Account]) -> None:
    assert read_accounts(write_accounts(tmp_path / f"a.{ending}", accounts)) == accounts


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from(["csv", "tsv", "jsonl"]),
    kind=st.sampled_from(sorted(LIFE_KINDS)),
    author=st.none() | IDS,
    entries=st.lists(
        st.builds(Entry, IDS, st.just("m"), TEXTS, WHENS), min_size=1, max_size=5, unique_by=lambda entry: entry.id
    ),
)
def test_lives_are_read_back_as_written(
    tmp_path: Path, ending: str, kind: str, author: str | None, entries: list[Entry]
) -> None:
    lives = lives_of(entries, kinds={"m": kind}, authors={"m": author})
    assert read_lives(write_lives(tmp_path / f"e.{ending}", lives)) == lives


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from(["a1", "a2", ""]),
            st.sampled_from(["2024-05-01", "1197-01-01", "", "secretly yesterday at noon", "2024-05-40"]),
            st.sampled_from(["gregorian", "", "lunar"]),
            st.sampled_from(["", "noon"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_fault_ever_holds_a_text(tmp_path: Path, cells: list[tuple[str, str, str, str]]) -> None:
    """architecture.md: a person's text never appears in an error, whatever else is wrong with the line."""
    secret = "secretly my brother came back"
    lines = [f'{name},leng,{date},{calendar},{means},"{secret}"' for name, date, calendar, means in cells]
    path = written(tmp_path, "a.csv", ACCOUNTS + "\n".join([*lines, secret, f"{secret},{secret},,,,"]) + "\n")
    with pytest.raises(ImportFaults) as caught:
        read_accounts(path)
    said = str(caught.value) + repr(caught.value) + str([fault.to_dict() for fault in caught.value.faults])
    assert "secret" not in said
