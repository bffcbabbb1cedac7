"""The folder of a new study: made beside its place and renamed, so that it is there whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from karmalink.base.files import sync_folder
from karmalink.errors import KarmalinkError
from karmalink.study.store.keyfile import read_keyfile
from karmalink.study.store.keys import store_path
from karmalink.study.store.scratch import INSIDE, own_folder, sweep_folders
from karmalink.study.store.secret_file import shred, sweep_secret
from karmalink.study.store.settings import FILE_NAME as SETTINGS_FILE
from karmalink.study.store.settings import read_settings
from karmalink.study.store.storage import guarded_storage

__all__ = ["made_beside"]


@contextmanager
def made_beside(folder: Path, store_folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`, and give it that name at the end; if anything fails nothing is left.

    Parameters
    ----------
    folder : Path
        Where the study will be: missing, or an empty folder.
    store_folder : Path
        Where its key store is made. The key store of a creation that was killed is deleted when the next one at the
        same place begins: nothing was ever locked with it.
    """
    prefix = f".{folder.name}.unfinished-"
    with guarded_storage(folder):
        missing = [parent for parent in folder.parents if not parent.exists()]
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep_folders(folder.parent, prefix, clear=False, first=lambda left: _forget_keys(left / INSIDE, store_folder))
        try:
            with own_folder(folder.parent, prefix, clear=False) as draft:
                try:
                    yield draft
                    _renamed(draft, folder)
                except BaseException:
                    _forget_keys(draft, store_folder)
                    raise
        except BaseException:
            for parent in missing:
                with suppress(OSError):
                    parent.rmdir()
            raise


def _renamed(draft: Path, folder: Path) -> None:
    for inside in (draft, draft.parent):
        sync_folder(inside)
    if sys.platform == "win32" and folder.exists():
        folder.rmdir()
    draft.rename(folder)
    sync_folder(folder.parent)


def _forget_keys(draft: Path, store_folder: Path) -> None:
    """Delete the key store of a study that never came to be."""
    with suppress(KarmalinkError, OSError):
        if not (draft / SETTINGS_FILE).is_file():
            return
        study = str(read_settings(draft)["study.id"])
        path = store_path(store_folder, study)
        sweep_secret(path)
        body = read_keyfile(path, study)
        # A folder like this one must not be a way to delete the key store of a study that is in use.
        if body["people"] or body["erased"] or (body["head"] or [1])[0] > 1:
            return
        shred(path)
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
