"""``karmalink study passphrase|keyring|backup-keys|forget-copy``: the key store of a study and its passphrase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from karmalink.cli.contract import JsonFlag, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.study import text
from karmalink.cli.study_access import StudyOptions, new_passphrase, passphrase
from karmalink.errors import UsageError

__all__ = ["backup_keys", "change_passphrase", "forget_copy", "use_keyring"]


@with_option_groups
def change_passphrase(
    *,
    new_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", help="File whose first line is the new passphrase.", show_default=False),
    ] = None,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Change the passphrase. Copies of the key store made before still open with the old one."""
    from karmalink.study.store.passphrase import remember_passphrase

    with access.open() as study:
        new = new_passphrase(new_file, environment=False)
        if not new:
            raise UsageError(
                "no new passphrase was given",
                allowed="--new-passphrase-file FILE, or typed at a terminal",
                rule="KARMALINK_PASSPHRASE is the passphrase until now",
            )
        study.keys.change_passphrase(new)
        in_keyring = bool(study.settings["keys.keyring"])
        if in_keyring:
            remember_passphrase(new, study.id)
        copies = [copy.path for copy in study.keys.copies]
        result = {"key_store": str(study.keys.path), "keyring": in_keyring, "key_copies": copies}
    emit(result, text.passphrase_changed(result), as_json=as_json)


@with_option_groups
def use_keyring(*, access: StudyOptions, as_json: JsonFlag = False) -> None:
    """Put the passphrase into the system keyring, and set keys.keyring so that it is read from there."""
    from karmalink.study import Study
    from karmalink.study.store.passphrase import find_passphrase, remember_passphrase
    from karmalink.study.store.settings import read_settings, write_settings

    if access.study is None:
        raise UsageError("no study was given", allowed="--study FOLDER, or KARMALINK_STUDY")
    folder = access.study.expanduser().absolute()
    secret = find_passphrase(passphrase(access.passphrase_file), read_settings(folder)["study.id"], use_keyring=False)
    with Study.open(folder, passphrase=secret, keys=access.keys) as study:
        remember_passphrase(secret, study.id)
    write_settings(folder, {"keys.keyring": True})
    result = {"study": str(folder), "keyring": True}
    emit(result, text.in_keyring(result), as_json=as_json)


@with_option_groups
def backup_keys(
    *,
    dest: Annotated[Path, typer.Argument(help="A folder, away from the study and its backups.", show_default=False)],
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Copy the key store. The copy is listed: an erasure names it as one that must be destroyed too."""
    from karmalink.study.opening import check_outside

    with access.open(write=True) as study:
        check_outside(dest.expanduser().absolute(), study.path)
        copy = study.keys.backup(dest)
    emit({"copy": str(copy)}, text.keys_copied(copy), as_json=as_json)


@with_option_groups
def forget_copy(
    *,
    copy: Annotated[Path, typer.Argument(help="The copy, as `study show` lists it.", show_default=False)],
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Take a destroyed copy of the key store off the list."""
    with access.open(write=True) as study:
        if copy.expanduser().exists():
            raise UsageError(
                "this copy of the key store still exists",
                where=copy,
                rule="only a copy that was destroyed leaves the list: an erasure must name the others",
                next_step="delete the file, then run it again",
            )
        study.keys.forget_copy(copy)
        left = [listed.path for listed in study.keys.copies]
    result = {"forgotten": str(copy.expanduser().resolve()), "key_copies": left}
    emit(result, text.copy_forgotten(result), as_json=as_json)
