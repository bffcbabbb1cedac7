"""The key store as a file: sealed with a passphrase, sealed as a whole against changes, rewritten whole."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from karmalink.errors import IntegrityError, KeyStoreMissing, StudyTooNew, UsageError, WrongPassphrase
from karmalink.study.store.fields import KEY_BYTES, derive, seal, unseal

__all__ = [
    "KdfCost",
    "Unlocked",
    "as_bytes",
    "as_text",
    "check_seal",
    "new_keyfile",
    "read_keyfile",
    "relocked",
    "sealed_keyfile",
    "unlocked",
]

_FORMAT = "karmalink-keys"
# Version 1 had no seal over the whole file: what was not encrypted in it could be changed by anyone.
_VERSION = 2
_UNSEALED = 1
# More than this is not a cost that anyone chose: a changed file must not take the machine's memory or an afternoon.
_COST_LIMITS = {"time_cost": (1, 64), "memory_kib": (8, 4 * 1024 * 1024), "parallelism": (1, 64)}


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of the passphrase costs (argon2id; the second choice of RFC 9106 §4)."""

    time_cost: int = 3
    memory_kib: int = 65536
    parallelism: int = 4

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        UsageError
            A number is not whole, or out of range.
        """
        for name, (least, most) in _COST_LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise UsageError(f"{name} must be a whole number, {least} to {most}, got {value!r}")


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a passphrase opened: the study key, and for a file of version 1 the same key locked as in version 2."""

    study_key: bytes
    relocked: str


def new_keyfile(study: str, passphrase: str, study_key: bytes, cost: KdfCost) -> dict[str, Any]:
    """Return the content of a new key store."""
    body: dict[str, Any] = {"format": _FORMAT, "version": _VERSION, "study": study}
    body |= relocked(study, passphrase, study_key, cost)
    return body | {"people": {}, "pending": [], "erased": [], "copies": [], "head": None}


def relocked(study: str, passphrase: str, study_key: bytes, cost: KdfCost) -> dict[str, Any]:
    """Return the part of the content that locks the study key with a passphrase."""
    body: dict[str, Any] = {"kdf": "argon2id", "cost": asdict(cost), "salt": as_text(os.urandom(16))}
    key = _from_passphrase(passphrase, body)
    return body | {"key": as_text(seal(key, study_key, _bound(study, _VERSION)))}


def unlocked(path: Path, study: str, body: dict[str, Any], passphrase: str) -> Unlocked:
    """Return the study key.

    Raises
    ------
    WrongPassphrase
        The passphrase does not open it.
    IntegrityError
        The file was changed by someone without the passphrase.
    """
    from_passphrase = _from_passphrase(passphrase, body)
    try:
        study_key = unseal(from_passphrase, as_bytes(body["key"]), _bound(study, body["version"]))
    except IntegrityError:
        raise WrongPassphrase(
            "the passphrase does not open the key store",
            where=path,
            next_step="try again; a lost passphrase cannot be replaced, and the study cannot be read without it",
        ) from None
    check_seal(path, study_key, body)
    return Unlocked(study_key, as_text(seal(from_passphrase, study_key, _bound(study, _VERSION))))


def sealed_keyfile(study_key: bytes, body: dict[str, Any]) -> bytes:
    """Return the bytes of a key store, with its seal: HMAC-SHA256 over everything in it, under the study key."""
    whole = {name: value for name, value in body.items() if name != "seal"} | {"version": _VERSION}
    return json.dumps(whole | {"seal": _seal(study_key, whole)}, indent=1).encode()


def check_seal(path: Path, study_key: bytes, body: dict[str, Any]) -> None:
    """Check that nothing in a key store was changed by someone without the passphrase.

    A file of version 1 has no seal. It cannot be made from one of version 2 by leaving the seal out: the version is
    bound to the locked study key.

    Raises
    ------
    IntegrityError
        Something was.
    """
    if body["version"] == _UNSEALED:
        return
    whole = {name: value for name, value in body.items() if name != "seal"}
    if not hmac.compare_digest(str(body.get("seal", "")), _seal(study_key, whole)):
        raise _damaged(path, "its seal does not match: something in it was changed without the passphrase")


def _seal(study_key: bytes, whole: dict[str, Any]) -> str:
    body = json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(derive(study_key, "key store"), body, "sha256").hex()


def _bound(study: str, version: int) -> bytes:
    return study.encode() if version == _UNSEALED else f"{study}\x00{version}".encode()


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
    """Return the content of a key store; its seal is checked once the study key is known (:func:`check_seal`).

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
        format_, version, whose = body["format"], body["version"], body["study"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path, "it is not a whole key store") from None
    if format_ != _FORMAT or whose != study:
        raise IntegrityError("not the key store of this study", where=path, rule=f"it must belong to study {study}")
    if type(version) is int and version > _VERSION:
        raise StudyTooNew(
            "the key store was written by a newer Karmalink",
            where=path,
            rule=f"this one knows version {_VERSION}, the file is version {version}",
            next_step="install the newer Karmalink",
        )
    body = {"pending": []} | body
    for name, holds in _FORM.items():
        if name not in body or not holds(body[name]):
            raise _damaged(path, f"{name} is missing or not what it must be")
    both = sorted(set(body["people"]) & set(body["erased"]))
    if both:
        raise _damaged(path, f"{both[0]} has a key and is listed as erased: an erased person's key was put back")
    return dict(body)


def _is_cost(value: Any) -> bool:
    try:
        KdfCost(**value)
    except (UsageError, TypeError):
        return False
    return True


def _is_sealed(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) > 0
    except (binascii.Error, ValueError):
        return False


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


# What each field of the file must be.
_FORM: dict[str, Callable[[Any], bool]] = {
    "version": lambda value: type(value) is int and value >= 1,
    "kdf": lambda value: value == "argon2id",
    "cost": _is_cost,
    "salt": lambda value: _is_sealed(value) and len(base64.b64decode(value)) >= 8,
    "key": _is_sealed,
    "people": lambda value: isinstance(value, dict) and all(map(_is_sealed, value.values())),
    "pending": _are_words,
    "erased": _are_words,
    "copies": lambda value: (
        isinstance(value, list)
        and all(
            isinstance(copy, dict) and set(copy) == {"path", "made"} and _are_words([*copy.values()]) for copy in value
        )
    ),
    "head": lambda value: (
        value is None
        or (
            isinstance(value, list)
            and len(value) == 2
            and type(value[0]) is int
            and value[0] >= 1
            and _are_words(value[1:])
        )
    ),
}


def _damaged(path: Path, rule: str) -> IntegrityError:
    return IntegrityError(
        "the key store is damaged", where=path, rule=rule, next_step="put a listed copy of it in its place"
    )


def as_text(body: bytes) -> str:
    """Return bytes as base 64."""
    return base64.b64encode(body).decode()


def as_bytes(text: str) -> bytes:
    """Return the bytes that :func:`as_text` wrote."""
    return base64.b64decode(text)
