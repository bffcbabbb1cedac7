"""What holds for every test: one thread of linear algebra, fixed examples, a command line that is built once."""

from __future__ import annotations

import os

# Before numpy is imported: two test processes on two cores with two threads each of OpenBLAS wait for one another, and
# that costs a quarter of the suite. A test that needs threads says how many.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Iterator
from functools import cache

import pytest
import typer.main
import typer.testing
from hypothesis import settings

# A busy machine is not a fault of the code under test, so no example has a deadline. The suite gives the same verdict
# every time, on a desk and in CI: the examples are fixed. `make fuzz` looks at new ones.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)
settings.load_profile("fuzz" if os.environ.get("KARMALINK_FUZZ") else "fixed")


@pytest.fixture(scope="session", autouse=True)
def the_command_line_is_built_once() -> Iterator[None]:
    """Keep the commands: typer reads all signatures of all verbs at every call, .05 s each of a thousand times."""
    built = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", built)
        patch.setattr(typer.testing, "_get_command", built)
        yield
