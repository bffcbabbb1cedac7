"""One file, one transaction: what is read, what is refused with it, and what is known already."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from study_samples import DREAM, write_night

from karmalink.errors import ImportFaults, StorageFailed, UnknownName, UsageError
from karmalink.rows import write_rows
from karmalink.study import Person, Study
from karmalink.study.imports import KINDS, Options, add_file
from karmalink.study.imports.awakenings import AWAKENING_FIELDS
from karmalink.study.imports.people import PEOPLE_FIELDS

HEAD = "id,person,date,calendar,text\n"


def file(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def garden(study: Study) -> Study:
    """Give a study with two people."""
    study.people.add([Person("P01", consent=True), Person("P02", consent=True)])
    return study


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl"])
def test_people_come_back_as_they_were_written(study: Study, tmp_path: Path, ending: str) -> None:
    people = [
        {"person": "P01", "role": "adult", "born": 1980, "consent": True, "consent_date": dt.date(2026, 1, 2)},
        {"person": "P02", "role": "minor", "born": dt.date.today().year - 13, "guardian_consent": True, "assent": True},
        {"person": "ប៉ូល", "role": "past"},
    ]
    path = write_rows(tmp_path / f"people{ending}", PEOPLE_FIELDS, people)
    assert add_file(study, "people", path).new == ("P01", "P02", "ប៉ូល")
    assert study.people.get("P01") == Person("P01", born=1980, consent=True, consent_date=dt.date(2026, 1, 2))
    assert study.people.get("P02").missing(dt.date.today()) == ""
    assert study.people.get("ប៉ូល").role == "past"


def test_an_awakening_keeps_its_clock_and_its_stage(garden: Study, tmp_path: Path) -> None:
    row = {"id": "w1", "person": "P01", "date": "2569-02-01", "calendar": "buddhist", "time": dt.time(3, 20, 5)}
    path = write_rows(
        tmp_path / "w.tsv", AWAKENING_FIELDS, [{**row, "stage": "R", "confidence": 0.8, "rule": "R 5 min"}]
    )
    add_file(garden, "awakenings", path)
    awakening = garden.awakenings.get("w1")
    assert awakening.time == dt.datetime(2026, 2, 1, 3, 20, 5)
    assert (awakening.stage, awakening.confidence, awakening.rule, awakening.night) == ("R", 0.8, "R 5 min", None)


def test_an_awakening_of_a_month_is_refused(garden: Study, tmp_path: Path) -> None:
    text = "id,person,date,calendar,time,stage\nw1,P01,2026-02,gregorian,03:20,R\n"
    with pytest.raises(ImportFaults) as caught:
        add_file(garden, "awakenings", file(tmp_path, "w.csv", text))
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "date")]


def test_what_is_said_once_holds_for_rows_that_say_nothing(garden: Study, tmp_path: Path) -> None:
    text = f"id,person,date,text\na1,,2026-02-01,{DREAM}\na2,P02,2026-02-02,{DREAM}\n"
    options = Options(person="P01", calendar="gregorian", date_means="night_of", language="km")
    add_file(garden, "accounts", file(tmp_path, "a.csv", text), options=options)
    assert [account.person for account in garden.accounts.list()] == ["P01", "P02"]
    first = garden.accounts.get("a1")
    assert (str(first.date_means), first.language, first.text) == ("night_of", "km", DREAM)


def test_half_of_a_file_that_is_there_already_is_not_added_twice(garden: Study, tmp_path: Path) -> None:
    first = file(tmp_path, "a.csv", HEAD + "a1,P01,2026-02-01,gregorian,one\n")
    add_file(garden, "accounts", first)
    grown = file(tmp_path, "b.csv", HEAD + "a1,P01,2026-02-01,gregorian,one\na2,P01,2026-02-02,gregorian,two\n")
    again = add_file(garden, "accounts", grown)
    assert (again.new, again.known) == (("a2",), 1)
    assert repr(again) == "Imported(accounts from b.csv: 1 new, 1 already there)"
    assert again.to_dict()["ids"] == ["a2"]


def test_nothing_stays_of_an_import_that_the_disk_breaks_off(
    garden: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"a{i},P01,2026-02-01,gregorian,{DREAM}\n" for i in range(20))
    before = len(garden.ledger)

    def full(done: int, total: int) -> None:
        raise StorageFailed("the disk is full")

    with pytest.raises(StorageFailed):
        add_file(garden, "accounts", file(tmp_path, "a.csv", HEAD + rows), progress=full)
    assert (len(garden.accounts), len(garden.ledger)) == (0, before)
    assert garden.verify().ok


def test_entries_of_several_lives_with_their_kinds_and_authors(garden: Study, tmp_path: Path) -> None:
    text = (
        "id,life,date,calendar,kind,author,text\n"
        "e1,diary,2026-02-01,gregorian,diary,,rain\n"
        "e2,diary,2026-02-02,gregorian,,,market\n"
        "e3,parish,1660-01-10,julian,register,,a child was baptised\n"
        "e4,other,2026-02-02,gregorian,other,P02,letters\n"
    )
    done = add_file(garden, "entries", file(tmp_path, "e.csv", text), options=Options(person="P01"))
    assert len(done.new) == 4
    kinds = {life.id: (life.kind, life.author, len(life.entries)) for life in garden.lives.list()}
    assert kinds == {"diary": ("diary", "P01", 2), "parish": ("register", "P01", 1), "other": ("other", "P02", 1)}
    assert garden.lives.get("parish").entries[0].when is not None


def test_a_register_without_an_author_belongs_to_nobody(garden: Study, tmp_path: Path) -> None:
    text = "id,life,date,calendar,text\ne3,parish,1660-01-10,julian,a child was baptised\n"
    add_file(garden, "entries", file(tmp_path, "e.csv", text), options=Options(life_kind="register"))
    assert garden.lives.contributors("parish") == []
    with pytest.raises(UsageError):
        add_file(garden, "entries", file(tmp_path, "e.csv", text), options=Options(life_kind="registry"))


def test_a_night_comes_with_its_score_or_without(garden: Study, tmp_path: Path) -> None:
    night = write_night(tmp_path / "n.edf", seconds=120)
    score = file(tmp_path, "n.txt", "W\nN1\nN2\nR\n")
    both = Options(person="P01", hypnogram=score, score=True)
    with pytest.raises(UsageError):
        add_file(garden, "nights", night, options=both)
    done = add_file(garden, "nights", night, options=Options(person="P01", id="first", hypnogram=score))
    assert done.new == ("first",)
    assert done.notes
    hypnogram = garden.nights.hypnogram("first")
    assert hypnogram is not None
    assert hypnogram.labels == ("W", "N1", "N2", "R")
    assert garden.nights.summary("first") is not None
    assert garden.nights.get("first").channels == ("C3-M2",)
    again = add_file(garden, "nights", night, options=Options(person="P01", id="first"))
    assert (again.new, again.known) == ((), 1)


def test_a_witness_may_have_talked_to_one_of_the_same_file(garden: Study, tmp_path: Path) -> None:
    good = "witness,talked_to\nsrey,sok\nsok,\n"
    assert len(add_file(garden, "witnesses", file(tmp_path, "w.csv", good)).new) == 2
    bad = "witness,talked_to,agreed,asked\nmi,nobody,3,2\n"
    with pytest.raises(ImportFaults) as caught:
        add_file(garden, "witnesses", file(tmp_path, "v.csv", bad))
    assert {fault.field for fault in caught.value.faults} >= {"agreed"}


def test_places_of_every_format(garden: Study, tmp_path: Path) -> None:
    feature = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "river", "name": "Tonle"},'
        ' "geometry": {"type": "LineString", "coordinates": [[104.9, 11.5], [104.91, 11.56]]}}]}'
    )
    assert add_file(garden, "places", file(tmp_path, "r.geojson", feature)).new == ("river",)
    assert add_file(garden, "places", file(tmp_path, "r.geojson", feature)).known == 1
    moved = feature.replace("104.91", "104.95")
    with pytest.raises(ImportFaults) as caught:
        add_file(garden, "places", file(tmp_path, "r.geojson", moved))
    (fault,) = caught.value.faults
    assert (fault.line, fault.field, fault.value) == (1, "id", "'river'")
    assert "number of the feature" in str(caught.value)


def test_there_is_no_such_kind(garden: Study, tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        add_file(garden, "peple", tmp_path / "x.csv")
    assert "did you mean 'people'" in caught.value.next_step


def test_every_kind_is_a_namespace_of_the_study(study: Study) -> None:
    assert all(hasattr(study, "lives" if name == "entries" else name) for name in KINDS)


def test_every_option_means_something_to_some_kind() -> None:
    from dataclasses import fields

    from karmalink.study.imports import entries

    used = {name for kind in KINDS.values() for name in kind.options}
    used |= {name for names in entries.ENTRY_OPTIONS.values() for name in names} | set(entries.TABLE_OPTIONS)
    assert {field.name for field in fields(Options)} == used
