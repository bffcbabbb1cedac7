"""The link command line, run in a test."""

from __future__ import annotations

from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import KarmalinkError


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["link", *words])
    if isinstance(result.exception, KarmalinkError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output
