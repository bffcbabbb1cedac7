"""A register of lives: who lived where and with whom, did what and died how; out of a table or lines of JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import Duplicate, InputError, ReadError, suggest
from karmalink.link.claimants.claim_words import RELATIONS
from karmalink.link.claimants.predicates import Known
from karmalink.rows import read_sheet, read_text

__all__ = ["LifeRecord", "LifeRegister", "read_life_register"]

_FIELDS = (
    "id",
    "name",
    "sex",
    "born_year",
    "died_year",
    "place",
    "country",
    "occupation",
    "family",
    "death_cause",
    "facts",
)
# Column of a register → field, where no mapping says otherwise.
_USUAL: Mapping[str, str] = {
    **{name: name for name in _FIELDS},
    "possessions_habits": "facts",
    "events": "facts",
    "possessions": "facts",
    "habits": "facts",
    "born": "born_year",
    "birth_year": "born_year",
    "died": "died_year",
    "death_year": "died_year",
    "cause_of_death": "death_cause",
    "death": "death_cause",
    "job": "occupation",
    "profession": "occupation",
    "town": "place",
    "village": "place",
    "gender": "sex",
    **{name: name for name in RELATIONS if len(RELATIONS[name]) == 1},
}
_SEXES = {"m": "M", "male": "M", "man": "M", "boy": "M", "f": "F", "female": "F", "woman": "F", "girl": "F"}
_LEAST_LIVES = 20


@dataclass(frozen=True, slots=True)
class LifeRecord:
    """One life of a register.

    Attributes
    ----------
    id, name : str
    sex : str
        ``M``, ``F`` or empty.
    age : int or None
        At death, years.
    place, country, occupation, death_cause : str
        Empty where the register says nothing.
    family : tuple of (relation, name)
    facts : tuple of str
        Possessions, habits and events, each in a few words.
    """

    id: str
    name: str = ""
    sex: str = ""
    age: int | None = None
    place: str = ""
    country: str = ""
    occupation: str = ""
    death_cause: str = ""
    family: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()

    def relatives(self, relation: str) -> tuple[str, ...]:
        """Return the names of the relatives of a kind (`child`, `sibling` and `any` are several)."""
        kinds = RELATIONS[relation]
        return tuple(name for kind, name in self.family if kind in kinds)

    def __repr__(self) -> str:
        """One-line summary: never what the life holds."""
        return f"<LifeRecord {self.id}: {counted(len(self.family), 'relative')}, {counted(len(self.facts), 'fact')}>"


@dataclass(frozen=True, eq=False)
class LifeRegister:
    """Lives that are compared with a list of statements.

    Attributes
    ----------
    lives : tuple of LifeRecord
    complete : frozenset of str
        Relations that the register lists in full: a brother who is not listed then contradicts "my brother".
    """

    lives: tuple[LifeRecord, ...]
    complete: frozenset[str] = field(default=frozenset({"brother", "sister", "son", "daughter", "wife", "husband"}))

    def __post_init__(self) -> None:
        """Check that there are enough lives and that each has its own identifier.

        Raises
        ------
        Duplicate, InputError
        """
        seen: set[str] = set()
        for life in self.lives:
            if life.id in seen:
                raise Duplicate(
                    f"two lives have the identifier {life.id[:40]!r}",
                    rule="a row of the register is a life, and an identifier means one life",
                    next_step="put the facts of a life into one row, or give the second life its own identifier",
                )
            seen.add(life.id)
        if len(self.lives) < _LEAST_LIVES:
            raise InputError(
                f"the register has {counted(len(self.lives), 'life', 'lives')}",
                rule="a list is compared with many lives: how often it fits one by chance is learned from the others",
                allowed=f"{_LEAST_LIVES} lives or more",
            )
        unknown = sorted(self.complete - set(RELATIONS))
        if unknown:
            raise InputError(f"unknown relation {unknown[0]!r}", allowed=tuple(RELATIONS))

    def __len__(self) -> int:
        """Return the number of lives."""
        return len(self.lives)

    @cached_property
    def known(self) -> Known:
        """Names and places of the register, for the grammar of statements."""
        names, places = set(), set()
        for life in self.lives:
            for name in (life.name, *(name for _, name in life.family)):
                names |= {word.casefold() for word in name.split() if len(word) > 1}
            places |= {place.casefold() for place in (life.place, life.country) if place}
        return Known(frozenset(names), frozenset(places))

    def number(self, ident: str) -> int:
        """Return the place of a life in the register.

        Raises
        ------
        InputError
            No life has this identifier.
        """
        for place, life in enumerate(self.lives):
            if life.id == ident:
                return place
        raise InputError(
            f"no life {ident[:40]!r} in the register",
            rule="a life that is named beforehand is one of the register",
            next_step=suggest(ident, [life.id for life in self.lives]) or "name it by its identifier",
        )

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<LifeRegister of {counted(len(self), 'life', 'lives')}>"


def read_life_register(path: str | Path, mapping: str | Path | None = None) -> LifeRegister:
    """Read a register of lives.

    Parameters
    ----------
    path : str or Path
        ``.jsonl``: one life a line. ``.csv`` or ``.tsv``: one life a row, several relatives or facts of a cell with
        ``;`` between them.
    mapping : str or Path, optional
        A TOML file: ``[columns]`` names the field of each column, ``complete = ["brother", …]`` the relations that are
        listed in full. Without it columns are known by their usual names.

    Raises
    ------
    ReadError, InputError, Duplicate
        What is wrong, and in which line.
    """
    place = Path(path)
    columns, complete = _mapping(mapping)
    rows = _json_rows(place) if place.suffix.casefold() in (".jsonl", ".ndjson") else _table_rows(place)
    lives = [_life(row, columns, place, line) for line, row in rows]
    if len({life.id for life in lives}) < len(lives) / 2:
        raise InputError(
            f"{counted(len(lives), 'row')} of {counted(len({life.id for life in lives}), 'identifier')}",
            where=place,
            rule="a row of the register is a life, not a fact of one",
            next_step="put all facts of a life into one row; several in a cell have ; between them",
        )
    return LifeRegister(tuple(lives), *(() if complete is None else (complete,)))


def _mapping(path: str | Path | None) -> tuple[Mapping[str, str], frozenset[str] | None]:
    if path is None:
        return _USUAL, None
    try:
        given = tomllib.loads(read_text(Path(path)))
    except tomllib.TOMLDecodeError as error:
        raise ReadError(f"not a TOML file: {error}", where=path) from error
    columns = {str(key): str(value) for key, value in given.get("columns", {}).items()}
    allowed = (*_FIELDS, *(name for name in RELATIONS if len(RELATIONS[name]) == 1))
    for column, name in columns.items():
        if name not in allowed:
            raise InputError(
                f"unknown field {name!r} of column {column!r}",
                where=path,
                allowed=allowed,
                next_step=suggest(name, allowed),
            )
    complete = given.get("complete")
    return {**_USUAL, **columns}, None if complete is None else frozenset(str(name) for name in complete)


def _json_rows(place: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for line, text in enumerate(read_text(place).splitlines(), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise ReadError(f"not JSON: {error.msg}", where=f"{place}, line {line}", rule="one life a line") from error
        if not isinstance(row, dict):
            raise ReadError("not an object", where=f"{place}, line {line}", rule='{"id": …, "name": …} for each life')
        yield line, row


def _table_rows(place: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for record in read_sheet(place).records:
        yield record.line, record.cells


def _life(row: Mapping[str, Any], columns: Mapping[str, str], place: Path, line: int) -> LifeRecord:
    where = f"{place}, line {line}"
    found: dict[str, Any] = {"family": [], "facts": []}
    for column, value in row.items():
        name = columns.get(column, columns.get(column.strip().casefold().replace(" ", "_")))
        if name is None or value in (None, "", []):
            continue
        if name == "facts":
            found["facts"] += _texts(value)
        elif name == "family":
            found["family"] += _family(value, where)
        elif name in RELATIONS:
            found["family"] += [(name, text) for text in _texts(value)]
        else:
            found[name] = value
    if "id" not in found:
        raise InputError("a life without an identifier", where=where, rule="every life has an id", next_step="add it")
    years = [_year(found.get(name), where, name) for name in ("born_year", "died_year")]
    return LifeRecord(
        id=str(found["id"]).strip(),
        name=str(found.get("name", "")).strip(),
        sex=_SEXES.get(str(found.get("sex", "")).strip().casefold(), ""),
        age=None if None in years else max(0, int(years[1]) - int(years[0])),  # type: ignore[arg-type]
        place=str(found.get("place", "")).strip(),
        country=str(found.get("country", "")).strip(),
        occupation=str(found.get("occupation", "")).strip(),
        death_cause=str(found.get("death_cause", "")).strip(),
        family=tuple(found["family"]),
        facts=tuple(found["facts"]),
    )


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    if isinstance(value, Sequence):
        return [str(one.get("text", "") if isinstance(one, Mapping) else one).strip() for one in value if one]
    return [str(value)]


def _family(value: Any, where: str) -> list[tuple[str, str]]:
    found = []
    for one in value if isinstance(value, list) else _texts(value):
        if isinstance(one, Mapping):
            relation, name = str(one.get("relation", "")), str(one.get("name", ""))
        else:
            relation, _, name = (part.strip() for part in str(one).partition(":"))
        if relation not in RELATIONS or len(RELATIONS[relation]) > 1:
            raise InputError(
                f"unknown relation {relation[:30]!r}",
                where=where,
                rule="family is a list of relation: name",
                allowed=tuple(name for name in RELATIONS if len(RELATIONS[name]) == 1),
            )
        found.append((relation, name))
    return found


def _year(value: Any, where: str, name: str) -> int | None:
    if value in (None, ""):
        return None
    text = str(value).strip()
    digits = text.removeprefix("-").split("-")[0] if isinstance(value, str) else text
    if not digits.isdigit() or int(digits) > 3000:
        raise InputError(
            f"{name} {text[:20]!r} is not a year", where=where, allowed="1908, or a date that begins with the year"
        )
    return int(digits)
