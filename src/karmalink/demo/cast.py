"""Who takes part, and what the others wrote down on the same days. All of them are invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from karmalink.account import Entry, Life, When
from karmalink.demo.grammar import DETAILS, Day, entry_text, happen, themes_of
from karmalink.demo.story import BOY, DAYS, FIRST_DAY, Story
from karmalink.demo.themes import THEMES

__all__ = ["CAST", "CastMember", "other_lives"]

_MISSING = 0.1
_CONSENT_DAY = dt.date(2024, 9, 30)


@dataclass(frozen=True, slots=True)
class CastMember:
    """A participant: identifier, role, year of birth, what they are to the boy, and the manner of their diary."""

    id: str
    role: str
    born: int
    title: str
    manner: str
    consent_date: dt.date = _CONSENT_DAY


CAST: tuple[CastMember, ...] = (
    CastMember(BOY, "minor", 2011, "the dreamer, 13", "boy"),
    CastMember("Kimsan", "adult", 1943, "his grandmother, of the memory study", "grandmother"),
    CastMember("Maly", "adult", 1984, "his mother", "mother"),
    CastMember("Rith", "minor", 2010, "his friend, who mends phones", "Rith"),
    CastMember("Chenda", "minor", 2011, "his friend, who keeps a book of cases", "Chenda"),
    CastMember("Vuthy", "adult", 1969, "the shopkeeper of the lane", "shopkeeper"),
)


def other_lives(story: Story) -> list[Life]:
    """Return the diaries of the five others over the days of the story.

    On the evenings of
    the tale the grandmother notes that she told it, without saying where.
    """
    rng = np.random.default_rng(np.random.SeedSequence(story.seed, spawn_key=(2,)))
    own = {entry.when.ordinal: entry for entry in story.life.entries if entry.when is not None}
    return [_life(rng, story, member, own) for member in CAST if member.id != BOY]


def _life(rng: np.random.Generator, story: Story, member: CastMember, own: Mapping[int, Entry]) -> Life:
    name = f"{member.id.lower()}-days"
    themes = themes_of(rng, DAYS, share=0.5)
    entries = []
    for index in range(DAYS):
        date = FIRST_DAY + dt.timedelta(days=index)
        told = date.toordinal() in own and own[date.toordinal()].id in story.truth.tellings
        if rng.random() < _MISSING and not (told and member.manner == "grandmother"):
            continue
        grown, theme = member.role == "adult", themes[index]
        scenes = tuple(happen(rng, story.town, grown=grown) for _ in range(1 + int(rng.random() < 0.4)))
        spoken = theme if theme is not None and (THEMES[theme].grown or not grown) else None
        text = entry_text(rng, Day(scenes, spoken), member.manner)
        if told and member.manner == "grandmother":
            text = f"{text} {_note(own[date.toordinal()])}"
        entries.append(Entry(f"{member.id[0]}{index + 1:02d}", name, text, When(date)))
    return Life(name, "diary", tuple(entries), author=member.id, title=f"The days of {member.title}")


def _note(entry: Entry) -> str:
    """Return what she notes on an evening of the tale: the detail that she told."""
    told = next((forms[0] for forms in DETAILS if forms[0] in entry.text), "that night")
    return f"I told the boy of {told}, and he asked nothing."
