"""How a link opens: so much from the names, so much from the words, so much against; and the units side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.account import tokens
from karmalink.base.arrays import Floats, Ints
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.mirror_null.competition import ECHO, Competition, unit_evidence
from karmalink.link.mirror_null.pairs_result import Part, UnitMatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from karmalink.link.evidence.text_units import Material, TextUnit


__all__ = ["LinkDetails", "link_details"]

_MATCHES = 3
_SHOWN = 6
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class LinkDetails:
    """A pair of an account and an entry, opened."""

    llr: float
    parts: tuple[Part, ...]
    matches: tuple[UnitMatch, ...]


def link_details(
    material: Material, accounts: UnitTable, said: Sequence[TextUnit], found: Competition, account: int, units: Ints
) -> LinkDetails:
    """Return the evidence of one account and the units of one entry, part by part.

    The evidence is a sum over units of ``f(s)``, s the sum of that unit's parts and of ``-A``, what they are worth by
    accident. Each gets the share of f(s) that it has of s: the Aumann–Shapley value of a function of a sum, the one
    split that adds up exactly and gives equal parts equal credit.

    Parameters
    ----------
    material : Material
        Where the texts are.
    accounts : UnitTable
        Accounts sorted by night.
    said : sequence of TextUnit
        Units of the accounts in the same order.
    found : Competition
        Weights, centres, spreads.
    account : int
        Index in `accounts`.
    units : (m,) ints
        Units of the entry in ``material.entries``.
    """
    block = score_block(accounts, material.entries, account, account + 1, int(units.min()), int(units.max()) + 1)
    raw = block[:, 0, units - units.min()]
    z = found.background.minus_log_p(raw, np.full(units.size, account), units)
    given = np.column_stack([z * found.weights.beta, np.full(units.size, -found.weights.cumulant)])
    total = given.sum(axis=1)
    worth = unit_evidence(total)
    slope = np.where(np.abs(total) > _SMALL, worth / np.where(np.abs(total) > _SMALL, total, 1.0), ECHO)
    credit = (given * slope[:, None]).sum(axis=0)
    own = np.flatnonzero(accounts.owner == account)
    lived = [material.entry_units[unit] for unit in units.tolist()]
    spoken = [said[unit] for unit in own.tolist()]
    parts = [
        Part(name, float(credit[j]), _detail(material, name, spoken, lived)) for j, name in enumerate(accounts.names)
    ]
    parts.append(Part("chance", float(credit[-1]), "what so much agreement is worth between days and nights far apart"))
    matches = _matches(material, accounts, found, account, own, units, worth, said)
    return LinkDetails(float(worth.sum()), tuple(parts), matches)


def _matches(
    material: Material,
    accounts: UnitTable,
    found: Competition,
    account: int,
    own: Ints,
    units: Ints,
    worth: Floats,
    said: Sequence[TextUnit],
) -> tuple[UnitMatch, ...]:
    """Return the units that add most, each beside the account's unit that agrees with it best."""
    best = [at for at in np.argsort(-worth, kind="stable")[:_MATCHES].tolist() if worth[at] > 0]
    score = np.zeros((own.size, len(best)))
    for j, name in enumerate(accounts.names):
        product = accounts.parts[name][own] @ material.entries.parts[name][units[best]].T
        dense = product.toarray() if hasattr(product, "toarray") else np.asarray(product)
        score += found.weights.beta[j] / found.background.spread[j, account] * dense
    out = []
    for column, at in enumerate(best):
        mine, theirs = said[int(own[int(score[:, column].argmax())])], material.entry_units[int(units[at])]
        shared = _shared(material, [mine], [theirs])
        out.append(UnitMatch(mine.index, theirs.index, float(worth[at]), mine.text, theirs.text, shared))
    return tuple(out)


def _shared(
    material: Material, spoken: Sequence[TextUnit], lived: Sequence[TextUnit], part: str = ""
) -> tuple[str, ...]:
    """Return what both sides hold, rarest first, as the entry writes it."""
    rarity: dict[str, float] = {}
    for name, weight in material.rarity.items():
        if part in ("", name):
            both = _held(spoken, name) & _held(lived, name)
            rarity.update((token, weight[token]) for token in both if token in weight)
    if not rarity:
        return ()
    holding = [unit for unit in lived if not rarity.keys().isdisjoint((*unit.tokens, *unit.numbers))]
    written = {token: word for unit in holding for token, word in _written(unit).items()}
    return tuple(written.get(token, token) for token in sorted(rarity, key=lambda token: (-rarity[token], token)))


def _held(units: Sequence[TextUnit], part: str) -> set[str]:
    return {token for unit in units for token in (unit.numbers if part == "numbers" else unit.tokens)}


def _written(unit: TextUnit) -> dict[str, str]:
    """Return token → word as written."""
    words = [word.strip(".,;:!?()[]\"“”‘’'") for word in unit.text.split()]
    return {found[0]: word for word in words if len(found := tokens(word)) == 1}


def _detail(material: Material, part: str, spoken: Sequence[TextUnit], lived: Sequence[TextUnit]) -> str:
    if part not in material.rarity:
        return "nearness of meaning, by the encoder"
    shared = _shared(material, spoken, lived, part)
    if not shared:
        return "none shared"
    more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
    return ", ".join(shared[:_SHOWN]) + more
