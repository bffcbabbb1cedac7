"""The commands of a night, run as a person runs them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from karmalink.cli import app, main

RUN = CliRunner()


def run(*words: object) -> Result:
    """Run a command of a night that must succeed."""
    result = RUN.invoke(app, ["night", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Run as the shell does; return exit code and what went to stderr."""
    monkeypatch.setattr("sys.argv", ["karmalink", "night", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0), capsys.readouterr().err
