"""Registers of lives out of tables, lines of JSON and GEDCOM."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import InputError, ReadError, suggest
from karmalink.link.claimants.claim_words import RELATIONS
from karmalink.link.claimants.gedcom_lives import read_gedcom_lives
from karmalink.link.claimants.life_records import LONGEST_LIFE, LifeRecord, LifeRegister
from karmalink.rows import read_sheet, read_text

__all__ = ["read_life_register"]

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


def read_life_register(path: str | Path, mapping: str | Path | None = None) -> LifeRegister:
    """Read a register of lives.

    Parameters
    ----------
    path : str or Path
        ``.ged``: GEDCOM 5.5 (with the extra `gedcom`). ``.jsonl``: one life a line. ``.csv`` or ``.tsv``: one life a
        row, several relatives or facts of a cell with ``;`` between them.
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
    listed = () if complete is None else (complete,)
    if place.suffix.casefold() == ".ged":
        return LifeRegister(read_gedcom_lives(place), *listed)
    rows = _json_rows(place) if place.suffix.casefold() in (".jsonl", ".ndjson") else _table_rows(place)
    lives = [_life(row, columns, place, line) for line, row in rows]
    if len({life.id for life in lives}) < len(lives) / 2:
        raise InputError(
            f"{counted(len(lives), 'row')} of {counted(len({life.id for life in lives}), 'identifier')}",
            where=place,
            rule="a row of the register is a life, not a fact of one",
            next_step="put all facts of a life into one row; several in a cell have ; between them",
        )
    return LifeRegister(tuple(lives), *listed)


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
    born, died = (_year(found.get(name), where, name) for name in ("born_year", "died_year"))
    return LifeRecord(
        id=str(found["id"]).strip(),
        name=str(found.get("name", "")).strip(),
        sex=_SEXES.get(str(found.get("sex", "")).strip().casefold(), ""),
        age=_age(born, died, where),
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


def _age(born: int | None, died: int | None, where: str) -> int | None:
    """Return the years of a life, where both ends are known.

    A register that is all Buddhist era gives the same ages as a Gregorian one. One that mixes them gives a life of 590
    years, or one that ends before it begins, and both would fit "I was a very old man" or "I never grew up".
    """
    if born is None or died is None:
        return None
    if not 0 <= died - born <= LONGEST_LIFE:
        raise InputError(
            f"born_year {born} and died_year {died} make a life of {died - born} years",
            where=where,
            rule=f"0 to {LONGEST_LIFE} years, both years in one calendar",
            next_step="a Buddhist year less 543 is a Gregorian one; leave a year empty that is not known",
        )
    return died - born


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
