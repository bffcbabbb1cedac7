"""Results and exports: kept with everybody whose data went in, and gone with any of them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from study_samples import fill, reopened

from karmalink.errors import InputError, UnknownName, UsageError
from karmalink.study import Study


@pytest.fixture
def filled(study: Study) -> Study:
    fill(study, "Heng", "Ty")
    return study


def test_results_come_back(filled: Study) -> None:
    data = {"links": [["a", "b", 0.5]], "text": "ខ្មែរ", "none": None}
    name = filled.results.put("lags", ["Ty", "Heng", "Ty"], data)
    result = filled.results.get(name)
    assert (result.kind, result.contributors, result.data) == ("lags", ("Heng", "Ty"), data)
    newest = filled.results.latest("lags")
    assert newest is not None
    assert newest.id == name
    assert filled.results.latest("nothing") is None
    assert [one.id for one in filled.results.list("power")] == ["power-1"]
    assert len(filled.results) == 3


def test_a_result_under_the_name_of_another_takes_its_place(filled: Study) -> None:
    entries = len(filled.ledger)
    filled.results.put("power", ["Heng"], {"n": 13}, id="power-1")
    assert len(filled.ledger) == entries
    filled.results.put("power", ["Heng"], {"n": 14}, id="power-1")
    assert filled.results.get("power-1").data == {"n": 14}
    filled.results.remove("power-1")
    with pytest.raises(UnknownName, match="deleted with any"):
        filled.results.get("power-1")
    assert filled.verify().ok


def test_what_is_no_result(filled: Study) -> None:
    with pytest.raises(UsageError, match="kind"):
        filled.results.put("Leng Heng's", [], {})
    for data in (math.nan, {"x": object()}):
        with pytest.raises(UsageError, match="JSON"):
            filled.results.put("x", [], data)
    with pytest.raises(UnknownName):
        filled.results.put("x", ["Nobody"], {})


def test_exports_are_listed_with_their_files_and_who_was_given_a_copy(filled: Study, tmp_path: Path) -> None:
    out = tmp_path / "bids"
    (out / "sub-1").mkdir(parents=True)
    (out / "README").touch()
    (out / "sub-1" / "eeg.edf").write_bytes(b"x")
    name = filled.exported.add(out, ["Heng"], "bids", handed_to="ethics board")
    filled.exported.handed_out(name, "judge 2")
    (export,) = filled.exported.list()
    assert (export.kind, export.path, export.people) == ("bids", str(out), ("Heng",))
    assert export.files == ("README", "sub-1/eeg.edf")
    assert export.handed_to == ("ethics board", "judge 2")
    assert filled.verify().ok
    (out / "notes by hand.txt").touch()
    assert filled.exported.remove(name) == ()
    assert sorted(path.name for path in out.rglob("*")) == ["notes by hand.txt"]
    assert len(filled.exported) == 0
    assert filled.verify().ok


def test_an_export_that_is_one_file(filled: Study, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text("x")
    name = filled.exported.add(report, [], "report")
    assert filled.exported.get(name).files == (".",)
    filled.exported.remove(name)
    assert not report.exists()
    with pytest.raises(UnknownName):
        filled.exported.remove(name)


def test_what_is_no_export(filled: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the export is missing"):
        filled.exported.add(tmp_path / "nowhere", [], "bids")
    with pytest.raises(UsageError, match="inside the study"):
        filled.exported.add(tmp_path / "study" / "vault", [], "bids")
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="outside its folder"):
        filled.exported.add(tmp_path / "out", [], "bids", files=["../keys"])


def test_readers_see_exports(filled: Study, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    filled.exported.add(tmp_path / "out", ["Ty"], "dream")
    with reopened(tmp_path) as reader:
        assert [export.kind for export in reader.exported] == ["dream"]
        assert "1 export" in repr(reader.exported)
