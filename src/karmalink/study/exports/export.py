"""One export: who may go out, where to, and its row in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["EXPORTS", "Export", "ExportKind", "export_study"]


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One format that a study can be exported in."""

    name: str
    meaning: str


EXPORTS: Mapping[str, ExportKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ExportKind("bids", "a BIDS dataset: recordings, staging and awakenings as events, accounts"),
            ExportKind("dream", "the DREAM database's Records.csv with EDF excerpts that end at the awakening"),
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
    raise NotImplementedError
