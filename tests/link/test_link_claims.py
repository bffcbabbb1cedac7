"""Statements against a register of lives: what is understood, what it is worth, and what chance reaches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import Duplicate, InputError, KarmalinkError, ReadError, UsageError
from karmalink.link import (
    ClaimList,
    ClaimScores,
    ClaimStatement,
    LifeRecord,
    LifeRegister,
    Verdict,
    claims,
    predicates_of,
    read_claim_lists,
    read_life_register,
)
from karmalink.link.claimants.claim_nulls import ChanceLists, ChanceRegisters
from karmalink.link.claimants.fits import facts_of
from karmalink.link.claimants.predicates import Known, Predicate
from karmalink.report import render_claims_page

NAMES = [a + b for a in ("Sok", "Mal", "Bop", "Nhe", "Dar", "Vis") for b in ("an", "im", "eth", "uly")]
THINGS = [f"a {colour} {thing}" for colour in ("red", "tall", "broken") for thing in ("door", "boat", "drum", "kettle")]
KNOWN = Known(frozenset(name.casefold() for name in NAMES), frozenset({"takeo", "kandal"}))
TRUE = (
    "I was a weaver.",
    "Sokan is my brother.",
    "My wife was Maluly.",
    "I lived in Takeo.",
    "I had a broken drum.",
    "The boat was red.",
    "I drowned in the river.",
)


def life(number: int, rng: np.random.Generator) -> LifeRecord:
    def name() -> str:
        return str(rng.choice(NAMES))

    family = [(kind, name()) for kind in ("father", "brother", "sister", "son", "wife") for _ in range(rng.integers(3))]
    return LifeRecord(
        f"R{number}",
        f"{name()} {name()}",
        "M",
        int(rng.integers(5, 90)),
        str(rng.choice(["Takeo", "Kandal", "Pursat", "Kampot"])),
        "Cambodia",
        str(rng.choice(["weaver", "teacher", "fisherman", "monk", "soldier"])),
        str(rng.choice(["drowned", "malaria", "old age", "shot"])),
        tuple(family),
        tuple(str(thing) for thing in rng.choice(THINGS, 3, replace=False)),
    )


def register(seed: int, *more: LifeRecord, n: int = 60) -> LifeRegister:
    rng = np.random.default_rng(seed)
    return LifeRegister((*more, *(life(number, rng) for number in range(n))))


SOUGHT = LifeRecord(
    *("X", "Sokim Daran", "M", 40, "Takeo", "Cambodia", "weaver", "drowned"),
    (("brother", "Sokan"), ("wife", "Maluly")),
    ("a broken drum", "a red boat"),
)


def told(*texts: str, after: tuple[str, ...] = ()) -> ClaimList:
    return ClaimList("C1", tuple(ClaimStatement(text, text in after) for text in (*texts, *after)))


def fields(text: str) -> set[tuple[str, str]]:
    return {(one.field, one.relation) for one in predicates_of(text, KNOWN) if one.field != "words"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They called me Sokan.", {("name", "")}),
        ("My brother Nheeth owes me money.", {("relative", "brother")}),
        ("Maluly and Bopan are my sisters.", {("relative", "sister")}),
        ("Darim held the lantern.", {("relative", "any")}),
        ("Four sisters, I have.", {("count", "sister")}),
        ("We are four brothers with me.", {("count", "brother")}),
        ("There was no brother in our house.", {("has_no", "brother")}),
        ("My brother carried me out.", {("has", "brother")}),
        ("We lived in Takeo.", {("place", "")}),
        ("I was a carpenter, I had three saws.", {("occupation", "")}),
        ("Water came into my mouth and I died.", {("death", "")}),
        ("I was a very old man.", {("age", ""), ("sex", "")}),
        ("You should call me Sokan.", {("name", "")}),
        ("I was married to Maluly.", {("relative", "spouse")}),
        ("I never married.", {("has_no", "spouse")}),
        ("I was an only child.", {("has_no", "sibling")}),
        ("I had seven brothers and sisters.", {("count", "sibling")}),
        ("I died when I was seven.", {("age", "")}),
        ("I was twenty-three.", {("age", "")}),
        ("When I was seven a dog bit me.", set()),
        ("My mother had three boys, and I was the last.", set()),
        ("My friend drowned before me.", set()),
        ("Mother was never at home.", set()),
        ("Don't call me Sokan.", set()),
        ("It was very hot there.", set()),
        ("The neighbour was Darim.", set()),
    ],
)
def test_a_statement_is_understood_as_what_a_register_could_hold(text: str, expected: set[tuple[str, str]]) -> None:
    assert fields(text) == expected


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("I died when I was seven.", (5, 9)),
        ("I was twenty-three.", (21, 25)),
        ("I drowned at about 40.", (36, 44)),
        ("I was fifteen years old.", (13, 17)),
        ("I never got big.", (0, 15)),
    ],
)
def test_an_age_is_as_exact_as_it_was_said(text: str, ages: tuple[int, int]) -> None:
    assert [one.value for one in predicates_of(text, KNOWN) if one.field == "age"] == [ages]


def test_a_doubt_is_kept_and_costs() -> None:
    [sure] = [one for one in predicates_of("My sister was Bopan.", KNOWN) if one.field == "relative"]
    [unsure] = [one for one in predicates_of("My sister was Bopan, I think.", KNOWN) if one.field == "relative"]
    assert (sure.hedged, unsure.hedged) == (False, True)
    scores = ClaimScores(register(1))
    assert scores.of_statement([unsure])[0].max() < scores.of_statement([sure])[0].max()


def test_no_words_of_a_claimant_are_in_what_was_understood() -> None:
    for one in predicates_of("The crocodile under the banyan was white.", KNOWN):
        assert "crocodile" not in one.phrase()


def test_silence_is_no_contradiction_and_a_complete_list_is() -> None:
    lives = register(2, SOUGHT)
    scores = ClaimScores(lives)
    silent = scores.of_statement(predicates_of("I had a golden trumpet.", lives.known))[0][0]
    against = scores.of_statement(predicates_of("My brother is Visuly.", lives.known))[0][0]
    assert silent == 0.0
    assert against < 0.0
    open_register = ClaimScores(replace(lives, complete=frozenset()))
    assert open_register.of_statement(predicates_of("My brother is Visuly.", lives.known))[0][0] == 0.0


def test_another_spelling_of_a_name_fits_less_than_the_name() -> None:
    lives = register(3, SOUGHT, replace(SOUGHT, id="Y", family=(("brother", "Sokann"),)))
    degree = ClaimScores(lives).index.fit(Predicate("relative", ("Sokan",), "brother")).degree
    assert degree[0] == 1.0
    assert 0.9 < degree[1] < 1.0


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_worth_of_a_predicate_is_the_formula_counted_life_by_life(seed: int) -> None:
    """The slow reference: ρ/q where it fits, (1 − ρ)/(1 − .9 q) where it is denied, 1 where the register is silent."""
    rng = np.random.default_rng(seed)
    lives = register(seed, n=24)
    scores = ClaimScores(lives)
    predicate = [one for one in facts_of(lives.lives[int(rng.integers(24))]) if one.field != "words"][
        int(rng.integers(3))
    ]
    fit = scores.index.fit(predicate)
    found = scores.of_statement([predicate])[0]
    most = max((sum(d >= own for d in fit.degree) + 0.5) / 25 for own in fit.degree[fit.degree > 0])
    for number, own in enumerate(fit.degree):
        overall = (sum(d >= own for d in fit.degree) + 0.5) / 25
        q = (overall * 24 + 10 * overall) / 34  # one stratum: drawn towards itself
        expected = np.log(0.7 / q) if own > 0 else np.log(0.3 / (1 - 0.9 * most)) if fit.against[number] else 0.0
        assert found[number] == pytest.approx(expected)


def test_what_is_said_twice_counts_once() -> None:
    lives = register(4, SOUGHT)
    scores = ClaimScores(lives)
    once = [predicates_of(text, lives.known) for text in TRUE]
    assert scores.of_list([*once, *once]) == pytest.approx(scores.of_list(once))
    again = predicates_of("There was a drum and it was broken, broken.", lives.known)
    assert scores.of_list([*once, again])[0] == pytest.approx(scores.of_list(once)[0])


def test_a_list_of_a_life_is_found_and_the_same_without_that_life_is_not() -> None:
    result = claims(told(*TRUE), register(5, SOUGHT), runs=199)
    assert (result.verdict, result.life) == (Verdict.FOUND, "X")
    assert "leakage" not in result.finding
    assert "not excluded" in result.finding
    assert [one.fit for one in result.statements] == ["fits"] * 7
    absent = claims(told(*TRUE), register(5), runs=199)
    assert absent.verdict in (Verdict.NOTHING, Verdict.CANNOT_ANSWER)


def test_generic_statements_cannot_tell_or_find_nothing() -> None:
    generic = told("I was a man.", "I was very old.", "It was very hot there.", "We ate fish.")
    assert claims(generic, register(6), runs=199).verdict in (Verdict.NOTHING, Verdict.CANNOT_ANSWER)


def test_one_seed_gives_one_result_and_progress_is_told() -> None:
    steps: list[tuple[int, int]] = []
    lives = register(7, SOUGHT)
    first = claims(told(*TRUE), lives, runs=99, seed=3, progress=lambda done, total: steps.append((done, total)))
    again = claims(told(*TRUE), lives, runs=99, seed=3, scores=ClaimScores(lives))
    assert first.to_dict() == again.to_dict()
    assert steps[-1] == (198, 198)


def test_what_was_said_after_the_search_is_told_and_not_counted() -> None:
    vague = ("It was very hot there.", "We ate fish.", "A dog barked.")
    result = claims(told(*vague, after=TRUE), register(8, SOUGHT), runs=199)
    assert result.verdict is not Verdict.FOUND
    assert result.p_with_after is not None
    assert result.p_with_after <= 0.05
    assert result.queries == 2
    with pytest.raises(InputError, match="after the search"):
        claims(told(after=TRUE), register(8, SOUGHT), runs=99)


def test_a_life_named_beforehand_pays_nothing_for_looking() -> None:
    weak = told(*TRUE[:3])
    lives = register(9, SOUGHT)
    named = claims(weak, lives, life="X", runs=199)
    assert named.named
    assert named.p <= claims(weak, lives, runs=199).p
    with pytest.raises(InputError, match="no life 'Z'"):
        claims(weak, lives, life="Z", runs=99)


def test_chance_lists_are_as_long_and_take_no_fact_twice() -> None:
    lives = register(10)
    scores = ClaimScores(lives)
    statements = [predicates_of(text, lives.known) for text in TRUE]
    drawn = ChanceLists(scores).list_of(3, statements, 0, np.random.default_rng(0))
    assert [len(row) for row in drawn] == [len(row) for row in statements]
    own = [one for row in drawn for one in row if one.field == "relative"]
    assert len(set(own)) == len(own)


def test_registers_of_chance_keep_what_a_list_is_worth_in_all() -> None:
    """Each block is only moved from life to life: over many registers its mean worth is that of the register."""
    lives = register(11)
    scores = ClaimScores(lives)
    statements = [predicates_of(text, lives.known) for text in TRUE]
    _, single = ChanceRegisters(scores).best(statements, 3000, np.random.default_rng(0))
    assert single.mean() == pytest.approx(scores.of_list(statements).mean(), abs=0.15)


@pytest.mark.parametrize("form", ["jsonl", "csv", "txt"])
def test_lists_are_read_in_every_form(tmp_path: Path, form: str) -> None:
    content = {
        "jsonl": json.dumps({"claimant": "C1", "recorded_date": "2001-10-22", "statements": list(TRUE)}),
        "csv": "claimant,text\n" + "".join(f'C1,"{text}"\n' for text in TRUE),
        "txt": "\n".join(TRUE),
    }[form]
    path = tmp_path / f"C1.{form}"
    path.write_text(content, encoding="utf-8")
    [found] = read_claim_lists(path)
    assert found.claimant == "C1"
    assert [one.text for one in found.statements] == list(TRUE)
    assert TRUE[0] not in repr(found) + repr(found.statements[0])


def write_register(path: Path, lives: LifeRegister) -> Path:
    rows = [
        {
            **{"id": one.id, "name": one.name, "sex": one.sex, "born_year": 1900, "died_year": 1900 + (one.age or 0)},
            **{"place": one.place, "country": one.country, "occupation": one.occupation},
            "family": [{"relation": relation, "name": name} for relation, name in one.family],
            **{"death_cause": one.death_cause, "possessions_habits": list(one.facts)},
        }
        for one in lives.lives
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_register_is_read_back_from_json_and_from_a_table(tmp_path: Path) -> None:
    lives = register(12, SOUGHT)
    assert read_life_register(write_register(tmp_path / "lives.jsonl", lives)).lives == lives.lives
    header = "Nr,Name,gender,born,died,town,country,job,brother,wife,death,facts\n"
    rows = "".join(
        f"{one.id},{one.name},male,1900,{1900 + (one.age or 0)},{one.place},{one.country},{one.occupation},"
        f"{'; '.join(one.relatives('brother'))},{'; '.join(one.relatives('wife'))},{one.death_cause},"
        f"{'; '.join(one.facts)}\n"
        for one in lives.lives
    )
    (tmp_path / "lives.csv").write_text(header + rows, encoding="utf-8")
    (tmp_path / "map.toml").write_text('complete = ["brother"]\n[columns]\nNr = "id"\n', encoding="utf-8")
    found = read_life_register(tmp_path / "lives.csv", tmp_path / "map.toml")
    assert found.complete == {"brother"}
    assert found.lives[0] == SOUGHT


def family(number: int) -> str:
    """A couple, their son and daughter, as a program for genealogists writes them."""
    a, b, c, d, f = (f"@{kind}{number}@" for kind in ("A", "B", "C", "D", "F"))
    return (
        f"0 {a} INDI\n1 NAME Sokim /Daran/\n1 SEX M\n1 BIRT\n2 DATE ABT 1901\n2 PLAC Takeo, Cambodia\n1 DEAT\n"
        f"2 DATE 3 MAY 1941\n2 CAUS drowned\n1 OCCU weaver\n1 EVEN a broken drum\n1 FAMS {f}\n"
        f"0 {b} INDI\n1 NAME Maluly //\n1 SEX F\n1 FAMS {f}\n"
        f"0 {c} INDI\n1 NAME Sokan /Daran/\n1 SEX M\n1 FAMC {f}\n"
        f"0 {d} INDI\n1 NAME Bopan /Daran/\n1 SEX F\n1 FAMC {f}\n"
        f"0 {f} FAM\n1 HUSB {a}\n1 WIFE {b}\n1 CHIL {c}\n1 CHIL {d}\n"
    )


def test_a_gedcom_file_is_a_register(tmp_path: Path) -> None:
    head = "0 HEAD\n1 SOUR X\n1 GEDC\n2 VERS 5.5.1\n2 FORM LINEAGE-LINKED\n1 CHAR UTF-8\n"
    path = tmp_path / "lives.ged"
    path.write_text(head + "".join(family(number) for number in range(6)) + "0 TRLR\n", encoding="utf-8")
    lives = read_life_register(path).lives
    assert len(lives) == 24
    father, mother, son, _ = lives[:4]
    assert father == LifeRecord(
        *("A0", "Sokim Daran", "M", 40, "Takeo", "Cambodia", "weaver", "drowned"),
        (("wife", "Maluly"), ("son", "Sokan Daran"), ("daughter", "Bopan Daran")),
        ("a broken drum",),
    )
    assert mother.relatives("spouse") == ("Sokim Daran",)
    assert son.family == (("father", "Sokim Daran"), ("mother", "Maluly"), ("sister", "Bopan Daran"))


def test_years_of_two_calendars_give_no_age(tmp_path: Path) -> None:
    path = tmp_path / "lives.ged"
    text = "".join(family(number) for number in range(6)).replace("3 MAY 1941", "2484")
    path.write_text(f"0 HEAD\n1 CHAR UTF-8\n{text}0 TRLR\n", encoding="utf-8")
    assert read_life_register(path).lives[0].age is None


@pytest.mark.parametrize("content", ["not a gedcom", "0 HEAD\n0 TRLR\n", ""])
def test_what_is_no_gedcom_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "lives.ged").write_text(content, encoding="utf-8")
    with pytest.raises(ReadError):
        read_life_register(tmp_path / "lives.ged")


def run(*words: object, fails: type[KarmalinkError] | None = None) -> str:
    result = CliRunner().invoke(app, ["link", "claims", *map(str, words)])
    if fails is not None:
        assert isinstance(result.exception, fails), result.exception
        return str(result.exception)
    assert result.exit_code == 0, result.exception
    return result.output


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("claims")
    write_register(folder / "lives.jsonl", register(13, SOUGHT))
    (folder / "C1.txt").write_text("\n".join(TRUE), encoding="utf-8")
    return folder


def test_the_command_says_the_finding_and_shows_words_on_request_only(files: Path, tmp_path: Path) -> None:
    words = (files / "C1.txt", files / "lives.jsonl", "--runs", 99)
    out = run(*words, "--out", tmp_path / "page.html")
    assert "fit X, the best of 61 lives" in out
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "broken drum" not in out + page
    assert "I had a broken drum." in run(*words, "--texts")
    assert json.loads(run(*words, "--json"))["claimants"][0]["verdict"] == "found"
    assert "exists already" in run(*words, "--out", tmp_path / "page.html", fails=UsageError)


def test_the_page_escapes_what_stands_in_the_files(tmp_path: Path) -> None:
    hostile = replace(SOUGHT, id="<script>x</script>")
    lives = register(14, hostile)
    list_ = told(*TRUE, "<b>bold</b> was my word.")
    result = claims(list_, lives, runs=99)
    page = render_claims_page([(list_, result)], lives, tmp_path / "page.html", texts=True).read_text(encoding="utf-8")
    assert "<script>x" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.parametrize(
    ("name", "content", "fails", "said"),
    [
        ("two.txt", "I was a man.\nI was old.", InputError, "2 statements"),
        ("bad.jsonl", "{", ReadError, "line 1"),
        ("none.jsonl", '{"claimant": "C1"}', ReadError, "not a list of statements"),
        ("empty.jsonl", '{"claimant": "C1", "statements": ["", "a", "b"]}', InputError, "without words"),
        (
            "day.jsonl",
            '{"claimant": "C1", "recorded_date": "2.3.99", "statements": ["a", "b", "c"]}',
            InputError,
            "2.3.99",
        ),
        ("column.csv", "claimant,said\nC1,I was a man\n", ReadError, "column text"),
        ("twice.jsonl", '{"claimant": "C1", "statements": ["a", "b", "c"]}\n' * 2, InputError, "two lists"),
    ],
)
def test_a_wrong_list_is_told(
    files: Path, tmp_path: Path, name: str, content: str, fails: type[KarmalinkError], said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert said in run(tmp_path / name, files / "lives.jsonl", fails=fails)


@pytest.mark.parametrize(
    ("name", "content", "fails", "said"),
    [
        ("few.jsonl", '{"id": "a", "name": "A"}', InputError, "1 life"),
        ("facts.csv", "id,facts\n" + "a,red boat\n" * 50, InputError, "not a fact of one"),
        ("twice.csv", "id,name\n" + "".join(f"{k},A\n" for k in range(30)) + "3,B\n", Duplicate, "'3'"),
        ("year.jsonl", '{"id": "a", "born_year": "long ago"}', InputError, "long ago"),
        ("calendars.jsonl", '{"id": "a", "born_year": 1900, "died_year": 2490}', InputError, "a life of 590 years"),
        ("ends.jsonl", '{"id": "a", "born_year": 1950, "died_year": "1940"}', InputError, "a life of -10 years"),
        ("kin.jsonl", '{"id": "a", "family": [{"relation": "cousin", "name": "B"}]}', InputError, "cousin"),
        ("noid.csv", "name,sex\nA,M\n", InputError, "identifier"),
    ],
)
def test_a_wrong_register_is_told(
    files: Path, tmp_path: Path, name: str, content: str, fails: type[KarmalinkError], said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert said in run(files / "C1.txt", tmp_path / name, fails=fails)


def test_an_age_is_the_same_in_a_register_of_the_buddhist_era(tmp_path: Path) -> None:
    rows = [{"id": str(number), "born_year": 2443, "died_year": 2443 + number} for number in range(20)]
    (tmp_path / "lives.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert [life.age for life in read_life_register(tmp_path / "lives.jsonl").lives] == list(range(20))


def test_a_claimant_who_stands_in_the_register_is_refused_and_a_namesake_by_one_name_is_not() -> None:
    lives = register(15, SOUGHT, LifeRecord("Y", "Sokan"))
    with pytest.raises(InputError, match="name of a life") as caught:
        claims(replace(told(*TRUE), claimant="sokim  DARAN"), lives, runs=99)
    assert caught.value.where == "life X"
    assert "aran" not in str(caught.value)
    assert claims(replace(told(*TRUE), claimant="Sokan"), lives, runs=99).life == "X"


def test_a_life_or_a_claimant_that_is_not_there_is_told(files: Path) -> None:
    words = (files / "C1.txt", files / "lives.jsonl", "--runs", 99)
    assert "no life 'Q'" in run(*words, "--life", "Q", fails=InputError)
    assert "no claimant 'C9'" in run(*words, "--claimant", "C9", fails=UsageError)
