"""``karmalink link …`` on files as people have them: calendars, chats, tables of a laboratory, undated statements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from link_samples import made
from typer.testing import CliRunner

from karmalink.account import Account, Life, write_accounts
from karmalink.cli import app
from karmalink.errors import KarmalinkError


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["link", *map(str, words)])
    if isinstance(result.exception, KarmalinkError):
        return result.exception.exit_code, str(result.exception), ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def world() -> tuple[list[Account], Life]:
    accounts, life, _ = made(1)
    return accounts, life


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same dreams and the same days as tables, a chat and a calendar."""
    place = tmp_path_factory.mktemp("intake")
    accounts, life = world()
    write_accounts(place / "accounts.csv", accounts)
    days = [(entry, entry.when.day) for entry in life.entries if entry.when is not None]
    (place / "diary.csv").write_text(
        "id,life,date,calendar,text\n" + "".join(f"{one.id},me,{day},gregorian,{one.text}\n" for one, day in days),
        "utf-8",
    )
    (place / "lab.csv").write_text(
        "Participant;Day;Report;Mood\n"
        + "".join(f"P1;{one.when.day:%d/%m/%Y};{one.text};3\n" for one in accounts if one.when is not None),
        encoding="utf-8",
    )
    (place / "days.csv").write_text(
        "Tag,Eintrag\n" + "".join(f"{day:%d.%m.%Y},{one.text}\n" for one, day in days), encoding="utf-8"
    )
    (place / "chat.txt").write_text(
        "".join(f"[{day:%d/%m/%Y}, 21:05:10] Leng: {one.text}\n" for one, day in days), encoding="utf-8"
    )
    events = "".join(
        f"BEGIN:VEVENT\nUID:{one.id}\nDTSTART;VALUE=DATE:{day:%Y%m%d}\nSUMMARY:{one.text.split('.')[0]}\nEND:VEVENT\n"
        for one, day in days
    )
    endless = (
        f"BEGIN:VEVENT\nUID:w\nDTSTART;VALUE=DATE:{days[0][1]:%Y%m%d}\nRRULE:FREQ=WEEKLY\nSUMMARY:Rounds\nEND:VEVENT\n"
    )
    (place / "rounds.ics").write_text(
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{events}{endless}END:VCALENDAR\n", encoding="utf-8"
    )
    return place


def test_pairs_a_table_of_a_laboratory_gives_what_the_house_table_gives(folder: Path) -> None:
    plain = run("pairs", folder / "accounts.csv", folder / "diary.csv", "--json")
    accounts = ["--columns", "person=Participant,date=Day,text=Report", "--date-means", "night_of"]
    life = ["--life-columns", "date=Tag,text=Eintrag", "--life", "me"]
    code, said, noted = run(
        "pairs", folder / "lab.csv", folder / "days.csv", *accounts, *life, "--calendar", "gregorian", "--json"
    )
    assert code == plain[0] == 0
    mine, house = json.loads(said), json.loads(plain[1])
    assert [(one["night"], one["lag"], one["w"]) for one in mine["nights"]] == [
        (one["night"], one["lag"], one["w"]) for one in house["nights"]
    ]
    assert "left out ('Mood')" in noted


@pytest.mark.parametrize("verb", ["pairs", "lag", "power"])
def test_a_chat_is_no_dead_end(folder: Path, verb: str) -> None:
    code, said, _ = run(verb, folder / "accounts.csv", folder / "chat.txt", "--author", "Leng", "--json")
    assert code in (0, 4), said
    assert json.loads(said)
    code, said, _ = run(verb, folder / "accounts.csv", folder / "chat.txt")
    assert code == 2
    assert "author" in said


@pytest.mark.parametrize("verb", ["pairs", "lag", "power"])
def test_a_calendar_with_events_that_do_not_end_is_no_dead_end(folder: Path, verb: str) -> None:
    last = max(entry.when.day for entry in world()[1].entries if entry.when is not None)
    words = [verb, folder / "accounts.csv", folder / "rounds.ics", "--json"]
    code, said, _ = run(*words, "--until", last.isoformat())
    assert code in (0, 4), said
    # What only tables take may stand beside it: the accounts are one.
    code, said, _ = run(*words, "--until", last.isoformat(), "--calendar", "gregorian", "--date-means", "night_of")
    assert code in (0, 4), said


def test_pseudo_takes_the_options_of_its_file(folder: Path) -> None:
    code, said, _ = run("pseudo", folder / "chat.txt", "--author", "Leng", "--no-transplants")
    assert code in (0, 4), said
    code, said, _ = run("pseudo", folder / "days.csv", "--no-transplants", "--columns", "date=Tag,text=Eintrag")
    assert code == 3
    assert "life" in said
    words = ["--columns", "date=Tag,text=Eintrag", "--life", "me", "--calendar", "gregorian"]
    assert run("pseudo", folder / "days.csv", "--no-transplants", *words)[0] in (0, 4)


