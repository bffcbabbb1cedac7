"""The mirror null over several dreamers: one scale, one rule, and what it says of each dreamer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_command import run
from link_samples import made

from karmalink.account import Account, DateMeans, Life
from karmalink.errors import UsageError
from karmalink.link import Executor, Verdict, by_dreamer, pooled_pairs, reject
from karmalink.link.error_control.dreamer_tests import dreamer_p, dreamers_named
from karmalink.link.error_control.power_analysis import share_found
from karmalink.link.evidence.day_evidence import ECHOED, scores_by_day
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.mirror_null.competition import guard_days
from karmalink.link.mirror_null.pairs_result import PairsResult
from karmalink.link.mirror_null.pooled_signs import dreamer_sums, night_signs, study_scale
from karmalink.link.mirror_null.sign_calibration import POOLED_GUARD, pooled_calibration
from karmalink.link.null_audit.mechanisms import MECHANISMS, Subject
from karmalink.link.null_audit.trials import pooled_trial
from karmalink.link.null_audit.worlds import Layout

DAYS, NIGHTS = 35, 22


def layout(rng: np.random.Generator) -> Layout:
    night = np.sort(rng.choice(DAYS - 1, NIGHTS, replace=False)).astype(np.int64)
    return Layout(night, np.full(NIGHTS, 6), np.arange(DAYS, dtype=np.int64), np.full(DAYS, 8))


def random_table(rng: np.random.Generator, owners: int, when: np.ndarray, words: int = 12) -> UnitTable:
    units = rng.integers(1, 4, owners)
    rows = (rng.random((int(units.sum()), words)) < 0.2) * 1.0
    return UnitTable(np.repeat(np.arange(owners), units).astype(np.int64), when, {"words": rows})


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_shared_tokens_are_the_sum_over_what_both_hold(seed: int) -> None:
    """Against the plain double loop over accounts, days and tokens."""
    rng = np.random.default_rng(seed)
    accounts = random_table(rng, 4, np.array([2, 4, 5, 7]))
    entries = random_table(rng, 9, np.arange(9))
    around = np.abs(np.arange(9)[None, :] - np.array([2, 4, 5, 7])[:, None] - 0.5) < 3
    found = scores_by_day(accounts, entries, around)

    def holds(table: UnitTable, owner: int) -> set[int]:
        return set(np.flatnonzero((table.parts["words"][table.owner == owner] > 0).any(axis=0)).tolist())

    said, lived = [holds(accounts, a) for a in range(4)], [holds(entries, e) for e in range(9)]
    for a in range(4):
        for e in range(9):
            nats = 0.0
            for token in said[a] & lived[e]:
                texts = sum(token in held for held in (*said, *lived))
                near = [token in lived[day] for day in range(9) if around[a, day]]
                p = max((texts + 0.5) / 14.0, (sum(near) - 1) / (len(near) - 1))
                nats += np.log(1 - ECHOED + ECHOED / p)
            assert found.raw[0, a, e] == pytest.approx(nats)


def test_w_changes_its_sign_and_nothing_else_when_past_and_future_are_exchanged() -> None:
    rng = np.random.default_rng(3)
    trial = MECHANISMS["slow"].trial(Subject(layout(rng)), rng, planted=0.4, lags=7)
    forward = dreamer_sums(trial.accounts, trial.entries, lags=7)
    # the life read backwards: day d becomes -d, and the night between n and n + 1 that between -n - 1 and -n
    back = [
        UnitTable(table.owner[::-1].max() - table.owner[::-1], -table.when[::-1] - ahead, reversed_parts(table))
        for table, ahead in ((trial.accounts, 1), (trial.entries, 0))
    ]
    backward = dreamer_sums(*back, lags=7)
    night, w, _, _ = night_signs(forward, study_scale([forward]))
    other_night, other_w, _, _ = night_signs(backward, study_scale([backward]))
    np.testing.assert_array_equal(-other_night[::-1] - 1, night)
    np.testing.assert_allclose(-other_w[::-1], w, atol=0.05 * np.abs(w).max())


def reversed_parts(table: UnitTable) -> dict[str, object]:
    return {name: rows[::-1] for name, rows in table.parts.items()}


@pytest.mark.parametrize("tau", [3.0, 10.0, 30.0])
def test_days_far_away_are_no_fair_decoys_of_the_days_before_a_night(tau: float) -> None:
    """Under themes of any length the past window beats five windows far away more often than one time in six."""
    from karmalink.link.null_audit.worlds import WorldSetting, simulate

    first = []
    for seed in range(6):
        rng = np.random.default_rng([seed, int(tau)])
        days = np.arange(150, dtype=np.int64)
        night = np.sort(rng.choice(np.arange(10, 60), 30, replace=False)).astype(np.int64)
        told, lived = simulate(Layout(night, np.full(30, 6), days, np.full(150, 8)), WorldSetting(tau=tau), rng)
        score = scores_by_day(told, lived).raw.sum(axis=0)
        windows = [score[np.arange(30)[:, None], night[:, None] + 1 - np.arange(1, 8)].max(axis=1)]
        windows += [score[:, start : start + 7].max(axis=1) for start in (90, 100, 110, 120, 130)]
        first.append((np.argmax(windows, axis=0) == 0).mean())
    assert np.mean(first) > 0.17 + 2 * np.std(first) / np.sqrt(len(first))


def test_the_guard_follows_the_length_of_the_diary() -> None:
    assert [guard_days(7, days) for days in (10, 35, 60, 84, 3000)] == [7, 8, 15, 21, 21]


def test_odds_of_several_dreamers_are_known_better_than_those_of_one() -> None:
    rng = np.random.default_rng(0)
    signs = [(np.sort(rng.integers(0, 35, 120)), rng.normal(0.05, 1, 120)) for _ in range(6)]
    one = pooled_calibration(signs[:1], lags=7, n_days=35)
    six = pooled_calibration(signs, lags=7, n_days=210)
    assert six.n_signs == 6 * one.n_signs
    assert six.n_effective > 3 * one.n_effective
    guarded = six.p_plus + POOLED_GUARD * np.sqrt(0.25 / six.n_effective)
    assert six.c == pytest.approx(max(1.0, guarded / (1 - guarded)))
    assert not pooled_calibration([], lags=7, n_days=0).measured


def test_a_dreamer_without_a_source_is_not_named_for_the_sources_of_five_others() -> None:
    """The study's rate holds while the sixth dreamer gets links; a name needs the test over dreamers first."""
    linked, named = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        w = rng.normal(0, 1, (6, 22))
        w[:5] = np.where(rng.random((5, 22)) < 0.6, rng.normal(5, 1, (5, 22)), w[:5])
        who = np.repeat(np.arange(6), 22)
        rule = reject(w.ravel(), q=0.1, c=1.0)
        linked.append(rule.threshold is not None and bool((w[5] >= rule.threshold).any()))
        named.append(dreamers_named(w.ravel(), who, 6, q=0.1, c=1.0, seed=seed)[1])
    assert np.mean(linked) > 0.5
    table = np.array(named)
    assert (table[:, 5] > 0).mean() <= 0.1
    assert (table[:, :5] > 0).mean() > 0.6
    assert dreamer_p(np.full(20, 1.0), c=1.0, seed=0) < 0.001
    assert dreamer_p(np.zeros(0), c=1.0, seed=0) == 1.0


