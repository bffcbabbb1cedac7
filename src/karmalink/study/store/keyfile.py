"""The key store as a file: sealed with a passphrase, rewritten whole."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from karmalink.errors import IntegrityError, KeyStoreMissing, StudyTooNew, UsageError, WrongPassphrase
from karmalink.study.store.fields import KEY_BYTES, seal, unseal

__all__ = [
    "ENVIRONMENT",
    "KdfCost",
    "as_bytes",
    "as_text",
    "check_passphrase",
    "find_passphrase",
    "new_keyfile",
    "read_keyfile",
    "relocked",
    "remember_passphrase",
    "unlocked",
]

# The passphrase comes from the call, the environment, or the system keyring. The command line also asks for it.

ENVIRONMENT = "KARMALINK_PASSPHRASE"
_SERVICE = "karmalink"


def find_passphrase(given: str | None, study: str, *, use_keyring: bool) -> str:
    """Return the passphrase: as given, or ``KARMALINK_PASSPHRASE``, or from the system keyring.

    Raises
    ------
    WrongPassphrase
        There is none.
    """
    passphrase = given or os.environ.get(ENVIRONMENT) or (_from_keyring(study) if use_keyring else None)
    if not passphrase:
        raise WrongPassphrase(
            "no passphrase was given",
            allowed=("passphrase=…", ENVIRONMENT, "the system keyring (keys.keyring = true)"),
            next_step="give the passphrase of the study",
        )
    return passphrase


def remember_passphrase(passphrase: str, study: str) -> None:
    """Put the passphrase of a study into the system keyring.

    Raises
    ------
    UsageError
        This system has no keyring.
    """
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, study, passphrase)
    except KeyringError as error:
        raise UsageError(
            "the system keyring cannot be used", rule=str(error), next_step=f"use {ENVIRONMENT} instead"
        ) from None


def _from_keyring(study: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(_SERVICE, study)
    except KeyringError:
        return None


# The key store's file: its format, and how a passphrase locks the study key in it.

_FORMAT = "karmalink-keys"
_VERSION = 1
_SHORTEST_PASSPHRASE = 8


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of the passphrase costs (argon2id; the second choice of RFC 9106 §4)."""

    time_cost: int = 3
    memory_kib: int = 65536
    parallelism: int = 4


def new_keyfile(study: str, passphrase: str, study_key: bytes, cost: KdfCost) -> dict[str, Any]:
    """Return the content of a new key store."""
    body: dict[str, Any] = {"format": _FORMAT, "version": _VERSION, "study": study}
    body |= relocked(study, passphrase, study_key, cost)
    return body | {"people": {}, "erased": [], "copies": [], "head": None}


def relocked(study: str, passphrase: str, study_key: bytes, cost: KdfCost) -> dict[str, Any]:
    """Return the part of the content that locks the study key with a passphrase."""
    body: dict[str, Any] = {"kdf": "argon2id", "cost": asdict(cost), "salt": as_text(os.urandom(16))}
    return body | {"key": as_text(seal(_from_passphrase(passphrase, body), study_key, study.encode()))}


def unlocked(path: Path, study: str, body: dict[str, Any], passphrase: str) -> bytes:
    """Return the study key.

    Raises
    ------
    WrongPassphrase
        The passphrase does not open it.
    """
    try:
        return unseal(_from_passphrase(passphrase, body), as_bytes(body["key"]), study.encode())
    except IntegrityError:
        raise WrongPassphrase(
            "the passphrase does not open the key store",
            where=path,
            next_step="try again; a lost passphrase cannot be replaced, and the study cannot be read without it",
        ) from None


def check_passphrase(passphrase: str) -> None:
    """Check that a passphrase is long enough.

    Raises
    ------
    UsageError
        It is too short.
    """
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise UsageError(
            "the passphrase is too short",
            rule=f"at least {_SHORTEST_PASSPHRASE} characters",
            next_step="four random words are easy to remember and hard to guess",
        )


def _from_passphrase(passphrase: str, body: dict[str, Any]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    cost = KdfCost(**body["cost"])
    key: bytes = hash_secret_raw(
        passphrase.encode(),
        as_bytes(body["salt"]),
        time_cost=cost.time_cost,
        memory_cost=cost.memory_kib,
        parallelism=cost.parallelism,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
    return key


def read_keyfile(path: Path, study: str) -> dict[str, Any]:
    """Return the content of a key store.

    Raises
    ------
    KeyStoreMissing, IntegrityError, StudyTooNew
        It is missing, damaged or another study's, or was written by a newer Karmalink.
    """
    if not path.is_file():
        raise KeyStoreMissing(
            "the key store is missing",
            where=path,
            rule="keys are kept outside the study; without them it cannot be read",
            next_step="say where it is (keys=…, KARMALINK_KEYS, or keys.folder in karmalink.toml), or restore a copy",
        )
    try:
        body = json.loads(path.read_bytes())
        format_, version, whose = body["format"], int(body["version"]), body["study"]
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("the key store is damaged", where=path, next_step="restore a listed copy of it") from None
    if format_ != _FORMAT or whose != study:
        raise IntegrityError("not the key store of this study", where=path, rule=f"it must belong to study {study}")
    if version > _VERSION:
        raise StudyTooNew(
            "the key store was written by a newer Karmalink",
            where=path,
            rule=f"this one knows version {_VERSION}, the file is version {version}",
            next_step="install the newer Karmalink",
        )
    return dict(body)


def as_text(body: bytes) -> str:
    """Return bytes as base 64."""
    return base64.b64encode(body).decode()


def as_bytes(text: str) -> bytes:
    """Return the bytes that :func:`as_text` wrote."""
    return base64.b64decode(text)
