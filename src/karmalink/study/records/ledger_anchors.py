"""The ledger as a namespace of the study: its entries, its head, and its anchors outside the study."""

from __future__ import annotations

import builtins
import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    """Where the hash of an entry was left outside the study.

    Attributes
    ----------
    seq : int
        Number of the entry: the order of this one and of all before it is proved.
    hash : str
        Its hash.
    note : str
        Where it stands: a page, a letter, a newspaper, a time-stamping service.
    at : str
        When the anchor was entered, ISO 8601, UTC.
    token : bytes
        A time-stamp token (RFC 3161, DER) over the hash; empty where there is none.
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
        """Tell which entry and where."""
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

    def head(self) -> LedgerEntry:
        """Return the last entry; its hash is what is anchored outside.

        Raises
        ------
        CannotAnswer
            There is no entry.
        """
        last = self._core.ledger.last()
        if last is None:
            raise CannotAnswer("the ledger has no entry")
        return last

    def anchor(self, note: str, *, hash: str = "", token: bytes | str | Path = b"") -> Anchor:  # noqa: A002
        """Enter that the hash of an entry stands outside the study.

        Parameters
        ----------
        note : str
            Where it stands, so that somebody can go and compare.
        hash : str
            The hash as it stands there, or its first 16 digits or more; the last entry's where not given.
        token : bytes or path
            A time-stamp token, or the file it is in (``openssl ts -query -digest HASH -sha256``, answered by a
            service). It must be over the hash. Whether its signature holds is for ``openssl ts -verify``.

        Raises
        ------
        UsageError
            No note; no entry has this hash; the token is over something else.
        """
        if not note.strip():
            raise UsageError("an anchor says where it stands", next_step="give a page, a letter, a service")
        entry = self._entry(hash)
        body = token if isinstance(token, bytes) else _read(Path(token))
        if body and bytes.fromhex(entry.hash) not in body:
            raise UsageError("the time-stamp token is over something else", rule=f"it must be over {entry.hash}")
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
        """Tell how many entries and anchors there are."""
        return f"<ledger of {len(self)} entries, {len(self.anchors())} anchors>"

    def _entry(self, digest: str) -> LedgerEntry:
        if not digest:
            return self.head()
        wanted = digest.strip().lower()
        found = [entry for entry in self.list() if len(wanted) >= _SHORTEST_HASH and entry.hash.startswith(wanted)]
        if not found:
            raise UsageError(
                "no entry of the ledger has this hash",
                rule=f"the hash of an entry, or its first {_SHORTEST_HASH} digits or more",
                next_step="see the entries: karmalink study ledger",
            )
        return found[0]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ReadError("there is no such file", where=path)
    return path.read_bytes()
