"""Bad input through the real command line: a message and an exit code, nothing imported, no text of anybody told."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from study_cli import ACCOUNTS, SECRET, Place

YEAR = dt.date.today().year
HEAD = "id,person,date,calendar,date_means,text\n"
PLACES = "id,name,kind,lon,lat\nmarket,Old Market,market,104.92,11.56\nstation,Station,station,104.91,11.57\n"
ICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}END:VCALENDAR\r\n"

# name → (kind, file name, content, options, exit code, what the message must say)
BAD: dict[str, tuple[str, str, str | bytes, list[str], int, list[str]]] = {
    "empty file": ("accounts", "a.csv", "", [], 3, ["the file is empty"]),
    "only a header": ("accounts", "a.csv", HEAD, [], 3, ["no rows"]),
    "unknown person": (
        "accounts",
        "a.csv",
        HEAD + f"x,P1,2026-02-01,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["line 2, person: 'P1'", "unknown person 'P1'", "allowed: P01, P02, P03"],
    ),
    "no consent": (
        "accounts",
        "a.csv",
        HEAD + f"x,P03,2026-02-01,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["line 2, person: 'P03'", "missing: their own consent"],
    ),
    "date that does not exist": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,2026-02-30,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["line 2, date: '2026-02-30'", "has no such day"],
    ),
    "date out of range": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,1197-02-03,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["the year 1197 is out of the plausible range", "1500 to"],
    ),
    "calendar not named": (
        "accounts",
        "a.csv",
        f"id,person,date,text\nx,P01,2026-02-01,{SECRET}\n",
        [],
        3,
        ["calendar: nothing", "gregorian, julian, buddhist"],
    ),
    "a year that was said not to be plausible": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,1997-02-03,gregorian,night_of,{SECRET}\n",
        ["--earliest", "2000"],
        3,
        ["the year 1997 is out of the plausible range", "2000 to"],
    ),
    "unknown calendar": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,2026-02-01,gregorean,night_of,{SECRET}\n",
        [],
        3,
        ["line 2, calendar: 'gregorean'", "did you mean 'gregorian'"],
    ),
    "unknown calendar as option": (
        "accounts",
        "a.csv",
        f"id,person,date,text\nx,P01,2026-02-01,{SECRET}\n",
        ["--calendar", "maya"],
        2,
        ["gregorian, julian, buddhist"],
    ),
    "duplicate identifier in the file": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,2026-02-01,gregorian,night_of,{SECRET}\nx,P01,2026-02-02,gregorian,night_of,other\n",
        [],
        3,
        ["line 3, id: 'x': is already on line 2"],
    ),
    "wrong encoding": (
        "accounts",
        "a.csv",
        (HEAD + f"x,P01,2026-02-01,gregorian,night_of,café {SECRET}\n").encode("latin-1"),
        [],
        3,
        ["line 2 is not UTF-8", "save it again as UTF-8"],
    ),
    "UTF-16": (
        "accounts",
        "a.csv",
        (HEAD + f"x,P01,2026-02-01,gregorian,night_of,{SECRET}\n").encode("utf-16")[:-1],
        [],
        3,
        ["says that it is UTF-16"],
    ),
    "NaN in a table": (
        "accounts",
        "a.csv",
        HEAD + "x,P01,2026-02-01,gregorian,night_of,NaN\n",
        [],
        3,
        ["line 2, text", "is NaN"],
    ),
    "NaN in JSON": (
        "accounts",
        "a.jsonl",
        json.dumps({"id": "x", "person": "P01", "date": "2026-02-01", "text": float("nan")}) + "\n",
        ["--calendar", "gregorian"],
        3,
        ["line 1, text", "NaN"],
    ),
    "account without a date": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["line 2, date: nothing: must not be empty"],
    ),
    "misspelt column": (
        "accounts",
        "a.csv",
        HEAD.replace("date_means", "date_mean") + f"x,P01,2026-02-01,gregorian,night_of,{SECRET}\n",
        [],
        3,
        ["'date_mean'", "did you mean 'date_means'"],
    ),
    "text in the wrong column": (
        "accounts",
        "a.csv",
        HEAD + f"The {SECRET} spoke to me,P01,2026-02-01,gregorian,{SECRET} again it was there,x\n",
        [],
        3,
        ["line 2, date_means: text,"],
    ),
    "one comma too many": (
        "accounts",
        "a.csv",
        HEAD + f"x,P01,2026-02-01,gregorian,night_of,Well, the {SECRET} spoke\n",
        [],
        3,
        ["line 2", "7 cells"],
    ),
    "life without entries: a table": (
        "entries",
        "e.csv",
        "id,life,date,calendar,text\n",
        ["--person", "P01"],
        3,
        ["the file has no rows"],
    ),
    "life without entries: a calendar": (
        "entries",
        "e.ics",
        ICS.format(""),
        ["--person", "P01", "--life", "cal"],
        4,
        ["this life has no entries"],
    ),
    "life without an author": (
        "entries",
        "e.csv",
        f"id,life,date,calendar,text\ne1,diary,2026-02-01,gregorian,{SECRET}\n",
        [],
        3,
        ["the author of the life 'diary' is missing"],
    ),
    "a calendar that says nobody's": ("entries", "e.ics", ICS.format(""), [], 2, ["--person and --life missing"]),
    "not a calendar": (
        "entries",
        "e.ics",
        f"Dear diary, the {SECRET}",
        ["--person", "P01", "--life", "cal"],
        3,
        ["not an iCalendar file"],
    ),
    "a chat whose order of day and month nothing proves": (
        "entries",
        "chat.txt",
        f"[03/04/2026, 21:05:10] Maria: the {SECRET}\n",
        ["--person", "P01", "--life", "chat", "--author", "Maria"],
        3,
        ["line 1, date", "it is not guessed"],
    ),
    "a chat in which they wrote nothing": (
        "entries",
        "chat.txt",
        f"[23/04/2026, 21:05:10] Maria: the {SECRET}\n",
        ["--person", "P01", "--life", "chat", "--author", "Mario"],
        3,
        ["unknown sender 'Mario'", "did you mean"],
    ),
    "coordinates out of range": (
        "places",
        "p.csv",
        PLACES + "hole,Hole,field,204.9,91.5\n",
        [],
        3,
        ["line 4, lon: '204.9'", "-180 to 180", "line 4, lat: '91.5'", "-90 to 90"],
    ),
    "coordinates out of range in GeoJSON": (
        "places",
        "p.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"id": "x", "name": "X"},
                        "geometry": {"type": "Point", "coordinates": [104.9, 911.5]},
                    }
                ],
            }
        ),
        [],
        3,
        ["1 feature without a position on the globe: left out (X)"],
    ),
    "text instead of EDF": ("nights", "n.edf", f"The {SECRET} spoke.", ["--person", "P01"], 3, ["n.edf"]),
    "empty EDF": ("nights", "n.edf", "", ["--person", "P01"], 3, ["empty"]),
    "a recording without a sleeper": ("nights", "n.edf", "x", [], 2, ["--person is missing"]),
    "unknown kind of file": ("dreams", "a.csv", ACCOUNTS, [], 3, ["unknown kind of file 'dreams'", "accounts"]),
    "an option for another kind": ("places", "p.csv", PLACES, ["--person", "P01"], 2, ["--person: not for this kind"]),
    "unknown ending": ("accounts", "a.docx", ACCOUNTS, [], 3, ["the ending '.docx'", ".csv"]),
    "an adult who is a child": (
        "people",
        "q.csv",
        f"person,role,born,consent\nP09,adult,{YEAR - 5},yes\n",
        [],
        3,
        ["line 2, role", f"comes of age in {YEAR + 13}"],
    ),
    "a minor without a year of birth": (
        "people",
        "q.csv",
        "person,role,consent\nP09,minor,yes\n",
        [],
        3,
        ["line 2, born", "a minor's year of birth"],
    ),
    "the same person with other answers": (
        "people",
        "q.csv",
        "person,consent\nP03,yes\n",
        [],
        3,
        ["line 2, person: 'P03'", "karmalink study consent"],
    ),
    "an awakening out of no stage": (
        "awakenings",
        "w.csv",
        "id,person,date,calendar,time,stage,confidence\nw,P01,2026-02-01,gregorian,25:00,S2,1.2\n",
        [],
        3,
        ["line 2, time: '25:00'", "line 2, stage: 'S2'", "line 2, confidence: '1.2'", "0 to 1"],
    ),
    "an awakening in an unknown night": (
        "awakenings",
        "w.csv",
        "id,person,night,date,calendar,time,stage\nw,P01,n9,2026-02-01,gregorian,03:00,R\n",
        [],
        3,
        ["line 2, night: 'n9'", "unknown night 'n9'"],
    ),
    "an account at an unknown awakening": (
        "accounts",
        "a.csv",
        f"id,person,date,calendar,awakening,text\nx,P01,2026-02-01,gregorian,w9,{SECRET}\n",
        [],
        3,
        ["line 2, awakening: 'w9'", "unknown awakening 'w9'"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(place: Place, untouched: dict[str, int], name: str) -> None:
    kind, file, content, options, code, words = BAD[name]
    ran = place.run("study", "add", kind, place.file(file, content), *options)
    assert ran.code == code, ran.said
    for word in words:
        assert word in ran.err
    assert SECRET not in ran.said
    assert not ran.out
    assert place.counts() == untouched


def test_a_missing_file(place: Place) -> None:
    ran = place.run("study", "add", "accounts", place.folder / "nowhere.csv")
    assert (ran.code, "there is no such file" in ran.err) == (3, True)


def test_truncated_edf(place: Place) -> None:
    from karmalink.night import Recording, write_edf

    path = place.folder / "n.edf"
    write_edf(Recording.from_array([[0.0, 1e-5] * 3000], ["C3-M2"], 100.0), path)
    path.write_bytes(path.read_bytes()[:5000])
    ran = place.run("study", "add", "nights", path, "--person", "P01")
    assert ran.code == 3, ran.said
    assert place.counts()["nights"] == 0


def test_a_clue_that_names_an_unknown_place(place: Place) -> None:
    assert place.run("study", "add", "places", place.file("p.csv", PLACES)).code == 0
    assert place.run("study", "add", "witnesses", place.file("w.csv", "witness,source_grade\nold man,C\n")).code == 0
    clues = f"id,witness,relation,places,words\nc1,old man,near,markt,the {SECRET}\nc2,old women,near,market,x\n"
    ran = place.run("study", "add", "clues", place.file("c.csv", clues))
    assert ran.code == 3
    assert "line 2, places: 'markt'" in ran.err
    assert "did you mean 'market'" in ran.err
    assert "line 3, witness: 'old women'" in ran.err
    assert "did you mean 'old man'" in ran.err
    assert SECRET not in ran.said
    assert place.counts()["clues"] == 0


def test_all_faults_of_file_and_study_come_together(place: Place) -> None:
    assert place.run("study", "add", "accounts", place.file("a.csv", ACCOUNTS)).code == 0
    bad = HEAD + "\n".join(
        [
            "a1,P01,2026-02-01,gregorian,morning_of,other words under a taken name",
            f"b1,P09,2026-02-31,gregorian,morning_of,{SECRET}",
            f"b2,P03,2026-02-02,gregorian,night_of,{SECRET}",
            f"b3,P03,2026-02-02,gregorian,night_off,{SECRET}",
            "b4,P01,2026-02-03,gregorian,night_of,a good row",
        ]
    )
    ran = place.run("study", "add", "accounts", place.file("b.csv", bad), "--json")
    said = json.loads(ran.err)
    assert (ran.code, said["error"]) == (3, "ImportFaults")
    found = [(fault["line"], fault["field"], fault["value"]) for fault in said["faults"]]
    assert found == [
        (2, "id", "'a1'"),
        (3, "date", "'2026-02-31'"),
        (3, "person", "'P09'"),
        (4, "person", "'P03'"),
        (5, "date_means", "'night_off'"),
        (5, "person", "'P03'"),
    ]
    assert all(fault["rule"] for fault in said["faults"])
    assert place.counts()["accounts"] == 2


def test_a_taken_entry_is_told_at_its_line(place: Place) -> None:
    head = "id,life,date,calendar,text\n"
    first = head + "e1,diary,2026-02-01,gregorian,market day\n"
    assert place.run("study", "add", "entries", place.file("e.csv", first), "--person", "P01").code == 0
    second = head + f"e0,diary,2026-01-31,gregorian,rain\ne1,diary,2026-02-01,gregorian,{SECRET}\n"
    ran = place.run("study", "add", "entries", place.file("f.csv", second), "--person", "P01")
    assert ran.code == 3
    assert "line 3, id: 'e1'" in ran.err
    assert SECRET not in ran.said
    assert place.counts()["entries"] == 1


def test_an_author_nobody_knows_is_told_beside_a_bad_date(place: Place) -> None:
    bad = f"id,life,date,calendar,author,text\ne1,diary,2026-02-31,gregorian,P77,{SECRET}\n"
    ran = place.run("study", "add", "entries", place.file("e.csv", bad))
    assert ran.code == 3
    assert "line 2, date: '2026-02-31'" in ran.err
    assert "line 2, author: 'P77'" in ran.err


def test_a_wrong_passphrase(place: Place) -> None:
    ran = place.run("study", "show", KARMALINK_PASSPHRASE="four words nobody knows")
    assert (ran.code, "the passphrase does not open the key store" in ran.err) == (3, True)


def test_no_passphrase_and_nobody_to_ask(place: Place) -> None:
    ran = place.run("study", "show", KARMALINK_PASSPHRASE="")
    assert (ran.code, "no passphrase was given" in ran.err) == (3, True)


def test_a_missing_key_store(place: Place) -> None:
    ran = place.run("study", "show", KARMALINK_KEYS=str(place.folder / "elsewhere"))
    assert ran.code == 3, ran.said
    assert "key store" in ran.err


def test_a_study_made_by_a_newer_version(place: Place) -> None:
    import sqlite3

    with sqlite3.connect(place.study / "study.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    ran = place.run("study", "add", "people", place.file("q.csv", "person,consent\nP09,yes\n"))
    assert ran.code == 3
    assert "made by a newer Karmalink" in ran.err


def test_no_study_was_named(place: Place) -> None:
    ran = place.run("study", "show", KARMALINK_STUDY="")
    assert (ran.code, "no study was named" in ran.err) == (2, True)


def test_a_folder_that_is_no_study(place: Place, tmp_path: Path) -> None:
    ran = place.run("study", "show", "--study", tmp_path / "nothing")
    assert (ran.code, "this is not a study" in ran.err) == (3, True)
