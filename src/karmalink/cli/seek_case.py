"""What the verbs of ``karmalink seek`` share: how a case is opened, its map made, and a finding told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import progress
from karmalink.cli.opened import opened

if TYPE_CHECKING:
    from karmalink.seek import Case, CluesMap

__all__ = ["CasePath", "finding", "joined", "make_map", "opened_case", "share", "wrote"]

CasePath = Annotated[
    Path, typer.Argument(help="The case: a folder with a case.toml, or that file.", show_default=False)
]


@contextmanager
def opened_case(
    path: Path, study: Path | None, passphrase_file: Path | None, keys: Path | None, *, out: Path | None = None
) -> Iterator[tuple[Case, Callable[[dict[str, Any]], str | None]]]:
    """Give a case and what writes its map; with a study its places, witnesses and clues in place of the case's tables.

    A map out of a study is an export: it is entered among them, so that erasure reaches it.
    """
    from karmalink.seek import Case

    if study is None:
        yield Case.read(path), lambda content: _write(out, content)
        return
    from karmalink.study.analyses import case_of, people_on_map
    from karmalink.study.exports.page import entered_file

    with opened(study, write=out is not None, passphrase_file=passphrase_file, keys=keys) as held:

        def entered(content: dict[str, Any]) -> str | None:
            if out is None:
                return None
            with entered_file(held, out, people_on_map(held), "map") as place:
                return _write(place, content)

        yield case_of(held, path), entered


def make_map(case: Case, *, quiet: bool) -> CluesMap:
    """Return the map of a case, with progress on a terminal."""
    with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading clues", total=len(case.clues))
        return case.map(progress=lambda done, total: bar.update(task, completed=done, total=total))


def finding(found: CluesMap) -> str:
    """Tell the finding with its doubt."""
    ground = f"{found.region(0.9).km2:.3g} km² of {found.area.km2:.3g} km²"
    doubt = f"{share(found.outside)} says it is outside the map"
    return f"90 % of the belief that it is on the map lies in {ground}; {doubt}."


def share(share: float) -> str:
    """Return a share as per cent."""
    from karmalink.seek.wording import percent

    return percent(share)


def _write(out: Path | None, content: dict[str, Any]) -> str | None:
    if out is None:
        return None
    out.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return str(out)


def wrote(written: str | None) -> str:
    """Say where something was written."""
    return f"\nwritten: {written}" if written else ""


def joined(lines: list[str]) -> str:
    """Return lines as one text."""
    return "\n".join(lines).rstrip()
