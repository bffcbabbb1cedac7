"""What the verbs of ``karmalink seek`` share: how a case is opened, its map computed, and a finding worded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import percent
from karmalink.cli.contract import progress, track
from karmalink.cli.study_access import FromStudyOptions, open_study
from karmalink.errors import KarmalinkError

if TYPE_CHECKING:
    from karmalink.seek import Case, FoundThing, LostPerson, ProbabilityMap, Release

__all__ = [
    "CasePath",
    "exactness",
    "finding",
    "found_line",
    "joined",
    "make_map",
    "opened_case",
    "person_line",
    "written_files",
]

CasePath = Annotated[
    Path, typer.Argument(help="The case: a folder with a case.toml, or that file.", show_default=False)
]
Draw = Callable[[Path], Iterable[Path]]  # writes to a path and returns what it wrote
_SEVERAL = (".csv", ".gpx", ".png")


@contextmanager
def opened_case(
    path: Path, source: FromStudyOptions, *, out: Path | None = None, kind: str = "map"
) -> Iterator[tuple[Case, Callable[[Draw], list[str]]]]:
    """Yield a case and what writes a file of it; with a study its places, witnesses and clues in place of the tables.

    A file out of a study is an export: it is listed as one, so that erasure reaches it.
    """
    from karmalink.seek import Case

    if source.study is None:
        with _case_named(path):
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
    file, keys, write = source.passphrase_file, source.keys, out is not None
    with open_study(source.study, write=write, passphrase_file=file, keys=keys) as study:

        def write_export_file(draw: Draw) -> list[str]:
            if out is None:
                return []
            with entered_file(study, out, people_on_map(study), kind) as place:
                return [str(written) for written in draw(place)]

        yield case_of(study, path), write_export_file


@contextmanager
def _case_named(path: Path) -> Iterator[None]:
    """Name the case in a message that would otherwise not say where."""
    try:
        yield
    except KarmalinkError as error:
        where = str(error.where or "")
        if str(path) not in where:
            error.where = f"the case {path}, {where}" if where else f"the case {path}"
        raise


def make_map(case: Case, *, quiet: bool) -> ProbabilityMap:
    """Return the map of a case, with progress on a terminal."""
    with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
        return case.map(progress=track(bar, "reading clues"))


_SOURCES = {"prior": "by the size of the map, as no solved case was given; shared_error sets it", "setting": "as set"}


def _length(metres: float) -> str:
    return f"{metres / 1000:.2g} km" if metres >= 1000 else f"{float(f'{metres:.2g}'):g} m"


def finding(probability_map: ProbabilityMap) -> str:
    """Return the finding with its uncertainty."""
    ground = f"{probability_map.region(0.9).km2:.3g} km² of {probability_map.area.km2:.3g} km²"
    beyond = f"{percent(probability_map.rest_of_world)} probability that it lies outside the map"
    shared = probability_map.shared_error
    where = f"90 % of the probability on the map lies in {ground}; {beyond}."
    if shared.is_nothing or not probability_map.clues:
        return where
    source = _SOURCES.get(shared.source, shared.source)
    apart = f"the spot people tell of lies within {_length(shared.median_m)} of the true one in half of all cases"
    return f"{where}\nShared error: {apart} ({source})."


def found_line(thing: FoundThing) -> str:
    """Return what a team found, and where."""
    if thing.taken_back:
        return f"A find in {thing.segment or 'the field'} is taken back."
    what = {"it": "Found it", "other": "Found something else"}[thing.kind]
    when = f" on {thing.date}" if thing.date else ""
    known = "the middle of the segment" if thing.within_m is None else f"within {thing.within_m:.0f} m"
    where = f"{thing.lat:.5f} N, {thing.lon:.5f} E ({known})"
    return f"{what}{when}{f' in {thing.segment}' if thing.segment else ''}, at {where}."


def person_line(person: LostPerson) -> str:
    """Return how far such people are found from where they were last."""
    who = ", ".join(word for word in (person.category, person.terrain) if word)
    half, most = (_length(float(metres)) for metres in person.law.quantile([0.5, 0.95]))
    said = f"half of such people are found within {half} of the last known point, 95 % within {most}."
    text = f"{who}: {said}" if who else said
    return text[0].upper() + text[1:]


def written_files(written: list[str], form: str = "") -> str:
    """Return which files were written, and how exact they are."""
    return f"\nwritten{', ' + form if form else ''}: {', '.join(written)}" if written else ""


def exactness(given: Release) -> str:
    """Return how exact a written map is."""
    if not given.exact:
        why = f": the case is {given.sensitive}" if given.sensitive else ""
        return f"coarsened to {given.coarse_m:g} m{why}"
    return f"exact, though the case is {given.sensitive}" if given.sensitive else "exact"


def joined(lines: list[str]) -> str:
    """Return lines as one text."""
    return "\n".join(lines).rstrip()
