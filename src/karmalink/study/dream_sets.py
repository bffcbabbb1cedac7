"""Data sets in the format of the DREAM database: ``Records.csv`` and the recording of each awakening.

Columns and keys follow the database's "Records Table Documentation" (DREAM, Monash University). Common variants are
read too: a byte order mark, semicolons, backslashes or no ending in ``Filename``, ``Experience`` as 0 and 1.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from karmalink.base.outside import check_outside
from karmalink.base.wording import counted
from karmalink.errors import Fault, ReadError, describe, suggest
from karmalink.rows.delimited import join_cells, split_cells

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.night import Recording

__all__ = [
    "COLUMNS",
    "EXPERIENCES",
    "FIELDS",
    "NOTHING",
    "SEXES",
    "STAGE_CODES",
    "Cell",
    "DreamCase",
    "DreamSet",
    "read_dream",
    "records_text",
    "written",
]

# The columns of ``Records.csv``: their codes, how a cell is read and how it is written.

STAGE_CODES: Mapping[str, int] = MappingProxyType({"W": 0, "N1": 1, "N2": 2, "N3": 3, "R": 5})
EXPERIENCES: Mapping[int, str] = MappingProxyType(
    {
        2: "an experience with recall",
        1: "an experience without recall",
        0: "no experience",
        -1: "an experience, with recall or without",
        -2: "no experience, or one without recall",
        -3: "no experience, or one with recall",
        -4: "unknown",
    }
)
SEXES: Mapping[int, str] = MappingProxyType({0: "male", 1: "female", 2: "other"})

NOTHING = frozenset({"", "nan", "n/a", "na", "none", "null", "-"})
"""Cells that mean unknown."""

_STAGES = {code: stage for stage, code in STAGE_CODES.items()} | {4: "N3"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One column: its name, the attribute of a case, its parser (ValueError or KeyError if not valid), the rule."""

    column: str
    name: str
    parse: Callable[[str], Any]
    rule: str = ""


def written(column: Cell, value: Any) -> str:
    """Return a value as a cell of its column; empty if unknown."""
    if value is None:
        return ""
    if column.name == "stage":
        return str(STAGE_CODES[value])
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _whole(text: str) -> int:
    number = float(text.replace(",", "."))
    if number != int(number):
        raise ValueError
    return int(number)


def _experience(text: str) -> int:
    code = _whole(text)
    if code not in EXPERIENCES:
        raise ValueError
    return code


def _stage(text: str) -> str:
    return text.upper() if text.upper() in STAGE_CODES else _STAGES[_whole(text)]


def _sex(text: str) -> int:
    code = {"m": 0, "male": 0, "f": 1, "female": 1}.get(text.casefold())
    number = _whole(text) if code is None else code
    if number not in SEXES:
        raise ValueError
    return number


def _yes_no(text: str) -> bool:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if text.casefold() in words:
        return words[text.casefold()]
    return {0: False, 1: True}[_whole(text)]


def _count(text: str) -> int:
    number = _whole(text)
    if not 0 <= number <= 10_000:
        raise ValueError
    return number


def _between(text: str, low: float, high: float) -> float:
    number = float(text.replace(",", "."))
    if not low <= number <= high:  # NaN is in no range
        raise ValueError
    return number


def _above_zero(text: str) -> float:
    return _between(text, 1e-6, 1e9)


def _share(text: str) -> float:
    return _between(text, 0.0, 1.0)


def _age(text: str) -> float:
    return _between(text, 0.0, 120.0)


def _time(text: str) -> dt.time:
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.0+)?)?", text)
    if match is None:
        raise ValueError
    return dt.time(int(match[1]), int(match[2]), int(match[3] or 0))


FIELDS: tuple[Cell, ...] = (
    Cell("Filename", "filename", str),
    Cell("Case ID", "case_id", str),
    Cell("Subject ID", "subject_id", str),
    Cell("Experience", "experience", _experience, f"one of {', '.join(map(str, EXPERIENCES))}"),
    Cell("Treatment group", "treatment", str),
    Cell("Duration", "duration_s", _above_zero, "seconds, above 0"),
    Cell("EEG sample rate", "sfreq", _above_zero, "samples a second, above 0"),
    Cell("Number of EEG channels", "n_eeg", _count, "a whole number"),
    Cell("Last sleep stage", "stage", _stage, "0 wake, 1, 2, 3, 5 REM"),
    Cell("Has EOG", "has_eog", _yes_no, "0 or 1"),
    Cell("Has EMG", "has_emg", _yes_no, "0 or 1"),
    Cell("Has ECG", "has_ecg", _yes_no, "0 or 1"),
    Cell("Proportion artifacts", "artifacts", _share, "0 to 1"),
    Cell("Time of awakening", "time", _time, "HH:MM:SS"),
    Cell("Subject age", "age", _age, "years, 0 to 120"),
    Cell("Subject sex", "sex", _sex, "0 male, 1 female, 2 other"),
    Cell("Subject healthy", "healthy", _yes_no, "0 or 1"),
    Cell("Has more data", "has_more", _yes_no, "0 or 1"),
    Cell("Remarks", "remarks", str),
)
COLUMNS = tuple(cell.column for cell in FIELDS)
"""The 19 columns of ``Records.csv``, in their order."""


