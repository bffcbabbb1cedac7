"""Score files of every form: what is written is read back, other people's forms keep their places, none shifts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError, KarmalinkError, ReadError, UsageError
from karmalink.night import (
    SCORE_WRITERS,
    Hypnogram,
    edf_bytes,
    read_annotations,
    read_hypnogram,
    simulate_night,
    write_hypnogram,
)
from karmalink.night.recordings.annotations import Annotation, parse_annotations
from karmalink.night.recordings.edf_writer import annotation_bytes

ANY_FOLDER = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def nights(draw: st.DrawFn, ending: str) -> Hypnogram:
    """Any hypnogram that the form has a place for."""
    stages = np.array(draw(st.lists(st.integers(-1, 4), min_size=1, max_size=40)), dtype=np.int8)
    epoch = 30.0 if ending == ".json" else draw(st.sampled_from([0.5, 4.0, 5.0, 20.0, 30.0, 60.0]))
    placed = ending in {".tsv", ".csv", ".edf"}
    start = draw(st.datetimes(datetime(1985, 1, 2), datetime(2080, 1, 1))) if placed else None
    offset = draw(st.sampled_from([0.0, 12.5, 3600.0])) if placed else 0.0
    cut = draw(st.sampled_from([0.0, epoch / 4])) if placed and stages.size > 1 else 0.0
    return Hypnogram(
        stages,
        epoch,
        start=start,
        scorer=draw(st.sampled_from(["", "yasa 0.8.1", "expert A"])) if placed else "",
        channels=("C4-M1", "E1-M2") if placed else (),
        offset_s=offset,
        recorded_s=stages.size * epoch - cut,
    )


@pytest.mark.parametrize("ending", sorted(SCORE_WRITERS))
@ANY_FOLDER
@given(data=st.data())
def test_what_is_written_is_read_back(ending: str, data: st.DataObject, tmp_path: Path) -> None:
    night = data.draw(nights(ending))
    back = read_hypnogram(
        write_hypnogram(night, tmp_path / f"x{ending}"),
        epoch_s=night.epoch_s if ending == ".txt" else None,
        column=None,
    )
    assert back.labels == night.labels
    assert back.epoch_s == night.epoch_s
    assert back.offset_s == pytest.approx(night.offset_s, abs=1e-6)
    assert back.duration_s == pytest.approx(night.duration_s, abs=1e-6)
    if ending in {".tsv", ".csv", ".edf"}:
        assert (back.scorer, back.channels) == (night.scorer, night.channels)
        assert back.start is not None and night.start is not None
        assert abs(back.start - night.start) < timedelta(milliseconds=1)


def merged(night: Hypnogram) -> list[tuple[float, float, str]]:
    """Join equal neighbours, as Sleep-EDF keeps its hypnograms; the slow way."""
    rows: list[tuple[float, float, str]] = []
    for epoch, label in enumerate(night.labels):
        onset = night.offset_s + epoch * night.epoch_s
        if rows and rows[-1][2] == label:
            rows[-1] = (rows[-1][0], rows[-1][1] + night.epoch_s, label)
        else:
            rows.append((onset, night.epoch_s, label))
    return rows


@ANY_FOLDER
@given(st.lists(st.integers(-1, 4), min_size=2, max_size=60), st.sampled_from([20.0, 30.0]), st.floats(0, 0.999))
def test_stages_joined_as_in_sleep_edf_come_apart_in_their_places(
    tmp_path: Path, codes: list[int], epoch: float, part: float
) -> None:
    night = Hypnogram(np.array(codes), epoch)
    start = datetime(2020, 1, 1, 23) + timedelta(seconds=round(part, 3))
    marks = [Annotation(onset, length, f"Sleep stage {label}") for onset, length, label in merged(night)]
    path = tmp_path / "x.edf"
    path.write_bytes(annotation_bytes(marks, start))
    back = read_hypnogram(path, epoch_s=epoch)
    assert (back.labels, back.start, back.offset_s) == (night.labels, start, 0.0)
    rows = "".join(f"{onset},{length},{label}\n" for onset, length, label in merged(night))
    (tmp_path / "x.csv").write_text(f"onset,duration,stage\n{rows}")
    assert read_hypnogram(tmp_path / "x.csv", epoch_s=epoch).labels == night.labels


def test_edf_plus_2_2_4_onsets_count_from_the_headers_start_not_from_the_first_sample() -> None:
    start = datetime(2020, 1, 1, 23, 0, 0, 750_000)
    raw = annotation_bytes([Annotation(0.0, 30.0, "Sleep stage W"), Annotation(30.0, 30.0, "Sleep stage R")], start)
    assert b"+0.75\x1530\x14Sleep stage W" in raw
    found = parse_annotations(raw, where="x")
    assert found.start == start
    assert [one.onset_s for one in found.annotations] == [0.0, 30.0]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e6).map(lambda x: round(x, 3)),
            st.one_of(st.none(), st.floats(0, 1e5).map(lambda x: round(x, 3))),
            st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="@"), min_size=1).filter(
                lambda text: text.strip() == text
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_annotations_round_trip(rows: list[tuple[float, float | None, str]]) -> None:
    raw = annotation_bytes([Annotation(*row) for row in rows], None)
    back = parse_annotations(raw, where="x").annotations
    assert sorted((one.onset_s, one.duration_s or 0, one.text) for one in back) == sorted(
        (onset, length or 0, text) for onset, length, text in rows
    )


def test_a_recording_keeps_its_annotations_and_mne_reads_them(tmp_path: Path) -> None:
    import mne

    night, _ = simulate_night(0.1, seed=1)
    marks = [Annotation(12.5, 1.0, "spindle", "EEG C4-M1"), Annotation(100.0, 0.0, "lights off")]
    path = tmp_path / "x.edf"
    path.write_bytes(edf_bytes(night, annotations=marks))
    found = read_annotations(path)
    assert (found.start, [(one.onset_s, one.text, one.channel) for one in found.annotations]) == (
        night.start,
        [(12.5, "spindle", "EEG C4-M1"), (100.0, "lights off", "")],
    )
    theirs = mne.io.read_raw_edf(path, verbose="ERROR").annotations
    assert [round(float(onset), 3) for onset in theirs.onset] == [12.5, 100.0]


REMLOGIC = """RemLogic Event Export
Patient:\tsomebody
Recording Date:\t28/01/2010

