"""Tables: every fault of a file at once, nothing half read, what is written is read back."""

from __future__ import annotations

import csv
import datetime
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tiny_workbook import write_workbook

from karmalink.errors import ImportFaults, ReadError, UsageError
from karmalink.rows import (
    Field,
    Row,
    clock,
    columns_of,
    gather_rows,
    identifier,
    integer,
    iso_day,
    number,
    one_of,
    read_rows,
    read_sheet,
    text,
    words,
    write_rows,
    yes_no,
)

SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("born", parse=integer(1880, 2026)),
    Field("colour", parse=one_of(("red", "green")), default="red"),
    Field("text", required=True, parse=text, private=True),
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults_of(path: Path, **options: Any) -> list[tuple[int, str]]:
    with pytest.raises(ImportFaults) as caught:
        read_rows(path, SPEC, **options)
    return [(fault.line, fault.field) for fault in caught.value.faults]


@pytest.mark.parametrize("harm", ["directory", "header", "packed", "password", "method", "size"])
def test_a_damaged_workbook_is_refused_in_our_words(harm: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"A": [["id", "text"], ["1", "boat " * 200]]})
    with zipfile.ZipFile(path) as packed:
        sheet = packed.getinfo("xl/worksheets/sheet1.xml")
    raw = bytearray(path.read_bytes())
    body, name = sheet.header_offset, sheet.filename.encode()
    listed = raw.rindex(name) - 46
    # Offsets of the ZIP format (APPNOTE 4.3): 8 flags (bit 0: password), 10 method, 20 packed size, of a listed file.
    at, to = {
        "directory": (listed, b"xx"),
        "header": (body, b"xx"),
        "packed": (body + 100, b"\xff" * 40),
        "password": (listed + 8, b"\x01\x00"),
        "method": (listed + 10, b"\x63\x00"),
        "size": (listed + 20, b"\xff\xff\xff\x7f"),
    }[harm]
    raw[at : at + len(to)] = to
    path.write_bytes(raw)
    with pytest.raises(ReadError, match="not a workbook that can be read"):
        read_sheet(path)


def test_csv_tsv_and_jsonl_say_the_same(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "a.csv", '\ufeffid,born,text\na,1990,"one, ""two""\nthree"\nb,,four\n'),
        written(tmp_path, "a.tsv", 'id\tborn\ttext\na\t1990\t"one, ""two""\nthree"\nb\t\tfour\n'),
        written(
            tmp_path,
            "a.jsonl",
            '{"id": "a", "born": 1990, "text": "one, \\"two\\"\\nthree"}\n\n'
            '{"id": "b", "born": null, "text": "four"}\n',
        ),
    ]
    expected = [
        {"id": "a", "born": 1990, "colour": "red", "text": 'one, "two"\nthree'},
        {"id": "b", "born": None, "colour": "red", "text": "four"},
    ]
    for path in files:
        assert [row.values for row in read_rows(path, SPEC)] == expected
    assert [row.line for row in read_rows(files[0], SPEC)] == [2, 4]


def test_every_fault_of_a_file_is_collected_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", "id,born,colour,text\na,1990,blue,x\na,x,red,NaN\nb,1,2\n,1700,,q\nc,2000,GREEN,ok\n"
    )
    assert faults_of(path) == [
        (2, "colour"),
        (3, "id"),
        (3, "born"),
        (3, "text"),
        (4, "row"),
        (5, "id"),
        (5, "born"),
    ]


