"""The details of a link: its evidence split over the parts (a waterfall), and the units that match best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.account import tokens
from karmalink.base.arrays import Ints
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.mirror_null.competition import ECHO, Competition, unit_evidence
from karmalink.link.mirror_null.pairs_result import Part, UnitMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from karmalink.link.evidence.text_units import Material, TextUnit


__all__ = ["LinkDetails", "link_details", "shared_detail", "shared_tokens"]

_MATCHES = 3
_SHOWN = 6
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class LinkDetails:
    """The evidence of an account and an entry: its sum, its parts, and the units that match best."""

    llr: float
    parts: tuple[Part, ...]
    matches: tuple[UnitMatch, ...]


def link_details(
    material: Material,
    accounts: UnitTable,
    account_units: Sequence[TextUnit],
    competition: Competition,
    account: int,
    units: Ints,
) -> LinkDetails:
    """Return the evidence of one account and the units of one entry, part by part.

    The evidence is a sum over units of ``f(s)``, s the sum of that unit's parts and of ``−A``, what they amount to by
    chance. Each gets the share of f(s) that it has of s: the Aumann–Shapley value of a function of a sum, the one
    split that adds up exactly and gives equal parts equal credit.

    Parameters
    ----------
    material : Material
        Where the texts are.
    accounts : UnitTable
        Accounts sorted by night.
    account_units : sequence of TextUnit
        Units of the accounts in the same order.
    competition : Competition
        Weights and background.
    account : int
        Index in `accounts`.
    units : (m,) ints
        Units of the entry in ``material.entries``.
    """
    block = score_block(accounts, material.entries, account, account + 1, int(units.min()), int(units.max()) + 1)
    raw = block[:, 0, units - units.min()]  # (J, m)
    z = competition.background.minus_log_p(raw, np.full(units.size, account), units)  # (m, J)
    weights = competition.weights
    # (m, J + 1): beta · z of each part, and −A; their sum s is the unit's log-likelihood ratio
    terms = np.column_stack([z * weights.beta, np.full(units.size, -weights.cumulant)])
    total = terms.sum(axis=1)
    evidence = unit_evidence(total)  # (m,) f(s) = log(1 − e + e · exp(s))
    # (m,) f(s) / s; its limit at s = 0 is f'(0) = e
    slope = np.where(np.abs(total) > _SMALL, evidence / np.where(np.abs(total) > _SMALL, total, 1.0), ECHO)
    credit = (terms * slope[:, None]).sum(axis=0)  # (J + 1,), adds up to Σ f(s)
    own = np.flatnonzero(accounts.owner == account)
    entry_units = [material.entry_units[unit] for unit in units.tolist()]
    own_units = [account_units[unit] for unit in own.tolist()]
    parts = [
        Part(name, float(credit[j]), shared_detail(material, name, own_units, entry_units))
        for j, name in enumerate(accounts.names)
    ]
    parts.append(Part("chance", float(credit[-1]), "so much agreement also occurs between days and nights far apart"))
    best = [at for at in np.argsort(-evidence, kind="stable")[:_MATCHES].tolist() if evidence[at] > 0]
    mates = _mates(material, accounts, competition, account, own, units[best])
    matches = tuple(
        _match(material, account_units[int(own[mate])], material.entry_units[int(units[at])], float(evidence[at]))
        for mate, at in zip(mates, best, strict=True)
    )
    return LinkDetails(float(evidence.sum()), tuple(parts), matches)


def _mates(
    material: Material, accounts: UnitTable, competition: Competition, account: int, own: Ints, units: Ints
) -> list[int]:
    """Return for each unit of the entry which of the account's own units agrees with it most."""
    score = np.zeros((own.size, units.size))
    for j, name in enumerate(accounts.names):
        product = accounts.parts[name][own] @ material.entries.parts[name][units].T
        dense = product.toarray() if hasattr(product, "toarray") else np.asarray(product)
        # (own, units): Σ over parts of beta · h / spread of the account
        score += competition.weights.beta[j] / competition.background.spread[j, account] * dense
    return [int(mate) for mate in score.argmax(axis=0)] if units.size else []


def _match(material: Material, mine: TextUnit, theirs: TextUnit, evidence: float) -> UnitMatch:
    shared = shared_tokens(material, [mine], [theirs])
    return UnitMatch(mine.index, theirs.index, evidence, mine.text, theirs.text, shared)


def shared_tokens(
    material: Material, account_units: Sequence[TextUnit], entry_units: Sequence[TextUnit], part: str = ""
) -> tuple[str, ...]:
    """Return what both sides hold, rarest first, as the entry writes it."""
    rarity: dict[str, float] = {}
    for name, weight in material.rarity.items():
        if part in ("", name):
            both = _held(account_units, name) & _held(entry_units, name)
            rarity.update((token, weight[token]) for token in both if token in weight)
    if not rarity:
        return ()
    holding = [unit for unit in entry_units if not rarity.keys().isdisjoint((*unit.tokens, *unit.numbers))]
    written = {token: word for unit in holding for token, word in _written(unit).items()}
    return tuple(written.get(token, token) for token in sorted(rarity, key=lambda token: (-rarity[token], token)))


def _held(units: Sequence[TextUnit], part: str) -> set[str]:
    return {token for unit in units for token in (unit.numbers if part == "numbers" else unit.tokens)}


def _written(unit: TextUnit) -> dict[str, str]:
    """Return token → word as written."""
    words = [word.strip(".,;:!?()[]\"“”‘’'") for word in unit.text.split()]
    return {stems[0]: word for word in words if len(stems := tokens(word)) == 1}


def shared_detail(
    material: Material, part: str, account_units: Sequence[TextUnit], entry_units: Sequence[TextUnit]
) -> str:
    """Return what both sides share in a part, in words."""
    if part not in material.rarity:
        return "nearness of meaning, by the encoder"
    shared = shared_tokens(material, account_units, entry_units, part)
    if not shared:
        return "none shared"
    more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
    return ", ".join(shared[:_SHOWN]) + more
