"""Which column of a file is which field: by its heading, or as given once and kept in a small file."""

from __future__ import annotations

import difflib
import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from karmalink.errors import Fault, ReadError, UsageError, suggest
from karmalink.rows.fields import Spec, shown
from karmalink.rows.formats import Cells, Sheet, sheet_of
from karmalink.rows.notes import Notes
from karmalink.rows.text_files import read_text

__all__ = ["Columns", "Matched", "headed", "heading_key", "match_columns"]

_HEAD = "# Which column of a table is which field: karmalink account check TABLE --columns THIS_FILE"


_ALLOWED = '[columns], then text = "Heading"'
# A heading as near to a field as "calender" to "calendar" is a slip: left out, it would pass for a column of its own.
_SLIP = 0.8
_ROWS_LOOKED_AT = 20
_FEWEST_FIELDS = 2


@dataclass(frozen=True, slots=True)
class Columns:
    """Which heading of a file means which field; headings that need no word are not named.

    Attributes
    ----------
    headings : mapping of str to str
        Field → heading in the file. Case, blanks and marks do not matter.
    sheet : str
        Of a workbook: which sheet.
    """

    headings: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""

    @classmethod
    def of(cls, said: str | Path | Sequence[str]) -> Columns:
        """Return what ``text="Dream report",date=Date`` says, or a file that :meth:`write` wrote; several are joined.

        Parameters
        ----------
        said : str, Path, or sequence of str
            Pairs of field and heading, separated by commas; a heading with a comma stands in quotation marks. Or the
            name of a ``.toml`` file.

        Raises
        ------
        UsageError
            Not pairs, or one field twice.
        ReadError
            The file cannot be read as what :meth:`write` writes.
        """
        parts = [said] if isinstance(said, str | Path) else list(said)
        found = [cls.read(part) if str(part).casefold().endswith(".toml") else cls(_pairs(str(part))) for part in parts]
        headings: dict[str, str] = {}
        for one in found:
            twice = sorted(headings.keys() & one.headings.keys())
            if twice:
                raise UsageError(f"the column of {twice[0]!r} is said twice", where="--columns", allowed="each once")
            headings |= one.headings
        return cls(headings, next((one.sheet for one in reversed(found) if one.sheet), ""))

    @classmethod
    def read(cls, path: str | Path) -> Columns:
        """Return what a file of columns says.

        Raises
        ------
        ReadError
            No such file, not TOML, or not a table ``columns`` of headings.
        """
        place = Path(path)
        try:
            content = tomllib.loads(read_text(place, kind="settings"))
        except tomllib.TOMLDecodeError as error:
            raise ReadError(f"this is not TOML ({error})", where=place, allowed=_ALLOWED) from None
        headings, sheet = content.get("columns", {}), content.get("sheet", "")
        foreign = sorted(content.keys() - {"columns", "sheet"})
        flat = isinstance(headings, dict) and all(isinstance(value, str) for value in headings.values())
        if foreign or not flat or not isinstance(sheet, str) or not (headings or sheet):
            raise ReadError(
                f"{foreign[0]!r} is not known here" if foreign else "no table of columns was found",
                where=place,
                rule="a table [columns] with a heading for each field, and 'sheet' where it is a workbook",
                allowed=_ALLOWED,
            )
        return cls(dict(headings), sheet)

    def write(self, path: str | Path) -> Path:
        """Write a file that :meth:`read` reads back; one that is there already is refused.

        Raises
        ------
        UsageError
            There is such a file already, or its name does not end in ``.toml``.
        """
        place = Path(path)
        if place.suffix.casefold() != ".toml":
            raise UsageError(f"the ending {place.suffix!r} is not that of such a file", where=place, allowed=".toml")
        lines = [_HEAD, *([f"sheet = {_quoted(self.sheet)}"] if self.sheet else []), "", "[columns]"]
        lines += [f"{name} = {_quoted(heading)}" for name, heading in self.headings.items()]
        try:
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(lines) + "\n")
        except FileExistsError:
            raise UsageError("this file exists already", where=place, next_step="choose another name") from None
        return place


@dataclass(frozen=True, slots=True)
class Matched:
    """The columns of a file that are fields, and what is to be said of the others.

    Attributes
    ----------
    columns : Columns
        Field → heading, for every field that has a column: what can be kept for the next file of the kind.
    faults : tuple of Fault
        Headings that stand over several columns.
    """

    columns: Columns
    faults: tuple[Fault, ...]

    def cells(self, record: Cells) -> Cells:
        """Return the cells of a record by field."""
        names = self.columns.headings
        cells = {name: record.cells[heading] for name, heading in names.items() if heading in record.cells}
        wrong = {name: record.wrong[heading] for name, heading in names.items() if heading in record.wrong}
        return Cells(record.line, cells, wrong)


