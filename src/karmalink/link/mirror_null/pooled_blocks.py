"""What each dreamer gives to the study: a block per dreamer, which reads the texts and gives back numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress, step_counter
from karmalink.link.evidence.calendar import nights_of, readings_of
from karmalink.link.evidence.day_evidence import TokenShares, token_counts
from karmalink.link.evidence.text_units import Material, dated, gather
from karmalink.link.execution.blocks import Block, Executor, iter_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.pooled_rule import Planted
from karmalink.link.mirror_null.pooled_signs import DreamerSums, dreamer_sums
from karmalink.link.mirror_null.pseudo_accounts import plant_sources
from karmalink.link.mirror_null.sign_calibration import around_days, halves

if TYPE_CHECKING:
    from karmalink.account import Account, Entry, Life

__all__ = ["Asked", "DreamerRow", "StudyDreamer", "asked_of", "material_of", "pool_of", "study_dreamers"]

# Accounts dated to the day, and the dreamer's own life.
DreamerRow = tuple[list["Account"], "Life"]

# Shares of tokens over all lives are learnt from so many dreamers at most, evenly chosen: their counts fit in memory.
_COUNTED = 60
# Background pairs of a study, over all dreamers, and the fewest that one gives.
_SAMPLE, _FEWEST_SAMPLE = 120_000, 100
# Days of pseudo-accounts that a study is calibrated on. A short study is dealt several times; of a large one dreamers
# evenly chosen are dealt, since the odds of many lives are known well enough from some of them.
_PSEUDO_DAYS, _MOST_DEALS = 1600, 12
_ENOUGH_DAYS = 12_000
# Deals, and dreamers at most, into which sources are planted for the promise.
_PLANTED_DEALS, _PLANTED_DREAMERS = 2, 60
# A planted source in the promise: all of the sentences of half a day, half of their words.
_KEPT = (1.0, 0.5)
_PLANTED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What every block needs."""

    lags: int
    view: str
    cut_retellings: bool
    deals: int
    sample: int
    seed: int
    pool: TokenShares | None = None
    encoder: Any = None
    dealt_every: int = 1
    planted_every: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class StudyDreamer:
    """One dreamer's sums: of every reading of their dates, of pseudo-accounts, of pseudo-accounts with sources."""

    readings: tuple[DreamerSums, ...]
    order: tuple[Ints, ...]
    pseudo: tuple[DreamerSums, ...]
    planted: tuple[Planted, ...]
    n_days: int


