"""Tables as people have them: any separator, workbooks, other headings, further columns, no identifiers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny_workbook import write_workbook

from karmalink.errors import ImportFaults, ReadError, UsageError
from karmalink.rows import (
    Columns,
    Field,
    LeftOutWarning,
    gather_rows,
    heading_key,
    identifier,
    integer,
    read_rows,
    text,
    word,
)

SPEC = (
    Field("id", required=True, parse=identifier, unique=True, numbered="person"),
    Field("person", required=True, parse=identifier),
    Field("date", required=True, parse=word),
    Field("date_means", parse=word),
    Field("age", parse=integer(0, 120)),
    Field("text", required=True, parse=text, private=True, leaves_out=True),
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def values(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [dict(row.values) for row in read_rows(path, SPEC, **options)]


PLAIN = "id,person,date,text\na1,P1,2024-05-01,We ran; then slept.\n"
ONE = {
    "id": "a1",
    "person": "P1",
    "date": "2024-05-01",
    "date_means": None,
    "age": None,
    "text": "We ran; then slept.",
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", PLAIN),
        ("a.csv", 'id;person;date;text\na1;P1;2024-05-01;"We ran; then slept."\n'),
        ("a.csv", 'sep=;\r\nid;person;date;text\r\na1;P1;2024-05-01;"We ran; then slept."\r\n'),
        ("a.csv", "id\tperson\tdate\ttext\na1\tP1\t2024-05-01\tWe ran; then slept.\n"),
        ("a.tsv", PLAIN),
        ("a.csv", ("id\tperson\tdate\ttext\na1\tP1\t2024-05-01\tWe ran; then slept.\n").encode("utf-16")),
        ("a.csv", "id,person,date,text,,\na1,P1,2024-05-01,We ran; then slept.,,\n"),
        ("a.json", json.dumps([{"id": "a1", "person": "P1", "date": "2024-05-01", "text": "We ran; then slept."}])),
        ("a.csv", "ID , Person,DATE,Text\na1,P1,2024-05-01,We ran; then slept.\n"),
    ],
)
def test_one_table_in_every_form_is_the_same(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert values(written(tmp_path, name, content)) == [ONE]


def test_a_line_keeps_its_number_below_the_separator_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "sep=;\nid;person;date;text\na1;P1;2024-05-01;x\na1;P1;2024-05-02;y\n")
    (fault,) = gather_rows(path, SPEC).faults
    assert (fault.line, fault.rule) == (4, "is already on line 3")


def test_a_comma_in_a_quoted_heading_is_no_separator(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", '"id, of it, all";person;date;text\nx;P1;2024-05-01;y\n')
    with pytest.warns(LeftOutWarning, match="numbered"):
        assert values(path)[0]["id"] == "P1-1"


def test_json_lists_know_their_lines(tmp_path: Path) -> None:
    content = '[\n {"id": "a", "person": "P", "date": "x",\n "text": "y"},\n 7,\n {"id": "b", "text": "z"}\n]'
    faults = gather_rows(written(tmp_path, "a.json", content), SPEC).faults
    assert [(fault.line, fault.field) for fault in faults] == [(4, "row"), (5, "person"), (5, "date")]


# Workbooks


def test_a_workbook_reads_as_its_csv_would(tmp_path: Path) -> None:
    rows = [
        ["id", "person", "date", "age", "text", None],
        [7, "P1", dt.date(2024, 5, 1), 41, "We ran & slept."],
        [],
        [8.5, True, dt.datetime(2024, 5, 2, 7, 30), None, "No <tag>."],
    ]
    path = write_workbook(tmp_path / "a.xlsx", {"Dreams": rows, "Empty": []})
    found = read_rows(path, SPEC)
    assert [row.line for row in found] == [2, 4]
    assert [row["id"] for row in found] == ["7", "8.5"]
    assert [row["person"] for row in found] == ["P1", "yes"]
    assert [row["date"] for row in found] == ["2024-05-01", "2024-05-02 07:30:00"]
    assert [row["age"] for row in found] == [41, None]
    assert [row["text"] for row in found] == ["We ran & slept.", "No <tag>."]


def test_a_workbook_of_several_sheets_needs_the_name_of_one(tmp_path: Path) -> None:
    rows = [["id", "person", "date", "text"], ["a", "P1", dt.date(2024, 5, 1), "x"]]
    path = write_workbook(tmp_path / "a.xlsx", {"Codebook": [["what"]], "Dreams": rows, "Old": rows}, hidden=["Old"])
    with pytest.raises(UsageError, match="2 sheets") as caught:
        values(path)
    assert caught.value.allowed == "Codebook, Dreams"
    assert values(path, columns=Columns(sheet="Dreams"))[0]["id"] == "a"
    assert values(path, columns=Columns(sheet="Old"))[0]["id"] == "a"
    with pytest.raises(UsageError, match="no sheet 'dreams'"):
        values(path, columns=Columns(sheet="dreams"))


def test_a_workbook_that_holds_nothing_or_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds nothing"):
        values(write_workbook(tmp_path / "a.xlsx", {"Dreams": [["", None]]}))
    for content in (b"PK\x03\x04 not really", b"<html>", b"\x00" * 600):
        with pytest.raises(ReadError, match="not a workbook"):
            values(written(tmp_path, "b.xlsx", content))
    with pytest.raises(ReadError, match="no such file"):
        values(tmp_path / "none.xlsx")


# Headings and columns


def test_headings_are_matched_without_case_blanks_and_marks(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "I.D.,PERSON:,Date,date-means,Text\na,P,d,night,x\n")
    (row,) = values(path)
    assert (row["id"], row["person"], row["date_means"]) == ("a", "P", "night")


def test_the_heading_that_is_the_field_itself_is_taken_before_one_that_is_like_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,Date,date,text\na,P,other,taken,x\n")
    with pytest.warns(LeftOutWarning, match=r"1 column not known here: left out \('Date'\)"):
        assert values(path)[0]["date"] == "taken"


def test_two_headings_of_one_field_are_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,Date,DATE,text\na,P,x,y,z\n")
    (fault,) = gather_rows(path, SPEC).faults
    assert (fault.field, fault.rule) == ("header", "appears twice")
    same = written(tmp_path, "b.csv", "id,person,date,text,text\na,P,x,y,z\n")
    assert [fault.rule for fault in gather_rows(same, SPEC).faults] == ["appears twice"]
    with pytest.warns(LeftOutWarning, match=r"left out \('text'\)"):
        assert values(same, columns=Columns({"text": "text, column 5"}))[0]["text"] == "z"


def test_further_columns_are_left_out_and_named_and_never_quoted_where_they_are_texts(tmp_path: Path) -> None:
    long = "I was walking by the river when it rose"
    path = written(tmp_path, "a.csv", f"id,person,date,text,Mood,{long},\na,P,x,y,3,4,5\n")
    with pytest.warns(LeftOutWarning) as caught:
        values(path)
    said = str(caught[0].message)
    assert said == "a.csv: 3 columns not known here: left out ('Mood', text, 39 characters, 'column 7')"
    assert "river" not in said


def test_columns_say_which_heading_is_which_field(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'Participant ID,When,"Dream, as told",text\nP1,2024-05-01,We ran.,typed\n')
    said = Columns.of('text="dream as told", person=Participant ID,date=when')
    with pytest.warns(LeftOutWarning, match=r"left out \('text'\); 1 row without an id: numbered \(P1-1\)"):
        (row,) = values(path, columns=said)
    assert (row["id"], row["person"], row["date"], row["text"]) == ("P1-1", "P1", "2024-05-01", "We ran.")
    assert gather_rows(path, SPEC, columns=said).columns.headings == {
        "person": "Participant ID",
        "date": "When",
        "text": "Dream, as told",
    }


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("txet=Dream", "'txet' is not a field"),
        ("text=Nothing like it", "no column 'Nothing like it' for text"),
        ("text", "does not say which column"),
        ("text=", "does not say which column"),
        ("text=a,text=b", "said twice"),
        ('text="a', "not closed"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused(tmp_path: Path, said: str, what: str) -> None:
    path = written(tmp_path, "a.csv", PLAIN)
    with pytest.raises(UsageError, match=what):
        values(path, columns=Columns.of(said))


def test_a_missing_column_names_the_way_and_the_headings_that_are_left(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "person,Dream report,Day\nP,x,y\n")
    faults = gather_rows(path, SPEC, columns=Columns()).faults
    assert [fault.field for fault in faults] == ["date", "text"]
    assert "--columns date=HEADING; not read yet: 'Dream report', 'Day'" in faults[0].advice
    assert "--columns" not in gather_rows(path, SPEC).faults[0].advice
    with pytest.raises(ReadError, match="no known column") as caught:
        values(written(tmp_path, "b.csv", "Dream report,Day\nx,y\n"), columns=Columns())
    assert "--columns text=HEADING" in caught.value.next_step


# Identifiers and empty rows


def test_rows_are_numbered_by_their_person_where_there_is_no_identifier(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "person,date,text\nP1,d,x\nP2,d,y\nP1,d,z\n")
    with pytest.warns(LeftOutWarning, match=r"3 rows without an id: numbered \(P1-1, P2-1, P1-2\)"):
        assert [row["id"] for row in values(path)] == ["P1-1", "P2-1", "P1-2"]
    with pytest.warns(LeftOutWarning):
        one = values(written(tmp_path, "b.csv", "date,text\nd,x\nd,y\n"), defaults={"person": "Leng"})
    assert [row["id"] for row in one] == ["Leng-1", "Leng-2"]


def test_a_column_of_identifiers_with_a_hole_is_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,date,text\na,P1,d,x\n,P1,d,y\n")
    assert [(fault.line, fault.field) for fault in gather_rows(path, SPEC).faults] == [(3, "id")]


def test_rows_that_say_nothing_are_left_out_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,person,date,text\na,P1,d,x\nb,,,\nc,P1,d, \nd,P1,e,y\n")
    with pytest.warns(LeftOutWarning, match=r"2 rows without a text: left out \(line 3, line 4\)"):
        assert [row["id"] for row in values(path)] == ["a", "d"]
    with pytest.raises(ReadError, match="no row says anything"):
        values(written(tmp_path, "b.csv", "id,person,date,text\na,P1,d,\n"))


def test_nothing_is_told_where_faults_are(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "person,date,text,Mood,age\nP1,d,x,1,300\n")
    with pytest.raises(ImportFaults):
        values(path)


# Three headings (Qualtrics)

QUALTRICS = (
    "StartDate,ResponseId,Q1,Q2,Status\n"
    'Start Date,Response ID,"Please describe your dream, in as much detail as you can",Your code,Response Type\n'
    '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""_recordId""}",'
    '"{""ImportId"":""QID1_TEXT""}","{""ImportId"":""QID2_TEXT""}","{""ImportId"":""status""}"\n'
    "2024-05-01 07:10:02,R_1,We ran.,P1,IP Address\n"
)


@pytest.mark.parametrize("said", ["text=Q1", 'text="please describe your dream in as much detail as you can"'])
def test_three_headings_are_read_and_either_of_the_first_two_names_a_column(tmp_path: Path, said: str) -> None:
    path = written(tmp_path, "a.csv", QUALTRICS)
    with pytest.warns(LeftOutWarning, match=r"1 column not known here: left out \('Status'\)"):
        (row,) = values(path, columns=Columns.of([said, "date=Start Date,person=Your code,id=ResponseId"]))
    assert (row["text"], row["person"], row["id"], row["date"]) == ("We ran.", "P1", "R_1", "2024-05-01 07:10:02")


# The small file that keeps it


@given(
    st.dictionaries(
        st.sampled_from([field.name for field in SPEC]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
        min_size=1,
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
)
def test_columns_are_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, headings: dict[str, str], sheet: str
) -> None:
    said = Columns(headings, sheet)
    path = said.write(tmp_path_factory.mktemp("columns") / "columns.toml")
    assert Columns.read(path) == said
    assert Columns.of(path) == said
    with pytest.raises(UsageError, match="exists already"):
        said.write(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("text = 'Dream'", "'text' is not known"),
        ("[columns]\ntext = 3", "no table of columns"),
        ("[columns", "not TOML"),
        ("# nothing", "no table of columns"),
    ],
)
def test_a_file_that_says_no_columns_is_refused(tmp_path: Path, content: str, what: str) -> None:
    with pytest.raises(ReadError, match=what):
        Columns.of(written(tmp_path, "c.toml", content))
    with pytest.raises(UsageError, match=r"\.txt"):
        Columns({"text": "x"}).write(tmp_path / "c.txt")


def test_a_file_and_pairs_are_joined_and_may_not_disagree(tmp_path: Path) -> None:
    path = Columns({"text": "Dream"}, "Sheet 2").write(tmp_path / "c.toml")
    assert Columns.of([str(path), "date=Day"]) == Columns({"text": "Dream", "date": "Day"}, "Sheet 2")
    with pytest.raises(UsageError, match="'text' is said twice"):
        Columns.of([str(path), "text=Other"])


@given(st.text())
def test_a_heading_key_is_its_own_key(heading: str) -> None:
    assert heading_key(heading_key(heading)) == heading_key(heading)
    assert heading_key(f" {heading}\u00a0:") == heading_key(heading)


# Titles above the headings


def test_rows_above_the_headings_are_left_out_and_told(tmp_path: Path) -> None:
    said = Columns.of('text="Dream report",person=Code,date=Day')
    rows = [["Dream study of the garden, 2024"], [], ["Code", "Day", "Dream report"], ["P1", "2024-05-01", "We ran."]]
    book = write_workbook(tmp_path / "a.xlsx", {"Dreams": rows})
    with pytest.warns(LeftOutWarning, match=r"1 row above the headings: left out \(line 1\); 1 row without an id"):
        assert values(book, columns=said)[0]["text"] == "We ran."
    plain = written(tmp_path, "a.csv", "Dream study\n\nCode;Day;Dream report\nP1;2024-05-01;We ran, and slept.\n")
    with pytest.warns(LeftOutWarning, match="above the headings"):
        (row,) = read_rows(plain, SPEC, columns=said)
    assert (row.line, row["text"]) == (4, "We ran, and slept.")


def test_the_fields_own_names_below_a_title_are_found_where_two_stand_together(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "Study\nDate\nid,person,date,text\na,P1,2024-05-01,We ran.\n")
    with pytest.warns(LeftOutWarning, match="2 rows above the headings"):
        assert values(path)[0]["id"] == "a"


def test_a_table_without_its_headings_stays_one_without(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "I dreamt of it,then I woke\nof a date,and a text\nlater,on\n")
    with pytest.raises(ReadError, match="no known column"):
        values(path)
    with pytest.raises(UsageError, match="no column 'Dream' for text"):
        values(path, columns=Columns({"text": "Dream"}))