def test_the_promise_is_what_its_own_draws_find() -> None:
    rng = np.random.default_rng(1)
    null, source = rng.normal(0, 1, 2000), rng.normal(4, 1, 2000)
    share = share_found(null, source, 60, q=0.2, c=1.1, seed=0)
    assert share is not None
    found = []
    for _ in range(300):
        w = np.where(rng.random(60) < share, rng.choice(source, 60), rng.choice(null, 60))
        found.append(reject(w, q=0.2, c=1.1).found > 0)
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)
    assert share_found(null, null, 60, q=0.1, c=1.1, seed=0) is None
    assert share_found(null, source, 5, q=0.1, c=1.1, seed=0) is None


@pytest.mark.parametrize("name", ["slow", "strong-episodes", "unknown-dates"])
def test_the_rule_holds_its_rate_where_mechanisms_are_against_it(name: str) -> None:
    false, found = [], []
    for seed in range(16):
        rng = np.random.default_rng([seed, *name.encode()])
        worlds = [MECHANISMS[name].trial(Subject(layout(rng)), rng, planted=0.4, lags=7) for _ in range(3)]
        said = pooled_trial(worlds, lags=7, q=0.2, seed=seed)
        false.append(said.false)
        found.append(said.power)
    assert np.mean(false) <= 0.2 + 2 * np.std(false) / np.sqrt(len(false))
    assert np.mean(found) > 0.3


