"""Entries of lives: tables, calendars (ICS) and WhatsApp exports, as lives that know their lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from karmalink.account.files.tables import gather_entries, read_lives
from karmalink.account.life import LIFE_KINDS, Entry, Life, lives_of
from karmalink.errors import ImportFaults, UsageError
from karmalink.rows import FileRecords, Row
from karmalink.study.imports.options import Options

__all__ = ["ENTRY_OPTIONS", "TABLE_OPTIONS", "GatheredLives", "gather_lives"]

# Ending → what may be said for such a file. Whatever has no row here is read as a table.
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
    """Entries beside their rows, and what their lives say of themselves."""

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
    """Return the entries of a file, with every fault and no decision.

    Raises
    ------
    ReadError, CannotAnswer
        The file as a whole cannot be read, or holds no word.
    UsageError
        It does not say something that it cannot say and the options do not say either.
    """
    ending = path.suffix.casefold()
    options.check(ENTRY_OPTIONS.get(ending, TABLE_OPTIONS), str(path))
    return _single(path, options, ending) if ending in ENTRY_OPTIONS else _table(path, options)


def _table(path: Path, options: Options) -> GatheredLives:
    if options.life_kind is not None and options.life_kind not in LIFE_KINDS:
        raise UsageError(f"there is no kind of life {options.life_kind!r}", allowed=tuple(LIFE_KINDS))
    found = gather_entries(
        path,
        calendar=options.calendar,
        life=options.life,
        kind=options.life_kind,
        columns=options.columns,
        dates=options.dates,
    )
    kinds = {row["life"]: row["kind"] for row in found.rows if row.get("life") and row.get("kind")}
    authors = {
        row["life"]: row.get("author") or options.author or options.person for row in found.rows if row.get("life")
    }
    said = {row["life"]: row["author"] for row in found.rows if row.get("life") and row.get("author")}
    return GatheredLives(found, kinds, {**authors, **said})


def _single(path: Path, options: Options, ending: str) -> GatheredLives:
    """Read a file of one life that tells neither whose nor which it is."""
    needed = {"person": options.person, "life": options.life}
    if ending == ".txt":
        needed["author"] = options.author
    missing = [f"--{name}" for name, value in needed.items() if not value]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing",
            where=path,
            rule=f"a file that ends in {ending} does not say whose life it is",
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
