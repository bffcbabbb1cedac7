"""The columns of tables of accounts and of entries."""

from __future__ import annotations

import re

from karmalink.account.dates import CALENDARS, DateMeans, Precision
from karmalink.account.life import LIFE_KINDS
from karmalink.rows import Field, Refused, Spec, identifier, one_of, text, word

__all__ = ["ACCOUNT_FIELDS", "ENTRY_FIELDS"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def _language(cell: str) -> str:
    found = word(cell)
    if not _LANGUAGE.fullmatch(found):
        raise Refused("is not a language tag", "en, km, pt-BR …")
    return found


_DATE = Field("date", required=True, parse=word, allowed="YYYY-MM-DD, YYYY-MM, YYYY")
_CALENDAR = Field("calendar", required=True, parse=one_of(CALENDARS), allowed=", ".join(CALENDARS))
_PRECISION = Field("precision", parse=one_of(Precision))
_TEXT = Field("text", required=True, parse=text, private=True, allowed="what was said or written")

ACCOUNT_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("person", required=True, parse=identifier),
    _DATE,
    _CALENDAR,
    Field("date_means", parse=one_of(DateMeans), default=str(DateMeans.UNKNOWN)),
    _PRECISION,
    Field("awakening", parse=identifier),
    Field("language", parse=_language, default="en"),
    _TEXT,
)

ENTRY_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("life", required=True, parse=identifier),
    _DATE,
    _CALENDAR,
    _PRECISION,
    Field("kind", parse=one_of(LIFE_KINDS)),
    Field("author", parse=identifier),
    _TEXT,
)
