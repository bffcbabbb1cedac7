"""The demo's own folder: made afresh on every run, and nothing that the demo did not make is ever deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

from karmalink.errors import UsageError

__all__ = ["MARK", "OWN", "fresh_folder"]

MARK = ".karmalink-demo"
_ABOUT = "Made by `karmalink demo`; a new run deletes and remakes what it made here.\n"
# Everything the demo makes at the top of its folder.
OWN = (MARK, "files", "keys", "study", "truth.json", "report.html")


def fresh_folder(path: Path) -> Path:
    """Return an empty folder for the demo.

    A folder that an earlier demo made is emptied of what the demo made. A file that is not the demo's stops it: whoever
    put it there wants to keep it.

    Raises
    ------
    UsageError
        The path is a file, a link, a folder that no demo made, or one with other things in it.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError("the demo needs a folder of its own", where=path, next_step="give another --out")
    found = sorted(item.name for item in path.iterdir()) if path.exists() else []
    if found and MARK not in found:
        raise UsageError(
            "this folder is not empty and no demo made it",
            where=path,
            rule="the demo deletes only what a demo made",
            next_step="give another --out, or an empty folder",
        )
    strangers = [name for name in found if name not in OWN]
    if strangers:
        raise UsageError(
            f"this demo folder also holds {strangers[0]!r}, which no demo made",
            where=path,
            rule="the demo deletes only what a demo made",
            next_step="move it away, or give another --out",
        )
    # The mark goes last: a run that is stopped in between leaves a folder that is still known as a demo's.
    for name in sorted(set(found) - {MARK}):
        _remove(path / name)
    path.mkdir(parents=True, exist_ok=True)
    (path / MARK).write_text(_ABOUT, encoding="utf-8")
    return path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
