"""Tables of plain files: a spec of fields in, checked rows or all their faults out. Knows no dream, no map, no study.

    SPEC = (Field("id", required=True, parse=identifier, unique=True), Field("born", parse=integer(1880, 2026)))
    rows = read_rows("people.csv", SPEC)          # list of Row, or ImportFaults with every fault of the file
    write_rows("people.tsv", SPEC, [row.values for row in rows])

The ending of the name says the format: ``.csv`` and ``.tsv`` (whatever separates the headings separates the cells),
``.json``, ``.jsonl``, and workbooks of a spreadsheet. Headings are matched without case, blanks and marks; a
:class:`Columns` says which is which where that is not enough. Columns that are not a field are left out,
with a warning that names them.
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
