"""How a command opens a study: where it is, and its passphrase, asked for where nothing else gives it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, StudyPath
from karmalink.errors import ReadError, UsageError

if TYPE_CHECKING:
    from karmalink.study import Study

__all__ = [
    "FromStudyOptions",
    "KeysFolder",
    "PassphraseFile",
    "StudyOptions",
    "new_passphrase",
    "open_study",
    "passphrase",
]

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File whose first line is the passphrase.", show_default=False),
]
KeysFolder = Annotated[
    Path | None,
    typer.Option("--keys", help="Folder of the key store.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class FromStudyOptions:
    """Which study a numerical command works on instead of files, and what opens it (``cli.option_groups``)."""

    study: FromStudy = None
    passphrase_file: PassphraseFile = None
    keys: KeysFolder = None


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """Which study a command of ``karmalink study`` works on, and what opens it (``cli.option_groups``)."""

    study: StudyPath = None
    passphrase_file: PassphraseFile = None
    keys: KeysFolder = None

    def open(self, *, write: bool = False) -> Study:
        """Return the study, open; see :func:`open_study`."""
        return open_study(self.study, write=write, passphrase_file=self.passphrase_file, keys=self.keys)

    def accept_backup(self) -> Study:
        """Return a restored backup, open for writing and accepted as the study; see :func:`open_study`."""
        return open_study(self.study, passphrase_file=self.passphrase_file, keys=self.keys, accept=True)


_ENVIRONMENT = "KARMALINK_PASSPHRASE"


def open_study(
    folder: Path | None,
    *,
    write: bool = False,
    passphrase_file: Path | None = None,
    keys: Path | None = None,
    accept: bool = False,
) -> Study:
    """Open the study that a command works on, and print its notices on stderr.

    Parameters
    ----------
    folder : Path or None
        From ``--study`` or ``KARMALINK_STUDY``.
    write : bool
        Open for writing.
    passphrase_file, keys : Path, optional
        As the options of these names.
    accept : bool
        Open a restored backup for writing, and accept it as the study.

    Raises
    ------
    UsageError
        No study was named.
    ReadError, StudyError, IntegrityError
        It cannot be opened.
    """
    from karmalink.study import Study
    from karmalink.study.store.settings import read_settings

    if folder is None:
        raise UsageError(
            "no study was named", allowed="--study FOLDER, or KARMALINK_STUDY", next_step="karmalink study init FOLDER"
        )
    settings = read_settings(folder.expanduser().absolute())
    secret = passphrase(passphrase_file, ask=not settings["keys.keyring"])
    if accept:
        study = Study.accept_backup(folder, passphrase=secret, keys=keys)
    else:
        study = Study.open(folder, passphrase=secret, keys=keys, write=write)
    for notice in study.notices:
        typer.echo(f"note: {notice}", err=True)
    return study


def passphrase(file: Path | None, *, ask: bool = True) -> str | None:
    """Return the passphrase from a file or the terminal; None where the study room finds it (environment, keyring).

    Raises
    ------
    ReadError
        The file cannot be read, or its first line is empty.
    """
    if file is not None:
        return _first_line(file)
    if os.environ.get(_ENVIRONMENT) or not ask or not sys.stdin.isatty():
        return None
    return str(typer.prompt("Passphrase", hide_input=True, err=True))


def new_passphrase(file: Path | None, *, environment: bool = True) -> str | None:
    """Return a new passphrase from a file, or typed twice at the terminal; None where neither gives one.

    Parameters
    ----------
    file : Path or None
        Its first line.
    environment : bool
        Whether ``KARMALINK_PASSPHRASE`` may hold it: of a new study yes, of one whose passphrase changes no.
    """
    if file is not None:
        return _first_line(file)
    if (environment and os.environ.get(_ENVIRONMENT)) or not sys.stdin.isatty():
        return None
    return str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ReadError("the passphrase file is missing", where=file, next_step="check --passphrase-file") from None
    except UnicodeDecodeError:
        raise ReadError("the passphrase file is not UTF-8", where=file) from None
    if not lines or not lines[0]:
        raise ReadError("the first line of the passphrase file is empty", where=file)
    return lines[0]
