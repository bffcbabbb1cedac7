"""Records: what goes in comes out, the same record never twice, nothing half added, whatever is named is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from study_samples import DAY, DREAM, accounts_of, diary_of, everything_in, fill, on, reopened

from karmalink.account import Account, Entry, Life
from karmalink.errors import ConsentMissing, Duplicate, InputError, UnknownName, UsageError
from karmalink.seek import Clue, Witness
from karmalink.study import Awakening, Person, Study

NIGHT = dt.datetime(2024, 3, 2, 4, 10)


@pytest.fixture
def two(study: Study) -> Study:
    study.people.add([Person("Heng", consent=True), Person("Ty", consent=True)])
    return study


def test_accounts_come_back_as_they_went_in(two: Study) -> None:
    given = [
        Account("a1", "Heng", DREAM, on(1)),
        Account("a2", "Heng", "ព្រះពុទ្ធរូបមាស\n\u0000end", None, language="km"),
        replace(accounts_of("Heng", 1)[0], date_means="morning_of"),
    ]
    added = two.accounts.add(given)
    assert (added.new, added.known) == (("a1", "a2", "Heng-a0"), 0)
    assert two.accounts.list() == given
    assert two.accounts.get("a2").text == given[1].text
    assert two.accounts.ids() == ["a1", "a2", "Heng-a0"]
    assert "a1" in two.accounts
    assert "a9" not in two.accounts


def test_accounts_are_listed_by_person(two: Study) -> None:
    two.accounts.add([*accounts_of("Heng"), *accounts_of("Ty", 2)])
    assert [account.id for account in two.accounts.list(person="Ty")] == ["Ty-a0", "Ty-a1"]
    assert len(two.accounts) == 5


def test_the_same_record_again_adds_nothing(two: Study) -> None:
    two.accounts.add(accounts_of("Heng"))
    entries = len(two.ledger)
    again = two.accounts.add(accounts_of("Heng"))
    assert (again.new, again.known) == ((), 3)
    assert len(two.ledger) == entries


def test_a_batch_that_holds_a_record_twice_adds_it_once(two: Study) -> None:
    added = two.accounts.add([*accounts_of("Heng", 2), *accounts_of("Heng", 2)])
    assert (len(added.new), added.known) == (2, 2)


def test_an_identifier_with_other_content_is_a_duplicate_whoever_has_it(two: Study) -> None:
    two.accounts.add(Account("a1", "Heng", DREAM, on(1)))
    for other in (Account("a1", "Heng", "another", on(1)), Account("a1", "Ty", DREAM, on(1))):
        with pytest.raises(Duplicate, match="a1"):
            two.accounts.add(other)
    assert two.accounts.get("a1").text == DREAM


def test_one_bad_record_keeps_the_whole_batch_out(two: Study) -> None:
    with pytest.raises(UnknownName, match="Nobody"):
        two.accounts.add([*accounts_of("Heng"), Account("x", "Nobody", DREAM, None)])
    assert len(two.accounts) == 0


def test_every_fault_of_every_record_is_told_at_once(two: Study) -> None:
    two.accounts.add(Account("a1", "Heng", DREAM, on(1)))
    batch = [
        Account("a1", "Heng", "other", on(1)),
        Account("a2", "Nobody", DREAM, None, awakening="w9"),
        Account("a3", "Ty", DREAM, None),
    ]
    refusals = two.accounts.check(batch)
    assert [(one.index, one.field) for one in refusals] == [(0, "id"), (1, "person"), (1, "awakening")]
    assert not any(DREAM in str(one.error) for one in refusals)


def test_large_batches_are_found_again_like_small_ones(two: Study) -> None:
    many = accounts_of("Heng", 20) + [replace(account, id=f"t{n}") for n, account in enumerate(accounts_of("Ty", 20))]
    many += [Account(f"m{n}", "Heng", DREAM, None) for n in range(600)]
    seen: list[tuple[int, int]] = []
    assert len(two.accounts.add(many, progress=lambda done, total: seen.append((done, total))).new) == 640
    assert seen == [(500, 640), (640, 640)]
    assert two.accounts.add(many).known == 640
    assert two.accounts.list() == many


def test_awakenings_and_accounts_name_what_is_there_and_the_same_persons(two: Study) -> None:
    two.awakenings.add([Awakening("w1", "Heng", NIGHT, "R", 0.8), Awakening("w2", "Ty", NIGHT, "N2")])
    two.accounts.add(Account("a1", "Heng", DREAM, on(2), awakening="w1"))
    with pytest.raises(UnknownName, match="w3"):
        two.accounts.add(Account("a2", "Heng", DREAM, on(2), awakening="w3"))
    with pytest.raises(InputError, match="another person's"):
        two.accounts.add(Account("a2", "Heng", DREAM, on(2), awakening="w2"))
    with pytest.raises(UnknownName, match="night"):
        two.awakenings.add(Awakening("w4", "Heng", NIGHT, "R", night="n1"))
    assert two.awakenings.list(person="Heng") == [Awakening("w1", "Heng", NIGHT, "R", 0.8)]


def test_a_life_comes_back_with_its_entries_in_the_order_of_their_dates(two: Study) -> None:
    shuffled = (Entry("e2", "d", "b", on(2)), Entry("e0", "d", "undated", None), Entry("e1", "d", "a", on(1)))
    two.lives.add(Life("d", "diary", shuffled, "Heng", "Heng's diary"))
    life = two.lives.get("d")
    assert [entry.id for entry in life.entries] == ["e1", "e2", "e0"]
    assert (life.kind, life.author, life.title) == ("diary", "Heng", "Heng's diary")
    assert two.lives.list(kind="chat") == []
    assert two.lives.list(person="Heng") == [life]
    assert two.lives.contributors("d") == ["Heng"]


def test_a_diary_grows_by_what_is_new(two: Study) -> None:
    two.lives.add(diary_of("Heng", 3))
    added = two.lives.add(diary_of("Heng", 5))
    assert (added.noun, added.new, added.known) == ("entries", ("Heng-diary-3", "Heng-diary-4"), 3)
    assert two.lives.get("Heng-diary") == diary_of("Heng", 5)


def test_a_diary_needs_an_author_who_agreed_and_a_register_none(two: Study) -> None:
    entry = (Entry("e", "l", DAY, on(1)),)
    two.people.add([Person("Silent"), Person("Pepys", role="past")])
    for author, error in ((None, ConsentMissing), ("Stranger", UnknownName), ("Silent", ConsentMissing)):
        with pytest.raises(error):
            two.lives.add(Life("l", "diary", entry, author))
    two.lives.add(Life("l", "register", entry, "Ros Mony"))
    two.lives.add(Life("p", "diary", (Entry("f", "p", DAY, on(1)),), "Pepys"))
    assert two.lives.contributors("l") == []
    assert two.lives.contributors("p") == ["Pepys"]


def test_a_life_without_entries_and_an_entry_of_another_life_are_refused(two: Study) -> None:
    with pytest.raises(InputError, match="no entries"):
        two.lives.add(Life("l", "register", ()))
    with pytest.raises(InputError, match="names another life"):
        two.lives.add(Life("l", "register", (Entry("e", "other", DAY, on(1)),)))
    assert len(two.lives) == 0


def test_faults_of_entries_name_the_entry(two: Study) -> None:
    two.lives.add(diary_of("Heng", 2))
    changed = replace(diary_of("Heng", 2).entries[1], text="changed")
    life = replace(diary_of("Heng", 2), entries=(diary_of("Heng", 2).entries[0], changed))
    (refusal,) = two.lives.check([life])
    assert (refusal.index, refusal.field, refusal.part) == (0, "id", "Heng-diary-1")
    with pytest.raises(Duplicate):
        two.lives.add(life)


def test_clues_name_places_by_any_of_their_names_and_a_witness_who_is_there(two: Study) -> None:
    fill(two, "Srey", "Mi")
    for place in ("market", "old  MARKET", "phsar chas"):
        two.clues.add(Clue(f"c-{place}", "near", (place,), "informant"))
    with pytest.raises(UnknownName, match="unknown place"):
        two.clues.add(Clue("c", "near", ("temple",), "informant"))
    with pytest.raises(UnknownName, match="witness"):
        two.clues.add(Clue("c", "near", ("market",), "somebody"))
    with pytest.raises(UnknownName, match="talked to"):
        two.witnesses.add(Witness("w", talked_to=("nobody",)))
    with pytest.raises(UnknownName, match="Stranger"):
        two.witnesses.add(Witness("w", person="Stranger"))
    two.witnesses.add([Witness("w", talked_to=("v",)), Witness("v")])
    assert {clue.id for clue in two.clues.list(person="Mi")} == {"linked"}
    assert two.places.get("market").geometry.x == 104.92


def test_what_is_computed_anew_takes_the_place_of_what_was(two: Study) -> None:
    fill(two, "Srey", "Mi")
    clue = Clue("linked", "near", ("market",), "mine", reliability=0.4)
    assert two.clues.put([clue], contributors=["Mi"]).new == ("linked",)
    assert two.clues.get("linked").reliability == 0.4
    assert two.clues.put(clue, contributors=["Mi"]).known == 1
    two.witnesses.put([Witness("informant", source_grade="D"), Witness("new")])
    assert two.witnesses.get("informant").source_grade == "D"
    assert len(two.clues) == 2
    assert two.verify().ok


def test_a_transaction_stores_everything_or_nothing(two: Study) -> None:
    with pytest.raises(Duplicate), two.transaction():
        two.people.add(Person("Do", consent=True))
        two.accounts.add(accounts_of("Do"))
        two.accounts.add(Account("Do-a0", "Do", "another", None))
    assert "Do" not in two.people
    assert len(two.accounts) == 0
    assert len(two.keys.people) == 2
    with two.transaction():
        two.people.add(Person("Do", consent=True))
        two.accounts.add(accounts_of("Do"))
    assert len(two.accounts) == 3


def test_people_of_a_transaction_that_was_undone_are_forgotten(two: Study) -> None:
    with pytest.raises(UnknownName), two.transaction():
        two.people.add(Person("Do", consent=True))
        assert two.people.ids() == ["Heng", "Ty", "Do"]
        two.accounts.get("nothing")
    two.ledger.anchor("the next entry takes the number of the one that was undone")
    assert two.people.ids() == ["Heng", "Ty"]


def test_an_inner_failure_that_is_caught_leaves_the_outer_transaction_whole(two: Study) -> None:
    with two.transaction():
        two.accounts.add(accounts_of("Heng", 1))
        with pytest.raises(UnknownName), two.transaction():
            two.people.add(Person("Do", consent=True))
            two.accounts.add(Account("x", "Nobody", DREAM, None))
        two.accounts.add(accounts_of("Ty", 1))
    assert two.accounts.ids() == ["Heng-a0", "Ty-a0"]
    assert "Do" not in two.people


def test_a_study_that_is_open_for_reading_refuses_to_write(two: Study, tmp_path: Path) -> None:
    two.accounts.add(accounts_of("Heng"))
    with reopened(tmp_path) as reader:
        assert len(reader.accounts) == 3
        with pytest.raises(UsageError, match="reading only"):
            reader.accounts.add(accounts_of("Ty"))
        with pytest.raises(UsageError, match="reading only"):
            reader.withdraw("Heng", erase=True)
        two.accounts.add(accounts_of("Ty"))
        assert len(reader.accounts) == 6


def test_a_reader_sees_people_who_come_while_it_reads(two: Study, tmp_path: Path) -> None:
    with reopened(tmp_path) as reader:
        assert reader.people.ids() == ["Heng", "Ty"]
        two.people.add(Person("Late", consent=True))
        two.accounts.add(accounts_of("Late"))
        assert reader.people.ids() == ["Heng", "Ty", "Late"]
        assert reader.accounts.get("Late-a0").text.startswith(DREAM)


def test_nothing_that_somebody_typed_is_in_the_clear(sqlite_study: Study, tmp_path: Path) -> None:
    fill(sqlite_study, "Leng Heng", "Srey Leak")
    sqlite_study.close()
    stored = everything_in(tmp_path / "study")
    words = (
        "Leng Heng",
        "Srey Leak",
        "golden",
        "mended",
        "Market",
        "Phsar",
        "diary-0",
        "informant",
        "linked",
        "2024-03",
    )
    assert [word for word in words if word.encode() in stored] == []
    held = everything_in(tmp_path / "keys")
    assert [word for word in words if word.encode() in held] == []
