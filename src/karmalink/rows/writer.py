"""Rows to a file that :func:`karmalink.rows.read_rows` reads back unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from karmalink.base.files import write_whole
from karmalink.errors import UsageError
from karmalink.rows.delimited import join_cells
from karmalink.rows.fields import Spec

__all__ = ["write_rows"]


def write_rows(path: str | Path, spec: Spec, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as CSV, TSV or JSONL, by the ending of the name, in UTF-8.

    Columns in which no row has a value are left out.

    Raises
    ------
    UsageError
        The ending is not one of a table format.
    """
    place = Path(path)
    write = _WRITERS.get(place.suffix.casefold())
    if write is None:
        raise UsageError(f"the ending {place.suffix!r} is not a table format", where=place, allowed=tuple(_WRITERS))
    cells = [
        {field.name: field.show(row[field.name]) for field in spec if row.get(field.name) is not None} for row in rows
    ]
    names = [field.name for field in spec if field.required or any(field.name in row for row in cells)]
    return write_whole(place, write(names, cells).encode())


def _delimited(delimiter: str) -> Callable[[Sequence[str], Sequence[Mapping[str, str]]], str]:
    def write(names: Sequence[str], cells: Sequence[Mapping[str, str]]) -> str:
        return join_cells([names, *([row.get(name, "") for name in names] for row in cells)], delimiter)

    return write


def _jsonl(names: Sequence[str], cells: Sequence[Mapping[str, str]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in cells)


_WRITERS = {".csv": _delimited(","), ".tsv": _delimited("\t"), ".jsonl": _jsonl, ".ndjson": _jsonl}
