"""One export: who may go out, where to, and its row in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from karmalink.errors import CannotAnswer, UnknownName, UsageError, describe, suggest
from karmalink.study.exports.people import ExportPerson, export_people, exportable_people
from karmalink.study.exports.tsv import PlannedFiles

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["EXPORTS", "Export", "ExportKind", "export_study"]


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One format that a study can be exported in.

    Attributes
    ----------
    name, meaning : str
        The word for it, and one line for the help.
    plan : callable
        People, title, version, texts → the files.
    """

    name: str
    meaning: str
    plan: Callable[[Sequence[ExportPerson], str, str, bool], list[PlannedFiles]]


def _bids(people: Sequence[ExportPerson], title: str, version: str, texts: bool) -> list[PlannedFiles]:
    from karmalink.study.exports.bids import plan_bids

    return plan_bids(people, title=title, version=version, texts=texts)


def _dream(people: Sequence[ExportPerson], title: str, version: str, texts: bool) -> list[PlannedFiles]:
    from karmalink.study.exports.dream import cases_of, plan_dream

    if not cases_of(people):
        raise CannotAnswer(
            "there is no awakening inside a recording",
            rule="the DREAM database holds recordings that end at an awakening",
            next_step="add the night, then its awakenings with the night's identifier",
        )
    return plan_dream(people, title=title, version=version, texts=texts)


EXPORTS: Mapping[str, ExportKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ExportKind("bids", "a BIDS dataset: recordings, staging and awakenings as events, accounts", _bids),
            ExportKind("dream", "the DREAM database's Records.csv with EDF excerpts ending at awakenings", _dream),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Export:
    """What one export did.

    Attributes
    ----------
    id : str
        Its identifier among the study's exports.
    kind : str
        A key of :data:`EXPORTS`.
    path : Path
        Its folder.
    people : tuple of str
        Pseudonyms of those who are in it.
    files : int
        Number of files.
    texts : int
        Number of accounts whose words it carries.
    left_out : tuple of str
        Why who or what is not in it, one line each.
    """

    id: str
    kind: str
    path: Path
    people: tuple[str, ...]
    files: int
    texts: int = 0
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "id": self.id,
            "kind": self.kind,
            "path": str(self.path),
            "people": list(self.people),
            "files": self.files,
            "texts": self.texts,
            "left_out": list(self.left_out),
        }

    def __repr__(self) -> str:
        """Tell where to, who, and whether it carries texts."""
        texts = f"texts of {self.texts} accounts" if self.texts else "no texts"
        return f"Export({self.kind} to {self.path}: {len(self.people)} people, {self.files} files, {texts})"


def export_study(
    study: Study,
    kind: str,
    dest: str | Path,
    *,
    texts: bool = False,
    handed_to: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Export:
    """Export a study in the clear.

    Parameters
    ----------
    study : Study
        Open for writing: an export is an entry of the ledger.
    kind : str
        A key of :data:`EXPORTS`.
    dest : str or Path
        A folder that does not exist yet or is empty, outside the study.
    texts : bool
        Whether the accounts' words go out too.
    handed_to : str
        Who gets a copy; listed for whoever has to ask for it back after an erasure.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UnknownName
        No such export.
    UsageError
        The folder is not empty, or lies inside the study.
    CannotAnswer
        Nobody in the study may be exported.
    """
    from karmalink import __version__

    row = _named(kind)
    place = _checked(study, Path(dest))
    people, left_out = exportable_people(study)
    if not people:
        raise CannotAnswer(
            "nobody in this study may be exported",
            rule="; ".join(left_out) or "the study has no people",
            next_step="ask them, then enter what they answered: karmalink study consent",
        )
    out = export_people(study, people)
    plan = row.plan(out, study.title, __version__, texts)
    files = [path for part in plan for path in part.paths]
    name = _entered(study, place, [person.id for person in people], row.name, files, handed_to)
    try:
        for number, part in enumerate(plan, start=1):
            part.write(place)
            if progress:
                progress(number, len(plan))
    except BaseException:
        study.exported.remove(name)
        raise
    carried = sum(len(person.accounts) for person in out) if texts else 0
    return Export(name, row.name, place, tuple(person.label for person in out), len(files), carried, tuple(left_out))


def _named(kind: str) -> ExportKind:
    row = EXPORTS.get(kind.strip().casefold())
    if row is None:
        raise UnknownName(
            f"no export is called {describe(kind)}", allowed=tuple(EXPORTS), next_step=suggest(kind, EXPORTS)
        )
    return row


def _checked(study: Study, dest: Path) -> Path:
    place = dest.expanduser().resolve()
    if place.is_relative_to(study.path.resolve()):
        raise UsageError(
            "an export cannot lie inside the study", where=place, rule="in the study everything is encrypted"
        )
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(
            "the folder is not empty",
            where=place,
            rule="an export gets a folder of its own: erasure deletes its files and no others",
            next_step="give a folder that does not exist yet",
        )
    return place


def _entered(study: Study, place: Path, people: Sequence[str], kind: str, files: Sequence[Path], handed_to: str) -> str:
    """Enter the export before its first byte is written, so that an erasure also reaches what is left half done."""
    was_there = place.exists()
    place.mkdir(parents=True, exist_ok=True)
    try:
        return study.exported.add(place, people, kind, files=files, handed_to=handed_to)
    except BaseException:
        if not was_there:
            with suppress(OSError):
                place.rmdir()
        raise