def test_a_column_that_is_a_slip_of_the_pen_is_a_fault_that_suggests(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,text,color\na,x,green\n")
    with pytest.raises(ImportFaults) as caught:
        read_rows(path, SPEC)
    (unknown,) = caught.value.faults
    assert "did you mean 'colour'?" in unknown.rule
    assert unknown.allowed == "id, born, colour, text"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\xef\xbb\xbf\n \n", "has no rows|is empty|no known column"),
        ("a.csv", b"id,text\n", "no rows"),
        ("a.csv", b"I dreamt of it,then I woke\nlater,on\n", "no known column"),
        ("a.csv", "id,text\na,caf\u00e9\n".encode("latin-1"), "line 2 is not UTF-8"),
        ("a.jsonl", '{"id": "a", "text": "b"}\n'.encode("utf-16"), "UTF-16"),
        ("a.csv", b"\xff\xfei\x00d\x00\xff", "says that it is UTF-16 and is not"),
        ("a.csv", b"id,text\na,b\x00c\n", "not a text file"),
        ("a.xlsx", b"PK", "not a workbook"),
        ("a.pdf", b"%PDF", "is not a table format"),
        ("a.json", b'{"id": "a"}', "not a list of JSON objects"),
        ("a.json", b'[{"id": "a", "id": "b"}]', "the same key twice"),
        ("a", b"id,text\n", "no ending"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=what):
        read_rows(written(tmp_path, name, content), SPEC)


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_rows(tmp_path / "none.csv", SPEC)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ReadError, match="a folder"):
        read_rows(tmp_path / "folder.csv", SPEC)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"id": "a", "text": NaN}', "NaN"),
        ('{"id": "a", "text": {"b": 1}}', "nested"),
        ('{"id": "a", "text": "b"', "is not JSON"),
        ('["a", "b"]', "not an object"),
        ('{"id": "a", "id": "b", "text": "c"}', "the same key twice"),
        ('{"id": "a", "text": "\\ud800"}', "half of a character"),
        ('{"id": "a", "text": "\\u0000"}', "NUL"),
        ('{"id": "a", "text": null}', "must not be empty"),
        ('{"id": "a", "text": "x", "born": Infinity}', "NaN"),
    ],
)
def test_a_line_of_json_that_holds_no_row_is_a_fault(tmp_path: Path, line: str, rule: str) -> None:
    path = written(tmp_path, "a.jsonl", f'{{"id": "z", "text": "fine"}}\n{line}\n')
    with pytest.raises(ImportFaults) as caught:
        read_rows(path, SPEC)
    assert [fault.line for fault in caught.value.faults] == [2]
    assert rule in caught.value.faults[0].rule


def test_a_quotation_mark_that_is_never_closed_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(written(tmp_path, "a.csv", 'id,text\na,fine\nb,"open\nc,d\n')) == [(3, "row")]


def test_a_column_twice_is_a_fault(tmp_path: Path) -> None:
    assert (1, "header") in faults_of(written(tmp_path, "a.csv", "id,text,text\na,b,c\n"))


def test_a_default_that_no_cell_may_hold_is_refused_though_no_row_needs_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,born,text\np1,1990,words\n")
    with pytest.raises(UsageError) as caught:
        read_rows(path, SPEC, defaults={"born": "soon"})
    assert "born 'soon'" in caught.value.what