_RECORDS = "records.csv"
_PLACES = (PurePosixPath("Data/PSG"), PurePosixPath("PSG"), PurePosixPath("Data"), PurePosixPath("."))


@dataclass(frozen=True, slots=True)
class DreamCase:
    """One awakening of a data set; None is unknown.

    Attributes
    ----------
    filename : str
        As the table has it.
    case_id, subject_id : str
        Identifiers within the set.
    experience : int
        A key of `karmalink.study.dream_sets.EXPERIENCES`; -4 is unknown.
    stage : str or None
        The last stage before the awakening: W, N1, N2, N3, R.
    artifacts : float or None
        Share of the recording, 0 to 1.
    path : Path or None
        The recording, if it was found. It ends at the awakening.
    more : mapping of str to str
        Cells of columns that are not in the documentation.
    """

    filename: str
    case_id: str
    subject_id: str
    experience: int = -4
    treatment: str = ""
    duration_s: float | None = None
    sfreq: float | None = None
    n_eeg: int | None = None
    stage: str | None = None
    has_eog: bool | None = None
    has_emg: bool | None = None
    has_ecg: bool | None = None
    artifacts: float | None = None
    time: dt.time | None = None
    age: float | None = None
    sex: int | None = None
    healthy: bool | None = None
    has_more: bool | None = None
    remarks: str = ""
    path: Path | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def open(self, *, channels: Mapping[str, str] | None = None) -> Recording:
        """Return the recording that ends at the awakening.

        Parameters
        ----------
        channels : mapping of str to str, optional
            Names of the set's channels → standard names, since every set has its own: ``{"E36": "C3"}``.

        Raises
        ------
        ReadError
            It is missing, or cannot be read.
        """
        from karmalink.night import identify, read_recording

        if self.path is None:
            raise ReadError("the recording of this case is missing", where=f"case {self.case_id}")
        recording = read_recording(self.path)
        names = channels or {}
        renamed = []
        for channel in recording.channels:
            new = names.get(channel.name, channel.name)
            if new != channel.name:
                known = identify(new)
                channel = replace(channel, name=new, kind=known.kind, site=known.site, reference=known.reference)
            renamed.append(channel)
        return recording.replaced(renamed)


