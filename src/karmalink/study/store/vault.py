"""The vault: recordings and audio as age files, each for its person's own identity, under random names."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from karmalink.base.files import sync_folder
from karmalink.base.progress import Progress
from karmalink.errors import IntegrityError, ReadError
from karmalink.study.store.scratch import INSIDE, own_folder, sweep_folders
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from karmalink.study.store.keys import KeyStore

__all__ = ["FOLDER", "QUARANTINE", "Stage", "Vault", "VaultFile", "file_sha256"]

FOLDER = "vault"
QUARANTINE = "quarantine"
# Inside the vault's folder, so that a file gets its place there by a new name, without being copied. Files of the vault
# are in folders with names of two digits.
_INCOMING = "incoming-"
_ENDING = ".age"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class VaultFile:
    """One file of the vault: its name there, and the SHA-256 of the encrypted file."""

    name: str
    sha256: str


class _Counted:
    """A reader that reports progress, and keeps an error that the cipher's own layer would replace."""

    def __init__(self, handle: BinaryIO, total: int, progress: Progress | None) -> None:
        self._handle = handle
        self._total = total
        self._progress = progress
        self._done = 0
        self._reported = -_CHUNK
        self.sha256 = hashlib.sha256()
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            body = self._handle.read(size)
        except OSError as error:
            self.error = error
            raise
        self.sha256.update(body)
        self._done += len(body)
        if self._progress and (self._done - self._reported >= _CHUNK or not body):
            self._reported = self._done
            self._progress(min(self._done, self._total), self._total)
        return body


class _Hashed:
    """A writer that hashes what it writes, and keeps an error that the cipher's own layer would replace."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.sha256 = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, body: bytes) -> int:
        try:
            written = self._handle.write(body)
        except OSError as error:
            self.error = error
            raise
        self.sha256.update(body)
        return written

    def flush(self) -> None:
        try:
            self._handle.flush()
        except OSError as error:
            self.error = error
            raise


Stage = Callable[[str, Path, Progress | None], VaultFile]
"""Encrypts a file for its owner beside the vault."""


class _Opened(OSError):
    """The first bytes of a file were decrypted: it is the owner's."""


class _FirstBytes:
    """A writer that stops at the first bytes."""

    def write(self, body: bytes) -> int:
        raise _Opened

    def flush(self) -> None:
        """Do nothing."""


