"""The DREAM database's form read back: what is exported, what is written, and what is met in the wild."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from export_samples import person, recording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import KarmalinkError, ReadError
from karmalink.night import edf_bytes, simulate_night
from karmalink.rows import join_cells
from karmalink.study.dream_sets import COLUMNS, EXPERIENCES, SEXES, STAGE_CODES, DreamCase, read_dream, records_text
from karmalink.study.exports.dream import plan_dream

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20).map(str.strip)
MAYBE = st.one_of(st.none(), st.booleans())
CASES = st.builds(
    DreamCase,
    filename=WORDS,
    case_id=WORDS,
    subject_id=WORDS,
    experience=st.sampled_from(sorted(EXPERIENCES)),
    treatment=WORDS,
    duration_s=st.none() | st.floats(0.01, 1e5),
    sfreq=st.none() | st.sampled_from([100.0, 256.0, 512.5]),
    n_eeg=st.none() | st.integers(0, 256),
    stage=st.none() | st.sampled_from(sorted(STAGE_CODES)),
    has_eog=MAYBE,
    has_emg=MAYBE,
    has_ecg=MAYBE,
    artifacts=st.none() | st.floats(0, 1),
    time=st.none() | st.times().map(lambda time: time.replace(microsecond=0, fold=0)),
    age=st.none() | st.floats(0, 120),
    sex=st.none() | st.sampled_from(sorted(SEXES)),
    healthy=MAYBE,
    has_more=MAYBE,
    remarks=WORDS,
)
ANY_FOLDER = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY_FOLDER
@given(cases=st.lists(CASES, min_size=1, max_size=6))
def test_records_round_trip(tmp_path: Path, cases: list[DreamCase]) -> None:
    (tmp_path / "Records.csv").write_text(records_text(cases), encoding="utf-8", newline="")
    found = read_dream(tmp_path)
    plain = any(case.experience == 1 for case in cases) and not any(case.experience == 2 for case in cases)
    assert len(found.cases) == len(cases)
    assert {fault.field for fault in found.faults} <= {"Filename", "Case ID"}
    for case, back in zip(cases, found.cases, strict=True):
        for name in DreamCase.__slots__:
            value, again = getattr(case, name), getattr(back, name)
            if name == "experience" and plain and value == 1:
                assert again == -1
            elif isinstance(value, float):
                assert again == pytest.approx(value, rel=1e-11)
            elif name not in {"path", "more"}:
                assert again == value, name


def test_an_export_is_read_back_with_its_signals(tmp_path: Path) -> None:
    for files in plan_dream([person()], title="The garden study", version="0.1.0"):
        files.write(tmp_path)
    found = read_dream(tmp_path)
    assert repr(found) == "DreamSet(1 awakening of 1 person, 1 with a recording)"
    (case,) = found.cases
    assert (case.experience, case.stage, case.time, case.n_eeg) == (2, "R", dt.time(23, 8, 1), 1)
    back = case.open()
    assert back.duration_s == case.duration_s == 151
    whole = recording()
    assert np.abs(back.signals.read(0, 15000, 15100) - whole.signals.read(0, 15000, 15100)).max() < 1e-8
    assert list(found.to_dataframe()["case_id"]) == ["1"]


def wild(folder: Path, rows: list[str], *, head: str = ",".join(COLUMNS), encoding: str = "utf-8-sig") -> None:
    """Write a set whose recordings lie in Data/PSG as night1.edf and sub/Night2.EDF."""
    (folder / "Data" / "PSG" / "sub").mkdir(parents=True)
    raw = edf_bytes(simulate_night(0.1, seed=1)[0])
    (folder / "Data" / "PSG" / "night1.edf").write_bytes(raw)
    (folder / "Data" / "PSG" / "sub" / "Night2.EDF").write_bytes(raw)
    (folder / "Records.csv").write_text("\n".join([head, *rows]) + "\n", encoding=encoding)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("night1.edf", "night1.edf"),
        ("/night1", "night1.edf"),
        ("\\night1", "night1.edf"),
        ("Data\\PSG\\night1.edf", "night1.edf"),
        ("sub\\night2", "Night2.EDF"),
        ("sub/Night2.EDF", "Night2.EDF"),
        ("Night2", "Night2.EDF"),
        ("C:\\old\\place\\night1.edf", "night1.edf"),
    ],
)
def test_a_filename_as_it_is_met_in_the_wild_finds_its_recording(tmp_path: Path, written: str, name: str) -> None:
    wild(tmp_path, [f"{written},1,s1,2,,30,100,1,5,1,1,0,,06:00:00,30,1,1,0,"])
    found = read_dream(tmp_path)
    assert not found.faults
    assert found.cases[0].path is not None and found.cases[0].path.name == name
    assert found.cases[0].open().duration_s == 360


def test_a_filename_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    wild(tmp_path / "set", ["../../secret.edf,1,s1,2,,,,,,,,,,,,,,,"])
    (tmp_path / "secret.edf").write_bytes(b"x")
    assert read_dream(tmp_path / "set").cases[0].path is None


def test_experience_as_0_and_1_is_an_experience_of_either_kind(tmp_path: Path) -> None:
    wild(tmp_path, [f"night1,{n},s1,{code},,,,,,,,,,,,,,," for n, code in enumerate("0110")])
    found = read_dream(tmp_path)
    assert [case.experience for case in found.cases] == [0, -1, -1, 0]
    assert any("no Experience is 2" in note for note in found.notes)


def test_one_odd_cell_is_a_fault_and_stops_nothing(tmp_path: Path) -> None:
    wild(tmp_path, ["night1,1,s1,7,,long,100,1,9,maybe,1,0,1.5,25:00,30,1,1,0,", "night1,1,s2,2,,,,,4,,,,,6:05,,F,,,"])
    found = read_dream(tmp_path)
    assert [(fault.line, fault.field) for fault in found.faults] == [
        (2, "Experience"),
        (2, "Duration"),
        (2, "Last sleep stage"),
        (2, "Has EOG"),
        (2, "Proportion artifacts"),
        (2, "Time of awakening"),
        (3, "Case ID"),
    ]
    first, second = found.cases
    assert (first.experience, first.duration_s, first.age) == (-4, None, 30)
    assert (second.stage, second.time, second.sex) == ("N3", dt.time(6, 5), 1)


def test_semicolons_other_encodings_missing_and_further_columns(tmp_path: Path) -> None:
    head = "Filename;Case ID;Subject ID;experience;Lab"
    wild(tmp_path, ["night1;1;Zoë;2;Löwen"], head=head, encoding="cp1252")
    found = read_dream(tmp_path)
    assert (found.cases[0].subject_id, found.cases[0].more) == ("Zoë", {"Lab": "Löwen"})
    assert found.cases[0].experience == 2
    assert len(found.notes) == 2


def test_channels_go_by_the_names_you_give_them(tmp_path: Path) -> None:
    wild(tmp_path, ["night1,1,s1,2,,,,,,,,,,,,,,,"])
    (case,) = read_dream(tmp_path).cases
    opened = case.open(channels={"EMG chin": "E36", "EEG C4-M1": "C3-A2"})
    assert [(one.name, one.kind) for one in opened.channels][::3] == [("C3-A2", "eeg"), ("E36", "unknown")]
    assert opened.channel("C3-A2").site == "C3"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("Records.csv", b"", "the file is empty"),
        ("Records.csv", b"a,b\n1,2\n", "missing column: Filename"),
        ("other.csv", b"x", "Records.csv is missing"),
    ],
)
def test_what_is_no_data_set_is_told(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=message):
        read_dream(tmp_path)


def test_a_case_without_a_recording_says_so() -> None:
    with pytest.raises(ReadError, match="of this case is missing"):
        DreamCase("x", "1", "s1").open()


@ANY_FOLDER
@given(data=st.data())
def test_a_damaged_table_is_an_error_of_ours_or_a_set(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(records_text([DreamCase("night1", str(n), "s1", 2, time=dt.time(6)) for n in range(3)]).encode())
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "Records.csv").write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    try:
        found = read_dream(tmp_path)
    except KarmalinkError:
        return
    assert len(found.cases) <= 40


def test_a_remark_with_a_bare_carriage_return_comes_back_whole(tmp_path: Path) -> None:
    """`csv.writer` leaves it bare before Python 3.13, and the row comes back cut in two."""
    row = dict.fromkeys(COLUMNS, "") | {"Filename": "/a", "Case ID": "1", "Subject ID": "s", "Remarks": 'one\rtwo, "x"'}
    text = join_cells([list(row), list(row.values())], ",")
    (tmp_path / "Records.csv").write_text(text, encoding="utf-8", newline="")
    (case,) = read_dream(tmp_path).cases
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "Records.csv").write_text(records_text([case]), encoding="utf-8", newline="")
    (again,) = read_dream(tmp_path / "again").cases
    assert again.remarks == case.remarks == 'one\rtwo, "x"'
