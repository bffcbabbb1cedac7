"""The settings of a study: ``karmalink.toml``, read with defaults, rewritten with its comments kept."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from karmalink.base.files import write_whole
from karmalink.errors import InputError, ReadError, UsageError, describe, suggest
from karmalink.study.store.storage import guarded_storage

__all__ = ["FILE_NAME", "SETTINGS", "Setting", "Settings", "read_settings", "sweep_drafts", "write_settings"]

FILE_NAME = "karmalink.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes
    ----------
    name : str
        ``table.key`` as in the file.
    type : type
        str, int, float or bool.
    default : object
        The value if the file has none.
    meaning : str
        One sentence, written as a comment into a new file.
    allowed : tuple of str
        The accepted words; any if empty.
    least, most : float
        The range of a number, both ends included.
    """

    name: str
    type: type
    default: str | int | float | bool
    meaning: str
    allowed: tuple[str, ...] = ()
    least: float = -math.inf
    most: float = math.inf


SETTINGS: tuple[Setting, ...] = (
    Setting("study.id", str, "", "The study's identifier, given once; the key store is found by it."),
    Setting("study.title", str, "", "A title for people. It is not encrypted: put no person's name into it."),
    Setting("study.created", str, "", "The day the study was created."),
    Setting(
        "study.majority_age", int, 18, "The age at which a minor is asked for their own consent.", least=10, most=25
    ),
    Setting("database.url", str, "", "Empty: SQLite in this folder. Or postgresql+psycopg://host/name (no password)."),
    Setting("keys.folder", str, "", "Where the key store is. Empty: the user's data folder, or KARMALINK_KEYS."),
    Setting("keys.keyring", bool, False, "Read the passphrase from the system keyring if none is given."),
    Setting("lock.wait_s", float, 10.0, "Seconds to wait for other processes that are writing.", least=0, most=600),
    Setting(
        "vault.scratch",
        str,
        "memory",
        "Where a recording is unencrypted while it is read: memory only, or also a disk file.",
        ("memory", "disk"),
    ),
)
"""Every setting of `karmalink.toml`: name, type, default, what it does."""
# Types of settings as messages name them.
_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_YOUNG_S = 60.0
_HEAD = "The settings of a Karmalink study. Comments are kept when Karmalink rewrites this file."


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all settings; a setting missing in the file has its default."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return one value by its full name, ``lock.wait_s``."""
        return self.values[name]

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Settings({self.values['study.title']!r}, {self.values['study.id']})"


def read_settings(folder: Path) -> Settings:
    """Read ``karmalink.toml`` of a study.

    Raises
    ------
    ReadError
        The file is missing, not UTF-8 or not TOML.
    InputError
        An unknown setting, or a value of the wrong type.
    """
    document = _parse(folder / FILE_NAME)
    values: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
    for table, body in document.items():
        if not isinstance(body, Mapping):
            raise _unknown(str(table), folder)
        for key, value in body.items():
            values[f"{table}.{key}"] = _checked(f"{table}.{key}", value, folder)
    return Settings(MappingProxyType(values))


def write_settings(folder: Path, changes: Mapping[str, Any]) -> Settings:
    """Write changed settings; the file's comments, order and other values stay as they are.

    The file is replaced in one step: a crash leaves the old one or the new one.

    Raises
    ------
    InputError
        An unknown setting, or a value of the wrong type.
    """
    import tomlkit

    path = folder / FILE_NAME
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else _blank()
    for name, value in changes.items():
        table, _, key = name.partition(".")
        checked = _checked(name, value, folder)
        if table not in document:
            document[table] = tomlkit.table()
        document[table][key] = checked
    with guarded_storage(path):
        write_whole(path, tomlkit.dumps(document).encode())
    return read_settings(folder)


def sweep_drafts(folder: Path) -> None:
    """Delete drafts of the settings that a killed process left; one that another process is writing now is younger."""
    for draft in folder.glob(f".{Path(FILE_NAME).stem}.*.part.toml"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime >= _YOUNG_S:
                draft.unlink()


def _blank() -> Any:
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    for setting in SETTINGS:
        name, _, key = setting.name.partition(".")
        if name not in document:
            document.add(tomlkit.nl())
            document.add(name, tomlkit.table())
        table: Any = document[name]
        table.add(tomlkit.comment(setting.meaning))
        table.add(key, setting.default)
    return document


def _parse(path: Path) -> Mapping[str, Any]:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if not path.is_file():
        raise ReadError(
            "this is not a study",
            where=path.parent,
            rule=f"a study is a folder with {FILE_NAME} in it",
            next_step="give the study's folder, or create one with: karmalink study init",
        )
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except (UnicodeDecodeError, TOMLKitError) as error:  # a key that is there twice is no ParseError
        raise ReadError("the settings are not valid TOML", where=path, rule=str(error)) from None


def _checked(name: str, value: Any, folder: Path) -> Any:
    setting = _BY_NAME.get(name)
    if setting is None:
        raise _unknown(name, folder)
    # TOML writes 2 where a float is meant; a bool is an int in Python but not here.
    if setting.type is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, setting.type) or (setting.type is int and isinstance(value, bool)):
        raise InputError(f"{name} must be {_TYPES[setting.type]}, got {describe(value)}", where=folder / FILE_NAME)
    if setting.allowed and value not in setting.allowed:
        raise InputError(f"unknown {name}: {describe(value)}", where=folder / FILE_NAME, allowed=setting.allowed)
    # Not "value < least": a nan is in no range.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not setting.least <= value <= setting.most:
        raise InputError(
            f"{name} must be {setting.least:g} to {setting.most:g}, got {value:g}",
            where=folder / FILE_NAME,
            rule="a setting has its range",
            next_step=f"without the line it is {setting.default}",
        )
    return value


def _unknown(name: str, folder: Path) -> UsageError:
    return UsageError(
        f"unknown setting {describe(name)}",
        where=folder / FILE_NAME,
        allowed=tuple(_BY_NAME),
        next_step=suggest(name, _BY_NAME),
    )