class Vault:
    """The encrypted files of a study.

    Parameters
    ----------
    folder : Path
        The study's folder.
    keys : KeyStore
        Each person's age identity.
    """

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        self.folder = folder / FOLDER
        self.quarantine = folder / QUARANTINE
        self._keys = keys

    @contextmanager
    def staging(self) -> Iterator[Stage]:
        """Yield what encrypts files beside the vault, so that the study is not locked meanwhile.

        What was encrypted and did not get its place in the vault by :meth:`settle` is deleted at the end; if the
        process is killed, at the next opening for writing.
        """
        with ExitStack() as stack:
            with guarded_storage(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder = stack.enter_context(own_folder(self.folder, _INCOMING, clear=False))
            yield lambda owner, source, progress: self._staged(folder, owner, source, progress)

    def settle(self, stored: VaultFile) -> None:
        """Give a file that was staged its place in the vault, for good."""
        (staged,) = self.folder.glob(f"{_INCOMING}*/{INSIDE}/{Path(stored.name).name}")
        path = self.folder / stored.name
        with guarded_storage(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            staged.replace(path)
            sync_folder(path.parent)

    def path_of(self, name: str) -> Path:
        """Return where a file of the vault is: in its place, or in quarantine until the next opening for writing."""
        path, aside = self.folder / name, self.quarantine / name
        return aside if aside.is_file() and not path.exists() else path

    def write_to(self, owner: str, stored: VaultFile, target: BinaryIO, progress: Progress | None = None) -> None:
        """Decrypt a file into `target`.

        Raises
        ------
        IntegrityError
            The file is missing or was changed.
        """
        from pyrage import DecryptError, decrypt_io, x25519

        path = self.path_of(stored.name)
        writer: _Hashed = _Hashed(target)
        try:
            with path.open("rb") as sealed:
                reader = _Counted(sealed, path.stat().st_size, progress)
                decrypt_io(reader, writer, [x25519.Identity.from_str(self._keys.identity(owner))])
        except FileNotFoundError:
            raise IntegrityError("a file of the vault is missing", where=path, next_step=_RESTORE) from None
        except (OSError, DecryptError):
            if writer.error is not None:
                raise writer.error from None
            raise IntegrityError(
                "a file of the vault does not open", where=path, rule=_UNCHANGED, next_step=_RESTORE
            ) from None
        if reader.sha256.hexdigest() != stored.sha256:
            raise IntegrityError(
                "a file of the vault was replaced by another", where=path, rule=_UNCHANGED, next_step=_RESTORE
            )

    def remove(self, name: str) -> bool:
        """Delete a file, in the vault or in quarantine; return whether there was one."""
        there = [path for path in (self.folder / name, self.quarantine / name) if path.is_file()]
        for path in there:
            with guarded_storage(path):
                path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
                path.parent.parent.rmdir()
        return bool(there)

    def names(self) -> Iterator[str]:
        """Yield the names of all files that have a place in the vault."""
        for path in self.folder.glob("*/*"):
            if not path.parent.name.startswith(_INCOMING):
                yield path.relative_to(self.folder).as_posix()

    def set_aside(self, names: Iterable[str]) -> None:
        """Put files into quarantine: no row names them now, and a database that is restored may name them again."""
        for name in names:
            self._moved(self.folder / name, self.quarantine / name)

    def put_back(self, named: Iterable[VaultFile]) -> int:
        """Put files that rows name back into their places if they are in quarantine; return how many."""
        back = [
            stored.name
            for stored in named
            if (self.quarantine / stored.name).is_file()
            and not (self.folder / stored.name).exists()
            and file_sha256(self.quarantine / stored.name) == stored.sha256
        ]
        for name in back:
            self._moved(self.quarantine / name, self.folder / name)
        return len(back)

    def in_quarantine(self) -> list[str]:
        """Return the names of the files in quarantine."""
        return sorted(path.relative_to(self.quarantine).as_posix() for path in self.quarantine.glob("*/*"))

    def remove_from_quarantine(self, owner: str) -> int:
        """Delete the files in quarantine that open with a person's key; return how many."""
        theirs = [name for name in self.in_quarantine() if self._opens([owner], self.quarantine / name)]
        for name in theirs:
            self.remove(name)
        return len(theirs)

    def sweep(self) -> int:
        """Delete what processes that ended were encrypting; return how many had begun."""
        return sweep_folders(self.folder, _INCOMING, clear=False)

    def _staged(self, folder: Path, owner: str, source: Path, progress: Progress | None) -> VaultFile:
        if not source.is_file():
            raise ReadError("the file is missing", where=source)
        name = f"{secrets.token_hex(1)}/{secrets.token_hex(16)}{_ENDING}"
        path = folder / Path(name).name
        with guarded_storage(path), source.open("rb") as plain, path.open("xb") as sealed:
            writer = self._encrypt(owner, _Counted(plain, source.stat().st_size, progress), sealed)
            sealed.flush()
            os.fsync(sealed.fileno())
        return VaultFile(name, writer.sha256.hexdigest())

    def _moved(self, path: Path, target: Path) -> None:
        with guarded_storage(path):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(target.parent.parent)
            path.replace(target)
            sync_folder(target.parent)
            with suppress(OSError):
                path.parent.rmdir()
                path.parent.parent.rmdir()

    def opens(self, name: str) -> bool:
        """Whether a file opens with the key of anyone who has one."""
        return self._opens(sorted(self._keys.people), self.path_of(name))

    def _opens(self, owners: Sequence[str], path: Path) -> bool:
        from pyrage import DecryptError, decrypt_io, x25519

        identities = [x25519.Identity.from_str(self._keys.identity(owner)) for owner in owners]
        if not identities:
            return False
        try:
            with path.open("rb") as sealed:
                decrypt_io(sealed, _FirstBytes(), identities)
        except _Opened:
            return True
        except (OSError, DecryptError):
            return False
        return True

    def _encrypt(self, owner: str, reader: _Counted, sealed: BinaryIO) -> _Hashed:
        from pyrage import EncryptError, encrypt_io, x25519

        writer = _Hashed(sealed)
        recipient: Any = x25519.Identity.from_str(self._keys.identity(owner)).to_public()
        try:
            encrypt_io(reader, writer, [recipient])
        except (OSError, EncryptError) as error:
            raise (writer.error or reader.error or error) from None
        return writer


_RESTORE = "run: karmalink study verify; then restore the file from a backup"
_UNCHANGED = "an unchanged file of the vault opens with its owner's key"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