def test_an_option_that_neither_file_takes_is_refused(folder: Path) -> None:
    code, said, _ = run("power", folder / "accounts.csv", folder / "diary.csv", "--until", "2024-05-01")
    assert code == 2
    assert "until: not for this kind of file" in said


def test_stranger_takes_statements_and_a_register_without_dates(folder: Path, tmp_path: Path) -> None:
    statements = tmp_path / "chhay.txt"
    statements.write_text("1. I had a blue boat.\n2. My brother kept goats by the well.\n", encoding="utf-8")
    register = tmp_path / "register.csv"
    rows = [f"L{n},Kept {n} sheep on the hill of farm {n}." for n in range(30)]
    rows[7] = "L7,A fisherman with a blue boat. His brother kept goats by the well."
    register.write_text("life,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, said, noted = run("stranger", statements, register, "--life", "L7", "--alpha", "0.2")
    assert code == 0
    assert "agree with L7 more than with 29 other lives: rank 1 of 30" in said
    assert "30 rows without an id: numbered" in noted
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(
        "Name;Life story\n" + "\n".join(row.replace(",", ";", 1) for row in rows) + "\n", encoding="utf-8"
    )
    asked = ["--life", "L7", "--alpha", "0.2", "--life-columns", "life=Name,text=Life story"]
    assert run("stranger", statements, renamed, *asked)[1] == said


def test_align_overwrites_no_file(tmp_path: Path) -> None:
    out = tmp_path / "route.csv"
    out.write_text("somebody's", encoding="utf-8")
    (tmp_path / "recall.txt").write_text("We went to the well.", encoding="utf-8")
    (tmp_path / "scenes.csv").write_text("id,start,text\na,0,The well.\n", encoding="utf-8")
    code, said, _ = run("align", tmp_path / "recall.txt", tmp_path / "scenes.csv", "--out", out)
    assert code == 2
    assert "exists already" in said
    assert out.read_text(encoding="utf-8") == "somebody's"


def test_power_says_what_is_lacking_for_a_language(folder: Path, tmp_path: Path) -> None:
    assert "Language" not in run("power", folder / "accounts.csv", folder / "diary.csv")[1]
    diary = tmp_path / "diary.csv"
    scene = "Ich ging mit meinem Bruder und dem Hund am Fluss entlang, und es war nicht kalt."
    rows = "".join(f'e{day},me,2024-05-{day:02d},gregorian,"{scene}"\n' for day in range(1, 29))
    diary.write_text("id,life,date,calendar,text\n" + rows, encoding="utf-8")
    code, said, _ = run("power", folder / "accounts.csv", diary)
    assert code == 0
    assert "German (28 texts)" in said
    assert "  names: names are found from a gazetteer only" in said
    assert "mostly in English, the life in German: they can share names and numbers, but no words." in said
    assert "measured by karmalink link pseudo LIFE" in said
    _, said, _ = run("power", folder / "accounts.csv", diary, "--json")
    assert json.loads(said)["languages"]["life"][0]["lacks"]
    assert json.loads(run("power", "--nights", "13", "--days", "400", "--json")[1])["languages"] == {
        "accounts": [],
        "life": [],
    }


def test_align_reads_tables_as_people_have_them(tmp_path: Path) -> None:
    said = [f"The {name} stood by the {place}." for name, place in zip("abcdefgh", "stuvwxyz", strict=True)]
    plain, other = tmp_path / "scenes.csv", tmp_path / "scenes.tsv"
    plain.write_text("id,start,text\n" + "".join(f"s{n},{n * 10},{one}\n" for n, one in enumerate(said)), "utf-8")
    rows = "".join(f"{n * 10}\t{one}\tx\n" for n, one in enumerate(said))
    other.write_text(f"Onset\tWhat happens\tCamera\n{rows}", encoding="utf-8")
    recall, house = tmp_path / "recall.csv", tmp_path / "recall.jsonl"
    recall.write_text("Who;Told\n" + "".join(f"P1;{one}\n" for one in said), encoding="utf-8")
    house.write_text(
        "".join(json.dumps({"id": f"a{n}", "person": "P1", "text": one}) + "\n" for n, one in enumerate(said)), "utf-8"
    )
    words = ["--columns", "person=Who,text=Told", "--register-columns", "start=Onset,text=What happens"]
    code, one, _ = run("align", recall, other, *words, "--json")
    again, two, _ = run("align", house, plain, "--json")
    assert code == again
    assert [(unit["start"], unit["confidence"]) for unit in json.loads(one)["units"]] == [
        (unit["start"], unit["confidence"]) for unit in json.loads(two)["units"]
    ]
    assert run("align", plain, plain, "--until", "2024-01-01")[0] == 2
