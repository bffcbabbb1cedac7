"""karmalink link …: exit codes, what every answer names, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from link_command import run
from link_samples import made

from karmalink.account import write_accounts, write_lives


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("link")
    accounts, life, _ = made(1)
    write_accounts(folder / "accounts.csv", accounts)
    write_accounts(folder / "few.csv", accounts[:13])
    write_lives(folder / "diary.csv", [life])
    return folder


def test_pairs_names_its_null_its_calibration_and_what_it_does_not_show(files: Path) -> None:
    code, said = run("pairs", str(files / "accounts.csv"), str(files / "diary.csv"))
    assert code == 0
    assert said.index("can answer:") < said.index("Null: mirror") < said.index("What this does not show")
    assert "Calibration" in said
    assert "account: " not in said


def test_texts_are_shown_on_request_only(files: Path) -> None:
    _, plain = run("pairs", str(files / "accounts.csv"), str(files / "diary.csv"), "--json")
    _, shown = run("pairs", str(files / "accounts.csv"), str(files / "diary.csv"), "--json", "--show-text")
    body, open_body = json.loads(plain), json.loads(shown)
    assert "account_text" not in body["links"][0]["matches"][0]
    assert open_body["links"][0]["matches"][0]["account_text"]


def test_what_cannot_be_answered_leaves_with_4(files: Path) -> None:
    code, said = run("pairs", str(files / "few.csv"), str(files / "diary.csv"), "--q", "0.05")
    assert code == 4
    assert "We cannot tell from 13 nights" in said
    assert run("lag", str(files / "accounts.csv"), str(files / "diary.csv"))[0] == 4
    code, said = run("lag", str(files / "accounts.csv"), str(files / "diary.csv"), "--json")
    assert code == 4
    assert json.loads(said)["verdict"] == "cannot_answer"


def test_power_of_files_and_of_plans(files: Path) -> None:
    code, said = run("power", str(files / "accounts.csv"), str(files / "diary.csv"))
    assert code == 0
    assert "mirror" in said
    code, said = run("power", "--nights", "13", "--days", "3413", "--json")
    assert json.loads(said)["n_nights"] == 13
    assert run("power")[0] == 2


def test_a_life_without_a_word_cannot_be_tested_and_nothing_warns(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    rows = "".join(f"e{day},l,2024-05-{day:02},gregorian,!!! …\n" for day in range(1, 20))
    path.write_text("id,life,date,calendar,text\n" + rows, encoding="utf-8")
    code, said = run("pseudo", str(path), "--no-transplants")
    assert code == 4
    assert "cannot be calibrated" in said


def test_pseudo_runs_on_a_life_alone(files: Path) -> None:
    code, said = run("pseudo", str(files / "diary.csv"), "--no-transplants")
    assert code == 0
    assert "With nothing to find" in said


def test_stranger_says_its_smallest_p(files: Path) -> None:
    register = files / "register.csv"
    lines = ["id,life,date,calendar,text"]
    lines += [f"e{n},L{n},1900-01-0{1 + n % 9},gregorian,The goat and the well of number {n}." for n in range(30)]
    register.write_text("\n".join(lines), encoding="utf-8")
    code, said = run("stranger", str(files / "accounts.csv"), str(register), "--life", "L3")
    assert code == 4
    assert "Null: stranger" in said
    assert run("stranger", str(files / "accounts.csv"), str(register), "--life", "L99")[0] == 3


def test_an_unknown_null_or_life_is_a_usage_error(files: Path) -> None:
    accounts, diary = str(files / "accounts.csv"), str(files / "diary.csv")
    assert run("pairs", accounts, diary, "--null", "shuffle")[0] == 2
    assert run("pairs", accounts, diary, "--life", "hers")[0] == 2
    assert run("pairs", str(files / "absent.csv"), diary)[0] == 3


def test_an_audit_prints_the_realised_size_beside_each_result(files: Path) -> None:
    code, said = run("audit", str(files / "accounts.csv"), str(files / "diary.csv"), "--runs", "2", "--null", "mirror")
    assert code == 0
    assert said.index("can answer:") < said.index("mirror: ") < said.index("realised (95 %)")
    assert said.index("realised (95 %)") < said.index("What this does not show")
    for name in ("slow", "episodes", "five-a-night", "unknown-dates"):
        assert f"    {name} " in said
    assert "account: " not in said


def test_an_audit_of_a_life_without_accounts_leaves_with_4(files: Path, tmp_path: Path) -> None:
    far = tmp_path / "far.csv"
    far.write_text(
        "id,life,date,calendar,text\n" + "".join(f"f{d},far,1701-01-{d:02d},gregorian,Rain.\n" for d in range(1, 20)),
        encoding="utf-8",
    )
    code, said = run("audit", str(files / "accounts.csv"), str(far), "--runs", "2", "--json")
    assert code == 4
    assert "Nothing could be audited" in json.loads(said)["finding"]


def test_what_is_known_beside_the_words_is_told_with_its_worth(files: Path, tmp_path: Path) -> None:
    accounts, _, _ = made(1)
    table = tmp_path / "known.csv"
    table.write_text(
        "account,delay,cue\n"
        + "".join(f"{one.id},{at % 30},{'tone' if at % 2 else ''}\n" for at, one in enumerate(accounts)),
        encoding="utf-8",
    )
    code, said = run("pairs", str(files / "accounts.csv"), str(files / "diary.csv"), "--covariates", str(table))
    assert code == 0
    assert "Covariate delay: " in said
    assert "Covariate cue: there are not two kinds of nights" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("account\na1\n", "no covariate"),
        ("", "the file is empty"),
        ("account,delay\na1,3\na1,4\n", "line 3, account: 'a1': is already on line 2"),
        ("account,delay\n,3\n", "line 2, account: nothing: must not be empty"),
        (None, "no such file"),
    ],
)
def test_a_table_of_covariates_that_is_none_is_refused(
    files: Path, tmp_path: Path, text: str | None, said: str
) -> None:
    table = tmp_path / "known.csv"
    if text is not None:
        table.write_text(text, encoding="utf-8")
    code, told = run("pairs", str(files / "accounts.csv"), str(files / "diary.csv"), "--covariates", str(table))
    assert code == 3
    assert said in told


def test_a_view_is_named_by_every_answer_and_the_whole_text_is_the_default(files: Path) -> None:
    both = [str(files / "accounts.csv"), str(files / "diary.csv")]
    assert "View:" not in run("pairs", *both)[1]
    assert "View: the text with a word for each name and number" in run("pairs", *both, "--view", "names-masked")[1]
    assert "View: content words" in run("lag", *both, "--view", "style-removed")[1]
    assert json.loads(run("pairs", *both, "--json")[1])["settings"]["view"] == "all"
    assert json.loads(run("lag", *both, "--view", "names masked", "--json")[1])["view"] == "names-masked"
    assert run("pairs", *both, "--view", "nameless")[0] == 2
    assert run("lag", *both, "--everyone", "--view", "names-masked")[0] == 2


def test_pairs_pseudo_and_audit_give_the_same_from_a_pool(files: Path, tmp_path: Path) -> None:
    pool = ["--engine", "pool", "--workers", "2", "--journal", str(tmp_path / "journal"), "--json"]
    both = [str(files / "accounts.csv"), str(files / "diary.csv")]
    audit = ["audit", *both, "--runs", "2", "--null", "mirror"]
    asked = (["pairs", *both], ["pseudo", both[1], "--no-transplants"], audit)
    for words in asked:
        assert run(*words, *pool) == run(*words, "--json")
        assert not (tmp_path / "journal").exists()
    assert run("pairs", *both, "--engine", "pol")[0] == 2


def test_accounts_without_a_day_cannot_be_asked_about_by_lag_everyone(files: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("id,person,date,calendar,text\na1,P1,2001,gregorian,A goat in a boat.\n", encoding="utf-8")
    code, said = run("lag", str(bare), str(files / "diary.csv"), "--everyone")
    assert code == 4
    assert "no account is dated to the day" in said


def test_a_register_is_audited_beside_its_rank(files: Path, tmp_path: Path) -> None:
    lines = ["id,life,date,calendar,text"]
    lines += [f"e{n},L{n},1901,gregorian,Carried {n} baskets past the old well of {n}." for n in range(20)]
    register = tmp_path / "register.csv"
    register.write_text("\n".join(lines), encoding="utf-8")
    asked = ["--life", "L3", "--null", "stranger", "--runs", "2"]
    code, said = run("audit", str(files / "accounts.csv"), str(register), *asked)
    assert code == 0
    assert said.index("What 19 other lives can answer") < said.index("any-life")
