"""An export of a real study: who is in it, what it is entered as, and what is left when it breaks off."""

from __future__ import annotations

import csv
import datetime as dt
import os
import stat
from pathlib import Path

import pytest
from official_bids import issues
from study_samples import DREAM, accounts_of, on, write_night

from karmalink.account import Account, DateMeans
from karmalink.base.files import write_whole
from karmalink.errors import CannotAnswer, StorageFailed, UnknownName, UsageError
from karmalink.night import Hypnogram, Recording, write_edf
from karmalink.study import Awakening, Person, Study
from karmalink.study.exports import EXPORTS, export_study
from karmalink.study.exports.bids import plan_bids
from karmalink.study.exports.export_folder import entered_file
from karmalink.study.exports.people import export_people, exportable_people

EXCERPT = Path(__file__).parents[3] / "shared" / "data" / "eeg" / "dreams_spindles" / "excerpt3.edf"
START = dt.datetime(2024, 3, 1, 23, 0)


def night_of_noise(path: Path) -> Recording:
    """Write two minutes on four channels."""
    import numpy as np

    names = ["EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin"]
    data = np.random.default_rng(3).normal(0, 2e-5, (4, 12000))
    recording = Recording.from_array(data, names, 100.0, start=START)
    write_edf(recording, path)
    return recording


@pytest.fixture
def garden(study: Study, tmp_path: Path) -> Study:
    """Give a study with a night, two awakenings and accounts of two people; a third did not agree."""
    people = [
        Person("Maria", born=1990, consent=True),
        Person("Sok", consent=True),
        Person("Ty"),
        Person("Pepys", "past"),
    ]
    study.people.add(people)
    recording = night_of_noise(tmp_path / "maria.edf")
    hypnogram = Hypnogram.from_labels(["W", "N1", "N2", "R"], scorer="expert", start=START)
    study.nights.add("Maria", tmp_path / "maria.edf", id="maria-1", recording=recording, hypnogram=hypnogram)
    at = [START + dt.timedelta(seconds=100), START + dt.timedelta(hours=40)]
    study.awakenings.add(
        [
            Awakening("maria-w1", "Maria", at[0], "R", 0.7, night="maria-1"),
            Awakening("maria-w2", "Maria", at[1], "N2", night="maria-1"),
        ]
    )
    study.accounts.add(
        [
            Account("maria-a1", "Maria", DREAM, on(2), DateMeans.MORNING_OF, awakening="maria-w1"),
            Account("maria-a2", "Maria", DREAM, on(9), DateMeans.MORNING_OF),
            *accounts_of("Sok", 1),
        ]
    )
    return study


def rows(path: Path) -> list[dict[str, str]]:
    """Read a BIDS table."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_bids_of_a_study_passes_the_official_validator(garden: Study, tmp_path: Path) -> None:
    export = export_study(garden, "bids", tmp_path / "bids", texts=True)
    assert issues(tmp_path / "bids") == []
    assert export.texts == 3
    assert export.left_out == ("Ty is left out; missing: their own consent",)
    assert repr(export).endswith(f"2 people, {export.files} files, texts of 3 accounts)")


def test_an_account_is_in_the_session_of_the_night_it_was_given_in(garden: Study, tmp_path: Path) -> None:
    export_study(garden, "bids", tmp_path / "bids")
    subject = tmp_path / "bids" / f"sub-{garden.people.pseudonym('Maria')}"
    found = {path.parts[-3]: rows(path)[0] for path in subject.rglob("*_beh.tsv")}
    assert {name: row["awakening"] for name, row in found.items()} == {"ses-d0000": "w001", "ses-d0007": "n/a"}
    assert found["ses-d0000"]["awakening_time"] == "23:01:40"


def test_an_awakening_outside_its_recording_is_no_event(garden: Study, tmp_path: Path) -> None:
    export_study(garden, "bids", tmp_path / "bids")
    events = rows(next((tmp_path / "bids").rglob("*_events.tsv")))
    woken = [row["awakening"] for row in events if row["trial_type"] == "awakening"]
    assert woken == ["w001"]


def test_no_name_that_somebody_typed_leaves(garden: Study, tmp_path: Path) -> None:
    export_study(garden, "bids", tmp_path / "bids")
    for path in (tmp_path / "bids").rglob("*"):
        assert "aria" not in path.name
        if path.is_file():
            body = path.read_bytes()
            assert not [word for word in (b"aria", b"Sok", b"2024", DREAM.encode()) if word in body], path


def test_an_export_is_in_the_ledger_and_goes_with_any_of_its_people(garden: Study, tmp_path: Path) -> None:
    export = export_study(garden, "bids", tmp_path / "bids", handed_to="a colleague")
    (entry,) = garden.exported.list()
    assert (entry.id, entry.kind, entry.people, len(entry.files)) == (export.id, "bids", ("Maria", "Sok"), export.files)
    assert [entry.event for entry in garden.ledger.list()[-2:]] == ["exported.added", "exported.changed"]
    report = garden.withdraw("Sok", erase=True)
    assert not (tmp_path / "bids").exists()
    assert report.copies_handed_out
    assert garden.exported.list() == []


def test_an_export_that_breaks_off_leaves_nothing(
    garden: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr("karmalink.night.edf_bytes", full)
    with pytest.raises(OSError, match="No space"):
        export_study(garden, "bids", tmp_path / "bids", texts=True)
    assert not (tmp_path / "bids").exists()
    assert garden.exported.list() == []


def test_a_killed_export_is_known_to_the_study(garden: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a killed process wrote in the clear is on the list already, so that an erasure finds it."""
    seen: list[int] = []

    def look(*_: object, **__: object) -> bytes:
        seen.append(len(garden.exported.list()))
        raise StorageFailed("the disk is full")

    monkeypatch.setattr("karmalink.night.edf_bytes", look)
    with pytest.raises(StorageFailed):
        export_study(garden, "bids", tmp_path / "bids")
    assert seen == [1]


