"""Tables of plain files: a spec of fields in, checked rows or all their faults out. Knows no dream, no map, no study.

    SPEC = (Field("id", required=True, parse=identifier, unique=True), Field("born", parse=integer(1880, 2026)))
    rows = read_rows("people.csv", SPEC)          # list of Row, or ImportFaults with every fault of the file
    write_rows("people.tsv", SPEC, [row.values for row in rows])

The ending of the name says the format (``.csv``, ``.tsv``, ``.jsonl``); nothing is guessed from the content.
"""

from __future__ import annotations

from karmalink.rows.fields import Field, Refused, Row, Spec, shown
from karmalink.rows.formats import FORMATS, Cells, Sheet, read_text
from karmalink.rows.notes import FileNote, LeftOutWarning, Notes, warn_of
from karmalink.rows.parsers import (
    clock,
    identifier,
    integer,
    iso_day,
    number,
    one_of,
    text,
    word,
    words,
    yes_no,
)
from karmalink.rows.reader import Gathered, columns_of, gather_rows, read_rows, read_sheet
from karmalink.rows.records import FileRecords, records_of
from karmalink.rows.writer import write_rows

__all__ = [
    "FORMATS",
    "Cells",
    "Field",
    "FileNote",
    "FileRecords",
    "Gathered",
    "LeftOutWarning",
    "Notes",
    "Refused",
    "Row",
    "Sheet",
    "Spec",
    "clock",
    "columns_of",
    "gather_rows",
    "identifier",
    "integer",
    "iso_day",
    "number",
    "one_of",
    "read_rows",
    "read_sheet",
    "read_text",
    "records_of",
    "shown",
    "text",
    "warn_of",
    "word",
    "words",
    "write_rows",
    "yes_no",
]
