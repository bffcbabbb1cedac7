"""Hypnograms as laboratories have them: tables of many headings, lists, other encodings, one's own words."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError, KarmalinkError, ReadError, UnknownName, UsageError
from karmalink.night import Hypnogram, read_events, read_hypnogram, summarise, write_events
from karmalink.night.hypnograms.columns import folded, looks_like_table, number
from karmalink.night.hypnograms.lights import lights_of
from karmalink.night.hypnograms.stages import encode, vocabulary_of

BERLIN = ZoneInfo("Europe/Berlin")


def read(folder: Path, text: str | bytes, name: str = "x.csv", **options: object) -> Hypnogram:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_hypnogram(folder / name, **options)  # type: ignore[arg-type]


WNN = ("W", "N1", "N2")
# What it is: (the text, options, labels, seconds per epoch)
TABLES: dict[str, tuple[str, dict[str, object], tuple[str, ...], float]] = {
    "YASA's tutorial, a row an epoch": (",Stage,Confidence\n0,W,0.99\n1,N1,0.6\n2,N2,0.9\n", {}, WNN, 30),
    "the same with what a person says": (
        ",Stage,Confidence\n0,W,0.99\n1,N1,0.6\n2,N2,0.9\n",
        {"column": "Stage", "epoch_s": 20.0},
        WNN,
        20,
    ),
    "YASA's Hypnogram.hypno.to_csv": ("Epoch,Stage\n0,WAKE\n1,N1\n2,N2\n", {}, WNN, 30),
    "YASA's Hypnogram.as_events": (
        "epoch,onset,duration,value,description\n0,0.0,30.0,0,WAKE\n1,30.0,30.0,1,N1\n2,60.0,30.0,2,N2\n",
        {},
        WNN,
        30,
    ),
    "epochs from 1, clock, stage": (
        "Epoch,Time,Stage\n1,23:59:30,W\n2,00:00:00,N1\n3,00:00:30,N2\n",
        {},
        WNN,
        30,
    ),
    "epochs of 20 s that only the times tell": (
        "Epoch;Time;Stage\n1;23:59:40;W\n2;00:00:00;N1\n3;00:00:20;N2\n",
        {},
        WNN,
        20,
    ),
    "an epoch that is missing": ("Epoch,Stage\n1,W\n2,N1\n4,N2\n", {}, ("W", "N1", "?", "N2"), 30),
    "a missing epoch under times": (
        "Epoch,Time,Stage\n1,23:00:00,W\n2,23:00:30,N1\n4,23:01:30,N2\n",
        {},
        ("W", "N1", "?", "N2"),
        30,
    ),
    "one column with a heading": ("Stage\nW\nN1\nN2\n", {}, WNN, 30),
    "one column without": ("W\nN1\nN2\n", {}, WNN, 30),
    "semicolons": ("onset;duration;stage\n0;30;W\n30;30;N1\n60;30;N2\n", {}, WNN, 30),
    "semicolons and decimal commas": ("onset;duration;stage\n0,0;30,0;W\n30,0;30,0;N1\n60,0;30,0;N2\n", {}, WNN, 30),
    "quoted decimal commas": (
        'onset,duration,stage\n"0,0","30,0",W\n"30,0","30,0",N1\n"60,0","30,0",N2\n',
        {},
        WNN,
        30,
    ),
    "tabs in a .csv": ("onset\tduration\tstage\n0\t30\tW\n30\t30\tN1\n60\t30\tN2\n", {}, WNN, 30),
    "headings with capitals and units": (
        "Onset (s),Duration [s],Sleep Stage\n0,30,W\n30,30,N1\n60,30,N2\n",
        {},
        WNN,
        30,
    ),
    "milliseconds and minutes": ("onset_ms,duration (min),stage\n0,0.5,W\n30000,0.5,N1\n60000,0.5,N2\n", {}, WNN, 30),
    "blanks behind the separators": ("onset, duration, stage\n0, 30, W\n30, 30, N1\n60, 30, N2\n", {}, WNN, 30),
    "start and end": ("Start,End,Stage\n0,30,W\n30,60,N1\n60,90,N2\n", {}, WNN, 30),
    "start and end by the clock": (
        "Start,End,Stage\n23:59:30,00:00:00,W\n00:00:00,00:00:30,N1\n00:00:30,00:01:00,N2\n",
        {},
        WNN,
        30,
    ),
    "durations by the clock": ("onset,duration,stage\n0:00:00,0:00:30,W\n0:00:30,0:00:30,N1\n", {}, WNN[:2], 30),
    "changes of stage, each until the next": (
        "Time,Stage\n22:00:00,W\n22:10:00,N1\n22:11:30,N2\n22:12:00,W\n",
        {},
        ("W",) * 20 + ("N1",) * 3 + ("N2",) + ("W",),
        30,
    ),
    "other events among the epochs, their stage n/a": (
        "onset,duration,stage\n0,30,W\n12.3,1.1,n/a\n30,30,N1\n31,,n/a\n60,30,N2\n",
        {},
        WNN,
        30,
    ),
    "an epoch that was not scored is no other event": (
        "onset,duration,stage\n0,30,W\n30,30,n/a\n60,30,N2\n90,30,n/a\n",
        {},
        ("W", "?", "N2", "?"),
        30,
    ),
    "an event that begins with an epoch": (
        "onset,duration,stage\n0,30,W\n30,5,n/a\n30,30,N1\n60,30,N2\n",
        {},
        WNN,
        30,
    ),
    "numbers of numpy.savetxt": (
        "onset,duration,stage\n0,30,0.0\n30,30,1.0\n60,30,2.0\n",
        {"vocabulary": "0-4"},
        WNN,
        30,
    ),
    "annotations with a column of texts": (
        "onset,duration,description\n0,30,Sleep stage W\n7,1,Arousal\n30,30,Sleep stage N1\n60,30,Sleep stage N2\n",
        {},
        WNN,
        30,
    ),
    "EDFbrowser's annotations": (
        "Onset,Annotation\n0,Lights off\n0,Sleep stage W\n30,Sleep stage N1\n60,Sleep stage N2\n",
        {},
        WNN,
        30,
    ),
    "MNE's annotations, with a date": (
        "onset,duration,description\n2024-05-01 23:00:00.000000,30.0,Sleep stage W\n"
        "2024-05-01 23:00:30.000000,30.0,Sleep stage N1\n2024-05-01 23:01:00.000000,30.0,Sleep stage N2\n",
        {},
        WNN,
        30,
    ),
    "comment lines on top": ("# exported\n# by somebody\nonset,duration,stage\n0,30,W\n30,30,N1\n", {}, WNN[:2], 30),
    "one's own words": (
        "Epoch;Stadium\n1;Wach\n2;Eins\n3;Zwei\n",
        {"vocabulary": "Wach=W, Eins=N1; Zwei=N2"},
        WNN,
        30,
    ),
    "digits and what they mean": ("Stage\n0\n1\n5\n9\n", {"vocabulary": "0=W,1=N1,5=R,9=?"}, ("W", "N1", "R", "?"), 30),
    "quoted labels": ('"Epoch","Stage"\n"1","W"\n"2","N1"\n"3","N2"\n', {}, WNN, 30),
    "am and pm": ("Time,Stage\n11:59:30 PM,W\n12:00:00 AM,N1\n12:00:30 AM,N2\n", {}, WNN, 30),
}


@pytest.mark.parametrize("case", TABLES)
@pytest.mark.parametrize("name", ["x.csv", "x.txt"])
def test_a_table_of_stages_is_read(case: str, name: str, tmp_path: Path) -> None:
    text, options, labels, epoch = TABLES[case]
    found = read(tmp_path, text, name, **options)
    assert (found.labels, found.epoch_s, found.offset_s) == (labels, epoch, 0.0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("case", ["semicolons", "one column with a heading", "epochs from 1, clock, stage"])
def test_encodings_of_laboratories(case: str, encoding: str, tmp_path: Path) -> None:
    text = "# Müller, 27 °C\n" + TABLES[case][0].replace("\n", "\r\n")
    assert read(tmp_path, text.encode(encoding)).labels == TABLES[case][2]


REMLOGIC = (
    "RemLogic Event Export\n\nPatient:\tMüller\nRecording Date:\t{}\n\n"
    "Sleep Stage\tPosition\tTime [hh:mm:ss]\tEvent\tDuration[s]\tLocation\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_remlogic_with_an_umlaut_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    rows = "".join(f"S2\tX\t23:{at // 2:02d}:{at % 2 * 30:02d}\tSLEEP-S2\t30\tX\n" for at in range(40))
    found = read(tmp_path, (REMLOGIC.format("26/10/2024") + rows).encode(encoding), "x.txt")
    assert (found.n_epochs, found.start) == (40, datetime(2024, 10, 26, 23))


def test_bytes_that_no_text_holds_are_not_taken_for_windows_1252(tmp_path: Path) -> None:
    for raw in (b"W\x00\x81\nN1\n", bytes(range(256)), b"\xff\xd8\xff\xe0\x00\x10JFIF" * 9):
        with pytest.raises(ReadError, match="not text"):
            read(tmp_path, raw, "x.txt")


# What a table tells besides ------------------------------------------------------------------------------------------


def test_a_clock_without_a_date_is_kept_and_with_one_is_the_start(tmp_path: Path) -> None:
    clocked = read(tmp_path, TABLES["epochs from 1, clock, stage"][0])
    assert (clocked.clock, clocked.start) == (time(23, 59, 30), None)
    dated = read(tmp_path, TABLES["MNE's annotations, with a date"][0])
    assert (dated.clock, dated.start) == (None, datetime(2024, 5, 1, 23))
    german = read(tmp_path, "Zeit;Stadium\n31.12.2024 23:59:30;W\n01.01.2025 00:00:00;N1\n")
    assert german.start == datetime(2024, 12, 31, 23, 59, 30)
    # Which of 3 and 4 is the month nobody tells: only the time of day is taken.
    told = read(tmp_path, "Time;Stage\n03/04/2024 23:59:30;W\n03/04/2024 23:59:50;N1\n")
    assert (told.start, told.clock, told.epoch_s) == (None, time(23, 59, 30), 20)


def test_a_clock_is_kept_in_the_files_that_we_write(tmp_path: Path) -> None:
    clocked = read(tmp_path, TABLES["epochs from 1, clock, stage"][0])
    assert read_events(write_events(clocked, tmp_path / "back.tsv")).clock == time(23, 59, 30)


def test_what_is_passed_over_is_counted_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, TABLES["other events among the epochs, their stage n/a"][0])
    assert found.notes == ("2 rows that are not epochs were passed over",)
    named = read(tmp_path, TABLES["YASA's tutorial, a row an epoch"][0])
    assert named.notes == ("column not read: Confidence",)
    assert found.notes[0] in summarise(found).notes


def test_a_table_that_begins_with_a_later_epoch_begins_later(tmp_path: Path) -> None:
    found = read(tmp_path, "Epoch,Stage\n21,W\n22,N1\n")
    assert (found.offset_s, found.labels) == (600.0, ("W", "N1"))
    assert found.notes == ("the first row is epoch 21, counted from 1",)


BAD_TABLES = {
    "numbers that go back": ("Epoch,Stage\n2,W\n1,N1\n", "line 3: the number of the epoch does not go forward"),
    "times out of order": ("Time,Stage\n23:00:00,W\n22:50:00,N1\n", "line 3 comes before the line in front of it"),
    "a decimal comma among commas": ("onset,duration,stage\n0,0,30,0,W\n", "line 2 has 5 cells for 3 headings"),
    "a thousand": ('onset,duration,stage\n"1,020",30,W\n', "line 2: onset is not a number"),
    "25 o'clock": ("Time,Stage\n25:00:00,W\n", "line 2: Time is not a number and not a time"),
    "a word for a time": ("Time,Stage\n23:00:00,W\nlate,N1\n", "line 3: Time is not a number and not a time"),
    "no column of stages": ("a,b\n1,2\n", "the table has no column stage"),
    "comments only": ("# one\n# two\n", "the file holds comments only"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_table_that_cannot_be_read_says_where(case: str, tmp_path: Path) -> None:
    text, message = BAD_TABLES[case]
    with pytest.raises(ReadError, match=message):
        read(tmp_path, text)


def test_a_named_column_is_found_without_capitals_and_marks(tmp_path: Path) -> None:
    text = "Epoch,Stage of A,Stage of B\n1,W,N1\n2,N1,N2\n"
    assert read(tmp_path, text, column="stage_of_b").labels == ("N1", "N2")
    with pytest.raises(ReadError, match="no column Stage of C"):
        read(tmp_path, text, column="Stage of C")


# One's own vocabulary ------------------------------------------------------------------------------------------------


def test_ones_own_vocabulary_is_pairs_or_a_table() -> None:
    assert dict(vocabulary_of("0=W,1=N1;5=rem, 9=?")) == {"0": 0, "1": 1, "5": 4, "9": -1}
    assert encode(["0", "5.0", "9"], {"0": "W", "5": "R", "9": -1}).tolist() == [0, 4, -1]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [("0=W,1", "does not say what it means"), ("0=deep", "is not a stage"), ("0=W,0=R", "two stages"), ("=", "not a")],
)
def test_pairs_that_mean_nothing_are_refused(pairs: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        vocabulary_of(pairs)


def test_a_digit_that_nothing_explains_is_answered_with_the_way_to_say_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="epoch 1 carries '0'") as raised:
        read(tmp_path, "Stage\n0\n5\n")
    assert '--stages "0=W' in raised.value.next_step
    with pytest.raises(InputError, match="epoch 2 carries '7', which is not a stage of your own vocabulary"):
        read(tmp_path, "Stage\n0\n7\n", vocabulary="0=W,5=R")
    with pytest.raises(UnknownName, match="no stage vocabulary"):
        read(tmp_path, "Stage\n0\n", vocabulary="mine")


@pytest.mark.parametrize("name", ["x.csv", "x.txt", "x.json", "x.xml"])
def test_every_form_takes_ones_own_vocabulary(name: str, tmp_path: Path) -> None:
    steps = "".join(f"<SleepStage>{digit}</SleepStage>" for digit in (7, 8))
    texts = {
        "x.csv": "Stage\n7\n8\n",
        "x.txt": "7\n8\n",
        "x.json": "[7, 8]",
        "x.xml": f"<CMPStudyConfig><EpochLength>30</EpochLength><SleepStages>{steps}</SleepStages></CMPStudyConfig>",
    }
    assert read(tmp_path, texts[name], name, vocabulary="7=W,8=R").labels == ("W", "R")


# How long an epoch is ------------------------------------------------------------------------------------------------


def a_list(name: str, digits: list[int]) -> str:
    steps = "".join(f"<SleepStage>{digit}</SleepStage>" for digit in digits)
    return {
        "x.txt": "\n".join(map(str, digits)),
        "x.csv": "Stage\n" + "\n".join(map(str, digits)),
        "x.json": str(digits),
        "x.xml": f"<CMPStudyConfig><SleepStages>{steps}</SleepStages></CMPStudyConfig>",
    }[name]


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "x.json", "x.xml"])
def test_a_value_a_second_is_not_ten_days_of_sleep(name: str, tmp_path: Path) -> None:
    text = a_list(name, [0] * 3600 + [2] * 21_600 + [4] * 3600)
    found = read(tmp_path, text, name, vocabulary="0-4")
    assert (found.epoch_s, found.duration_s) == (1.0, 28_800)
    assert found.notes[0].startswith(
        "28,800 stages of 30 s would be 10 days: taken for one value a second, 8 h; say --e"
    )
    assert summarise(found).total_sleep_min == 420
    assert read(tmp_path, text, name, vocabulary="0-4", epoch_s=2.0).duration_s == 57_600


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "x.json", "x.xml"])
def test_a_list_whose_length_nothing_tells_asks_for_it(name: str, tmp_path: Path) -> None:
    """Eight hours in epochs of 5 s: at 30 s two days, at a second an hour and a half."""
    digits = np.random.default_rng(0).integers(0, 5, 5760).tolist()
    with pytest.raises(ReadError, match="5,760 stages of 30 s would be 2 days") as raised:
        read(tmp_path, a_list(name, digits), name, vocabulary="0-4")
    assert "--epoch 5 makes 8 h of it" in raised.value.next_step


def test_epochs_of_half_a_minute_written_out_second_by_second_are_known_by_their_edges(tmp_path: Path) -> None:
    digits = np.repeat(np.random.default_rng(0).integers(0, 5, 180), 30).tolist()  # a nap of an hour and a half
    assert read(tmp_path, a_list("x.txt", digits), "x.txt", vocabulary="0-4").duration_s == 5400


def test_a_length_that_is_stated_is_not_doubted(tmp_path: Path) -> None:
    assert read(tmp_path, "W\n" * 5000, "x.txt", epoch_s=30.0).duration_s == 150_000
    assert read(tmp_path, "W\n" * 2880, "x.txt").duration_s == 86_400


# Clocks that are put back and forward --------------------------------------------------------------------------------


def every_half_minute(begin: float, count: int, back_after: int | None = None, by: int = 3600) -> list[str]:
    out = []
    for at in range(count):
        second = int(begin + 30 * at - (by if back_after is not None and at >= back_after else 0)) % 86_400
        out.append(f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}")
    return out


@pytest.mark.parametrize("by", [3600, 1800])
@pytest.mark.parametrize("form", ["remlogic", "table"])
def test_an_hour_that_comes_again_is_a_change_of_clocks(form: str, by: int, tmp_path: Path) -> None:
    clocks = every_half_minute(23 * 3600, 960, 480, by)
    if form == "remlogic":
        rows = "".join(f"S2\tX\t{clock}\tSLEEP-S2\t30\tX\n" for clock in clocks)
        found = read(tmp_path, REMLOGIC.format("26/10/2024") + rows, "x.txt")
    else:
        found = read(tmp_path, "Time,Stage\n" + "".join(f"{clock},N2\n" for clock in clocks))
    assert (found.n_epochs, found.duration_s) == (960, 28_800)
    assert not found.unscored.any()
    assert any("the clock was put back" in note for note in found.notes)


def test_with_a_zone_a_missing_hour_is_a_change_of_clocks_and_without_it_stays_missing(tmp_path: Path) -> None:
    clocks = every_half_minute(23 * 3600, 480, 360, -3600)  # 01:59:30, then 03:00:00 on 31 March 2024
    rows = "".join(f"S2\tX\t{clock}\tSLEEP-S2\t30\tX\n" for clock in clocks)
    text = REMLOGIC.format("30/03/2024") + rows
    assert read(tmp_path, text, "x.txt").n_epochs == 600
    assert read(tmp_path, text, "x.txt", zone=BERLIN).n_epochs == 480
    dated = "".join(f"2024-03-{30 + (clock < '12')} {clock},N2\n" for clock in clocks)
    assert read(tmp_path, "Time,Stage\n" + dated, zone=BERLIN).n_epochs == 480


def test_with_a_zone_an_hour_that_comes_twice_is_twice_there(tmp_path: Path) -> None:
    clocks = every_half_minute(23 * 3600, 960, 480)
    dated = "".join(f"2024-10-{26 + (clock < '12')} {clock},N2\n" for clock in clocks)
    found = read(tmp_path, "Time,Stage\n" + dated, zone=BERLIN)
    assert (found.n_epochs, found.start) == (960, datetime(2024, 10, 26, 23))
    assert not found.unscored.any()


# Lights --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Lights off", "LIGHTS-OFF", "lights_out", "Comment/Lights Off", "Licht aus", "Lumières éteintes"]
)
def test_lights_off_is_told_in_many_words(text: str) -> None:
    assert lights_of([(5.0, "Arousal"), (60.0, text), (900.0, "Lights on")]) == (60.0, 900.0)


def test_lights_are_the_first_off_and_the_last_on_behind_it() -> None:
    assert lights_of([(10.0, "lights on"), (60.0, "lights off"), (500.0, "lights on"), (520.0, "lights off")]) == (
        60.0,
        500.0,
    )
    assert lights_of([]) == (None, None)
    assert lights_of([(3.0, "lights off the record")]) == (None, None)


# Small parts ---------------------------------------------------------------------------------------------------------


def test_headings_are_folded() -> None:
    assert [folded(text).key for text in ("Onset (s)", "Time [hh:mm:ss]", "Sleep-Stage", "sleep_stage")] == [
        "onset",
        "time",
        "sleepstage",
        "sleepstage",
    ]
    assert folded("duration_ms").factor == 1e-3
    assert looks_like_table("Epoch\tTime\tStage\n1\t23:00:00\tW\n")
    assert not looks_like_table("W\nN1\n") and not looks_like_table("I slept, and woke\n")


@given(st.floats(-1e6, 1e6))
def test_a_number_with_a_point_or_a_comma_is_the_same(value: float) -> None:
    text = f"{value:.3f}"
    assert number(text) == number(text.replace(".", ",")) == float(text)


@settings(max_examples=120, deadline=None)
@given(st.text('0123456789,;:\t\n.-WN/aStageonsetdur "', max_size=120))
def test_any_text_is_a_hypnogram_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_text(text)
    try:
        found = read_hypnogram(path)
    except KarmalinkError as error:
        assert "\n" not in error.what
        return
    assert found.n_epochs >= 1


# What decided is a column --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1), st.booleans())
def test_a_scored_table_never_contradicts_its_own_probabilities(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int, calibrated: bool
) -> None:
    import pandas as pd

    rng = np.random.default_rng(seed)
    deciding = rng.dirichlet(np.ones(5), count)
    stages = np.where(rng.random(count) < 0.1, -1, deciding.argmax(axis=1))
    other = rng.dirichlet(np.ones(5), count)
    night = Hypnogram(
        stages, probabilities=other if calibrated else deciding, deciding=deciding if calibrated else None
    )
    path = write_events(night, tmp_path_factory.mktemp("table") / "x.tsv")
    table = pd.read_csv(path, sep="\t", na_values="n/a", keep_default_na=False)
    scored = table[table["stage"] != "?"]
    columns = [f"p_{stage}" for stage in ("W", "N1", "N2", "N3", "R")]
    if len(scored):
        assert (scored[columns].astype(float).idxmax(axis=1).str[2:] == scored["stage"]).all()
        assert set(scored["decided_by"]) == {"probability"}
    assert ("calibrated_W" in table) == calibrated
    back = read_events(path)
    assert back.labels == night.labels
    np.testing.assert_allclose(back.confidence, night.confidence, atol=1e-5)


def test_what_decided_is_said_where_it_was_not_the_largest(tmp_path: Path) -> None:
    even = np.array([[0.4, 0.4, 0.2, 0, 0], [0.6, 0.4, 0, 0, 0]])
    night = Hypnogram(np.array([1, 1]), probabilities=even)
    assert list(night.to_dataframe()["decided_by"]) == ["tie", "scorer"]
    rows = write_events(night, tmp_path / "x.tsv").read_text().splitlines()
    assert [row.split("\t")[5] for row in rows] == ["decided_by", "tie", "scorer"]