def test_nobody_may_leave_who_has_not_agreed(study: Study, tmp_path: Path) -> None:
    study.people.add([Person("Ty"), Person("Pepys", role="past")])
    people, left_out = exportable_people(study)
    assert (people, left_out) == ([], ["Ty is left out; missing: their own consent"])
    with pytest.raises(CannotAnswer):
        export_study(study, "bids", tmp_path / "bids")
    assert not (tmp_path / "bids").exists()


def test_who_withdrew_does_not_leave(garden: Study, tmp_path: Path) -> None:
    garden.withdraw("Maria")
    export = export_study(garden, "bids", tmp_path / "bids")
    assert export.people == (garden.people.pseudonym("Sok"),)
    assert any("withdrew" in line for line in export.left_out)
    assert not list((tmp_path / "bids").rglob("*.edf"))
    assert issues(tmp_path / "bids") == []


def test_where_an_export_cannot_go(garden: Study, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for dest in (garden.path / "out", tmp_path / "full", tmp_path / "full" / "x"):
        with pytest.raises(UsageError):
            export_study(garden, "bids", dest)
    with pytest.raises(UnknownName):
        export_study(garden, "bidz", tmp_path / "out")
    assert garden.exported.list() == []


@pytest.mark.real_data
@pytest.mark.skipif(not EXCERPT.is_file(), reason="the DREAMS excerpts are not in ../shared/data")
def test_a_real_recording_with_a_bad_unit_field_leaves_mended_and_valid(study: Study, tmp_path: Path) -> None:
    import numpy as np

    from karmalink.night import read_recording
    from karmalink.study.imports import Options, add_file

    study.people.add(Person("P01", consent=True))
    add_file(study, "nights", EXCERPT, options=Options(person="P01"))
    export_study(study, "bids", tmp_path / "bids")
    assert issues(tmp_path / "bids") == []
    back = read_recording(next((tmp_path / "bids").rglob("*.edf")))
    eeg = back.signal("C3-A1")
    assert 5e-6 < np.median(np.abs(eeg)) < 5e-5
    table = rows(next((tmp_path / "bids").rglob("*_events.tsv")))
    assert {(row["trial_type"], row["channel"]) for row in table} == {("gap", "O1-A1")}


def test_every_export_has_a_meaning_and_a_plan() -> None:
    assert all(kind.meaning and callable(kind.plan) for kind in EXPORTS.values())


def test_a_recording_without_a_clock_has_no_day(garden: Study, tmp_path: Path) -> None:
    garden.nights.add("Sok", write_night(tmp_path / "sok.edf"), id="sok-1")
    (maria, sok) = export_people(garden, exportable_people(garden)[0])
    assert (maria.age, sok.age) == (34, None)
    assert None in sok.ordinals
    paths = [path for part in plan_bids([sok], title="T", version="0") for path in part.paths]
    assert any("ses-undated" in str(path) for path in paths)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_an_export_is_readable_to_its_owner_alone(garden: Study, tmp_path: Path) -> None:
    export_study(garden, "bids", tmp_path / "deep" / "bids", texts=True)
    with entered_file(garden, tmp_path / "page.html", ["Sok"], "report") as page:
        write_whole(page, b"a page")
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [*(tmp_path / "deep" / "bids").rglob("*"), page]}
    assert {mode for path, mode in found.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in found.items() if path.is_dir()} == {0o700}
    assert stat.S_IMODE((tmp_path / "deep" / "bids").stat().st_mode) == 0o700
    assert all(export.digests for export in garden.exported)
