"""The log of searches on disk: several people may write to it, and it is replaced in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.base.files import in_one_step
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.ground.gps_tracks import Track, read_track, write_track
from karmalink.seek.search.search_log import SearchLog, read_searches, write_searches
from karmalink.seek.search.searches import Search

if TYPE_CHECKING:
    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.search.assets import Asset

__all__ = ["TRACKS_FOLDER", "add_to_log", "change_log", "check_entry", "locked", "numbered", "open_log", "tracks_of"]

TRACKS_FOLDER = "tracks"
_LOCK_SECONDS = 10.0


def open_log(path: Path) -> SearchLog:
    """Return the log as it is on disk; an empty one if nothing was searched yet."""
    return read_searches(path) if path.exists() else SearchLog()


def change_log(path: Path, change: Callable[[SearchLog], SearchLog]) -> SearchLog:
    """Read the log, change it and write it under a lock; return what was written.

    Raises
    ------
    InputError
        If the log stays locked for too long; and what `change` raises, with the log unchanged.
    """
    with locked(path):
        changed = change(open_log(path))
        if len(changed):  # a phone may hand in finds and no search; a table without a row is a broken one
            _write(path, changed)
        return changed


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a table of the case while it is read, changed and written.

    Raises
    ------
    InputError
        If it stays locked for too long.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            "the log of searches is locked by another program", where=path, next_step="try again in a moment"
        ) from None
    try:
        yield
    finally:
        lock.release()


def numbered(log: SearchLog, entries: Sequence[Search]) -> tuple[SearchLog, tuple[Search, ...]]:
    """Return the log with these entries, and those that were new.

    An entry with the origin of one that is there already is the same search imported again, and stays out even if that
    one was taken back. An identifier that is taken is replaced: two people who both called their search "s3" did two
    searches.
    """
    known = {entry.origin for entry in log if entry.origin}
    taken = {entry.id for entry in log}
    added: list[Search] = []
    for entry in entries:
        if entry.origin and entry.origin in known:
            continue
        fresh = replace(entry, id=log.next_id()) if not entry.id or entry.id in taken else entry
        log = log.add(fresh)
        added.append(fresh)
        taken.add(fresh.id)
        known.add(fresh.origin)
    return log, tuple(added)


def add_to_log(
    path: Path, entries: Sequence[Search], tracks: Mapping[str, Track], folder: Path
) -> tuple[SearchLog, tuple[Search, ...]]:
    """Write entries into the log in one step, and the tracks that they name before it; return the log and what was new.

    Raises
    ------
    InputError
        See :func:`change_log`.
    """
    added: tuple[Search, ...] = ()

    def change(log: SearchLog) -> SearchLog:
        nonlocal added
        changed, added = numbered(log, entries)
        for entry in added:
            if entry.track in tracks:
                write_track(folder, tracks[entry.track])
        return changed

    return change_log(path, change), added


def check_entry(entry: Search, ground: Segments, assets: Mapping[str, Asset]) -> None:
    """Check that the segment and the asset of an entry are known.

    Raises
    ------
    UnknownName
        Its segment or its asset.
    """
    if entry.undoes:
        return
    if not entry.track:
        ground.number(entry.segment)
    if entry.pod is None and entry.asset not in assets:
        raise UnknownName(
            f"unknown asset {entry.asset[:40]!r}",
            allowed=tuple(assets),
            next_step=suggest(entry.asset, assets) or "add it to the table of assets",
        )


def tracks_of(folder: Path, log: SearchLog) -> Mapping[str, Track]:
    """Return the tracks that the counting entries of a log name, by name.

    Raises
    ------
    ReadError, IntegrityError
        One of them is missing or was changed.
    """
    return {name: read_track(folder, name) for name in dict.fromkeys(e.track for e in log.counting if e.track)}


def _write(path: Path, log: SearchLog) -> None:
    """Replace the log in one step: a full disk or an empty battery leaves the old one whole."""
    with in_one_step(path) as draft:
        write_searches(draft, log)