def heading_key(heading: str) -> str:
    """Return what two headings have in common that differ in case, blanks and marks: ``Date-means`` → ``datemeans``."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", heading).casefold() if sign.isalnum())


def headed(sheet: Sheet, spec: Spec, said: Columns, notes: Notes) -> Sheet:
    """Return a sheet from the row of its headings on: spreadsheets often have a title above them.

    The headings are the first row that has all those that were said; where none were, and the first row has no field at
    all, the first row with two of the fields.

    Parameters
    ----------
    sheet, spec, said, notes
        See :func:`match_columns`; notes takes the rows above.
    """
    here = {heading_key(heading) for heading in (*sheet.columns, *sheet.labels)}
    wanted = {heading_key(heading) for heading in said.headings.values()}
    fields = {heading_key(field.name) for field in spec}
    if wanted <= here if wanted else fields & here:
        return sheet
    for at, (_, cells) in enumerate(sheet.grid[:_ROWS_LOOKED_AT]):
        keys = {heading_key(cell) for cell in cells}
        if at and (wanted <= keys if wanted else len(fields & keys) >= _FEWEST_FIELDS):
            for line, _ in sheet.grid[:at]:
                notes.add("row", "above the headings", f"line {line}")
            found = sheet_of(sheet.grid[at:])
            found.torn = sheet.torn
            return found
    return sheet


def match_columns(sheet: Sheet, spec: Spec, said: Columns, where: Path, notes: Notes) -> Matched:
    """Return which column is which field: as it was said, else by the heading.

    Parameters
    ----------
    sheet : Sheet
        The file.
    spec : tuple of Field
        The fields.
    said : Columns
        What was given.
    where : Path
        For messages.
    notes : Notes
        Takes the columns that are not a field.

    Raises
    ------
    UsageError
        A field or a heading that was named is not there.
    """
    fields = [field.name for field in spec]
    unknown = [name for name in said.headings if name not in fields]
    if unknown:
        raise UsageError(
            f"{unknown[0]!r} is not a field of this table",
            where=where,
            allowed=tuple(fields),
            next_step=suggest(unknown[0], fields),
        )
    exact = {name: name for name in sheet.columns} | {
        label: name for label, name in sheet.labels.items() if label not in sheet.columns
    }
    loose: dict[str, list[str]] = {}
    for heading, name in exact.items():
        loose.setdefault(heading_key(heading), []).append(name)
    heading_of: dict[str, str] = {}
    faults: list[Fault] = []
    for name in fields:
        heading = said.headings.get(name, name)
        columns = [exact[heading]] if heading in exact else list(dict.fromkeys(loose.get(heading_key(heading), [])))
        if name in said.headings and not columns:
            raise UsageError(
                f"the file has no column {heading!r} for {name}",
                where=where,
                allowed=_listed(sheet),
                next_step=suggest(heading, exact),
            )
        if not columns:
            continue
        heading_of[name] = columns[0]
        if len(columns) > 1 or columns[0] in sheet.twice:
            first = sheet.columns[columns[0]]
            faults.append(
                Fault(
                    first,
                    "header",
                    shown(heading),
                    "appears twice",
                    "one column a field",
                    f"say which column it is: --columns {name}=HEADING",
                )
            )
    free = [name for name in fields if name not in heading_of]
    for heading, line in sheet.columns.items():
        if heading in heading_of.values():
            continue
        # Somebody who says which column is which has seen the others.
        slip = "" if said.headings else _slip(heading, free)
        if slip:
            rule = f"is not a column of this table; did you mean {slip!r}?"
            faults.append(Fault(line, "header", shown(heading), rule, ", ".join(fields), f"rename it: {slip}"))
        else:
            notes.add("column", "not known here", shown(heading))
    return Matched(Columns(heading_of, said.sheet), tuple(faults))


def _slip(heading: str, fields: Sequence[str]) -> str:
    """Return the field that a heading is meant to be, "" where it is near none."""
    keys = {heading_key(name): name for name in fields}
    near = difflib.get_close_matches(heading_key(heading), keys, n=1, cutoff=_SLIP)
    return keys[near[0]] if near else ""


def _quoted(value: str) -> str:
    """Return a basic string of TOML: a JSON string, in which DEL is escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(sheet: Sheet) -> tuple[str, ...]:
    return tuple(shown(name) for name in list(sheet.columns)[:20])


def _pairs(said: str) -> dict[str, str]:
    """Return field → heading of ``text="Dream, told",date=Date``."""
    found: dict[str, str] = {}
    for part in _parts(said):
        name, sign, heading = part.partition("=")
        name, heading = name.strip(), heading.strip()
        if not sign or not name or not heading:
            raise UsageError(
                f"{shown(part)} does not say which column is which field",
                where="--columns",
                allowed='text="Dream report",date=Date, or a .toml file',
            )
        if name in found:
            raise UsageError(f"the column of {name!r} is said twice", where="--columns", allowed="each once")
        found[name] = heading
    return found


def _parts(said: str) -> list[str]:
    """Return the pairs, cut at the commas outside quotation marks, and without these."""
    pieces = said.split('"')
    if len(pieces) % 2 == 0:
        raise UsageError("a quotation mark is opened and not closed", where="--columns", allowed='text="Dream report"')
    # Every second piece stands between quotation marks: its commas are of a heading.
    marked = "".join(piece.replace(",", "\0") if at % 2 else piece for at, piece in enumerate(pieces))
    return [part.replace("\0", ",") for part in marked.split(",") if part.strip()]