def asked_of(
    rows: Sequence[DreamerRow], *, lags: int, view: str, cut_retellings: bool, encoder: Any, seed: int
) -> Asked:
    """Return what every block needs: how often lives are dealt, and how much of the background each dreamer gives."""
    days = sum(len(dated(life.entries)) for _, life in rows)
    deals = int(np.clip(-(-_PSEUDO_DAYS // max(1, days)), 1, _MOST_DEALS))
    sample = max(_FEWEST_SAMPLE, _SAMPLE // len(rows))
    dealt_every = max(1, days // _ENOUGH_DAYS)
    planted_every = dealt_every * max(1, len(rows) // (dealt_every * _PLANTED_DREAMERS))
    return Asked(
        lags,
        view,
        cut_retellings,
        deals,
        sample,
        seed,
        encoder=encoder,
        dealt_every=dealt_every,
        planted_every=planted_every,
    )


def study_dreamers(
    rows: Sequence[DreamerRow], asked: Asked, executor: Executor, progress: Progress | None
) -> tuple[list[StudyDreamer], Asked]:
    """Return what each dreamer gives, and what was asked with the shares of tokens over all lives.

    Parameters
    ----------
    rows : sequence of (accounts, life)
        One per dreamer, accounts dated to the day.
    asked : Asked
        What every block needs.
    executor : Executor
        Where the blocks run.
    progress : callable or None
        Called with (done, total).
    """
    picked = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _COUNTED)).astype(np.int64)).tolist()
    step = step_counter(len(picked) + len(rows), progress)
    total = TokenShares(0, {})
    lexical = replace(asked, encoder=None)
    chosen = [rows[at] for at in picked]
    for texts, count in iter_blocks(_counts, chosen, shared=lexical, seed=asked.seed, executor=executor):
        total = total.with_those_of(TokenShares(texts, count))
        step()
    pooled = replace(asked, pool=total)
    found = []
    for packed in iter_blocks(_sums, rows, shared=pooled, seed=asked.seed, executor=executor):
        found.append(_unpacked(packed))
        step()
    return found, pooled


def material_of(accounts: Sequence[Account], life: Life, asked: Asked) -> tuple[list[Entry], Material]:
    """Return the dated entries of a life, and the features of accounts and entries."""
    from karmalink.account import cut_retellings

    entries = dated((cut_retellings(life) if asked.cut_retellings else life).entries)
    return entries, gather(accounts, entries, encoder=asked.encoder, view=asked.view)


def pool_of(material: Material, asked: Asked) -> dict[str, Floats] | None:
    """Return the share of the texts of all lives that hold the token of each column, part by part."""
    if asked.pool is None:
        return None
    return {part: asked.pool.of(part, tokens) for part, tokens in _columns(material).items()}


def _columns(material: Material) -> dict[str, list[str]]:
    """Return part → the token of each column."""
    return {part: list(tokens) for part, tokens in material.rarity.items()}


@kept_as("karmalink.link.pooled._counts")
def _counts(block: Block, asked: Asked) -> tuple[int, dict[str, dict[str, int]]]:
    accounts, life = block.data
    _, material = material_of(accounts, life, asked)
    shares = token_counts(material.accounts, material.entries, _columns(material))
    return shares.texts, {part: dict(count) for part, count in shares.count.items()}


@kept_as("karmalink.link.pooled._sums")
def _sums(block: Block, asked: Asked) -> dict[str, Any]:
    """Return the sums of one dreamer, as numbers and arrays."""
    accounts, life = block.data
    _, material = material_of(accounts, life, asked)
    options: dict[str, Any] = {"lags": asked.lags, "pool": pool_of(material, asked)}
    readings, orders = [], []
    for convention in readings_of(accounts):
        table, order, _ = material.at(nights_of(accounts, convention))
        readings.append(dreamer_sums(table, material.entries, sample=asked.sample, **options))
        orders.append(order)
    options |= {"days": around_days, "centre": 0.0, "sample": max(50, asked.sample // (2 * asked.deals))}
    pseudo, planted = [], []
    # The n-th deal of every dreamer is another one: otherwise days of one length would be dealt alike.
    rng = block.rng()
    dealt = material.entries.n_units and block.index % asked.dealt_every == 0
    for deal in range(asked.deals if dealt else 0):
        told, lived = halves(material.entries, int(rng.integers(2**31)))
        pseudo.append(dreamer_sums(told, lived, **options))
        if deal >= _PLANTED_DEALS or block.index % asked.planted_every:
            continue
        with_source, source = plant_sources(
            told, lived, kept=_KEPT, share=_PLANTED, lags=asked.lags, days=around_days, rng=rng
        )
        planted.append((dreamer_sums(with_source, lived, **options), source))
    days = int(np.unique(material.entries.day).size)
    return _packed(StudyDreamer(tuple(readings), tuple(orders), tuple(pseudo), tuple(planted), days))


_FIELDS = (
    "night",
    "parts",
    "near",
    "agrees",
    "moment",
    "pairs",
    "sample",
    "sample_account",
    "sample_agrees",
)


def _packed(dreamer: StudyDreamer) -> dict[str, Any]:
    def plain(sums: DreamerSums) -> list[Any]:
        return [list(sums.parts) if name == "parts" else getattr(sums, name) for name in _FIELDS]

    return {
        "readings": [plain(one) for one in dreamer.readings],
        "order": list(dreamer.order),
        "pseudo": [plain(one) for one in dreamer.pseudo],
        "planted": [[plain(one), source] for one, source in dreamer.planted],
        "n_days": dreamer.n_days,
    }


def _unpacked(packed: dict[str, Any]) -> StudyDreamer:
    def sums(plain: list[Any]) -> DreamerSums:
        known = dict(zip(_FIELDS, plain, strict=True))
        return DreamerSums(**{**known, "parts": tuple(known["parts"])})

    return StudyDreamer(
        tuple(sums(one) for one in packed["readings"]),
        tuple(packed["order"]),
        tuple(sums(one) for one in packed["pseudo"]),
        tuple((sums(one), source) for one, source in packed["planted"]),
        int(packed["n_days"]),
    )
