"""What is sought, described by Object ID: what police, museums and customs need to know a thing again.

Thornes, R., Dorrell, P., Lie, H. (1999), *Introduction to Object ID: Guidelines for Making Records that Describe Art,
Antiques, and Antiquities*, Getty Information Institute; since 2004 with ICOM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from karmalink.errors import InputError

__all__ = ["OBJECT_ID", "Sought"]

# Field of the case file → heading of the standard. The first ten are its checklist, the rest may be added.
OBJECT_ID: Mapping[str, str] = {
    "type": "Type of object",
    "materials": "Materials and techniques",
    "measurements": "Measurements",
    "inscriptions": "Inscriptions and markings",
    "features": "Distinguishing features",
    "title": "Title",
    "subject": "Subject",
    "period": "Date or period",
    "maker": "Maker",
    "description": "Short description",
    "photograph": "Photograph",
    "number": "Object ID number",
    "origin": "Place of origin or discovery",
    "related": "Related written material",
    "documented": "Date documented",
}
CHECKLIST = tuple(OBJECT_ID)[:10]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for, by the fields of Object ID.

    Attributes
    ----------
    fields : mapping of str to str
        Key of :data:`OBJECT_ID` → text; only those that are known.
    """

    fields: Mapping[str, str]

    def __post_init__(self) -> None:
        """Check the keys.

        Raises
        ------
        InputError
            If one is none of the standard's.
        """
        for key, text in self.fields.items():
            if key not in OBJECT_ID or not str(text).strip():
                raise InputError(
                    f"{key!r} of what is sought",
                    rule="a text for a field of Object ID",
                    allowed=tuple(OBJECT_ID),
                )

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Heading and text of every field that is known, in the standard's order."""
        return tuple((heading, self.fields[key]) for key, heading in OBJECT_ID.items() if key in self.fields)

    @property
    def missing(self) -> tuple[str, ...]:
        """Headings of the standard's checklist that nobody has filled in; what a photograph would show is not known."""
        return tuple(OBJECT_ID[key] for key in CHECKLIST if key not in self.fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, and what of the checklist is missing."""
        return {"object_id": dict(self.fields), "missing": list(self.missing)}

    def __repr__(self) -> str:
        """Tell how much of the checklist is known."""
        return f"Sought({len(CHECKLIST) - len(self.missing)} of {len(CHECKLIST)} fields of Object ID)"
