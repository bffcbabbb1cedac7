"""The ledger as a namespace of the study: its entries, its head, and its anchors outside the study."""

from __future__ import annotations

import builtins
import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, ReadError, UsageError
from karmalink.study.store.core import Core
from karmalink.study.store.ledger import LedgerEntry
from karmalink.study.store.sealed import New, SealedTable
from karmalink.study.store.tables import ANCHORS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Anchor", "Ledger"]

_SHORTEST_HASH = 16


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the hash of an entry was published outside the study.

    Attributes
    ----------
    seq : int
        Number of the entry: the order up to this entry is proved.
    hash : str
        Its hash.
    note : str
        Where it was published: a page, a letter, a newspaper, a time-stamping service.
    at : str
        When the anchor was entered, ISO 8601, UTC.
    token : bytes
        A time-stamp token (RFC 3161, DER) over the hash; empty if there is none.
    """

    seq: int
    hash: str
    note: str
    at: str
    token: bytes = b""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"seq": self.seq, "hash": self.hash, "note": self.note, "at": self.at, "token": bool(self.token)}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Anchor(entry {self.seq}: {self.note}{', with a time stamp' if self.token else ''})"


class Ledger:
    """The ledger of a study.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._anchors = SealedTable(core, ANCHORS)

    def list(self) -> builtins.list[LedgerEntry]:
        """Return all entries in order."""
        return self._core.ledger.list()

    def latest(self, event: str) -> LedgerEntry | None:
        """Return the last entry of an event (``people.erased``), None if there is none."""
        return self._core.ledger.latest([event])

    def head(self) -> LedgerEntry:
        """Return the last entry; its hash is the one to publish outside.

        Raises
        ------
        CannotAnswer
            The ledger is empty.
        """
        last = self._core.ledger.last()
        if last is None:
            raise CannotAnswer("the ledger is empty")
        return last

    def anchor(self, note: str, *, hash: str = "", token: bytes | str | Path = b"") -> Anchor:  # noqa: A002
        """Enter that the hash of an entry was published outside the study.

        Parameters
        ----------
        note : str
            Where it was published, so that others can compare.
        hash : str
            The hash as published, or at least its first 16 digits; the last entry's if not given.
        token : bytes or path
            A time-stamp token, or the file it is in (``openssl ts -query -digest HASH -sha256``, answered by a
            service). It must be over the hash; ``openssl ts -verify`` checks its signature.

        Raises
        ------
        UsageError
            No note; no entry has this hash; the token is over another hash.
        """
        if not note.strip():
            raise UsageError("the note of an anchor is empty", rule="an anchor says where the hash was published")
        entry = self._entry(hash)
        body = token if isinstance(token, bytes) else _read(Path(token))
        if body and bytes.fromhex(entry.hash) not in body:
            raise UsageError("the time-stamp token is over another hash", rule=f"it must be over {entry.hash}")
        anchor = Anchor(entry.seq, entry.hash, note, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), body)
        facts = {"seq": anchor.seq, "hash": anchor.hash, "note": note, "at": anchor.at, "token": body}
        with self._core.database.transaction():
            self._anchors.insert([New(secrets.token_hex(8), (), facts)])
        return anchor

    def anchors(self) -> builtins.list[Anchor]:
        """Return the anchors, oldest first."""
        return [Anchor(**self._anchors.facts(row)) for row in self._anchors.rows()]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per entry: seq, at, event, owners, count, digest, previous, hash, seal."""
        import pandas as pd

        return pd.DataFrame([{**entry.to_dict(), "owners": " ".join(entry.owners)} for entry in self.list()])

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._core.ledger)

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Go through the entries in order."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        anchors = counted(len(self.anchors()), "anchor")
        return f"<ledger of {counted(len(self), 'entry', 'entries')}, {anchors}>"

    def _entry(self, digest: str) -> LedgerEntry:
        if not digest:
            return self.head()
        prefix = digest.strip().lower()
        matching = [entry for entry in self.list() if len(prefix) >= _SHORTEST_HASH and entry.hash.startswith(prefix)]
        if not matching:
            raise UsageError(
                "no entry of the ledger has this hash",
                rule=f"the hash of an entry, or at least its first {_SHORTEST_HASH} digits",
                next_step="list the entries: karmalink study ledger",
            )
        return matching[0]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ReadError("the file is missing", where=path)
    return path.read_bytes()
