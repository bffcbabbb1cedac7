"""Real texts, kept outside the project: Pepys' diary and DreamBank."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from karmalink.account import (
    CALENDARS,
    Entry,
    Life,
    Vocabulary,
    accounts_of_mentions,
    cut_retellings,
    find_dream_mentions,
    find_mentions,
    parse_when,
    read_lives,
    split_units,
)
from karmalink.errors import DateError, ImportFaults

DATA = Path(__file__).parents[3] / "shared" / "data" / "dreams"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real texts are not at ../shared/data/dreams"),
]

HEADING = re.compile(r"\W*(\d{1,2})(?:st|nd|rd|th)\b")

# Read by a person: the dreams of Pepys' own that he tells. Elsewhere the word stands for a play (2), for a dream of
# another (1), for dreaming in general (1), in a figure of speech (2), or for dreams of which nothing is told (2).
USABLE = {
    "entry-1660-6-7": "night_of",
    "entry-1660-11-16": "night_of",
    "entry-1661-12-13": "night_of",
    "entry-1662-11-16": "night_of",
    "entry-1663-1-25": "night_of",
    "entry-1663-2-25": "morning_of",
    "entry-1665-7-13": "night_of",
    "entry-1665-8-25": "morning_of",
    "entry-1666-9-25": "unknown",
    "entry-1666-10-7": "morning_of",
    "entry-1667-7-9": "morning_of",
    "entry-1668-3-4": "night_of",
    "entry-1668-12-15": "morning_of",
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (DATA / "pepys" / "entries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def pepys(rows: list[dict[str, Any]]) -> Life:
    dated = [row for row in rows if row["date"]]
    entries = [
        Entry(row["id"], "pepys", row["text"], parse_when(row["date"], calendar="gregorian", earliest=1600))
        for row in dated
    ]
    return Life("pepys", "diary", tuple(entries), "pepys")


def test_pepys_has_21_mentions_and_13_of_them_are_dreams_of_his_own_that_are_told(pepys: Life) -> None:
    mentions = find_dream_mentions(pepys.entries)
    assert len(mentions) == 21
    assert {found.entry: str(found.date_means) for found in mentions if found.usable} == USABLE
    assert len(accounts_of_mentions(pepys.entries, "pepys")) == 13


def test_only_the_entries_with_a_told_dream_are_cut(pepys: Life) -> None:
    cut = cut_retellings(pepys)
    changed = {before.id for before, after in zip(pepys.entries, cut.entries, strict=True) if before != after}
    assert changed == set(USABLE)
    assert not [found for found in find_dream_mentions(cut.entries) if found.usable]


def test_pepys_as_it_comes_has_two_undated_entries_and_both_are_faults(tmp_path: Path) -> None:
    path = DATA / "pepys" / "entries.jsonl"
    with pytest.raises(ImportFaults) as caught:
        read_lives(path, calendar="gregorian", life="pepys")
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(1, "date"), (2, "date")]
    dated = tmp_path / "pepys.jsonl"
    dated.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[2:]), encoding="utf-8")
    (life,) = read_lives(dated, calendar="gregorian", life="pepys", author="pepys")
    assert len(life.entries) == 3413


def test_new_style_dates_of_the_diary_are_the_old_style_days_it_names(pepys: Life) -> None:
    """Each entry begins with the day as Pepys wrote it ("27th (Lord's day)."), Old Style, under a New Style date."""
    named = [(entry, HEADING.match(entry.text)) for entry in pepys.entries]
    pairs = [(entry, int(found[1])) for entry, found in named if found and entry.when]
    agree = [entry.id for entry, day in pairs if CALENDARS["julian"].from_gregorian(entry.when.day)[2] == day]  # type: ignore[union-attr]
    assert len(pairs) > 3200
    assert len(agree) / len(pairs) > 0.99


def test_dreambank_has_a_date_of_1197_that_is_a_fault() -> None:
    lines = (DATA / "dreambank" / "dreams.jsonl").read_text(encoding="utf-8").splitlines()
    dates = [date for line in lines if (date := json.loads(line)["date"])]
    wrong = []
    for date in dates:
        try:
            parse_when(date, calendar="gregorian")
        except DateError:
            wrong.append(date)
    assert "1197-11-12" in wrong
    assert len(wrong) < 5


def test_a_diary_of_over_a_million_words_is_cut_and_counted_in_seconds(pepys: Life) -> None:
    texts = [entry.text for entry in pepys.entries]
    begun = time.process_time()
    units = [unit for text in texts for unit in split_units(text)]
    assert time.process_time() - begun < 8
    begun = time.process_time()
    vocabulary = Vocabulary.learn(unit.text for unit in units)
    rows = vocabulary.rows([unit.text for unit in units[:5000]])
    assert time.process_time() - begun < 15
    assert rows.shape == (5000, len(vocabulary.terms))


def test_people_and_places_of_pepys_are_found(pepys: Life) -> None:
    keys = {mention.key: str(mention.kind) for entry in pepys.entries[:400] for mention in find_mentions(entry.text)}
    assert keys["batten"] == "person"
    assert keys["westminster hall"] == "place"
    assert "jane" in keys
