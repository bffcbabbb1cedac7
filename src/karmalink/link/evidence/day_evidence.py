"""What an account and a whole day have in common: the words they share, their nearest two sentences, their meaning.

The mirror null of one long diary scores sentence by sentence (`link.evidence.unit_scores`). Diaries of a month hold
too few sentences for that: a dream takes one word from the first sentence of a day and two from its last. Here a day
is one text, and three parts say what carried a link:

``tokens``   words, names and numbers that both hold: the sum of log(1 − e + e / p) over shared tokens, in nats. A token
             that is in the day by chance with probability p and because the dream drew on it with probability e.
``scene``    cosine of the two sentences that agree best (rarity-weighted words)
``meaning``  the same with the rows of an encoder, each side centred

Shapes: A accounts, E days with an entry, U units, F tokens, J parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Bools, Floats, Ints
from karmalink.link.evidence.unit_scores import UnitTable

__all__ = ["ECHOED", "PART_WEIGHT", "TOKEN_PARTS", "DayScores", "TokenShares", "scores_by_day", "token_counts"]

# Parts of the evidence of a day, and how much one standard deviation of each weighs beside the first.
PART_WEIGHT: dict[str, float] = {"tokens": 1.0, "scene": 0.5, "meaning": 0.4}
# Share of a day's tokens that a dream of it takes up.
ECHOED = 0.02
# A life's own shares of tokens are shrunk towards those of all lives with the weight of so many texts.
_POOL_TEXTS = 50.0
TOKEN_PARTS = ("names", "numbers", "words")


@dataclass(frozen=True, slots=True)
class TokenShares:
    """In how many of how many texts each token stands: of one life, or of all lives of a study.

    Attributes
    ----------
    texts : int
        Accounts and days.
    count : mapping of str to mapping of str to int
        Part → token → texts that hold it.
    """

    texts: int
    count: Mapping[str, Mapping[str, int]]

    def with_those_of(self, other: TokenShares) -> TokenShares:
        """Return the counts of both together."""
        count: dict[str, dict[str, int]] = {part: dict(tokens) for part, tokens in self.count.items()}
        for part, tokens in other.count.items():
            mine = count.setdefault(part, {})
            for token, texts in tokens.items():
                mine[token] = mine.get(token, 0) + texts
        return TokenShares(self.texts + other.texts, count)

    def of(self, part: str, tokens: list[str]) -> Floats:
        """Return the share of texts that hold each token, (F,): (count + 1/2) / (texts + 1)."""
        known = self.count.get(part, {})
        return (np.array([known.get(token, 0) for token in tokens], dtype=np.float64) + 0.5) / (self.texts + 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class DayScores:
    """Raw scores of every account against every day.

    Attributes
    ----------
    parts : tuple of str, length J
        Keys of :data:`PART_WEIGHT`.
    raw : (J, A, E) floats
        Scores.
    tokens : mapping of str to (A, E) floats
        ``names``, ``numbers``, ``words``: what each adds to the first part.
    agrees : (A, E) bools
        Whether the two have anything in common.
    day : (E,) ints
        Days with an entry, ascending.
    """

    parts: tuple[str, ...]
    raw: Floats
    tokens: Mapping[str, Floats]
    agrees: Bools
    day: Ints


def scores_by_day(
    accounts: UnitTable,
    units: UnitTable,
    around: Bools | None = None,
    *,
    pool: Mapping[str, Floats] | None = None,
) -> DayScores:
    """Return what each account has in common with each day.

    Parameters
    ----------
    accounts, units : UnitTable
        Sorted by night and by day, in one feature space.
    around : (A, E) bools, optional
        Which days lie in the window of each account, past or future alike. A token that stands in several of them is
        of a theme: by chance it is in one of these days as often as it is in the others.
    pool : mapping of str to (F,) floats, optional
        Part → share of the texts of other lives that hold each column's token; the life's own shares by default.
    """
    from scipy.sparse import csr_array

    n_accounts = accounts.when.size
    day, at_day = np.unique(units.day, return_inverse=True)  # (E,), (U,)
    tokens = {
        name: _shared_tokens(accounts, units, name, (day, at_day), around, None if pool is None else pool.get(name))
        for name in TOKEN_PARTS
        if name in accounts.parts and name in units.parts
    }
    parts, raw = ["tokens"], [sum(tokens.values(), np.zeros((n_accounts, day.size)))]
    agrees = raw[0] > 0
    for part, name in (("scene", "words"), ("meaning", "meaning")):
        if name not in accounts.parts or name not in units.parts:
            continue
        said, lived = accounts.parts[name], units.parts[name]
        if part == "meaning":
            said, lived = _centred(said), _centred(lived)
            agrees = np.ones_like(agrees)
        else:
            # Sparse, however few its columns: a dense product may differ in its last digit from process to process.
            said, lived = csr_array(said), csr_array(lived)
        parts.append(part)
        raw.append(_best_pair(said, accounts.owner, n_accounts, lived, at_day, day.size))
    return DayScores(tuple(parts), np.stack(raw), tokens, agrees, day)


def token_counts(accounts: UnitTable, units: UnitTable, names: Mapping[str, list[str]]) -> TokenShares:
    """Return in how many of these accounts and days each token stands.

    Parameters
    ----------
    accounts, units : UnitTable
        Of one dreamer.
    names : mapping of str to list of str
        Part → the token of each column.
    """
    day, at_day = np.unique(units.day, return_inverse=True)
    count: dict[str, dict[str, int]] = {}
    for part, tokens in names.items():
        said = _held(accounts.parts[part], accounts.owner, accounts.when.size)
        lived = _held(units.parts[part], at_day, day.size)
        total = np.asarray(said.sum(axis=0) + lived.sum(axis=0), dtype=np.int64)
        count[part] = dict(zip(tokens, total.tolist(), strict=True))
    return TokenShares(accounts.when.size + day.size, count)


def _shared_tokens(
    accounts: UnitTable,
    units: UnitTable,
    part: str,
    days: tuple[Ints, Ints],
    around: Bools | None,
    pool: Floats | None,
) -> Floats:
    """Return the sum of log(1 − e + e / p) over the tokens that account and day share, (A, E)."""
    from scipy.sparse import csr_array

    day, at_day = days
    said = _held(accounts.parts[part], accounts.owner, accounts.when.size)  # (A, F) of 0 and 1
    lived = _held(units.parts[part], at_day, day.size)  # (E, F)
    held = np.asarray(said.sum(axis=0) + lived.sum(axis=0), dtype=np.float64)  # (F,)
    texts = accounts.when.size + day.size
    # p = (own count + m · pool) / (own texts + m): the life's own where it is long, the pool's where it is short
    known, weight = (0.5, 1.0) if pool is None else (_POOL_TEXTS * pool, _POOL_TEXTS)
    share = (held + known) / (texts + weight)
    coo = said.tocoo()
    chance = share[coo.col]
    if around is not None:
        # of the other days around, the share that hold the token too: (count − 1) / (days − 1)
        # (A, F) days around each account that hold the token, then those of the tokens that the account holds
        near = np.asarray((lived.T @ around.T.astype(np.float64)).T)
        count = near[coo.row, coo.col]
        chance = np.maximum(chance, (count - 1.0) / np.maximum(1.0, around.sum(axis=1)[coo.row] - 1.0))
    nats = np.log(1.0 - ECHOED + ECHOED / np.clip(chance, 1e-9, 1.0))
    weighted = csr_array((nats, (coo.row, coo.col)), shape=said.shape)
    return np.asarray((weighted @ lived.T).toarray(), dtype=np.float64)


def _held(rows: Any, owner: Ints, n: int) -> Any:
    """Return which tokens each owner holds, (n, F) csr of 0 and 1."""
    from scipy.sparse import csr_array

    table = csr_array(rows)
    coo = table.tocoo()
    there = coo.data != 0
    width = int(table.shape[1])
    key = np.unique(owner[coo.row[there]].astype(np.int64) * width + coo.col[there])
    edges = np.searchsorted(key, np.arange(n + 1, dtype=np.int64) * width)
    return csr_array((np.ones(key.size), key % max(1, width), edges), shape=(n, width))


def _best_pair(said: Any, owner: Ints, n: int, lived: Any, at_day: Ints, n_days: int) -> Floats:
    """Return the largest product of a unit of the account and a unit of the day, (n, n_days); 0 without units."""
    out = np.zeros((n, n_days))
    if not owner.size or not at_day.size:
        return out
    product = said @ lived.T  # (units of accounts, U)
    dense = product.toarray() if hasattr(product, "toarray") else np.asarray(product, dtype=np.float64)
    whose, first = np.unique(owner, return_index=True)
    which, begin = np.unique(at_day, return_index=True)
    by_account = np.maximum.reduceat(dense, first, axis=0)
    out[np.ix_(whose, which)] = np.maximum.reduceat(by_account, begin, axis=1)
    return out


def _centred(rows: Any) -> Floats:
    """Return rows less their mean, of length 1: dreams and diaries are two domains, each has a middle of its own."""
    dense = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)
    if not dense.size:
        return dense
    middle = dense - dense.mean(axis=0)
    length = np.linalg.norm(middle, axis=1, keepdims=True)
    return np.asarray(np.divide(middle, length, out=np.zeros_like(middle), where=length > 1e-9))
