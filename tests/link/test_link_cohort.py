"""Many dreamers against many lives, from texts: the own lives found, others at their nominal rate, honest refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cohort_samples import on, world

from karmalink.account import DateMeans
from karmalink.errors import CannotAnswer, Duplicate
from karmalink.link import Executor, FileJournal, Verdict, lag_curve, lag_table, pooled_lag_curve


def test_own_lives_stand_out_and_others_do_not() -> None:
    accounts, lives = world(0)
    table = lag_table(accounts, lives, lags=4, top=2)
    assert table.verdict is Verdict.FOUND
    assert table.n_pairs == table.n_compared == 16
    assert all(one.rank["day residue"] == 1 for one in table.dreamers)
    for one in table.dreamers:
        near = {each.window: each for each in one.nearest[::-1]}
        assert near["day residue"].life == one.life
        assert near["day residue"].exact_p <= 0.05
    frame = table.to_dataframe()
    assert set(frame.columns) == {"person", "life", "window", "z", "p", "exact_p", "own"}


def test_the_curves_are_those_of_lag_curve_and_of_the_pool() -> None:
    accounts, lives = world(1, people=3)
    table = lag_table(accounts, lives, lags=4, seed=5)
    of = [[a for a in accounts if a.person == life.author] for life in lives]
    assert table.pooled is not None
    for one, said, life in zip(table.dreamers, of, lives, strict=True):
        lone = lag_curve(said, life, lags=4)
        assert one.curve is not None
        assert one.curve.p == pytest.approx(lone.p, abs=0.1)
        np.testing.assert_allclose(one.curve.a, lone.a, atol=0.4)
    pool = pooled_lag_curve(list(zip(of, lives, strict=True)), lags=4, seed=5)
    assert table.pooled.verdict is pool.verdict


def test_where_nothing_is_taken_up_nothing_is_found() -> None:
    accounts, lives = world(2, people=6, echo=0)
    table = lag_table(accounts, lives, lags=4)
    assert table.verdict is Verdict.NOTHING
    # 36 pairs at a nominal .05: two standard errors are .07.
    assert all(share <= 0.05 + 2 * (0.05 * 0.95 / 36) ** 0.5 + 1e-9 for share in table.low_p.values())


def test_the_same_answer_from_a_pool_of_processes() -> None:
    accounts, lives = world(3, people=3, days=200)
    serial = lag_table(accounts, lives, lags=4)
    pool = lag_table(accounts, lives, lags=4, executor=Executor("pool", workers=2))
    assert {**serial.to_dict(), "settings": 0} == {**pool.to_dict(), "settings": 0}


def test_lives_of_another_century_are_not_compared_over_the_days_between() -> None:
    accounts, lives = world(4, people=2, days=200)
    far = [replace(entry, when=on(day - 100_000)) for day, entry in enumerate(lives[1].entries)]
    table = lag_table(accounts, [lives[0], replace(lives[1], entries=tuple(far))], lags=4)
    assert table.n_compared == 2
    assert table.dreamers[1].curve is not None and table.dreamers[1].curve.verdict is Verdict.CANNOT_ANSWER


def test_what_cannot_be_told_is_an_answer() -> None:
    accounts, lives = world(5, people=2, days=60)
    assert lag_table(accounts, lives, lags=14).verdict is Verdict.CANNOT_ANSWER
    assert lag_table(accounts[:1], lives, lags=4).verdict is Verdict.CANNOT_ANSWER
    strangers = lag_table(accounts, lives, own={}, lags=4)
    assert strangers.verdict is Verdict.CANNOT_ANSWER and "no dreamer's own life is named" in strangers.finding
    one_day = [replace(a, when=on(10)) for a in accounts]
    assert lag_table(one_day, lives, lags=4).verdict is Verdict.CANNOT_ANSWER
    same = [replace(a, text="The same words.") for a in accounts]
    alike = [replace(x, entries=tuple(replace(e, text="The same words.") for e in x.entries)) for x in lives]
    assert lag_table(same, alike, lags=4).verdict is not Verdict.FOUND
    apart = [replace(a, when=on(9_000 + n)) for n, a in enumerate(accounts)]
    assert lag_table(apart, lives, lags=4).n_compared == 0


def test_unknown_dates_are_read_both_ways_and_the_lesser_claim_is_told() -> None:
    accounts, lives = world(6, people=2, days=200, means=DateMeans.UNKNOWN)
    assert lag_table(accounts, lives, lags=4).convention in ("night_of", "morning_of")


def test_a_life_of_which_one_side_is_never_known_is_refused_alone_and_among_all() -> None:
    """Dreams of every second day, the days between as the diary: the day before is known, its mirror never."""
    accounts, lives = world(3, people=2)
    lives = [replace(life, entries=life.entries[::2]) for life in lives]
    table = lag_table(accounts, lives, lags=4)
    assert table.pooled is not None
    assert table.pooled.verdict is table.verdict is Verdict.CANNOT_ANSWER
    assert "not comparable" in table.finding
    mine = [account for account in accounts if account.person == "P0"]
    assert "not comparable" in lag_curve(mine, lives[0], lags=4).finding


def test_what_is_wrong_is_refused() -> None:
    accounts, lives = world(7, people=1, days=20)
    with pytest.raises(CannotAnswer, match="dated to the day"):
        lag_table([replace(a, when=None) for a in accounts], lives)
    with pytest.raises(CannotAnswer, match="no life"):
        lag_table(accounts, [])
    with pytest.raises(Duplicate):
        lag_table(accounts, [lives[0], lives[0]])


def test_a_pooled_curve_is_the_same_from_a_pool_and_from_a_journal(tmp_path: Path) -> None:
    accounts, lives = world(8, people=2, days=120)
    pairs = [([a for a in accounts if a.person == life.author], life) for life in lives]
    serial = pooled_lag_curve(pairs, lags=2)
    pool = Executor("pool", workers=2, journal=FileJournal(tmp_path / "journal"))
    for executor in (pool, Executor(journal=pool.journal)):
        assert pooled_lag_curve(pairs, lags=2, executor=executor).to_dict() == serial.to_dict()
