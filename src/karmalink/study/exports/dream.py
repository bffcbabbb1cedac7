"""The format of the DREAM database: one row of ``Records.csv`` per awakening, and an EDF excerpt that ends at it.

Columns and codes follow the database's "Records Table Documentation" (DREAM, Monash University).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted
from karmalink.rows.delimited import join_cells
from karmalink.study.dream_sets import COLUMNS, STAGE_CODES
from karmalink.study.exports.people import ExportAwakening, ExportNight, ExportPerson
from karmalink.study.exports.signals import anonymous, edf_of, excerpt
from karmalink.study.exports.tsv import PlannedFiles, plain

if TYPE_CHECKING:
    from karmalink.night import Recording

__all__ = ["COLUMNS", "EXCERPT_S", "EXPERIENCE", "STAGE_CODES", "ExportedCase", "cases_of", "plan_dream"]

EXPERIENCE: Mapping[str, int] = MappingProxyType({"account": 2, "nothing": -4})
"""An account is an experience with recall. Without one the answer was not entered: unknown."""

EXCERPT_S = 600.0
"""Longest excerpt, seconds."""

_PSG = Path("Data") / "PSG"
_REPORTS = Path("Data") / "Reports"
_RECORDS = Path("Records.csv")


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """One awakening in a recording, with the accounts that were given at it."""

    number: int
    person: ExportPerson
    night: ExportNight
    awakening: ExportAwakening
    onset_s: float
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name of its files."""
        return f"case{self.number:03d}_{self.person.label}_{self.awakening.label}"


def cases_of(people: Sequence[ExportPerson]) -> list[ExportedCase]:
    """Return the awakenings at least one second inside a recording, numbered."""
    awakenings = [
        (person, night, awakening, awakening.onset_s)
        for person in people
        for night in person.nights
        for awakening in night.awakenings
        if awakening.onset_s is not None and awakening.onset_s >= 1.0
    ]
    return [
        ExportedCase(number, person, night, awakening, onset, _texts(person, awakening))
        for number, (person, night, awakening, onset) in enumerate(awakenings, start=1)
    ]


def _texts(person: ExportPerson, awakening: ExportAwakening) -> tuple[str, ...]:
    return tuple(account.text for account in person.accounts if account.awakening == awakening)


def plan_dream(people: Sequence[ExportPerson], *, title: str, version: str, texts: bool = False) -> list[PlannedFiles]:
    """Return the files of a data set in the format of the DREAM database, ready to be written.

    Parameters
    ----------
    people : sequence of ExportPerson
        The people in it.
    title, version : str
        Name of the data set; version of Karmalink.
    texts : bool
        Whether the accounts given at these awakenings are written, one file each.
    """
    cases = cases_of(people)
    rows: dict[int, dict[str, Any]] = {}
    plan = [plain(Path("README.md"), _readme(cases, title, version, texts=texts))]
    plan += [_psg(case, rows, texts=texts) for case in cases]
    if texts:
        plan += [plain(_REPORTS / f"{case.name}.txt", "\n\n".join(case.texts) + "\n") for case in cases if case.texts]
    # Last: its rows depend on the content of the recordings.
    return [*plan, PlannedFiles((_RECORDS,), lambda dest: _write_records(dest / _RECORDS, rows))]


def _psg(case: ExportedCase, rows: dict[int, dict[str, Any]], *, texts: bool) -> PlannedFiles:
    path = _PSG / f"{case.name}.edf"

    def write(dest: Path) -> None:
        (dest / path).parent.mkdir(parents=True, exist_ok=True)
        with case.night.open() as whole:
            part = excerpt(whole, case.onset_s, EXCERPT_S)
            (dest / path).write_bytes(edf_of(anonymous(part, case.name, part.start), case.person.label))
            rows[case.number] = dict(zip(COLUMNS, _row(case, part, texts=texts), strict=True))

    return PlannedFiles((path,), write)


def _row(case: ExportedCase, part: Recording, *, texts: bool) -> Iterator[Any]:
    """Yield the values in the order of :data:`COLUMNS`; an empty one is unknown."""
    eeg = part.of_kind("eeg")
    yield f"/{case.name}"
    yield case.number
    yield case.person.label
    yield EXPERIENCE["account" if case.texts else "nothing"]
    yield ""
    yield f"{part.duration_s:g}"
    yield f"{max((channel.sfreq for channel in eeg), default=part.sfreq):g}"
    yield len(eeg)
    yield STAGE_CODES[case.awakening.stage]
    for kind in ("eog", "emg", "ecg"):
        yield int(bool(part.of_kind(kind)))
    yield ""
    yield case.awakening.time.strftime("%H:%M:%S")
    yield "" if case.person.age is None else case.person.age
    yield ""
    yield ""
    yield int(texts and bool(case.texts))
    yield f"stage with a probability of {case.awakening.confidence:g}; woken by: {case.awakening.rule}"


def _write_records(path: Path, rows: Mapping[int, Mapping[str, Any]]) -> None:
    cells = ([str(rows[number][column]) for column in COLUMNS] for number in sorted(rows))
    path.write_text(join_cells([list(COLUMNS), *cells], ","), encoding="utf-8", newline="")


def _readme(cases: Sequence[ExportedCase], title: str, version: str, *, texts: bool) -> str:
    with_accounts = counted(sum(bool(case.texts) for case in cases), "awakening")
    contents = f"the accounts given at {with_accounts}, in Data/Reports" if texts else "no texts of accounts"
    return f"""# {title}

Awakenings in the format of the DREAM database, written by Karmalink {version}: {counted(len(cases), "case")} of
{counted(len({case.person.label for case in cases}), "subject")}.

**Texts.** This export contains {contents}.

**Records.csv** has one row per awakening; an empty cell is unknown. Experience is 2 if an account was given at the
awakening and -4 (unknown) if none was entered: whether there was no experience or none that was recalled is not
known. Sex, health and artifacts were not recorded.

**Data/PSG** holds the recording before each awakening, {EXCERPT_S:g} s at most, ending at the awakening. Headers and
annotations of the originals are not in it; EDF headers have the subject's pseudonym, the true time of day, and 1985
as the year. The stage is the last one before the awakening.

**Withdrawal.** A participant may withdraw. Then this export is deleted, and everyone who was given a copy is asked to
delete it.
"""
