"""The real command line on a study, in this process or in one of its own."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from karmalink.cli import main

PASSPHRASE = "four words nobody joins"
SECRET = "crocodile under the third banyan"
COMMAND = str(Path(sys.executable).with_name("karmalink"))
ACCOUNTS = f"""id,person,date,calendar,date_means,text
a1,P01,2026-02-01,gregorian,morning_of,"The {SECRET} spoke.
I answered, and it left."
a2,P01,2026-02-02,gregorian,morning_of,Again the {SECRET}.
"""
PEOPLE = """person,role,born,consent,guardian_consent,assent,consent_date
P01,adult,1980,yes,,,2026-01-01
P02,minor,2015,no,yes,yes,2026-01-01
P03,adult,1990,no,,,
"""


@dataclass(frozen=True)
class Ran:
    """What one call gave."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Return everything it said."""
        return self.out + self.err


class Terminal(io.StringIO):
    """A terminal with somebody at it."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


@dataclass(frozen=True)
class Place:
    """A folder with a study, its keys and files to import."""

    folder: Path

    @property
    def study(self) -> Path:
        """Return the study's folder."""
        return self.folder / "study"

    @property
    def environment(self) -> dict[str, str]:
        """Return what the command line needs to know."""
        keys = str(self.folder / "keys")
        return {
            "KARMALINK_STUDY": str(self.study),
            "KARMALINK_KEYS": keys,
            "KARMALINK_PASSPHRASE": PASSPHRASE,
            "COLUMNS": "200",
        }

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file to import."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *words: object, typed: str | None = None, **changes: str) -> Ran:
        """Call the command line in this process: whatever is not a message and an exit code fails the test.

        With `typed` somebody sits at the terminal and types that.
        """
        out, err, code = io.StringIO(), io.StringIO(), 0
        environment = {**self.environment, **changes}
        argv = ["karmalink", *map(str, words)]
        with (
            patch.dict(os.environ, environment),
            patch.object(sys, "argv", argv),
            patch.object(sys, "stdin", io.StringIO() if typed is None else Terminal(typed)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as left:
                code = left.code if isinstance(left.code, int) else int(left.code is not None)
        assert "Traceback" not in err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def start(self, *words: object) -> subprocess.Popen[str]:
        """Call the command line in a process of its own."""
        return subprocess.Popen(
            [COMMAND, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
        )

    def counts(self) -> dict[str, int]:
        """Return how much of what is in the study."""
        import json

        ran = self.run("study", "show", "--json")
        assert ran.code == 0, ran.err
        shown = json.loads(ran.out)
        return {**shown["counts"], "entries": shown["entries"]}

    def copied_to(self, folder: Path) -> Place:
        """Return a copy of the study and its keys."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(folder)
