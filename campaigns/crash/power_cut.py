"""What a disk may hold after a crash: everything up to a moment, or what had been synced and some of the rest.

The model: the content of a file lasts once the file was synced; before, any of its writes may be missing, or be there
in part (whole sectors of 512 bytes). Names (create, rename, link, unlink, folders) last once a folder was synced, in
the order in which they were made, as journals of file systems keep them; of the later ones any first part may be there.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from campaigns.crash.watched_disk import Change

__all__ = ["Disk", "disk_of", "everything", "survivors"]

_SECTOR = 512
_NAMES = "crlumd"


@dataclass
class Disk:
    """Folders, names of files, and what each inode holds."""

    root: Path
    folders: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)
    content: dict[int, bytes] = field(default_factory=dict)

    def apply(self, changes: Sequence[Change]) -> Disk:
        """Return the disk after some changes."""
        after = Disk(self.root, set(self.folders), dict(self.names), dict(self.content))
        for change in changes:
            _APPLY[change.kind](after, change)
        return after

    def put(self) -> None:
        """Make the root folder what this disk holds."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        for folder in sorted(self.folders):
            Path(folder).mkdir(parents=True, exist_ok=True)
        first: dict[int, Path] = {}
        for name, inode in self.names.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if inode in first:
                path.hardlink_to(first[inode])
            else:
                path.write_bytes(self.content.get(inode, b""))
                path.chmod(0o600)
                first[inode] = path


def disk_of(root: Path) -> Disk:
    """Return what is on the disk now."""
    disk = Disk(root)
    for path in root.rglob("*"):
        if path.is_dir():
            disk.folders.add(str(path))
        else:
            disk.names[str(path)] = path.stat().st_ino
            disk.content[path.stat().st_ino] = path.read_bytes()
    return disk


def everything(changes: Sequence[Change]) -> list[Change]:
    """Return what a kill leaves: the system goes on, so that every change is there."""
    return list(changes)


def survivors(changes: Sequence[Change], seed: int | None) -> list[Change]:
    """Return what a power cut leaves of some changes: only what lasts (no seed), or that and some of the rest."""
    draw = random.Random(seed)
    synced: dict[int, int] = {}
    last_name = -1
    for at, change in enumerate(changes):
        if change.kind == "s":
            synced[change.inode] = at
        elif change.kind == "f":
            last_name = at  # all names up to here last
    names = [at for at, change in enumerate(changes) if change.kind in _NAMES and at > last_name]
    kept_names = set(names[: draw.randint(0, len(names))] if seed is not None else [])
    left = []
    for at, change in enumerate(changes):
        if change.kind in "sf":
            continue
        if change.kind in _NAMES:
            if at <= last_name or at in kept_names:
                left.append(change)
        elif at < synced.get(change.inode, -1):
            left.append(change)
        elif seed is not None and draw.random() < 0.5:
            left.append(_torn(change, draw))
    return left


def _torn(change: Change, draw: random.Random) -> Change:
    sectors = len(change.body) // _SECTOR
    if change.kind != "w" or sectors < 2 or draw.random() < 0.7:
        return change
    return Change("w", change.inode, change.offset, "", "", change.body[: _SECTOR * draw.randint(1, sectors)])


def _write(disk: Disk, change: Change) -> None:
    held = disk.content.get(change.inode, b"")
    held += bytes(max(0, change.offset - len(held)))
    disk.content[change.inode] = held[: change.offset] + change.body + held[change.offset + len(change.body) :]


def _cut(disk: Disk, change: Change) -> None:
    held = disk.content.get(change.inode, b"")
    disk.content[change.inode] = held[: change.offset] + bytes(max(0, change.offset - len(held)))


def _create(disk: Disk, change: Change) -> None:
    disk.names[change.path] = change.inode
    disk.content.setdefault(change.inode, b"")


def _rename(disk: Disk, change: Change) -> None:
    if change.path in disk.names:
        disk.names[change.other] = disk.names.pop(change.path)
        return
    moved = f"{change.path}/"
    disk.folders = {
        change.other + folder[len(change.path) :] if folder == change.path or folder.startswith(moved) else folder
        for folder in disk.folders
    }
    disk.names = {
        change.other + name[len(change.path) :] if name.startswith(moved) else name: inode
        for name, inode in disk.names.items()
    }


def _link(disk: Disk, change: Change) -> None:
    if change.path in disk.names:
        disk.names[change.other] = disk.names[change.path]


_APPLY = {
    "c": _create,
    "w": _write,
    "t": _cut,
    "s": lambda disk, change: None,
    "f": lambda disk, change: None,
    "r": _rename,
    "l": _link,
    "u": lambda disk, change: disk.names.pop(change.path, None),
    "m": lambda disk, change: disk.folders.add(change.path),
    "d": lambda disk, change: disk.folders.discard(change.path),
}
