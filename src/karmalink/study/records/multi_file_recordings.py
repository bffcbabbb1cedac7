"""Recordings that are more than one file: which files belong to the one that is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from karmalink.errors import ReadError

__all__ = ["clear_names", "with_companions"]

_HEADER_NAMES = re.compile(r"^(?:DataFile|MarkerFile)\s*=\s*(.+?)\s*$", re.MULTILINE)


def clear_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the names under which files stand in memory while they are read."""
    # Files that belong together keep their names, since the header calls them by these; they only stand in memory.
    return tuple(path.name for path in paths) if len(paths) > 1 else (f"recording{paths[0].suffix.lower()}",)


def with_companions(path: Path) -> list[Path]:
    """Return a recording's file, and behind it the files that belong to it.

    Raises
    ------
    ReadError
        There is no such file, it is empty, or one that it names is missing.
    """
    if not path.is_file():
        raise ReadError("there is no such file", where=path)
    if path.stat().st_size == 0:
        raise ReadError("the file is empty", where=path)
    companions = _COMPANIONS.get(path.suffix.lower())
    names = companions(path) if companions else []
    found = [path, *(path.with_name(name) for name in names)]
    for companion in found[1:]:
        if not companion.is_file():
            raise ReadError("a file that the recording names is missing", where=companion, next_step=_TOGETHER)
    return found


def _brainvision(path: Path) -> list[str]:
    named = _HEADER_NAMES.findall(path.read_text(encoding="utf-8", errors="replace"))
    return [Path(name.replace("$b", path.stem)).name for name in named]


def _eeglab(path: Path) -> list[str]:
    return [path.with_suffix(".fdt").name] if path.with_suffix(".fdt").exists() else []


_COMPANIONS: dict[str, Callable[[Path], list[str]]] = {".vhdr": _brainvision, ".set": _eeglab}
_TOGETHER = "put the files of one recording into one folder"
