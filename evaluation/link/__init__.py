"""Cases of the link room: whose memory a text is made of, and how often the answer is chance."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.link import (
    authorship,
    claims,
    diary,
    dreambank,
    hlab,
    mechanisms,
    pepys,
    planted,
    same_nights,
    sherlock,
)
from evaluation.link.people import PATTERN

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "diary": Case(diary.PATTERN, diary.run),
    "mechanisms": Case("dreams/dreambank/dreams.jsonl", mechanisms.run),
    "claims": Case(claims.PATTERN, claims.run),
    "planted": Case("dreams/ainc/*.csv", planted.run),
    "pepys": Case("dreams/pepys/entries.jsonl", pepys.run),
    "authorship": Case(PATTERN, authorship.run),
    "hlab": Case(hlab.PATTERN, hlab.run),
    "dreambank": Case("dreams/dreambank/dreams.jsonl", dreambank.run),
    "same-night": Case("dreams", same_nights.run),
    "sherlock": Case("dreams/sherlock/*.xlsx", sherlock.run),
}