@dataclass(frozen=True, slots=True, repr=False)
class DreamSet:
    """A data set: its cases, and the faults of its lines."""

    path: Path
    cases: tuple[DreamCase, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per case."""
        import pandas as pd

        names = [name for name in DreamCase.__slots__ if name != "more"]
        return pd.DataFrame([{name: getattr(case, name) for name in names} for case in self.cases], columns=names)

    def __repr__(self) -> str:
        """One-line summary."""
        recorded = sum(case.path is not None for case in self.cases)
        people = counted(len({case.subject_id for case in self.cases}), "person", "people")
        faults = f", {counted(len(self.faults), 'cell')} not read" if self.faults else ""
        return f"DreamSet({counted(len(self.cases), 'awakening')} of {people}, {recorded} with a recording{faults})"


def read_dream(path: Path | str) -> DreamSet:
    """Read a data set in the format of the DREAM database.

    A cell that cannot be read is None in its case and a fault of the set; the rest is read.

    Parameters
    ----------
    path : path-like
        Its folder, or its ``Records.csv``.

    Raises
    ------
    ReadError
        ``Records.csv`` is missing or is not such a table.
    """
    table = _table(Path(path))
    notes: list[str] = []
    rows = _rows(_text(table, notes), table, notes)
    faults: list[Fault] = []
    coded = [row.get("Experience", "").strip() for _, row in rows]
    # In the documentation 1 is "without recall". A set without any 2 uses 1 for any experience: true of both readings
    # is -1, an experience with or without recall.
    any_recall = "1" in coded and not {"2", "2.0"} & set(coded)
    if any_recall:
        notes.append("no Experience is 2: 1 is read as an experience with or without recall")
    files = _files(table.parent)
    cases = tuple(_case(line, row, files, faults, any_recall=any_recall) for line, row in rows)
    _check_unique(cases, rows, faults)
    return DreamSet(table.parent, cases, tuple(faults), tuple(notes))


def records_text(cases: Iterable[DreamCase]) -> str:
    """Return ``Records.csv`` of the cases, as `read_dream` reads it."""
    rows = ([written(column, getattr(case, column.name)) for column in FIELDS] for case in cases)
    return join_cells([list(COLUMNS), *rows], ",")


def _table(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise ReadError("the folder is missing", where=path, next_step="name the data set's folder")
    tables = [file for file in sorted(path.iterdir()) if file.name.casefold() == _RECORDS]
    if not tables:
        raise ReadError(
            "Records.csv is missing in the folder",
            where=path,
            rule="the DREAM database: one row per awakening in Records.csv",
        )
    return tables[0]


def _text(table: Path, notes: list[str]) -> str:
    check_outside(table, "text")
    raw = table.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("the table is not UTF-8; read as Windows-1252")
        return raw.decode("cp1252", "replace")


def _rows(text: str, table: Path, notes: list[str]) -> list[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = split_cells(text, delimiter)
    except ReadError as error:
        raise ReadError("not a CSV table", where=table, rule=error.rule, next_step="export it again") from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    known = {_folded(name): name for name in COLUMNS}
    names = [known.get(_folded(cell), cell.strip()) for cell in lines[0]] if lines else []
    missing = [name for name in ("Filename", "Case ID", "Subject ID") if name not in names]
    if missing:
        raise ReadError(
            f"missing column: {', '.join(missing)}",
            where=table,
            allowed=COLUMNS,
            next_step=suggest(missing[0], [name for name in names if len(name) < 40]),
        )
    absent = [name for name in COLUMNS if name not in names]
    if absent:
        notes.append(f"missing columns: {', '.join(absent)}")
    return [(number, dict(zip(names, line, strict=False))) for number, line in enumerate(lines[1:], start=2)]


def _folded(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name.strip()).casefold()


def _files(folder: Path) -> dict[str, Path]:
    """Return the set's recordings by their path below the folder, in lower case, with and without ending."""
    from karmalink.night import READERS

    files: dict[str, Path] = {}
    endings = [ending for ending, reader in READERS.items() if not reader.plain]
    for path in sorted(folder.rglob("*")):
        if path.suffix.casefold() in endings and path.is_file():
            place = PurePosixPath(path.relative_to(folder).as_posix().casefold())
            files.setdefault(str(place), path)
            files.setdefault(str(place.with_suffix("")), path)
    return files


def _recording_of(filename: str, files: Mapping[str, Path]) -> Path | None:
    """Return the recording of a row; its path may have backslashes, a leading slash, other case, no ending."""
    wanted = PurePosixPath(filename.strip().replace("\\", "/").lstrip("/.").casefold())
    for place in _PLACES:
        path = files.get(str(PurePosixPath(str(place).casefold()) / wanted))
        if path is not None:
            return path
    ends = [path for name, path in files.items() if PurePosixPath(name).name in {wanted.name, wanted.stem}]
    return ends[0] if len(set(ends)) == 1 else None


def _case(
    line: int, row: Mapping[str, str], files: Mapping[str, Path], faults: list[Fault], *, any_recall: bool
) -> DreamCase:
    values: dict[str, Any] = {}
    for column in FIELDS:
        text = (row.get(column.column) or "").strip()
        if text.casefold() in NOTHING and column.parse is not str:
            continue
        try:
            values[column.name] = column.parse(text)
        except (ValueError, KeyError, OverflowError):
            faults.append(Fault(line, column.column, describe(text), column.rule))
    if any_recall and values.get("experience") == 1:
        values["experience"] = -1
    path = _recording_of(values["filename"], files)
    if path is None:
        faults.append(Fault(line, "Filename", describe(values["filename"]), "this recording is not in the folder"))
    return DreamCase(**values, path=path, more={n: text for n, text in row.items() if n not in COLUMNS and text})


def _check_unique(cases: Sequence[DreamCase], rows: Sequence[tuple[int, Any]], faults: list[Fault]) -> None:
    seen: dict[str, int] = {}
    for (line, _), case in zip(rows, cases, strict=True):
        before = seen.setdefault(case.case_id, line)
        if before != line:
            faults.append(Fault(line, "Case ID", describe(case.case_id), f"is already on line {before}"))
