"""One export: the people in it, its folder, and its entry in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, UnknownName, UsageError, describe, suggest
from karmalink.study.exports.export_folder import for_its_owner_only
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
        Its name, and one line for the help.
    plan : callable
        Function from people, title, version and texts to the files.
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
            "no awakening is inside a recording",
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
    """The result of one export.

    Attributes
    ----------
    id : str
        Its identifier among the study's exports.
    kind : str
        A key of :data:`EXPORTS`.
    path : Path
        Its folder.
    people : tuple of str
        Pseudonyms of the people in it.
    files : int
        Number of files.
    texts : int
        Number of accounts whose text it contains.
    left_out : tuple of str
        Who or what is left out and why, one line each.
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
        """One-line summary."""
        texts = f"texts of {counted(self.texts, 'account')}" if self.texts else "no texts"
        people, files = counted(len(self.people), "person", "people"), counted(self.files, "file")
        return f"Export({self.kind} to {self.path}: {people}, {files}, {texts})"


def export_study(
    study: Study,
    kind: str,
    dest: str | Path,
    *,
    texts: bool = False,
    handed_to: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Export:
    """Export a study, not encrypted.

    Parameters
    ----------
    study : Study
        Open for writing: an export is an entry of the ledger.
    kind : str
        A key of :data:`EXPORTS`.
    dest : str or Path
        A folder that does not exist yet or is empty, outside the study.
    texts : bool
        Whether the texts of accounts are exported too.
    handed_to : str
        Who gets a copy; listed so that it can be asked for after an erasure.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UnknownName
        No such export.
    UsageError
        The folder is not empty, or is inside the study.
    CannotAnswer
        No one in the study may be exported.
    """
    from karmalink import __version__

    export_kind = _kind_named(kind)
    place = _checked(study, Path(dest))
    with study.snapshot():
        people, left_out = exportable_people(study)
        exported = export_people(study, people)
    if not people:
        raise CannotAnswer(
            "no one in this study may be exported",
            rule="; ".join(left_out) or "the study has no people",
            next_step="ask them, then enter their answer: karmalink study consent",
        )
    plan = export_kind.plan(exported, study.title, __version__, texts)
    files = [path for part in plan for path in part.paths]
    name = _entered(study, place, [person.id for person in people], export_kind.name, files, handed_to)
    try:
        with for_its_owner_only():
            for number, part in enumerate(plan, start=1):
                part.write(place)
                if progress:
                    progress(number, len(plan))
        study.exported.finished(name)
    except BaseException:
        study.exported.remove(name)
        raise
    n_texts = sum(len(person.accounts) for person in exported) if texts else 0
    labels = tuple(person.label for person in exported)
    return Export(name, export_kind.name, place, labels, len(files), n_texts, tuple(left_out))


def _kind_named(word: str) -> ExportKind:
    kind = EXPORTS.get(word.strip().casefold())
    if kind is None:
        raise UnknownName(
            f"unknown kind of export {describe(word)}", allowed=tuple(EXPORTS), next_step=suggest(word, EXPORTS)
        )
    return kind


def _checked(study: Study, dest: Path) -> Path:
    place = dest.expanduser().resolve()
    if place.is_relative_to(study.path.resolve()):
        raise UsageError(
            "an export cannot be inside the study", where=place, rule="in the study everything is encrypted"
        )
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(
            "the folder is not empty",
            where=place,
            rule="an export has a folder of its own: an erasure deletes its files and no others",
            next_step="give a folder that does not exist yet",
        )
    return place


def _entered(study: Study, place: Path, people: Sequence[str], kind: str, files: Sequence[Path], handed_to: str) -> str:
    """Enter the export before its first byte is written, so that an erasure also reaches an unfinished export."""
    was_there = place.exists()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.chmod(0o700)
    try:
        return study.exported.add(place, people, kind, files=files, handed_to=handed_to, written=False)
    except BaseException:
        if not was_there:
            with suppress(OSError):
                place.rmdir()
        raise
