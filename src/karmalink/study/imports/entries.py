"""Entries of lives from tables, calendars (ICS) and WhatsApp exports, with the lines they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from karmalink.account.files.tables import gather_entries, read_lives
from karmalink.account.life import LIFE_KINDS, Entry, Life, lives_of
from karmalink.errors import ImportFaults, UsageError
from karmalink.rows import FileRecords, Row
from karmalink.study.imports.options import Options

__all__ = ["ENTRY_OPTIONS", "TABLE_OPTIONS", "GatheredLives", "gather_lives"]

# Ending → options for such a file. A file with any other ending is read as a table.
ENTRY_OPTIONS: dict[str, tuple[str, ...]] = {
    ".ics": ("person", "life", "timezone", "until", "day_begins", "earliest", "latest"),
    ".txt": ("person", "life", "calendar", "day_first", "day_begins", "author", "earliest", "latest"),
}
TABLE_OPTIONS = (
    "person",
    "author",
    "life",
    "life_kind",
    "calendar",
    "day_first",
    "timezone",
    "earliest",
    "latest",
    "columns",
)


@dataclass(frozen=True, slots=True)
class GatheredLives:
    """Entries with their rows, and the kinds and authors of their lives."""

    entries: FileRecords[Entry]
    kinds: dict[str, str]
    authors: dict[str, str | None]

    def lives(self) -> list[Life]:
        """Return the lives of the entries without a fault."""
        whole = [entry for entry in self.entries.records if entry is not None]
        return lives_of(whole, kinds=self.kinds, authors=self.authors)

    def empty_lives(self) -> list[Life]:
        """Return the lives of which every entry has a fault, without entries."""
        good = {entry.life for entry in self.entries.records if entry is not None}
        named = dict.fromkeys(row["life"] for row in self.entries.rows if row.get("life"))
        return [
            Life(name, self.kinds.get(name, "diary"), (), self.authors.get(name)) for name in named if name not in good
        ]


def gather_lives(path: Path, options: Options) -> GatheredLives:
    """Return the entries of a file, with every fault.

    Raises
    ------
    ReadError, CannotAnswer
        The file as a whole cannot be read, or has no text.
    UsageError
        An option is missing for something that the file does not contain.
    """
    ending = path.suffix.casefold()
    options.check(ENTRY_OPTIONS.get(ending, TABLE_OPTIONS), str(path))
    return _single(path, options, ending) if ending in ENTRY_OPTIONS else _table(path, options)


def _table(path: Path, options: Options) -> GatheredLives:
    if options.life_kind is not None and options.life_kind not in LIFE_KINDS:
        raise UsageError(f"unknown kind of life {options.life_kind!r}", allowed=tuple(LIFE_KINDS))
    gathered = gather_entries(
        path,
        calendar=options.calendar,
        life=options.life,
        kind=options.life_kind,
        columns=options.columns,
        dates=options.dates,
    )
    kinds = {row["life"]: row["kind"] for row in gathered.rows if row.get("life") and row.get("kind")}
    authors = {
        row["life"]: row.get("author") or options.author or options.person for row in gathered.rows if row.get("life")
    }
    own = {row["life"]: row["author"] for row in gathered.rows if row.get("life") and row.get("author")}
    return GatheredLives(gathered, kinds, {**authors, **own})


def _single(path: Path, options: Options, ending: str) -> GatheredLives:
    """Read a file of one life that does not contain whose life it is."""
    needed = {"person": options.person, "life": options.life}
    if ending == ".txt":
        needed["author"] = options.author
    missing = [f"--{name}" for name, value in needed.items() if not value]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing",
            where=path,
            rule=f"a {ending} file does not say whose life it is",
            next_step="--person is who it belongs to in the study, --life a name for this life, "
            "--author their name in the chat",
        )
    try:
        lives = read_lives(
            path,
            life=options.life,
            author=options.author,
            calendar=options.calendar,
            timezone=options.timezone,
            until=options.until,
            day_first=options.day_first,
            day_begins=options.day_begins or 0,
            earliest=options.first_year,
            latest=options.latest,
        )
    except ImportFaults as error:
        return GatheredLives(FileRecords(path, (), (), error.faults), {}, {})
    entries = tuple(entry for life in lives for entry in life.entries)
    rows = tuple(Row(0, {"id": entry.id, "life": entry.life}) for entry in entries)
    kinds = {life.id: life.kind for life in lives}
    return GatheredLives(FileRecords(path, rows, entries, ()), kinds, {life.id: options.person for life in lives})
