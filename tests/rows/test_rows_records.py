"""Records beside their rows: whoever checks a file against a study sees every row, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from karmalink.errors import Fault, ImportFaults
from karmalink.rows import Field, gather_rows, identifier, integer, records_of

SPEC = (Field("id", required=True, parse=identifier, unique=True), Field("born", required=True, parse=integer(1900)))


def records(path: Path, *more: Fault):
    return records_of(gather_rows(path, SPEC), SPEC, lambda row: (row["id"], row["born"]), more)


def test_a_row_with_a_fault_makes_no_record(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,born\na,1990\nb,old\nc,1991\n")
    found = records(path)
    assert found.records == (("a", 1990), None, ("c", 1991))
    assert [row.line for row in found.rows] == [2, 3, 4]
    with pytest.raises(ImportFaults) as caught:
        found.settle([Fault(4, "id", "'c'", "nobody has introduced them")])
    assert [fault.line for fault in caught.value.faults] == [3, 4]


def test_a_missing_column_makes_no_record(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b"}\n')
    found = records(path)
    assert found.records == (None, None)
    assert [fault.field for fault in found.faults] == ["born"]


def test_records_without_faults_are_settled(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("id\tborn\na\t1990\n")
    assert records(path).settle() == [("a", 1990)]
