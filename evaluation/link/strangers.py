"""The stranger null where no life has to do with the accounts: simulated registers, and dreams among other people's.

Every life could come first by chance alone, so a register whose lives are alike proves nothing: the rank is fair by
construction. In each of these the life in question is set apart by something that has nothing to do with the dreamer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.link.others import dated_people
from evaluation.link.texts import dreams_as_life
from karmalink.account import Account, Life
from karmalink.base.arrays import Floats
from karmalink.link import REGISTERS
from karmalink.link.null_audit.audits import mean_interval
from karmalink.link.null_audit.registers import Register, RegisterTrial
from karmalink.link.null_audit.trials import StrangerOutcome, stranger_outcome
from karmalink.link.stranger_null.best_life import any_life, lists_of_lives, told_first
from karmalink.link.stranger_null.scores_among_lives import LifeScale, life_scale
from karmalink.link.stranger_null.stranger_test import stranger

__all__ = ["figures"]

ALPHA, Q = 0.05, 0.10
_RUNS, _POWER_RUNS = 120, 30
_ACCOUNTS, _LIVES = 20, 40
_PLANTED = 0.5
# A register of people: so many stretches of dreams, and so many accounts of a dreamer that are ranked among them.
_STRETCHES, _TOLD, _ENTRIES = 40, 15, 8
# Lists of nothing, each against as many lives: registers a mechanism, lists a register, statements a list.
_MANY_LIVES, _REGISTERS, _LISTS, _STATEMENTS = 200, 24, 42, 12


def figures(data: Path) -> list[Figure]:
    """Return the realised size of rank, e-values and the competition per account, and the power where one retells."""
    return [*_simulated(), *_winners(), *_among_people(data)]


def _register(rng: np.random.Generator) -> Register:
    lived = np.maximum(4, rng.poisson(rng.gamma(2.0, 10.0, _LIVES)))
    return Register(1 + rng.poisson(3, _ACCOUNTS), lived)


def _simulated() -> Iterator[Figure]:
    for name, mechanism in REGISTERS.items():
        said: dict[float, list[StrangerOutcome]] = {0.0: [], _PLANTED: []}
        for planted, runs in ((0.0, _RUNS), (_PLANTED, _POWER_RUNS)):
            for seed in range(runs):
                rng = np.random.default_rng([seed, *name.encode()])
                said[planted].append(stranger_outcome(mechanism.trial(_register(rng), rng, planted=planted), q=Q))
        yield _figure(mechanism.says, said[0.0], said[_PLANTED])


def _figure(says: str, nothing: Sequence[StrangerOutcome], planted: Sequence[StrangerOutcome]) -> Figure:
    false = np.array([one.p <= ALPHA for one in nothing], dtype=np.float64)
    low, high = mean_interval(false)
    error = float(false.std(ddof=1) / np.sqrt(false.size))
    note = (
        f"{'holds' if false.mean() <= ALPHA + 2 * error else 'FAILS'}; {len(nothing)} registers of {_LIVES} lives, "
        f"refuses none; the careless rule realises {np.mean([one.careless_p <= ALPHA for one in nothing]):.2f}; "
        f"mean e-value of the rank {np.mean([one.e for one in nothing]):.2f}, of the accounts "
        f"{np.mean([one.e_accounts for one in nothing]):.2f}; some account won by itself at {Q:g} in "
        f"{np.mean([one.won > 0 for one in nothing]):.0%}; found in {np.mean([one.p <= ALPHA for one in planted]):.0%} "
        f"where {_PLANTED:.0%} of the accounts retell a sentence of it"
    )
    measure = f"stranger: size of the rank at {ALPHA:g}"
    return Figure(f"mechanisms, registers: {says}", measure, f"{false.mean():.3f}", f"{low:.3f}–{high:.3f}", note)


def _winners() -> Iterator[Figure]:
    """Ask, of random lists, about the life that came first: what the choice among all lives costs."""
    every: list[Floats] = []
    for name, mechanism in REGISTERS.items():
        mine = [_winner_ps(name, seed) for seed in range(_REGISTERS)]
        every += mine
        yield _winner_figure(mechanism.says, mine)
    yield _winner_figure("random lists, the winner asked about afterwards", every)


def _winner_ps(name: str, seed: int) -> Floats:
    """Return the p of the winner of each list against one register."""
    rng = np.random.default_rng([seed, *name.encode(), 1])
    lived = np.maximum(4, rng.poisson(rng.gamma(2.0, 10.0, _MANY_LIVES)))
    said = 1 + rng.poisson(1, _STATEMENTS)
    trial = REGISTERS[name].trial(Register(said, lived), rng, lists=_LISTS)
    scale = life_scale(trial.accounts, trial.units, trial.of_unit, _MANY_LIVES)
    scores = scale.scores(trial.accounts).reshape(_LISTS, _STATEMENTS, _MANY_LIVES)
    null: dict[bytes, Floats] = {}
    return np.array([_winner_p(trial, scale, at, rows, null, seed) for at, rows in enumerate(scores)])


def _winner_p(
    trial: RegisterTrial, scale: LifeScale, at: int, rows: Floats, null: dict[bytes, Floats], seed: int
) -> float:
    """Return the p of one list's winner; lists that repeat the same of their units have one null."""
    mine = trial.accounts.take(np.flatnonzero(trial.accounts.owner // _STATEMENTS == at))
    told = replace(mine, owner=mine.owner - at * _STATEMENTS, when=mine.when[:_STATEMENTS])
    pattern = told_first(told).tobytes()
    if pattern not in null:
        null[pattern] = lists_of_lives(scale, told, seed=seed)
    return any_life(rows, null[pattern], seed=seed).p


def _winner_figure(says: str, ps: Sequence[Floats]) -> Figure:
    found = np.concatenate([one <= ALPHA for one in ps]).astype(np.float64)
    low, high = mean_interval(found)
    holds = "holds" if low <= ALPHA else "FAILS"
    note = (
        f"{holds}; {found.size} lists against {_MANY_LIVES} lives each ({len(ps)} registers); a rank would give every "
        f"winner 1/{_MANY_LIVES}"
    )
    return Figure(
        f"registers: {says}", f"stranger: found at {ALPHA:g}", f"{found.mean():.3f}", f"{low:.3f}–{high:.3f}", note
    )


def _among_people(data: Path) -> Iterator[Figure]:
    """Rank, for each dreamer, the longest and the shortest stretch of other people's dreams among all of them."""
    people = dated_people(data, nights=40, days=120)
    for says, longest in (("longest", True), ("shortest", False)):
        p = [_p(person, people, longest) for person in people]
        known = np.array([one for one in p if one is not None])
        if known.size < 2:
            continue
        false = (known <= ALPHA).astype(np.float64)
        low, high = mean_interval(false)
        error = float(false.std(ddof=1) / np.sqrt(false.size))
        holds = "holds" if false.mean() <= ALPHA + 2 * error else "FAILS"
        note = f"{holds}; {known.size} dreamers, mean p {known.mean():.2f}"
        yield Figure(
            f"mechanisms, dreams among stretches of other people's dreams, the {says} asked about",
            f"stranger: size of the rank at {ALPHA:g}",
            f"{false.mean():.3f}",
            f"{low:.3f}–{high:.3f}",
            note,
        )


def _p(person: str, people: dict[str, list[Account]], longest: bool) -> float | None:
    lives = [life for name, accounts in people.items() if name != person for life in _stretches(name, accounts)]
    lives = lives[:: max(1, len(lives) // _STRETCHES)][:_STRETCHES]
    if len(lives) < 1 / ALPHA:
        return None
    lengths = [sum(len(entry.text) for entry in life.entries) for life in lives]
    at = int(np.argmax(lengths) if longest else np.argmin(lengths))
    return stranger(people[person][:_TOLD], lives, lives[at].id, alpha=ALPHA).p


def _stretches(name: str, accounts: Sequence[Account]) -> Iterator[Life]:
    life = dreams_as_life(list(accounts), name)
    for number, start in enumerate(range(0, len(life.entries), _ENTRIES)):
        yield Life(f"{name}-{number}", life.kind, life.entries[start : start + _ENTRIES], None)
