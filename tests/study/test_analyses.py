"""The rooms' questions put to a study: what goes in, what is kept for how long, and which clues links carry."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point
from study_samples import reopened

from karmalink import link
from karmalink.account import Account, DateMeans, Entry, Life, When
from karmalink.errors import CannotAnswer, ConsentMissing, InputError, UnknownName, UsageError
from karmalink.link import Verdict
from karmalink.seek import Clue, Place, Witness
from karmalink.study import Awakening, Person, Study
from karmalink.study.analyses.analyses import audit_of, case_of, find_pairs, lag_curve_of, power_of, rank_of
from karmalink.study.analyses.links_to_clues import LinksToClues, add_clues_from_links

FIRST = dt.date(2024, 1, 1)
DAYS, NIGHTS = 90, range(20, 60)
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]


def words(rng: np.random.Generator, count: int) -> str:
    """Return made-up words, hardly one of them twice."""
    return " ".join("".join(rng.choice(SYLLABLES, 3)) for _ in range(count))


def planted(study: Study, author: str = "Sophia") -> None:
    """Fill a study with a diary, and with dreams of Heng that retell half of the day before and the golden thing."""
    rng = np.random.default_rng(3)
    days = [words(rng, 12) for _ in range(DAYS)]
    study.people.add([Person("Heng", consent=True), Person("Sophia", consent=True), Person("Ty")])
    study.places.add([Place("wat", "Old Wat", Point(104.91, 11.56)), Place("pier", "Pier", Point(104.92, 11.56))])
    entries = [
        Entry(
            f"e{i}",
            "days",
            f"{day}. Rested at {'home' if i % 10 != 5 else 'the Old Wat'}.",
            When(FIRST + dt.timedelta(i)),
        )
        for i, day in enumerate(days)
    ]
    study.lives.add(Life("days", "diary", tuple(entries), author))
    study.awakenings.add(
        [
            Awakening(
                f"w{n}", "Heng", dt.datetime.combine(FIRST + dt.timedelta(n + 1), dt.time(3)), "R" if n % 2 else "N2"
            )
            for n in NIGHTS
        ]
    )
    study.accounts.add(
        [
            Account(
                f"a{n}",
                "Heng",
                f"{' '.join(days[n].split()[:7])} and {'the golden Buddha' * (n % 5 == 0)}, {words(rng, 4)}",
                When(FIRST + dt.timedelta(n)),
                DateMeans.NIGHT_OF,
                f"w{n}",
            )
            for n in NIGHTS
        ]
    )


def test_what_the_nights_knew_enters_and_the_result_is_kept_for_both_people(study: Study) -> None:
    planted(study)
    found = find_pairs(study, "Heng", "days", seed=1)
    assert found.verdict is Verdict.FOUND
    assert {rate.group for rate in found.rates} == {"", "R", "N2"}
    kept = study.results.get("pairs:Heng:days")
    assert (kept.kind, kept.contributors) == ("pairs", ("Heng", "Sophia"))
    assert kept.data == json.loads(json.dumps(found.to_dict()))
    find_pairs(study, "Heng", "days", lags=5)
    assert len(study.results.list("pairs")) == 1
    study.withdraw("Sophia", erase=True)
    assert study.results.list("pairs") == []


def test_the_answers_are_those_of_the_rooms(study: Study) -> None:
    planted(study)
    accounts, life = study.accounts.list(), study.lives.get("days")
    curve = lag_curve_of(study, "Heng", "days", lags=2, seed=1)
    alone = link.lag_curve(accounts, life, lags=2, seed=1, cut_retellings=True)
    assert (curve.p, curve.finding) == (alone.p, alone.finding)
    assert study.results.get("lags:Heng:days").contributors == ("Heng", "Sophia")
    assert power_of(study, "Heng", "days") == link.power_for(accounts, life)
    assert power_of(study, "Heng", "days", decoys=120) == link.power_for(accounts, life, n_decoys=120)


def test_a_study_open_for_reading_answers_and_keeps_nothing(study: Study, tmp_path: Path) -> None:
    planted(study)
    study.close()
    with reopened(tmp_path) as reading:
        assert find_pairs(reading, "Heng", "days").links
        assert len(reading.results) == 0
        with pytest.raises(UsageError, match="reading only"):
            add_clues_from_links(reading, find_pairs(reading, "Heng", "days"), sought=["golden"])


def test_links_become_clues_that_go_when_links_or_people_go(study: Study) -> None:
    planted(study)
    study.witnesses.add(Witness("monk", source_grade="B"))
    study.clues.add(Clue("told", "near", ("pier",), "monk"))
    found = find_pairs(study, "Heng", "days")
    moved = add_clues_from_links(study, found, sought=["the golden Buddha"])
    clues = moved.clues
    # Asked alone: the eight accounts that speak of it, at a rate of their own; four of their days name the place.
    assert moved.part is not None
    assert (moved.n_mentioning, moved.part.n_accounts, moved.part.q) == (8, 8, 0.2)
    assert {clue.id for clue in clues} <= {f"link:a{n}:wat" for n in (25, 35, 45, 55)}
    assert len(clues) >= 3
    alone = {link.account: link.entry_posterior for link in moved.part.links}
    news = 1 - len(moved.part.links) * (9 / 90) / len(clues)
    assert all(clue.reliability == pytest.approx(news * alone[clue.id.split(":")[1]]) for clue in clues)
    assert study.clues.contributors(clues[0].id) == ["Heng", "Sophia"]
    assert study.witnesses.get(clues[0].witness).person == "Sophia"
    assert [clue.id for clue in add_clues_from_links(study, found, sought=["golden"]).clues] == [
        clue.id for clue in clues
    ]
    assert add_clues_from_links(study, found, sought=["emerald"]) == LinksToClues((), None, 0)
    assert study.clues.ids() == ["told"]
    add_clues_from_links(study, found, sought=["golden"])
    study.withdraw("Sophia", erase=True)
    assert (study.clues.ids(), study.witnesses.ids()) == (["told"], ["monk"])


def test_a_few_accounts_that_speak_of_it_cannot_be_answered_alone_and_carry_nothing(study: Study) -> None:
    """Forty links at a rate of .10 say nothing about the two that speak of one thing."""
    planted(study)
    few = [
        Account(
            f"x{n}",
            "Heng",
            f"emerald {words(np.random.default_rng(n), 6)}",
            When(FIRST + dt.timedelta(n)),
            DateMeans.NIGHT_OF,
        )
        for n in (61, 62)
    ]
    study.accounts.add(few)
    found = find_pairs(study, "Heng", "days")
    assert found.links
    moved = add_clues_from_links(study, found, sought=["emerald"])
    assert moved.part is not None
    assert (moved.part.verdict, moved.clues, moved.n_mentioning) == (Verdict.CANNOT_ANSWER, (), 2)


def test_an_audit_of_a_study_takes_the_lives_of_others_and_goes_with_them(study: Study) -> None:
    planted(study, author="Heng")
    rng = np.random.default_rng(8)
    other = [Entry(f"o{i}", "others", words(rng, 12), When(FIRST + dt.timedelta(i))) for i in range(DAYS)]
    study.lives.add(Life("others", "diary", tuple(other), "Sophia"))
    found = audit_of(study, "Heng", "days", nulls=["mirror"], runs=2)
    assert "another-life" in {row.mechanism for row in found.rows}
    assert study.results.get("audit:Heng:days").contributors == ("Heng", "Sophia")
    study.withdraw("Sophia", erase=True)
    assert study.results.list("audit") == []


def test_without_a_word_for_what_is_sought_no_clue_is_added(study: Study) -> None:
    planted(study)
    found = find_pairs(study, "Heng", "days")
    for empty in ([], [""], [" … "]):
        with pytest.raises(UsageError, match="no word for the thing sought was given"):
            add_clues_from_links(study, found, sought=empty)


def test_a_life_is_ranked_among_registers_only(study: Study) -> None:
    planted(study)
    rng = np.random.default_rng(5)
    lives = []
    for number in range(8):
        entries = tuple(Entry(f"r{number}-{i}", f"r{number}", words(rng, 20), None) for i in range(4))
        lives.append(Life(f"r{number}", "register", entries))
    mine = " ".join(account.text for account in study.accounts.list()[:4])
    lives.append(Life("claimed", "register", (Entry("c", "claimed", mine, None),)))
    study.lives.add(lives)
    found = rank_of(study, "Heng", "claimed", alpha=0.2)
    assert (found.rank, found.verdict, len(found.lives)) == (1, Verdict.FOUND, 9)
    assert study.results.get("stranger:Heng:claimed").contributors == ("Heng",)
    assert power_of(study, "Heng", "claimed").n_decoys == 8
    with pytest.raises(InputError, match="is a diary, not a register"):
        rank_of(study, "Heng", "days")


def test_nothing_is_asked_about_who_is_not_there_has_not_agreed_or_said_nothing(study: Study) -> None:
    planted(study, author="Heng")
    with pytest.raises(UnknownName, match="Hang"):
        find_pairs(study, "Hang", "days")
    with pytest.raises(UnknownName, match="nights"):
        lag_curve_of(study, "Heng", "nights")
    with pytest.raises(ConsentMissing):
        find_pairs(study, "Ty", "days")
    with pytest.raises(CannotAnswer, match="no account"):
        power_of(study, "Sophia", "days")
    study.withdraw("Heng")
    with pytest.raises(ConsentMissing, match="withdrew"):
        find_pairs(study, "Heng", "days")


def test_a_life_whose_author_no_longer_agrees_is_refused_before_anything_is_computed(study: Study) -> None:
    planted(study)
    study.people.consent("Sophia", own=False)
    with pytest.raises(ConsentMissing, match="Sophia"):
        find_pairs(study, "Heng", "days")


CASE = """name = "The golden statue"
[area]
bounds = [104.90, 11.55, 104.92, 11.57]
cell_m = 100
"""


def test_a_case_takes_what_the_study_knows_and_reads_no_table_of_its_own(study: Study, tmp_path: Path) -> None:
    planted(study)
    study.witnesses.add(Witness("monk", source_grade="B"))
    study.clues.add(Clue("told", "near", ("pier",), "monk"))
    path = tmp_path / "case.toml"
    for tables in ("", '[files]\nclues = "not-there.csv"\n'):
        path.write_text(CASE + tables, encoding="utf-8")
        case = case_of(study, path)
        assert [clue.id for clue in case.clues] == ["told"]
        assert (len(case.places), len(case.witnesses)) == (2, 1)
        assert case.map().best()[0] == pytest.approx(104.92, abs=0.005)