def three(date_means: DateMeans | None = None) -> list[tuple[list[Account], Life]]:
    rows = []
    for seed in (1, 2, 3):
        accounts, life, _ = made(seed)
        name = f"P{seed}"
        entries = tuple(replace(one, life=name, id=f"{name}-{one.id}") for one in life.entries)
        told = [
            replace(one, id=f"{name}-{one.id}", person=name, **({"date_means": date_means} if date_means else {}))
            for one in accounts
        ]
        rows.append((told, replace(life, id=name, entries=entries, author=name)))
    return rows


@pytest.fixture(scope="module")
def found() -> object:
    return pooled_pairs(three(), q=0.1)


def test_links_of_three_dreamers_come_with_their_parts(found) -> None:  # type: ignore[no-untyped-def]
    assert found.verdict is Verdict.FOUND
    assert {person for person, _ in found.links} <= {"P1", "P2", "P3"}
    person, link = found.links[0]
    assert person.startswith("P")
    assert sum(part.llr for part in link.parts) == pytest.approx(link.llr)
    assert {part.name for part in link.parts} == {"names", "numbers", "words", "scene", "chance"}
    assert link.matches
    assert link.rivals[0].llr >= link.rivals[-1].llr
    assert sum(one.links for one in found.dreamers) == len(found.links)
    assert all(one.plus + one.minus == one.n_nights for one in found.dreamers)
    assert len(found.to_dataframe()) == sum(one.n_nights for one in found.dreamers)
    said = json.dumps(found.to_dict(texts=False), allow_nan=False)
    assert link.matches[0].account_text not in said
    assert found.plot().to_dict()
    assert str(len(found.links)) in repr(found)


def test_a_pool_of_processes_gives_the_same_bits(found) -> None:  # type: ignore[no-untyped-def]
    again = pooled_pairs(three(), q=0.1, executor=Executor("pool", workers=2))
    assert again.to_dict() == found.to_dict()


def test_dates_of_unknown_meaning_are_decided_by_the_dreamers_other_accounts_or_asked_both_ways(found) -> None:  # type: ignore[no-untyped-def]
    both = pooled_pairs(three(DateMeans.UNKNOWN), q=0.1, with_details=False)
    assert both.settings["convention"] in ("night_of", "morning_of")
    rows = three()
    first = rows[0][0][0]
    rows[0][0][0] = replace(first, date_means=DateMeans.UNKNOWN)
    decided = pooled_pairs(rows, q=0.1, with_details=False)
    assert decided.settings["convention"] == ""
    assert [score.night for _, score in decided.nights] == [score.night for _, score in found.nights]


def test_who_has_no_life_of_their_own_is_left_out_and_said() -> None:
    rows = three()
    accounts = [account for told, _ in rows for account in told]
    kept, without = by_dreamer(accounts, [life for _, life in rows[:2]])
    assert [life.id for _, life in kept] == ["P1", "P2"]
    assert without == ("P3: 0 lives of their own among these",)
    with pytest.raises(UsageError, match="exactly one life of their own"):
        by_dreamer(accounts, [])
    with pytest.raises(UsageError, match="2 rows of 1 dreamer"):
        pooled_pairs([rows[0], rows[0]])


def test_one_month_of_one_dreamer_says_that_it_cannot_tell() -> None:
    accounts, life = three()[0]
    entries = [one for one in life.entries if one.when is not None]
    first = entries[0].when.ordinal  # type: ignore[union-attr]
    short = replace(life, entries=tuple(one for one in entries if one.when and one.when.ordinal < first + 12))
    result = pooled_pairs([(accounts, short)], q=0.05)
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "past wins" in result.finding
    assert not isinstance(result, PairsResult)


def test_on_the_command_line_everybody_is_asked_at_once(tmp_path: Path) -> None:
    from karmalink.account import write_accounts, write_lives

    rows = three()
    write_accounts(tmp_path / "accounts.csv", [one for accounts, _ in rows for one in accounts])
    write_lives(tmp_path / "lives.csv", [life for _, life in rows])
    files = [str(tmp_path / "accounts.csv"), str(tmp_path / "lives.csv")]
    code, out = run("pairs", *files, "--everyone", "--json")
    assert code == 0, out
    said = json.loads(out[out.index("{") :])
    assert [one["person"] for one in said["dreamers"]] == ["P1", "P2", "P3"]
    assert said["links"][0]["person"] in {"P1", "P2", "P3"}
    assert "account_text" not in out
    _, told = run("pairs", *files, "--everyone")
    assert "also stand for this dreamer alone" in told or "stands alone" in told
    assert run("pairs", *files, "--everyone", "--person", "P1")[0] == 2
