"""The kinds of file that a study imports: one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from karmalink.rows import FileRecords
from karmalink.study.imports.options import Options

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["KINDS", "Kind", "Reference"]

_TABLES = (".csv", ".tsv", ".jsonl", ".json", ".xlsx", ".ods")
_DATES = ("calendar", "day_first", "timezone", "earliest", "latest")


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names a record of the study.

    Attributes
    ----------
    field : str
        The column.
    namespace : str
        Namespace of that record: ``people``, ``places`` …
    """

    field: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table.

    Attributes
    ----------
    name : str
        Its name; a namespace of the study.
    meaning : str
        One line for the help.
    endings : tuple of str
        File endings that are read.
    gather : callable
        Function from file and options to records with their rows, with every fault.
    options : tuple of str
        Options that hold for the whole file.
    references : tuple of Reference
        Columns that name records of the study. The study checks every record itself; these also check the rows that
        have another fault, so that all faults are reported together.
    own : str
        The column that is the record's identifier.
    """

    name: str
    meaning: str
    endings: tuple[str, ...] = _TABLES
    gather: Callable[[Path, Options], Any] | None = None
    options: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    own: str = "id"

    def known(self, study: Study, reference: Reference) -> frozenset[str]:
        """Return the names that a reference may have."""
        namespace = getattr(study, reference.namespace)
        return frozenset(namespace.names() if reference.namespace == "places" else namespace.ids())


def _people(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.study.imports.people import gather_people

    return gather_people(path, options.columns)


def _awakenings(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.study.imports.awakenings import gather_awakenings

    return gather_awakenings(
        path, calendar=options.calendar, person=options.person, dates=options.dates, columns=options.columns
    )


def _accounts(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.account.files.tables import gather_accounts

    return gather_accounts(
        path,
        person=options.person,
        calendar=options.calendar,
        date_means=options.date_means,
        language=options.language,
        columns=options.columns,
        dates=options.dates,
    )


def _places(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.seek.intake.place_files import gather_places

    return gather_places(path)


def _witnesses(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.seek.clues.witnesses import gather_witnesses

    return gather_witnesses(path)


def _clues(path: Path, options: Options) -> FileRecords[Any]:
    from karmalink.seek.clues.clues import gather_clues

    return gather_clues(path)


_PERSON = Reference("person", "people")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("people", "participants and their consent", gather=_people, options=("columns",), own="person"),
            Kind(
                "nights",
                "one recording of one person",
                (".edf", ".bdf", ".vhdr", ".fif", ".set"),
                options=("person", "id", "hypnogram", "vocabulary", "score"),
            ),
            Kind(
                "awakenings",
                "when a sleeper was woken, and from which stage",
                gather=_awakenings,
                options=("person", *_DATES, "columns"),
                references=(_PERSON, Reference("night", "nights")),
            ),
            Kind(
                "accounts",
                "dated accounts of what people remember",
                gather=_accounts,
                options=("person", "date_means", "language", *_DATES, "columns"),
                references=(_PERSON, Reference("awakening", "awakenings")),
            ),
            Kind(
                "entries",
                "dated entries of lives: diaries, calendars, chats, registers",
                (*_TABLES, ".ics", ".txt"),
            ),
            Kind(
                "places",
                "places with their coordinates",
                (".geojson", *_TABLES, ".osm", ".pbf", ".gpx", ".kml"),
                gather=_places,
            ),
            Kind(
                "witnesses",
                "sources of clues, and their reliability",
                gather=_witnesses,
                references=(_PERSON,),
                own="witness",
            ),
            Kind(
                "clues",
                "statements about where it lies",
                gather=_clues,
                references=(Reference("witness", "witnesses"), Reference("places", "places")),
            ),
        )
    }
)
