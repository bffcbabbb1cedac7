"""Consent: adults by their own; minors by a guardian's and their own assent, asked again when they come of age."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from study_samples import accounts_of, reopened, write_night

from karmalink.errors import ConsentMissing, Duplicate, InputError, UnknownName, UsageError
from karmalink.study import Person, Study

TODAY = dt.date(2024, 6, 1)
THIS_YEAR = dt.date.today().year


@pytest.mark.parametrize(
    ("person", "missing"),
    [
        (Person("A", consent=True), ""),
        (Person("A"), "their own consent"),
        (Person("A", consent=True, withdrawn=dt.date(2024, 5, 1)), "they withdrew on 2024-05-01"),
        (Person("A", "past"), ""),
        (Person("A", "minor", 2011), "a guardian's consent and their own assent"),
        (Person("A", "minor", 2011, guardian_consent=True), "their own assent"),
        (Person("A", "minor", 2011, assent=True), "a guardian's consent"),
        (Person("A", "minor", 2011, consent=True), "a guardian's consent and their own assent"),
        (Person("A", "minor", 2011, guardian_consent=True, assent=True), ""),
        (Person("A", "minor", 2007, guardian_consent=True, assent=True), ""),
    ],
)
def test_what_is_missing(person: Person, missing: str) -> None:
    assert person.missing(TODAY) == missing


def test_a_minor_is_asked_again_from_the_year_in_which_they_come_of_age() -> None:
    minor = Person("A", "minor", 2006, guardian_consent=True, assent=True)
    assert minor.missing(dt.date(2023, 12, 31)) == ""
    assert "come of age (2024)" in minor.missing(dt.date(2024, 1, 1))
    assert "come of age" in minor.agreed(dt.date(2023, 12, 1)).missing(dt.date(2024, 1, 1))
    assert minor.agreed(dt.date(2024, 1, 5)).missing(dt.date(2024, 1, 5)) == ""
    assert minor.missing(dt.date(2024, 1, 1), majority_age=21) == ""


@pytest.mark.parametrize("fields", [{"id": " "}, {"id": "A", "role": "ghost"}, {"id": "A", "role": "minor"}])
def test_entries_that_cannot_be(fields: dict[str, str]) -> None:
    with pytest.raises(InputError):
        Person(**fields)


def test_an_adult_who_is_under_age_is_refused(study: Study) -> None:
    with pytest.raises(InputError, match="comes of age"):
        study.people.add(Person("Heng", born=THIS_YEAR - 13, consent=True))
    assert study.people.check(Person("Heng", born=THIS_YEAR - 13, consent=True))[0].field == "role"


def test_nothing_is_stored_of_somebody_who_has_not_agreed(study: Study, tmp_path: Path) -> None:
    study.people.add([Person("Silent"), Person("Heng", "minor", THIS_YEAR - 13, guardian_consent=True)])
    for name in ("Silent", "Heng"):
        with pytest.raises(ConsentMissing, match="missing:"):
            study.accounts.add(accounts_of(name))
        with pytest.raises(ConsentMissing):
            study.nights.add(name, write_night(tmp_path / "n.edf"), id="n1")
        with pytest.raises(ConsentMissing):
            study.results.put("pairs", [name], {})
    assert [person.id for person in study.people.due()] == ["Silent", "Heng"]
    assert "consent missing from 2" in repr(study.people)
    study.people.consent("Heng", assent=True)
    study.people.consent("Silent", own=True, on=TODAY)
    study.accounts.add([*accounts_of("Silent"), *accounts_of("Heng")])
    assert study.people.get("Silent").consent_date == TODAY
    assert study.people.due() == []


def test_a_minor_who_comes_of_age_must_agree_before_more_is_stored(study: Study) -> None:
    study.people.add(Person("Heng", "minor", THIS_YEAR - 18, guardian_consent=True, assent=True))
    with pytest.raises(ConsentMissing, match="come of age"):
        study.accounts.add(accounts_of("Heng"))
    study.people.consent("Heng", own=True)
    study.accounts.add(accounts_of("Heng"))


def test_the_same_person_again_changes_nothing_and_other_answers_are_refused(study: Study) -> None:
    study.people.add(Person("Heng", consent=True))
    again = study.people.add([Person("Heng", consent=True), Person("Ty")])
    assert (again.new, again.known) == (("Ty",), 1)
    with pytest.raises(Duplicate, match="consent"):
        study.people.add(Person("Heng"))


def test_answers_are_changed_on_purpose_and_the_ledger_tells(study: Study, tmp_path: Path) -> None:
    study.people.add(Person("Heng"))
    before = study.people.pseudonym("Heng")
    study.people.update(Person("Heng", consent=True))
    study.people.update(Person("Heng", consent=True))
    assert [entry.event for entry in study.ledger.list()][1:] == ["people.added", "people.changed"]
    assert study.people.pseudonym("Heng") == before
    assert study.people.name(before) == "Heng"
    assert study.verify().ok
    with pytest.raises(InputError):
        study.people.update(Person("Heng", born=THIS_YEAR - 10, consent=True))
    with pytest.raises(UsageError):
        study.people.consent("Heng")
    with pytest.raises(UnknownName, match="did you mean 'Heng'"):
        study.people.get("Hengg")
    with reopened(tmp_path) as reader:
        assert reader.people.get("Heng").consent


def test_who_withdraws_without_erasure_is_kept_and_no_longer_used(study: Study) -> None:
    study.people.add([Person("Heng", consent=True), Person("Ty", consent=True)])
    study.accounts.add([*accounts_of("Heng"), *accounts_of("Ty")])
    study.results.put("pairs", ["Heng", "Ty"], {"x": 1}, id="p")
    report = study.withdraw("Heng")
    assert (report.erased, report.left_to_do) == (False, ())
    assert "no longer used" in repr(report)
    assert study.accounts.ids() == ["Ty-a0", "Ty-a1", "Ty-a2"]
    assert "Heng-a0" not in study.accounts
    assert "p" not in study.results
    with pytest.raises(ConsentMissing, match="they withdrew"):
        study.accounts.add(accounts_of("Heng", 9))
    with pytest.raises(Duplicate):
        study.accounts.add([*accounts_of("Ty", 1), type(accounts_of("Ty")[0])("Heng-a0", "Ty", "x", None)])
    assert study.verify().ok
    assert study.ledger.head().event == "people.withdrew"


def test_pseudonyms_are_random_and_tell_nothing(study: Study) -> None:
    study.people.add([Person("Heng"), Person("Ty")])
    pseudonyms = [study.people.pseudonym(name) for name in ("Heng", "Ty")]
    assert len(set(pseudonyms)) == 2
    assert all(name.startswith("p") and len(name) == 17 for name in pseudonyms)
    assert repr(study.people.get("Heng")) == "Person(Heng: adult, missing their own consent)"


def test_an_answer_that_nobody_can_have_given_yet_is_not_entered(study: Study) -> None:
    study.people.add(Person("Early", born=1980))
    with pytest.raises(UsageError, match="cannot be in the future"):
        study.people.consent("Early", own=True, on=dt.date(9999, 1, 1))
    assert not study.people.get("Early").consent


def test_a_study_without_a_title_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="title is empty"):
        Study.create(tmp_path / "nameless", title=" ", passphrase="long enough to do", keys=tmp_path / "keys")
    assert not (tmp_path / "nameless").exists()
