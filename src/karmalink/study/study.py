"""The study: people, nights, accounts, lives, places and clues, encrypted; the only room that stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from karmalink.study.erase import ErasureReport
    from karmalink.study.keys import KdfCost
    from karmalink.study.verify import VerifyReport

__all__ = ["Study"]


class Study:
    """One study, open for reading or for writing. Use it as a context manager.

    Namespaces (each: ``add(record_or_records) -> Added``, ``check(records) -> list[Refusal]`` (raises nothing),
    ``get(id)``, ``list()``, ``ids()``, ``len()``, iteration):

    ``people`` (Person; also ``update(person)``, ``consent(id, …)``, ``pseudonym(id)``),
    ``nights`` (``add(person, path, *, id, hypnogram=None, doctor=None, summary=None, progress=None) -> Night``,
    ``score(id, …)``, ``recording(id)`` → context manager of a Path in memory),
    ``awakenings`` (Awakening), ``accounts`` (Account), ``lives`` (Life with its entries), ``places`` (Place),
    ``witnesses`` (Witness), ``clues`` (Clue; ``add(clues, contributors=())``),
    ``results`` (``put(kind, contributors, data, *, id=None) -> str``, ``get(id)``, ``latest(kind)``, ``list(kind)``),
    ``exported`` (``add(path, people, kind, *, files=None, handed_to="") -> str``, ``list()``, ``handed_out(id, to)``),
    ``ledger`` (``list()``, ``head()``, ``anchor(…)``).
    """

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        title: str,
        passphrase: str | None = None,
        keys: str | Path | None = None,
        database_url: str = "",
        cost: KdfCost | None = None,
    ) -> Study:
        """Make a new study and open it for writing."""
        raise NotImplementedError

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        passphrase: str | None = None,
        keys: str | Path | None = None,
        write: bool = False,
    ) -> Study:
        """Open a study."""
        raise NotImplementedError

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is stored together or not at all."""
        raise NotImplementedError
        yield

    def withdraw(
        self, person: str, *, erase: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> ErasureReport:
        """Withdraw a person; with `erase`, delete everything of theirs."""
        raise NotImplementedError

    def verify(self, *, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
        """Check the ledger, the rows and the vault."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the study."""

    def __enter__(self) -> Self:
        """Return the study."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the study."""
        self.close()
