"""What a study can answer, counted as ``link power`` counts it."""

from __future__ import annotations

import datetime as dt

from study_samples import accounts_of

from karmalink.account import Account, DateMeans, Entry, Life, Precision, When
from karmalink.link import power_for
from karmalink.study import Person, Study
from karmalink.study.analyses.open_questions import answerable

FIRST = dt.date(2024, 1, 1)


def life(name: str, author: str | None, days: int, kind: str = "diary", first: dt.date = FIRST) -> Life:
    """Return a life with an entry a day."""
    entries = (Entry(f"{name}{i}", name, "rain", When(first + dt.timedelta(i), "gregorian")) for i in range(days))
    return Life(name, kind, tuple(entries), author)


def test_every_dreamer_is_counted_against_their_own_life(study: Study) -> None:
    study.people.add([Person("P01", consent=True), Person("P02", consent=True)])
    accounts = [
        Account(f"a{i}", "P01", "a boat", When(FIRST + dt.timedelta(10 + i), "gregorian"), DateMeans.NIGHT_OF)
        for i in range(30)
    ]
    month = Account("m", "P01", "that winter", When(FIRST, "gregorian", Precision.MONTH))
    study.accounts.add([*accounts, month, *accounts_of("P02", 2)])
    own = life("long", "P01", 60)
    study.lives.add([life("short", "P01", 3), own, life("other", "P02", 40), life("parish", None, 9, "register")])
    study.lives.add(life("old", None, 9, "register", dt.date(1660, 1, 1)))
    one, two = answerable(study)
    assert (one.person, one.accounts, one.life, one.decoys) == ("P01", 30, "long", 2)
    assert one.power == power_for(accounts, own, n_decoys=2)
    assert one.to_dict()["nights"] == 30
    assert len(one.sentences) == 3
    assert (two.person, two.life) == ("P02", "other")


def test_without_a_life_of_theirs_there_is_nothing_to_compare_with(study: Study) -> None:
    study.people.add(Person("P01", consent=True))
    study.accounts.add(accounts_of("P01"))
    study.lives.add(life("parish", None, 9, "register"))
    (one,) = answerable(study)
    assert (one.life, one.power, one.to_dict()["days"]) == (None, None, 0)
    assert "add dated entries" in one.sentences[0]


def test_undated_accounts_answer_nothing(study: Study) -> None:
    study.people.add(Person("P01", consent=True))
    study.accounts.add(Account("a", "P01", "a boat", None))
    assert answerable(study) == []
