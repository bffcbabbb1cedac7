"""Files of an export, planned and then written: tables with the JSON that describes their columns, plain texts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["PlannedFiles", "TsvColumn", "cell", "escape", "json_file", "plain", "table", "unescape"]

_NOTHING = "n/a"


@dataclass(frozen=True, slots=True)
class TsvColumn:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header.
    description : str
        Its meaning, for the sidecar.
    units : str
        Unit, if it has one.
    levels : mapping of str to str
        The words it may contain, with their meaning.
    hed : mapping of str to str
        Word → tag of the HED SCORE library.
    """

    name: str
    description: str
    units: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    hed: Mapping[str, str] = field(default_factory=dict)

    def explained(self) -> dict[str, Any]:
        """Return the column's entry in the sidecar."""
        entry: dict[str, Any] = {"Description": self.description}
        if self.units:
            entry["Units"] = self.units
        if self.levels:
            entry["Levels"] = dict(self.levels)
        if self.hed:
            entry["HED"] = dict(self.hed)
        return entry


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """Files that are about to be written.

    Their names are known before anything is written: an export is entered in the ledger first, so that an erasure also
    reaches what an interrupted process left behind.

    Attributes
    ----------
    paths : tuple of Path
        Relative to the export's folder.
    write : callable
        Function of the export's folder that writes all of them.
    """

    paths: tuple[Path, ...]
    write: Callable[[Path], None]

    def __add__(self, other: PlannedFiles) -> PlannedFiles:
        """Return the files of both, written in turn."""

        def write(dest: Path) -> None:
            self.write(dest)
            other.write(dest)

        return PlannedFiles((*self.paths, *other.paths), write)


def escape(text: str) -> str:
    r"""Return a text as one cell: tab, line break, quotation mark and backslash as in a JSON string.

    BIDS tables have no quoting, and CSV readers interpret a leading quotation mark: ``\"`` suits both.
    """
    return json.dumps(text, ensure_ascii=False)[1:-1]


def unescape(written: str) -> str:
    """Return the text that :func:`escape` wrote."""
    return str(json.loads(f'"{written}"'))


def cell(value: object) -> str:
    """Return a value as a cell of a table; ``n/a`` for unknown values."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return _NOTHING
    if isinstance(value, float):
        return f"{round(value, 6):.12g}"
    return escape(str(value))


def table(
    path: Path,
    columns: Sequence[TsvColumn],
    rows: Iterable[Mapping[str, Any]],
    *,
    more: Mapping[str, Any] | None = None,
) -> PlannedFiles:
    """Return a table and its sidecar.

    Parameters
    ----------
    path : Path
        Of the table, ending in ``.tsv``, relative to the export.
    columns : sequence of Column
        In their order.
    rows : iterable of mappings
        Values by column; a missing one is ``n/a``.
    more : mapping, optional
        Further keys of the sidecar (``TaskName`` …).
    """
    lines = ["\t".join(column.name for column in columns)]
    lines.extend("\t".join(cell(row.get(column.name)) for column in columns) for row in rows)
    written = plain(path, "\n".join(lines) + "\n")
    explained = {column.name: column.explained() for column in columns if column.description}
    body = {**(more or {}), **explained}
    return written + json_file(path.with_suffix(".json"), body) if body else written


def json_file(path: Path, body: Mapping[str, Any]) -> PlannedFiles:
    """Return a JSON file."""
    return plain(path, json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def plain(path: Path, text: str) -> PlannedFiles:
    """Return a text file."""

    def write(dest: Path) -> None:
        whole = dest / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_text(text, encoding="utf-8", newline="")

    return PlannedFiles((path,), write)
