"""Real diaries and dreams; kept outside the project."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from karmalink.account import Account, DateMeans, Entry, Life, accounts_of_mentions, parse_when
from karmalink.link import Verdict, pairs

DATA = Path(__file__).parents[3] / "shared" / "data" / "dreams"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real cases are not here ({DATA})"),
]
NEAR = 20


def pepys() -> tuple[list[Account], Life]:
    """Return the dream mentions as accounts, and the entries within 20 days of one, all days being 3,410."""
    entries = []
    for line in (DATA / "pepys" / "entries.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["date"]:
            entries.append(Entry(row["id"], "pepys", row["text"], parse_when(row["date"], calendar="gregorian")))
    accounts = accounts_of_mentions(entries, "pepys")
    days = [account.when.ordinal for account in accounts if account.when]
    kept = tuple(e for e in entries if e.when and any(abs(e.when.ordinal - day) <= NEAR for day in days))
    return accounts, Life("pepys", "diary", kept, "pepys")


def test_pepys_thirteen_dreams_cannot_be_answered() -> None:
    accounts, life = pepys()
    result = pairs(accounts, life, cut_retellings=True)
    assert len(accounts) == 13
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert result.calibration.usable
    assert not result.power["mirror"].can


def test_dreams_against_a_diary_of_another_century_are_refused() -> None:
    _, life = pepys()
    life = replace(life, entries=life.entries[:90])
    dreams = []
    for line in (DATA / "dreambank" / "dreams.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["person"] == "ed" and row["date"]:
            when = parse_when(row["date"], calendar="gregorian", earliest=1000)
            dreams.append(Account(f"ed-{row['n']}-{len(dreams)}", "ed", row["text"], when, DateMeans.UNKNOWN))
    result = pairs(dreams[:40], life)
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "no night has both" in result.finding
