"""Encryption of fields: AES-256-GCM under the key of the owners of the row.

A row has no owner (places, register lives), one owner, or several (a link between two people's texts). The key of
several owners is derived from all of theirs, so that the row becomes unreadable with any of them. Each field is bound
to its study, table, row and column: a field that is moved does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from karmalink.errors import IntegrityError

__all__ = ["KEY_BYTES", "FieldCipher", "KeySource", "Owners", "derive", "seal", "unseal"]

KEY_BYTES = 32
_NONCE_BYTES, _TAG_BYTES = 12, 16
_VERSION = b"\x01"

Owners = tuple[str, ...]
"""Pseudonyms of the owners of a row, sorted; empty if it has none."""


class KeySource(Protocol):
    """A source of keys, such as the key store."""

    @property
    def study_key(self) -> bytes:
        """Return the study's own key."""

    def person_key(self, pseudonym: str) -> bytes:
        """Return a person's key."""


def derive(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose: HKDF-SHA256 (RFC 5869) of `key`, with the purpose as its info."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"karmalink 1 " + purpose.encode()).derive(key)


def seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt: a version byte, a random 96-bit nonce, the ciphertext with its tag (NIST SP 800-38D)."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: object, bound_to: bytes) -> bytes:
    """Decrypt what :func:`seal` returned.

    Raises
    ------
    IntegrityError
        Another key, another place, or changed bytes.
    """
    # A tampered database can hold text or nothing where bytes were stored.
    if not isinstance(sealed, bytes) or sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
        raise IntegrityError("a stored field has an unknown format", rule="its first byte is the version, 1")
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], bound_to)
    except InvalidTag:
        raise IntegrityError(
            "a stored field does not open",
            rule="a field opens with its owner's key, in its own row and column, unchanged",
            next_step="run: karmalink study verify",
        ) from None


class FieldCipher:
    """Encrypts and decrypts the fields of one study; derived keys are kept in memory while it is open.

    Parameters
    ----------
    study : str
        The study's identifier.
    keys : KeySource
        Where the keys come from.
    """

    def __init__(self, study: str, keys: KeySource) -> None:
        self._study = study
        self._keys = keys
        self._derived: dict[tuple[Owners, str], bytes] = {}

    def seal(self, owners: Owners, place: tuple[str, str, str], plain: bytes) -> bytes:
        """Encrypt a field of (table, row, column)."""
        return seal(self._key(owners, "fields"), plain, self._bound(owners, place))

    def unseal(self, owners: Owners, place: tuple[str, str, str], sealed: object) -> bytes:
        """Decrypt a field of (table, row, column).

        Raises
        ------
        IntegrityError
            The bytes were changed or moved. The message names table and row.
        """
        try:
            return unseal(self._key(owners, "fields"), sealed, self._bound(owners, place))
        except IntegrityError as error:
            raise IntegrityError(
                error.what, where=f"{place[0]}, row {place[1]}, {place[2]}", rule=error.rule, next_step=error.next_step
            ) from None

    def digest(self, owners: Owners, purpose: str, message: str | bytes) -> str:
        """Return a digest (HMAC-SHA256, hex) that only the owners' key can make."""
        body = message.encode() if isinstance(message, str) else message
        return hmac.digest(self._key(owners, f"digest {purpose}"), body, "sha256").hex()

    def study_digest(self, purpose: str, message: str) -> str:
        """Return a digest under the study's own key (the seal of a ledger entry)."""
        return self.digest((), purpose, message)

    def forget(self, pseudonym: str) -> None:
        """Drop every derived key of a person from memory."""
        self._derived = {at: key for at, key in self._derived.items() if pseudonym not in at[0]}

    def _key(self, owners: Owners, purpose: str) -> bytes:
        derived = self._derived.get((owners, purpose))
        if derived is None:
            derived = self._derived[owners, purpose] = derive(self._root(owners), purpose)
        return derived

    def _root(self, owners: Owners) -> bytes:
        if not owners:
            return derive(self._keys.study_key, "commons")
        if len(owners) == 1:
            return self._keys.person_key(owners[0])
        # Keys of fixed length, concatenated, are unambiguous; the count separates this case from one owner.
        joined = hashlib.sha256(len(owners).to_bytes(4, "big"))
        for owner in owners:
            joined.update(self._keys.person_key(owner))
        return derive(joined.digest(), "joint")

    def _bound(self, owners: Owners, place: tuple[str, str, str]) -> bytes:
        # A name that a tampered database holds may be no text: then it is bound to what stands there instead.
        return "\x00".join(map(str, (self._study, *place, *owners))).encode(errors="surrogateescape")