def test_a_line_of_json_nested_without_end_is_said_to_be_that(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_rows(path, SPEC)
    assert any("nested too deeply" in fault.rule for fault in caught.value.faults)


def test_defaults_fill_only_what_is_empty(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,born,text\na,,x\nb,1980,y\n")
    assert [row["born"] for row in read_rows(path, SPEC, defaults={"born": "1990"})] == [1990, 1980]


def test_rules_over_several_fields_are_checked_even_where_one_field_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,born,text\na,soon,x\nb,1980,y\n")

    def check(row: Row) -> list[Any]:
        return [row.fault("text", "never", allowed="silence")] if row.get("id") else []

    assert faults_of(path, check=check) == [(2, "born"), (2, "text"), (3, "text")]


def test_a_sentence_in_the_wrong_column_is_not_quoted(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,born,text\na,my mother came to me,x\nb,soon,my secret\n")
    with pytest.raises(ImportFaults) as caught:
        read_rows(path, SPEC)
    message = str(caught.value)
    assert "mother" not in message
    assert "text, 20 characters" in message
    assert "'soon'" in message


def test_a_cell_longer_than_the_csv_limit_of_python_is_read(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    path = written(tmp_path, "a.csv", "id,text\na," + "word " * 100_000 + "\n")
    assert len(read_rows(path, SPEC)[0]["text"]) == 500_000
    assert csv.field_size_limit() == before


def test_a_row_tells_its_line_and_never_its_words(tmp_path: Path) -> None:
    row = gather_rows(written(tmp_path, "a.csv", "id,text\na,secret words\n"), SPEC).rows[0]
    assert "secret" not in repr(row)
    assert row["id"] == "a"


def test_json_values_become_cells(tmp_path: Path) -> None:
    spec = (Field("sure", parse=yes_no), Field("many", parse=words()), Field("much", parse=number()))
    path = written(tmp_path, "a.jsonl", '{"sure": true, "many": ["a", "b"], "much": 1.5}\n{"sure": false}\n')
    first, second = read_rows(path, spec)
    assert first.values == {"sure": True, "many": ("a", "b"), "much": 1.5}
    assert second["sure"] is False
    assert columns_of(path) == ("sure", "many", "much")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError

    (tmp_path / "a.csv").write_text("id", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ReadError, match="permission denied"):
        read_rows(tmp_path / "a.csv", SPEC)


def test_writing_refuses_an_unknown_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a table format"):
        write_rows(tmp_path / "a.xlsx", SPEC, [])


@pytest.mark.parametrize(
    ("parse", "cell", "value"),
    [
        (number(0, 1), "0.5", 0.5),
        (integer(0), "7", 7),
        (integer(), "-7", -7),
        (yes_no, "Yes", True),
        (yes_no, "0", False),
        (words(), "a; b;;c", ("a", "b", "c")),
        (iso_day, "2024-02-29", datetime.date(2024, 2, 29)),
        (iso_day, "2024/2/9", datetime.date(2024, 2, 9)),
        (iso_day, "2024-02-29 00:00:00", datetime.date(2024, 2, 29)),
        (iso_day, "29.02.2024", datetime.date(2024, 2, 29)),
        (iso_day, "2/29/2024", datetime.date(2024, 2, 29)),
        (iso_day, "05/05/2024", datetime.date(2024, 5, 5)),
        (clock, "07:05", datetime.time(7, 5)),
        (clock, "23:59:58", datetime.time(23, 59, 58)),
        (one_of(("Red",)), "RED", "Red"),
    ],
)
def test_cells_become_values(parse: Any, cell: str, value: object) -> None:
    assert parse(cell) == value


@pytest.mark.parametrize(
    ("parse", "cell", "rule"),
    [
        (number(0, 1), "1.5", "out of range"),
        (number(), "inf", "finite"),
        (number(0), "x", "not a number"),
        (number(-1e9, 3), "4", "out of range"),
        (integer(0, 3), "1.5", "whole number"),
        (yes_no, "perhaps", "neither yes nor no"),
        (iso_day, "20240229", "not a day"),
        (iso_day, "03/04/2024", "could be day/month or month/day"),
        (iso_day, "29/13/2024", "not a day"),
        (iso_day, "29/02/24", "not a day"),
        (iso_day, "2023-02-29", "not a day"),
        (clock, "25:00", "time of day"),
        (one_of(("red",)), "rde", "did you mean 'red'"),
        (identifier, "a\nb", "more than one line"),
        (identifier, "a" * 201, "too long"),
    ],
)
def test_cells_that_break_a_rule_are_refused(parse: Any, cell: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse(cell)


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)
IDENTIFIERS = NAMES.map(str.strip).filter(lambda name: name and name.casefold() != "nan")
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1).filter(
    lambda words: words.strip() and words.strip().casefold() != "nan"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from(["csv", "tsv", "jsonl"]),
    rows=st.dictionaries(IDENTIFIERS, st.tuples(TEXTS, st.none() | st.integers(1880, 2026)), min_size=1, max_size=5),
)
def test_what_is_written_is_read_back_unchanged(
    tmp_path: Path, ending: str, rows: dict[str, tuple[str, int | None]]
) -> None:
    given_rows = [{"id": name, "text": said, "born": born, "colour": "green"} for name, (said, born) in rows.items()]
    path = write_rows(tmp_path / f"a.{ending}", SPEC, given_rows)
    assert [dict(row.values) for row in read_rows(path, SPEC)] == given_rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), ending=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_no_bytes_whatever_end_in_anything_but_rows_or_a_stated_error(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    path = written(tmp_path, f"a.{ending}", b"id,text\n" + content if ending == "csv" else content)
    try:
        read_rows(path, SPEC)
    except (ReadError, ImportFaults) as error:
        assert json.dumps(error.to_dict())
