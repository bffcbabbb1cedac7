"""Where the passphrase comes from: the call, the environment, or the system keyring. Asking is the command line's."""

from __future__ import annotations

import os

from karmalink.errors import UsageError, WrongPassphrase

__all__ = ["ENVIRONMENT", "find_passphrase", "remember_passphrase"]

ENVIRONMENT = "KARMALINK_PASSPHRASE"
_SERVICE = "karmalink"


def find_passphrase(given: str | None, study: str, *, use_keyring: bool) -> str:
    """Return the passphrase: as given, or ``KARMALINK_PASSPHRASE``, or from the system keyring.

    Raises
    ------
    WrongPassphrase
        It is nowhere.
    """
    found = given or os.environ.get(ENVIRONMENT) or (_from_keyring(study) if use_keyring else None)
    if not found:
        raise WrongPassphrase(
            "no passphrase was given",
            allowed=("passphrase=…", ENVIRONMENT, "the system keyring (keys.keyring = true)"),
            next_step="give the passphrase that the study was made with",
        )
    return found


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
