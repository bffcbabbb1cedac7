"""Accounts and a life in, links out: verdicts, both readings, what a result carries, and what it never says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from link_samples import NOUNS, made, when

from karmalink.account import Account, DateMeans, Entry, Life, Precision, When
from karmalink.errors import UsageError
from karmalink.link import PairsResult, Verdict, gather, lag_curve, pairs, power_for, pseudo


@pytest.fixture(scope="module")
def found() -> PairsResult:
    accounts, life, _ = made(1)
    groups = {account.id: ("R" if int(account.id[1:]) % 2 else "N2") for account in accounts}
    return pairs(accounts, life, groups=groups, seed=1)


def test_planted_sources_are_found_and_named(found: PairsResult) -> None:
    sources = made(1)[2]
    assert found.verdict is Verdict.FOUND
    assert found.fdr is not None
    assert found.fdr <= found.q
    assert len(found.links) >= 10
    assert np.mean([link.account in sources for link in found.links]) >= 0.8
    assert np.mean([sources.get(link.account) == link.entry for link in found.links]) >= 0.7
    assert "mirror" in found.finding


def test_the_parts_of_a_waterfall_add_up_to_the_evidence(found: PairsResult) -> None:
    for link in found.links:
        assert sum(part.llr for part in link.parts) == pytest.approx(link.llr)
        assert {part.name for part in link.parts} == {"names", "numbers", "words", "chance"}
        assert link.llr > 0


def test_units_stand_side_by_side_with_what_they_share(found: PairsResult) -> None:
    best = found.links[0].matches[0]
    assert best.llr > 0
    assert best.shared
    assert all(word in best.entry_text for word in best.shared)
    assert [match.llr for match in found.links[0].matches] == sorted(
        (match.llr for match in found.links[0].matches), reverse=True
    )


def test_rivals_are_other_entries_of_the_window_and_decoys_say_so(found: PairsResult) -> None:
    for link in found.links:
        for rival in link.rivals:
            assert rival.entry != link.entry
            assert 1 <= abs(rival.lag) <= found.lags
            assert rival.decoy == (rival.day > link.night)


def test_posteriors_belong_to_nights_whose_past_won(found: PairsResult) -> None:
    for score in found.nights:
        assert 0 <= score.entry_posterior <= score.posterior < 1
        assert score.w > 0 or score.posterior == 0
        assert 1 <= score.lag <= found.lags
    assert [score.night for score in found.nights] == sorted(score.night for score in found.nights)


def test_what_the_night_knew_is_reported_by_group(found: PairsResult) -> None:
    assert [rate.group for rate in found.rates] == ["", "N2", "R"]
    assert sum(rate.n for rate in found.rates[1:]) == found.rates[0].n == found.n_nights


def test_a_repr_and_a_dict_without_texts_carry_nobodys_words(found: PairsResult) -> None:
    accounts, life, _ = made(1)
    words = {word for item in (*accounts, *life.entries) for word in item.text.lower().replace(".", "").split()}
    nouns = words & set(NOUNS)
    shown = json.dumps(found.to_dict(texts=False), allow_nan=False) + repr(found) + repr(found.links)
    shown += repr(found.links[0].parts) + repr(found.links[0].matches)
    assert not [noun for noun in nouns if f'"{noun}' in shown or f" {noun} " in shown or f" {noun}," in shown]
    assert any(noun in json.dumps(found.to_dict()) for noun in nouns)


def test_the_table_has_one_row_a_night(found: PairsResult) -> None:
    table = found.to_dataframe()
    assert len(table) == found.n_nights
    assert table["link"].sum() == len(found.links)


def test_one_seed_one_result() -> None:
    accounts, life, _ = made(2)
    assert pairs(accounts, life, seed=4).to_dict() == pairs(accounts, life, seed=4).to_dict()


def test_material_made_once_gives_the_same() -> None:
    accounts, life, _ = made(2)
    material = gather(accounts, life.entries)
    again = pairs(accounts, life, material=material, with_details=False, seed=4)
    plain = pairs(accounts, life, seed=4)
    assert again.nights == plain.nights
    assert [link.score for link in again.links] == [link.score for link in plain.links]
    assert not again.links[0].parts


def test_pairs_with_a_calibration_made_before_gives_the_same() -> None:
    accounts, life, _ = made(2)
    plain = pairs(accounts, life, seed=4)
    assert pairs(accounts, life, calibration=plain.calibration, seed=4).to_dict() == plain.to_dict()
    # It is used, not only taken: where the past wins with nothing to find there is no link any more.
    unfair = replace(plain.calibration, usable=False)
    assert pairs(accounts, life, calibration=unfair, seed=4).verdict is Verdict.NOT_USABLE


def test_pairs_calibration_of_another_life_or_with_labels_is_refused() -> None:
    accounts, life, _ = made(2)
    plain = pairs(accounts, life, with_details=False)
    shorter = replace(life, entries=life.entries[:50])
    with pytest.raises(UsageError, match="covers 60 days, the life has 50"):
        pairs(accounts, shorter, calibration=plain.calibration)
    with pytest.raises(UsageError, match="and labels"):
        pairs(accounts, life, calibration=plain.calibration, labels={("A7", "D3"): True})


def test_nothing_planted_is_nothing_found_and_the_power_stands_beside() -> None:
    accounts, life, _ = made(3, planted=0.0)
    result = pairs(accounts, life)
    assert result.verdict is Verdict.NOTHING
    assert not result.links
    assert "Nothing here beats chance" in result.finding
    assert result.power["mirror"].can


def test_few_accounts_cannot_be_answered() -> None:
    accounts, life, _ = made(4, planted=0.0)
    result = pairs(accounts[:13], life)
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "13" in result.finding


def test_unknown_dates_are_asked_both_ways_at_half_the_rate_unless_other_accounts_say() -> None:
    accounts, life, _ = made(5)
    unknown = [replace(one, date_means=DateMeans.UNKNOWN) for one in accounts]
    result = pairs(unknown, life, q=0.2, with_details=False)
    other = result.other_reading
    assert other is not None
    assert {result.convention, other.convention} == {"night_of", "morning_of"}
    assert len(result.links) >= len(other.links)
    right = pairs(accounts, life, q=0.1, with_details=False)
    assert result.convention != "night_of" or result.links == right.links
    assert result.q == 0.2
    assert any("both readings" in line for line in result.does_not_show)
    decided = pairs([*unknown[:-1], accounts[-1]], life, q=0.1, with_details=False)
    assert (decided.other_reading, decided.links) == (None, right.links)


def test_morning_dates_are_the_night_before() -> None:
    evening, life, _ = made(6)
    morning, _, _ = made(6, means=DateMeans.MORNING_OF, shift=1)
    assert pairs(evening, life).nights == pairs(morning, life).nights


def test_lives_that_do_not_overlap_in_time_are_an_honest_refusal() -> None:
    accounts, life, _ = made(7)
    old = tuple(replace(e, when=replace(e.when, day=e.when.day.replace(year=1731))) for e in life.entries if e.when)
    result = pairs(accounts, replace(life, entries=old))
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "no night has both" in result.finding
    assert "1731" in result.finding
    assert lag_curve(accounts, replace(life, entries=old)).verdict is Verdict.CANNOT_ANSWER


@pytest.mark.parametrize("missing", ["accounts", "entries", "dates", "texts"])
def test_what_is_missing_is_a_clear_answer_and_no_error(missing: str) -> None:
    accounts, life, _ = made(8)
    if missing == "accounts":
        accounts = []
    if missing == "entries":
        life = replace(life, entries=())
    if missing == "dates":
        accounts = [replace(one, when=None) for one in accounts]
    if missing == "texts":
        accounts = [replace(one, text="…") for one in accounts]
    result = pairs(accounts, life)
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert result.n_nights == 0
    json.dumps(result.to_dict(), allow_nan=False)
    assert lag_curve(accounts, life).verdict is Verdict.CANNOT_ANSWER


def test_identical_texts_give_no_sign() -> None:
    accounts, life, _ = made(9)
    same = replace(life, entries=tuple(replace(e, text="The goat stood by the well.") for e in life.entries))
    result = pairs([replace(a, text="The goat stood by the well.") for a in accounts], same)
    assert not result.links


def test_all_entries_on_one_day() -> None:
    accounts, life, _ = made(10)
    one_day = replace(life, entries=tuple(replace(e, when=when(20)) for e in life.entries))
    assert pairs(accounts, one_day).verdict is Verdict.CANNOT_ANSWER


def test_what_cannot_be_meant_is_refused() -> None:
    accounts, life, _ = made(0)
    with pytest.raises(UsageError, match="are of 2 people"):
        pairs([*accounts, replace(accounts[0], person="P2")], life)
    with pytest.raises(UsageError, match="unknown null"):
        pairs(accounts, life, null="miror")
    with pytest.raises(UsageError, match="does not name nights"):
        pairs(accounts, life, null="shift")
    with pytest.raises(UsageError):
        pairs(accounts, life, lags=0)
    with pytest.raises(UsageError):
        pairs(accounts, life, q=1.5)


def test_power_is_counted_before_anything_is_scored() -> None:
    accounts, life, _ = made(0)
    counted = power_for(accounts, life)
    assert counted.n_nights == len(accounts)
    assert counted.n_days == 60


def test_progress_ends_at_its_total() -> None:
    accounts, life, _ = made(0)
    seen: list[tuple[int, int]] = []
    pairs(accounts, life, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]


def test_a_pseudo_run_says_what_the_null_does_on_this_life() -> None:
    _, life, _ = made(0)
    seen: list[tuple[int, int]] = []
    result = pseudo(life, progress=lambda done, total: seen.append((done, total)))
    assert result.calibration.usable
    assert result.discoveries == 0
    assert len(result.transplants) == 3
    assert seen[-1][0] == seen[-1][1]
    json.dumps(result.to_dict(), allow_nan=False)
    assert "no link" in result.finding


def test_a_life_too_short_for_pseudo_accounts_says_so() -> None:
    _, life, _ = made(0)
    result = pseudo(replace(life, entries=life.entries[:2]))
    assert not result.calibration.measured
    assert "cannot be calibrated" in result.finding


def test_dreams_retold_in_the_diary_are_cut_on_request() -> None:
    accounts, life, _ = made(11, planted=0.0)
    told = {account.when.ordinal: account.text for account in accounts if account.when}
    entries = tuple(
        replace(e, text=f"{e.text} Last night I dreamt this. {told[e.when.ordinal]}")
        if e.when and e.when.ordinal in told
        else e
        for e in life.entries
    )
    leaky = replace(life, entries=entries)
    assert pairs(accounts, leaky).verdict is Verdict.FOUND
    assert pairs(accounts, leaky, cut_retellings=True).verdict is Verdict.NOTHING


def test_nights_that_share_nothing_with_the_days_around_them_are_ties_and_called_that() -> None:
    day = dt.date(2031, 3, 1)
    when = [When(day + dt.timedelta(n), "gregorian", Precision.DAY) for n in range(60)]
    accounts = [
        Account(f"a{n}", "P1", "Goats sang beneath copper ladders.", when[n], DateMeans.NIGHT_OF) for n in range(20, 40)
    ]
    life = Life(
        "L", "diary", tuple(Entry(f"e{n}", "L", "Rain fell; we mended nets.", one) for n, one in enumerate(when))
    )
    found = pairs(accounts, life)
    assert found.verdict is Verdict.CANNOT_ANSWER
    assert "every night is a tie" in found.finding


def test_a_view_removes_what_it_says_before_anything_is_scored() -> None:
    from karmalink.link.evidence.text_units import units_of

    text = "I saw Samuel Batten near London with 3 dogs. He did not sing. Then Batten sold the boat."
    whole, bare, masked = (units_of(text, view=view) for view in ("all", "style-removed", "names-masked"))
    assert any(unit.named for unit in whole) and any(unit.numbers for unit in whole)
    assert [unit.tokens for unit in bare] == [unit.tokens for unit in whole]
    assert not any(unit.named or unit.numbers for unit in (*bare, *masked))
    assert not {"batten", "london", "samuel"} & {token for unit in masked for token in unit.tokens}
    assert "Batten" not in " ".join(unit.text for unit in masked)


def test_material_has_its_view_already() -> None:
    from karmalink.link import gather
    from karmalink.link.evidence.text_units import dated

    accounts, life, _ = made(1)
    seen = gather(accounts, dated(life.entries), view="names-masked")
    assert not seen.rarity["names"] and not seen.rarity["numbers"]
    with pytest.raises(UsageError, match="view"):
        pairs(accounts, life, material=seen, view="names-masked")
