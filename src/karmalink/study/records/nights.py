"""Nights: recordings in the vault, with the doctor's findings and their scoring."""

from __future__ import annotations

import builtins
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.outside import check_outside
from karmalink.base.wording import counted
from karmalink.errors import Duplicate, IntegrityError, ReadError, describe
from karmalink.study.records.records import Added, Records
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.files_in_memory import clear_files
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row, SealedTable
from karmalink.study.store.tables import NIGHTS, SCORES
from karmalink.study.store.vault import VaultFile, file_sha256

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Finding, Hypnogram, Recording, SleepSummary

__all__ = ["Night", "Nights", "clear_names", "stored_files", "with_companions"]

# Recordings of several files: which files belong to the one that is named.

_HEADER_NAMES = re.compile(r"^(?:DataFile|MarkerFile)\s*=\s*(.+?)\s*$", re.MULTILINE)


def clear_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the files in memory while they are read."""
    # Files that belong together keep their names, since the header names them; they exist in memory only.
    return tuple(path.name for path in paths) if len(paths) > 1 else (f"recording{paths[0].suffix.lower()}",)


def with_companions(path: Path) -> list[Path]:
    """Return a recording's file, followed by the files that belong to it.

    Raises
    ------
    ReadError
        The file is missing or empty, or one that it names is missing.
    """
    check_outside(path, "recording")
    companions = _COMPANIONS.get(path.suffix.lower())
    names = companions(path) if companions else []
    files = [path, *(path.with_name(name) for name in names)]
    for companion in files[1:]:
        if not companion.is_file():
            raise ReadError("a file that the recording names is missing", where=companion, next_step=_TOGETHER)
    return files


def _brainvision(path: Path) -> list[str]:
    named = _HEADER_NAMES.findall(path.read_text(encoding="utf-8", errors="replace"))
    return [Path(name.replace("$b", path.stem)).name for name in named]


def _eeglab(path: Path) -> list[str]:
    return [path.with_suffix(".fdt").name] if path.with_suffix(".fdt").exists() else []


_COMPANIONS: dict[str, Callable[[Path], list[str]]] = {".vhdr": _brainvision, ".set": _eeglab}
_TOGETHER = "put the files of one recording into one folder"


@dataclass(frozen=True, slots=True)
class Night:
    """One recording of one person.

    Attributes
    ----------
    id, person : str
        Identifier, and the sleeper.
    files : tuple of str
        Names of the files while they are read; the first is the recording.
    digests : tuple of str
        SHA-256 of each file as it was given.
    start : datetime or None
        Clock time of the first sample, by the recorder's clock.
    duration_s : float or None
        Length in seconds, if known.
    channels : tuple of str
        Names of the channels, if known.
    """

    id: str
    person: str
    files: tuple[str, ...]
    digests: tuple[str, ...]
    start: datetime | None = None
    duration_s: float | None = None
    channels: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One-line summary."""
        length = "" if self.duration_s is None else f", {self.duration_s / 3600:.1f} h"
        start = "" if self.start is None else f", from {self.start:%Y-%m-%d %H:%M}"
        return f"Night({self.id}: {self.person}{start}{length})"


