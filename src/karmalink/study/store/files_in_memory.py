"""Files in memory: for what must be a file to be read (a recording) but must not be on a disk unencrypted.

On Linux the file is anonymous memory (``memfd_create``): it has no name on any disk and is gone with the process, even
by ``kill -9``. Its path is a link to it, in a folder of its own. Memory may be swapped out: encrypt the swap, as you
encrypt the disk. On a system without such files, a recording is opened only if ``vault.scratch`` is ``disk``: then it
is a file that only its owner can read, overwritten and deleted after use.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from karmalink.errors import StorageFailed
from karmalink.study.store.scratch import own_folder, sweep_folders
from karmalink.study.store.storage import guarded_storage

__all__ = ["clear_files"]

_MEMORY = Path("/dev/shm")
_PREFIX = "karmalink-scratch-"


@contextmanager
def clear_files(writers: Mapping[str, Callable[[BinaryIO], None]], *, policy: str) -> Iterator[Path]:
    """Yield a folder with unencrypted files while the context lasts.

    Parameters
    ----------
    writers : mapping of str to callable
        File name → function that writes its content.
    policy : str
        ``memory`` or ``disk``, the setting ``vault.scratch``.

    Raises
    ------
    StorageFailed
        This system has no files in memory, and the policy forbids the disk; or the memory is full.
    """
    in_memory = hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()
    if not in_memory and policy != "disk":
        raise StorageFailed(
            "this system has no files in memory",
            rule="a recording is not written to a disk unencrypted unless the study allows it",
            next_step='set vault.scratch = "disk" in karmalink.toml if its disk is encrypted',
        )
    # The names of the links may be personal; in /dev/shm they are in memory too.
    base = _MEMORY if in_memory and os.access(_MEMORY, os.W_OK) else None
    sweep_folders(base, _PREFIX, clear=True)
    with ExitStack() as stack:
        with guarded_storage(base or tempfile.gettempdir()):
            folder = stack.enter_context(own_folder(base, _PREFIX, clear=True))
            for name, write in writers.items():
                handle = _linked(folder / name, write) if in_memory else _on_disk(folder / name, write)
                stack.callback(handle.close)
                if not in_memory:
                    stack.callback(_overwrite, handle)
        yield folder


def _linked(path: Path, write: Callable[[BinaryIO], None]) -> BinaryIO:
    handle = os.fdopen(os.memfd_create("karmalink"), "w+b")
    try:
        write(handle)
        handle.flush()
        path.symlink_to(f"/proc/{os.getpid()}/fd/{handle.fileno()}")
    except BaseException:
        handle.close()
        raise
    return handle


def _on_disk(path: Path, write: Callable[[BinaryIO], None]) -> BinaryIO:
    handle = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
    try:
        write(handle)
        handle.flush()
    except BaseException:
        _overwrite(handle)
        handle.close()
        raise
    return handle


def _overwrite(handle: BinaryIO) -> None:
    size = handle.seek(0, os.SEEK_END)
    handle.seek(0)
    for start in range(0, size, 1 << 20):
        handle.write(bytes(min(1 << 20, size - start)))
    handle.flush()
    os.fsync(handle.fileno())
