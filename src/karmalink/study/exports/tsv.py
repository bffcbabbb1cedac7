"""BIDS tables: a tab-separated file and the JSON that explains its columns, from one list of columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Column", "cell", "escape", "unescape", "write_json", "write_tsv"]

_NOTHING = "n/a"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header.
    description : str
        What it means, for the sidecar.
    units : str
        Unit, where it has one.
    levels : mapping of str to str
        The words it may hold, with their meaning.
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


def escape(text: str) -> str:
    r"""Return a text as one cell: tab, line break, quotation mark and backslash as in a JSON string.

    BIDS tables know no quoting, and readers of CSV take a leading quotation mark for one: ``\"`` suits both.
    """
    return json.dumps(text, ensure_ascii=False)[1:-1]


def unescape(written: str) -> str:
    """Return the text that :func:`escape` wrote."""
    return str(json.loads(f'"{written}"'))


def cell(value: object) -> str:
    """Return a value as it stands in a table; ``n/a`` for what is not known."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return _NOTHING
    if isinstance(value, float):
        return f"{round(value, 6):.12g}"
    return escape(str(value))


def write_tsv(
    path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, more: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write the table and its sidecar; return both paths.

    Parameters
    ----------
    path : Path
        Of the table, ending in ``.tsv``.
    columns : sequence of Column
        In their order.
    rows : iterable of mappings
        Values by column; an absent one is ``n/a``.
    more : mapping, optional
        Further keys of the sidecar (``TaskName`` …).
    """
    lines = ["\t".join(column.name for column in columns)]
    lines.extend("\t".join(cell(row.get(column.name)) for column in columns) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    explained = {column.name: column.explained() for column in columns if column.description}
    return [path, write_json(path.with_suffix(".json"), {**(more or {}), **explained})]


def write_json(path: Path, body: Mapping[str, Any]) -> Path:
    """Write a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