class Nights:
    """The recordings of a study. They are encrypted into the vault, and are never on a disk unencrypted.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._records: Records[Night] = Records(core, NIGHTS)
        self._scores = SealedTable(core, SCORES)

    def add(
        self,
        person: str,
        path: str | Path,
        *,
        id: str,  # noqa: A002
        recording: Recording | None = None,
        hypnogram: Hypnogram | None = None,
        doctor: DoctorReport | Iterable[Finding] | None = None,
        summary: SleepSummary | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Added:
        """Encrypt a recording into the vault, with its scoring if there is one. The file itself stays where it is.

        Parameters
        ----------
        person : str
            The sleeper.
        path : str or Path
            The recording. BrainVision and EEGLAB files come with the files they name.
        id : str
            Identifier of the night.
        recording : Recording, optional
            As the night room read it: gives start, length and channels.
        hypnogram, doctor, summary
            As for :meth:`score`.
        progress : callable, optional
            Called with (bytes done, bytes in all).

        Raises
        ------
        UnknownName, ConsentMissing
            The sleeper is not in the study, or has not agreed.
        ReadError
            The file is missing or empty.
        Duplicate
            The identifier is taken by another recording.
        StorageFailed
            The disk is full or read-only; nothing was stored.
        """
        self._core.database.check_writable()
        paths = with_companions(Path(path))
        owner = self._core.directory.agreed(person)
        night = Night(id, person, clear_names(paths), tuple(map(file_sha256, paths)), **_recorded(recording))
        row = self._records.sealed.find([id]).get(id)
        if row is not None:
            return self._known_or_taken(row, night)
        # Encrypting a night takes seconds, and other processes can write meanwhile: what was checked is checked again.
        with self._core.vault.staging() as stage:
            stored = [stage(owner, file, progress) for file in paths]
            return self._settled(night, owner, stored, hypnogram, doctor, summary)

    def _settled(
        self,
        night: Night,
        owner: str,
        stored: Sequence[VaultFile],
        hypnogram: Hypnogram | None,
        doctor: DoctorReport | Iterable[Finding] | None,
        summary: SleepSummary | None,
    ) -> Added:
        with self._core.database.transaction():
            row = self._records.sealed.find([night.id]).get(night.id)
            if row is not None:
                return self._known_or_taken(row, night)
            self._core.directory.agreed(night.person)
            for file in stored:
                self._core.vault.settle(file)
                self._core.database.on_rollback(partial(self._core.vault.remove, file.name))
            clear = {"file": " ".join(s.name for s in stored), "sha256": " ".join(s.sha256 for s in stored)}
            self._records.sealed.insert([New(night.id, (owner,), night, clear=clear)])
            if hypnogram is not None:
                self.score(night.id, hypnogram, doctor=doctor, summary=summary)
        return Added("nights", (night.id,))

    def score(
        self,
        name: str,
        hypnogram: Hypnogram,
        *,
        doctor: DoctorReport | Iterable[Finding] | None = None,
        summary: SleepSummary | None = None,
    ) -> None:
        """Store the scoring of a night; the newest scoring is the one that is read.

        Raises
        ------
        UnknownName
            There is no such night.
        """
        findings = () if doctor is None else tuple(doctor if isinstance(doctor, Iterable) else doctor.findings)
        facts = {"hypnogram": hypnogram, "findings": findings, "summary": summary}
        with self._core.database.transaction():
            row = self._records.row(name)
            owners = owners_of(row.owners)
            self._scores.insert([New(secrets.token_hex(8), owners, facts, clear={"night": row.id})])

    def hypnogram(self, name: str) -> Hypnogram | None:
        """Return the newest scoring of a night, None if it is not scored."""
        scoring: Hypnogram | None = self._scored(name).get("hypnogram")
        return scoring

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Return the doctor's findings in a night's recording."""
        return tuple(self._scored(name).get("findings", ()))

    def summary(self, name: str) -> SleepSummary | None:
        """Return the summary of a night, None if it is not scored."""
        figures: SleepSummary | None = self._scored(name).get("summary")
        return figures

    @contextmanager
    def path(self, name: str, *, progress: Callable[[int, int], None] | None = None) -> Iterator[Path]:
        """Give the recording as a file in memory, for as long as the context lasts.

        Raises
        ------
        UnknownName
            There is no such night.
        IntegrityError
            The vault's file is missing or was changed.
        StorageFailed
            This system has no files in memory (see the setting ``vault.scratch``).
        """
        row = self._records.row(name)
        night = self._opened(row)
        (owner,) = owners_of(row.owners)
        files = stored_files(row)
        if len(files) != len(night.files):
            raise IntegrityError(
                "the night does not name its files any more", where=name, next_step="run: karmalink study verify"
            )
        writers = {
            file: partial(self._core.vault.write_to, owner, stored, progress=progress)
            for file, stored in zip(night.files, files, strict=True)
        }
        with clear_files(writers, policy=self._core.settings["vault.scratch"]) as folder:
            yield folder / night.files[0]

    @contextmanager
    def recording(self, name: str, *, progress: Callable[[int, int], None] | None = None) -> Iterator[Recording]:
        """Give the recording as the night room reads it, for as long as the context lasts."""
        from karmalink.night import read_recording

        with self.path(name, progress=progress) as path:
            yield read_recording(path, label=name)

    def get(self, name: str) -> Night:
        """Return a night.

        Raises
        ------
        UnknownName
            There is no such night.
        """
        return self._records.get(name)

    def list(self, *, person: str | None = None) -> builtins.list[Night]:
        """Return the nights of one person or of all, in the order in which they were added."""
        return self._records.list(person=person)

    def ids(self, *, person: str | None = None) -> builtins.list[str]:
        """Return the identifiers."""
        return self._records.ids(person=person)

    def owners(self, names: Iterable[str]) -> dict[str, Owners]:
        """Return the owners of these nights, by pseudonym; unknown nights are absent."""
        return self._records.owners(names)

    def __contains__(self, name: object) -> bool:
        """Whether a night of this identifier is in the study."""
        return name in self._records

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._records)

    def __iter__(self) -> Iterator[Night]:
        """Go through the nights."""
        return iter(self._records)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), 'night')}>"

    def _opened(self, row: Row) -> Night:
        night: Night = self._records.sealed.facts(row)
        return night

    def _scored(self, name: str) -> dict[str, Any]:
        night = self._records.row(name)
        rows = [row for row in self._scores.rows(person=night.owners) if row.night == night.id]
        return self._scores.facts(rows[-1]) if rows else {}

    def _known_or_taken(self, row: Row, night: Night) -> Added:
        stored = self._opened(row)
        if (stored.person, stored.digests) == (night.person, night.digests):
            return Added("nights", (), 1)
        raise Duplicate(
            f"the identifier {describe(night.id)} is taken by another recording",
            where="nights",
            rule="an identifier means one recording; the same recording again adds nothing",
            next_step="give it another identifier",
        )


def stored_files(row: Row) -> list[VaultFile]:
    """Return the files of the vault that a night's row names; none if what names them was damaged."""
    if not (isinstance(row.file, str) and isinstance(row.sha256, str)):
        return []
    names, digests = row.file.split(), row.sha256.split()
    return [VaultFile(*pair) for pair in zip(names, digests, strict=True)] if len(names) == len(digests) else []


def _recorded(recording: Recording | None) -> dict[str, Any]:
    if recording is None:
        return {}
    return {"start": recording.start, "duration_s": float(recording.duration_s), "channels": recording.names}
