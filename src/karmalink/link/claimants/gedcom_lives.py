"""Lives out of a GEDCOM file: what genealogists' programs export (extra ``gedcom``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import MissingExtra, ReadError
from karmalink.link.claimants.life_records import LONGEST_LIFE, LifeRecord

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["read_gedcom_lives"]

_SEXES = {"M": "M", "F": "F"}
_FACTS = ("EVEN", "FACT", "DSCR", "NOTE")  # events, facts, descriptions, notes: their own words
_LONGEST = 200  # characters of a fact: a note of pages is a text, not a fact


def read_gedcom_lives(path: Path) -> tuple[LifeRecord, ...]:
    """Return the persons of a GEDCOM file as lives.

    Parents and siblings are those of the family a person is a child of, spouses and children those of the person's own
    families. The first part of a place is the place, its last the country.

    Raises
    ------
    MissingExtra
        The extra ``gedcom`` is not installed.
    ReadError
        The file is not GEDCOM, or nobody is in it.
    """
    library = _library()
    try:
        with library.GedcomReader(str(path)) as reader:
            lives = tuple(_life(person) for person in reader.records0("INDI"))
    except (OSError, ValueError, LookupError, library.parser.ParserError, library.parser.CodecError) as error:
        raise ReadError(
            "not a GEDCOM file that can be read",
            where=path,
            rule="a file begins with 0 HEAD",
            next_step="export it again",
        ) from error
    if not lives:
        raise ReadError("nobody is in the file", where=path, rule="a GEDCOM register has persons (INDI)")
    return lives


def _library() -> ModuleType:
    try:
        import ged4py
        import ged4py.parser
    except ImportError as error:
        raise MissingExtra(
            "GEDCOM files need the extra gedcom", next_step="pip install 'karmalink[gedcom]', or export a table"
        ) from error
    return ged4py


def _life(person: Any) -> LifeRecord:
    born, died = _year(person, "BIRT/DATE"), _year(person, "DEAT/DATE")
    places = next((place for tag in ("BIRT", "RESI", "DEAT") if (place := _text(person, f"{tag}/PLAC"))), "")
    parts = [part.strip() for part in places.split(",") if part.strip()]
    return LifeRecord(
        id=str(person.xref_id).strip("@"),
        name=person.name.format(),
        sex=_SEXES.get(str(person.sex or ""), ""),
        age=_age(born, died),
        place=parts[0] if parts else "",
        country=parts[-1] if len(parts) > 1 else "",
        occupation=_text(person, "OCCU"),
        death_cause=_text(person, "DEAT/CAUS"),
        family=tuple(dict.fromkeys(_family(person))),
        facts=tuple(fact for tag in _FACTS for one in person.sub_tags(tag) if (fact := _fact(one))),
    )


def _age(born: int | None, died: int | None) -> int | None:
    """Return the age at death; None where years of two calendars stand beside each other."""
    age = None if born is None or died is None else died - born
    return age if age is not None and 0 <= age <= LONGEST_LIFE else None


def _family(person: Any) -> Iterator[tuple[str, str]]:
    for relation, parent in (("father", person.father), ("mother", person.mother)):
        if parent is not None:
            yield relation, parent.name.format()
    for family in person.sub_tags("FAMC"):
        for child in family.sub_tags("CHIL"):
            if child.xref_id != person.xref_id and child.sex in _SEXES:
                yield ("brother" if child.sex == "M" else "sister"), child.name.format()
    for family in person.sub_tags("FAMS"):
        for spouse in family.sub_tags("HUSB", "WIFE"):
            if spouse.xref_id != person.xref_id and spouse.sex in _SEXES:
                yield ("husband" if spouse.sex == "M" else "wife"), spouse.name.format()
        for child in family.sub_tags("CHIL"):
            if child.sex in _SEXES:
                yield ("son" if child.sex == "M" else "daughter"), child.name.format()


def _year(person: Any, tag: str) -> int | None:
    """Return the year of a simple or rough date; a range or a phrase has none."""
    date = getattr(person.sub_tag_value(tag), "date", None)
    year = getattr(date, "year", None)
    return int(year) if isinstance(year, int) and not getattr(date, "bc", False) else None


def _text(person: Any, tag: str) -> str:
    value = person.sub_tag_value(tag)
    return value.strip() if isinstance(value, str) else ""


def _fact(record: Any) -> str:
    words = [record.value, record.sub_tag_value("TYPE")]
    text = " ".join(word.strip() for word in words if isinstance(word, str))
    return text if len(text) <= _LONGEST else ""
