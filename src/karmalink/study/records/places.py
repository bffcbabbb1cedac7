"""Places, witnesses and clues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from karmalink.errors import UnknownName, describe, suggest
from karmalink.seek.ground.places import Place
from karmalink.study.records.records import Added, Batch, Fault, Records, as_batch
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.tables import CLUES, PLACES, WITNESSES

if TYPE_CHECKING:
    from karmalink.seek import Clue, Witness

__all__ = ["Clues", "Places", "Witnesses"]


class Places(Records[Place]):
    """Places belong to no one."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, PLACES)

    def names(self) -> frozenset[str]:
        """Return all the names a clue may use for a place: identifiers, and names and aliases without case."""
        names: set[str] = set()
        for place in self.list():
            names |= {place.id, *(_plain(name) for name in (place.name, *place.aliases))}
        return frozenset(names)


class Witnesses(Records["Witness"]):
    """A witness who is a person of the study belongs to that person; any other belongs to no one."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, WITNESSES)

    def _named(self, batch: Sequence[Witness]) -> Mapping[str, Owners]:
        return self.owners(name for witness in batch for name in witness.talked_to)

    def _faults(self, record: Witness, batch: Batch[Witness]) -> Iterator[Fault]:
        if record.person:
            yield from self._not_agreed("person", record.person)
        for other in record.talked_to:
            if other not in batch.named and other not in batch.records:
                near = suggest(other, [*batch.named, *batch.records])
                what = f"witness {describe(record.id)} talked to the unknown witness {describe(other)}"
                yield "talked_to", UnknownName(what, next_step=near or "add that witness")

    def _whose(self, record: Witness, batch: Batch[Witness]) -> Owners:
        return (self._pseudonym(record.person),) if record.person else ()


class Clues(Records["Clue"]):
    """A clue belongs to its witness and to the people whose texts it comes from, and is deleted with any of them."""

    def __init__(self, core: Core, places: Places, witnesses: Witnesses) -> None:
        super().__init__(core, CLUES)
        self._places = places
        self._witnesses = witnesses
        self._contributors: Owners = ()
        self._known: frozenset[str] = frozenset()

    def add(
        self,
        records: Clue | Iterable[Clue],
        *,
        contributors: Iterable[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Added:
        """Add clues.

        Parameters
        ----------
        records : Clue or iterable of Clue
            What to add.
        contributors : iterable of str
            People, besides the witness, whose texts these clues come from: for a clue from a link both people.
        progress : callable, optional
            Called with (done, total).

        Raises
        ------
        UnknownName
            A clue names an unknown place, witness or person.
        ConsentMissing, Duplicate, StorageFailed
            As :meth:`Records.add`.
        """
        with self._contributed_by(contributors):
            return super().add(as_batch(records), progress=progress)

    def put(self, records: Clue | Iterable[Clue], *, contributors: Iterable[str] = ()) -> Added:
        """Add clues, each replacing the one with its identifier if there is one: for links that are computed again."""
        with self._contributed_by(contributors):
            return super().put(as_batch(records))

    @contextmanager
    def _contributed_by(self, contributors: Iterable[str]) -> Iterator[None]:
        self._contributors = tuple(self._core.directory.agreed(name) for name in contributors)
        try:
            yield
        finally:
            self._contributors = ()

    def _named(self, batch: Sequence[Clue]) -> Mapping[str, Owners]:
        self._known = self._places.names()
        return self._witnesses.owners(clue.witness for clue in batch)

    def _faults(self, record: Clue, batch: Batch[Clue]) -> Iterator[Fault]:
        if record.witness not in batch.named:
            what = f"clue {describe(record.id)} is from the unknown witness {describe(record.witness)}"
            near = suggest(record.witness, self._witnesses.ids())
            yield "witness", UnknownName(what, next_step=near or "add the witness first")
        for place in record.places:
            if place not in self._known and _plain(place) not in self._known:
                what = f"clue {describe(record.id)} names the unknown place {describe(place)}"
                near = suggest(place, self._known)
                yield (
                    "places",
                    UnknownName(what, rule="a clue refers to places", next_step=near or "add the place first"),
                )

    def _whose(self, record: Clue, batch: Batch[Clue]) -> Owners:
        return tuple(sorted({*batch.named[record.witness], *self._contributors}))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
