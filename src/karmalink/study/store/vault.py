"""The vault: recordings and audio as age files, each for its person's own identity, under random names."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from karmalink.base.files import in_one_step
from karmalink.base.progress import Progress
from karmalink.errors import IntegrityError, ReadError
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from karmalink.study.store.keys import KeyStore

__all__ = ["FOLDER", "Vault", "VaultFile", "file_sha256"]

FOLDER = "vault"
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
        self._keys = keys

    def put(self, owner: str, source: Path, progress: Progress | None = None) -> VaultFile:
        """Encrypt a file into the vault, in one step.

        Raises
        ------
        ReadError
            The source cannot be read.
        StorageFailed
            The disk is full or read-only.
        """
        if not source.is_file():
            raise ReadError("the file is missing", where=source)
        name = f"{secrets.token_hex(1)}/{secrets.token_hex(16)}{_ENDING}"
        path = self.folder / name
        with guarded_storage(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with in_one_step(path) as draft, source.open("rb") as plain, draft.open("wb") as sealed:
                writer = self._encrypt(owner, _Counted(plain, source.stat().st_size, progress), sealed)
        return VaultFile(name, writer.sha256.hexdigest())

    def write_to(self, owner: str, stored: VaultFile, target: BinaryIO, progress: Progress | None = None) -> None:
        """Decrypt a file into `target`.

        Raises
        ------
        IntegrityError
            The file is missing or was changed.
        """
        from pyrage import DecryptError, decrypt_io, x25519

        path = self.folder / stored.name
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

    def remove(self, name: str) -> None:
        """Delete a file."""
        path = self.folder / name
        with guarded_storage(path):
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()

    def names(self) -> Iterator[str]:
        """Yield the names of all files in the vault, complete or not."""
        for path in self.folder.glob("*/*"):
            yield path.relative_to(self.folder).as_posix()

    def sweep(self, known: Collection[str]) -> int:
        """Delete the files that no row names, left by an interrupted writer; return how many."""
        unknown = [name for name in self.names() if name not in known]
        for name in unknown:
            self.remove(name)
        return len(unknown)

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
