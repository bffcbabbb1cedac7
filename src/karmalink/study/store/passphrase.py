"""The passphrase of a study: where it comes from, and which ones are too easy to guess."""

from __future__ import annotations

import os

from karmalink.errors import UsageError, WrongPassphrase

__all__ = ["ENVIRONMENT", "check_passphrase", "find_passphrase", "remember_passphrase"]

# It comes from the call, the environment, or the system keyring. The command line also asks for it.

ENVIRONMENT = "KARMALINK_PASSPHRASE"
_SERVICE = "karmalink"
_SHORTEST = 8
# zxcvbn's score 3: more than 10⁸ guesses, "moderate protection from an offline attack on a slow hash". One guess costs
# 64 MiB and a tenth of a second of a core here, so that 10⁸ of them cost four months of a core.
_LEAST_SCORE = 3
# zxcvbn's time grows with the cube of the length, and it refuses more.
_LONGEST_JUDGED = 72


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


def check_passphrase(passphrase: str) -> None:
    """Check that a new passphrase is long enough and not easy to guess.

    Raises
    ------
    UsageError
        It is too short, or among the first 10⁸ guesses: a common password, a name, a date, a row of the keyboard.
    """
    if len(passphrase) < _SHORTEST:
        raise UsageError("the passphrase is too short", rule=f"at least {_SHORTEST} characters", next_step=_FOUR_WORDS)
    from zxcvbn import zxcvbn

    if zxcvbn(passphrase[:_LONGEST_JUDGED])["score"] < _LEAST_SCORE:
        raise UsageError(
            "the passphrase is easy to guess",
            rule="no common password, name, date or row of the keyboard, with or without a digit at its end",
            next_step=_FOUR_WORDS,
        )


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


_FOUR_WORDS = "four random words are easy to remember and hard to guess"
