"""What the verbs of ``karmalink seek`` share: how a case is opened, its map made, and a finding told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import progress
from karmalink.cli.study_access import open_study
from karmalink.errors import KarmalinkError

if TYPE_CHECKING:
    from karmalink.seek import Case, ProbabilityMap, Release

__all__ = ["CasePath", "finding", "form_of", "joined", "make_map", "opened_case", "share", "wrote"]

CasePath = Annotated[
    Path, typer.Argument(help="The case: a folder with a case.toml, or that file.", show_default=False)
]
Draw = Callable[[Path], Iterable[Path]]  # writes at a path, and says what it wrote
_SEVERAL = (".csv", ".gpx", ".png")


@contextmanager
def opened_case(
    path: Path,
    study: Path | None,
    passphrase_file: Path | None,
    keys: Path | None,
    *,
    out: Path | None = None,
    kind: str = "map",
) -> Iterator[tuple[Case, Callable[[Draw], list[str]]]]:
    """Give a case and what writes a file of it; with a study its places, witnesses and clues in place of the tables.

    A file out of a study is an export: it is entered among them, so that erasure reaches it.
    """
    from karmalink.seek import Case

    if study is None:
        with _somewhere(path):
            yield Case.read(path), lambda draw: [] if out is None else [str(place) for place in draw(out)]
        return
    from karmalink.errors import UsageError
    from karmalink.study.analyses.analyses import case_of, people_on_map
    from karmalink.study.exports.export_folder import entered_file

    if out is not None and out.suffix.casefold() in _SEVERAL:
        raise UsageError(
            f"{out.suffix} is written as several files",
            where="--out",
            rule="an export of a study is one file, so that erasure reaches it",
            allowed=".geojson, .json, .kml, .tif, .gpkg",
        )
    with open_study(study, write=out is not None, passphrase_file=passphrase_file, keys=keys) as held:

        def entered(draw: Draw) -> list[str]:
            if out is None:
                return []
            with entered_file(held, out, people_on_map(held), kind) as place:
                return [str(written) for written in draw(place)]

        yield case_of(held, path), entered


@contextmanager
def _somewhere(path: Path) -> Iterator[None]:
    """Name the case in a message that would else say nothing of where."""
    try:
        yield
    except KarmalinkError as error:
        error.where = error.where or f"the case {path}"
        raise


def make_map(case: Case, *, quiet: bool) -> ProbabilityMap:
    """Return the map of a case, with progress on a terminal."""
    with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading clues", total=len(case.clues))
        return case.map(progress=lambda done, total: bar.update(task, completed=done, total=total))


def finding(found: ProbabilityMap) -> str:
    """Tell the finding with its doubt."""
    ground = f"{found.region(0.9).km2:.3g} km² of {found.area.km2:.3g} km²"
    doubt = f"{share(found.rest_of_world)} says it is outside the map"
    return f"90 % of the belief that it is on the map lies in {ground}; {doubt}."


def share(share: float) -> str:
    """Return a share as per cent."""
    from karmalink.base.wording import percent

    return percent(share)


def wrote(written: list[str], form: str = "") -> str:
    """Say where something was written, and how exact it is."""
    return f"\nwritten{', ' + form if form else ''}: {', '.join(written)}" if written else ""


def form_of(given: Release) -> str:
    """Say how exact what was written is."""
    if not given.exact:
        why = f": the case is {given.sensitive}" if given.sensitive else ""
        return f"coarsened to {given.coarse_m:g} m{why}"
    return f"exact, though the case is {given.sensitive}" if given.sensitive else "exact"


def joined(lines: list[str]) -> str:
    """Return lines as one text."""
    return "\n".join(lines).rstrip()