Sleep Stage\tPosition\tTime [hh:mm:ss]\tEvent\tDuration[s]\tLocation
W\tx\t23.59.00\tSLEEP-S0\t30\tC4
W\tx\t23.59.10\tMCAP-A1\t4\tC4
S1\tx\t23.59.30\tSLEEP-S1\t30\tC4
S2\tx\t00.00.30\tSLEEP-S2\t30\tC4
R\tx\t00.01.00\tSLEEP-REM\t30\tC4
"""

FORMS: dict[str, tuple[str, str, dict[str, str], tuple[str, ...], float]] = {
    "RemLogic over midnight, a missing epoch stays missing": ("x.txt", REMLOGIC, {}, ("W", "N1", "?", "N2", "R"), 30),
    "RemLogic as Unicode text": ("x.txt", "\ufeff" + REMLOGIC, {}, ("W", "N1", "?", "N2", "R"), 30),
    "seconds and stages": (
        "x.txt",
        "latency         type\n0    No Stage\n30   Wake\n60   Stage1\n120   REM\n",
        {},
        ("?", "W", "N1", "N1", "R", "R"),
        30,
    ),
    "stage and flag": ("x.txt", "0 0\n2 1\n5 0\n8 0\n", {"vocabulary": "profusion"}, ("W", "N2", "R", "?"), 30),
    "DREAMS by its heading": ("x.txt", "[Hypnogram]\n5\n4\n0\n", {}, ("W", "R", "N3"), 5),
    "Dreem": ("x.json", "[0, 1, 4, -1, 2.0]", {}, ("W", "N1", "R", "?", "N2"), 30),
    "Polydodo": (
        "x.json",
        json.dumps({"epochs": {"timestamps": [1582441980, 1582442010, 1582442070], "stages": ["W", "N2", "REM"]}}),
        {},
        ("W", "N2", "?", "R"),
        30,
    ),
    "Profusion": (
        "x.xml",
        "<CMPStudyConfig><EpochLength>20</EpochLength><SleepStages><SleepStage>4</SleepStage>"
        "<SleepStage>5</SleepStage></SleepStages></CMPStudyConfig>",
        {},
        ("N3", "R"),
        20,
    ),
    "NSRR": (
        "x.xml",
        "<PSGAnnotation><EpochLength>30</EpochLength><ScoredEvents><ScoredEvent><EventType>Stages|Stages</EventType>"
        "<EventConcept>Wake|0</EventConcept><Start>0</Start><Duration>60.0</Duration></ScoredEvent><ScoredEvent>"
        "<EventType>Stages|Stages</EventType><EventConcept>REM sleep|5</EventConcept><Start>90</Start>"
        "<Duration>30</Duration></ScoredEvent></ScoredEvents></PSGAnnotation>",
        {},
        ("W", "W", "?", "R"),
        30,
    ),
    "events between the epochs are passed over": (
        "x.tsv",
        "onset\tduration\ttrial_type\tstage\n0\t30\tsleep_stage\tW\n12\t1\tspindle\tn/a\n30\t30\tsleep_stage\tN2\n",
        {},
        ("W", "N2"),
        30,
    ),
    "R&K and nothing else": ("x.txt", "S0\nS4\nMT\n", {"vocabulary": "rk"}, ("W", "N3", "?"), 30),
}


@pytest.mark.parametrize("case", FORMS)
def test_other_peoples_forms_keep_every_epoch_in_its_place(case: str, tmp_path: Path) -> None:
    name, content, options, labels, epoch = FORMS[case]
    path = tmp_path / name
    wide = content.startswith("\ufeff")
    path.write_text(content.lstrip("\ufeff"), encoding="utf-16" if wide else "utf-8")
    night = read_hypnogram(path, **options)
    assert (night.labels, night.epoch_s) == (labels, epoch)


def test_remlogic_tells_the_date_and_polydodo_the_clock(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(REMLOGIC)
    assert read_hypnogram(tmp_path / "x.txt").start == datetime(2010, 1, 28, 23, 59)
    (tmp_path / "x.json").write_text(FORMS["Polydodo"][1])
    assert read_hypnogram(tmp_path / "x.json").start == datetime(2020, 2, 23, 7, 13)


BOMB = '<!DOCTYPE a [<!ENTITY b "x">]><CMPStudyConfig><EpochLength>&b;</EpochLength></CMPStudyConfig>'

BAD = {
    "an XML that expands": ("x.xml", BOMB, "EntitiesForbidden"),
    "no XML": ("x.xml", "<a", "not well-formed XML"),
    "another XML": ("x.xml", "<a/>", "of another kind"),
    "an XML of events only": ("x.xml", "<CMPStudyConfig/>", "no sleep stages"),
    "an XML with an odd length": ("x.xml", "<CMPStudyConfig><EpochLength>x</EpochLength></CMPStudyConfig>", "EpochL"),
    "not JSON": ("x.json", "[1", "not JSON"),
    "a deep JSON": ("x.json", "[" * 100_000, "not JSON"),
    "another JSON": ("x.json", '{"a": 1}', "holds no stages"),
    "lists of two lengths": ("x.json", '{"epochs": {"timestamps": [1], "stages": []}}', "two lists of one length"),
    "times that go back": (
        "x.json",
        '{"epochs": {"timestamps": [30, 0], "stages": ["W", "W"]}}',
        "do not go forward",
    ),
    "a year of seconds": ("x.csv", "onset,duration,stage\n0,30,W\n1e15,30,W\n", "days"),
    "seconds that go back": ("x.txt", "latency type\n30 Wake\n0 Wake\n", "line 3 does not come after"),
    "no EDF": ("x.edf", "a dream" * 99, "text, not EDF"),
    "RemLogic without headings": ("x.txt", "RemLogic Event Export\nnothing\n", "no row of headings"),
    "RemLogic at 25 o'clock": ("x.txt", REMLOGIC.replace("23.59.00", "25.59.00"), "line 6: the time"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_score_file_is_told(case: str, tmp_path: Path) -> None:
    name, content, message = BAD[case]
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_hypnogram(tmp_path / name)


def test_a_form_without_a_place_for_what_is_said_refuses_and_writes_nothing(tmp_path: Path) -> None:
    for night, name in (
        (Hypnogram(np.array([0]), offset_s=12.5), "x.txt"),
        (Hypnogram(np.array([0]), epoch_s=5.0), "x.json"),
        (Hypnogram(np.array([0])), "x.doc"),
    ):
        with pytest.raises(UsageError):
            write_hypnogram(night, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_lead_in_that_a_list_can_hold_is_written_as_unscored_epochs(tmp_path: Path) -> None:
    path = write_hypnogram(Hypnogram(np.array([2]), offset_s=60.0), tmp_path / "x.txt")
    assert read_hypnogram(path).labels == ("?", "?", "N2")


def test_overlapping_stages_are_refused(tmp_path: Path) -> None:
    marks = [Annotation(0.0, 60.0, "Sleep stage W"), Annotation(30.0, 30.0, "Sleep stage R")]
    (tmp_path / "x.edf").write_bytes(annotation_bytes(marks, None))
    with pytest.raises(ReadError, match="begins before"):
        read_hypnogram(tmp_path / "x.edf")


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    folder = tmp_path_factory.mktemp("whole")
    night = Hypnogram(np.array([0, 1, 2, 3, 4, -1, 2, 2]), start=datetime(2020, 1, 1, 23), scorer="x")
    files = [(ending, write_hypnogram(night, folder / f"x{ending}").read_bytes()) for ending in SCORE_WRITERS]
    return [*files, (".txt", REMLOGIC.encode()), (".txt", FORMS["seconds and stages"][1].encode())]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_score_file_is_an_error_of_ours_or_a_hypnogram(
    whole_files: list[tuple[str, bytes]], data: st.DataObject, tmp_path: Path
) -> None:
    ending, raw = data.draw(st.sampled_from(whole_files))
    broken = bytearray(raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw)
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            place = data.draw(st.integers(0, len(broken) - 1))
            broken[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / f"broken{ending}"
    path.write_bytes(bytes(broken))
    try:
        night = read_hypnogram(path)
    except KarmalinkError as error:
        assert "\n" not in error.what
        return
    assert night.n_epochs < 3_000_000
