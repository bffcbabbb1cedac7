"""The study's own journal: blocks of an interrupted run, encrypted under the keys of all people whose data were used.

A block is made of people's texts. It is in the study's cache, under a name that only the owners' keys can make; it is
deleted with the cache when anyone is erased, and an old copy of it does not open without their keys.
"""

from __future__ import annotations

import shutil

from karmalink.base.files import write_whole
from karmalink.errors import IntegrityError
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.storage import guarded_storage

__all__ = ["CACHE", "StudyJournal"]

# Folder of what can be computed again; it is emptied when anyone is erased.
CACHE = "cache"

_PURPOSE = "journal"


class StudyJournal:
    """A journal (:class:`karmalink.link.Journal`) of sealed files.

    Parameters
    ----------
    core : Core
        The open study.
    owners : tuple of str
        Pseudonyms of all people whose data are used, sorted.
    """

    def __init__(self, core: Core, owners: Owners) -> None:
        self._core = core
        self._owners = owners
        self.folder = core.folder / CACHE / _PURPOSE / self._digest("")

    def __contains__(self, name: object) -> bool:
        """Whether there is a block under this name."""
        return (self.folder / self._digest(str(name))).is_file()

    def read(self, name: str) -> bytes:
        """Return a block.

        Raises
        ------
        IntegrityError
            It was changed, or is missing.
        """
        path = self.folder / self._digest(name)
        if not path.is_file():
            raise IntegrityError("a block of the journal is missing", where=path, next_step="run it again")
        return self._core.fields.unseal(self._owners, self._place(name), path.read_bytes())

    def write(self, name: str, body: bytes) -> None:
        """Keep a block, in one step.

        Raises
        ------
        StorageFailed
            The disk is full or read-only.
        """
        path = self.folder / self._digest(name)
        with guarded_storage(path):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, self._core.fields.seal(self._owners, self._place(name), body), private=True)

    def clear(self) -> None:
        """Delete the blocks, once the result of the run is in the study."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, name: str) -> tuple[str, str, str]:
        return (_PURPOSE, self._digest(name), "block")

    def _digest(self, name: str) -> str:
        return self._core.fields.digest(self._owners, _PURPOSE, name)[:40]
