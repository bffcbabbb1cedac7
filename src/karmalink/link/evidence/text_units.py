"""From texts to units with features: what accounts and lives are compared by.

Every token is in one part only. A word that mostly stands inside names ("Batten", "Wat") is a name, wherever it stands;
numbers are a part of their own; all other words are words. So one shared name is one piece of evidence, not two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from karmalink.account import (
    Account,
    Encoder,
    Entry,
    MentionKind,
    Precision,
    assert_only,
    find_mentions,
    split_units,
    strip_leaks,
    tokens,
)
from karmalink.account.language.views import view_named
from karmalink.base.arrays import Ints
from karmalink.link.evidence.unit_scores import UnitTable

if TYPE_CHECKING:
    from karmalink.account import Unit


__all__ = ["Material", "TextUnit", "dated", "gather", "units_of"]

DatedText = TypeVar("DatedText", Account, Entry)

_PARTS = ("names", "numbers", "words")
# A token counts as a name where at least this share of its uses lies inside names.
_MOSTLY = 0.5
_STYLE_REMOVED = "style-removed"
_FEW_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A unit of one text with its tokens.

    Attributes
    ----------
    index : int
        Position in the text.
    text : str
        The words as written.
    tokens : tuple of str
        Stemmed words that are not denied, names included.
    numbers : tuple of str
        Numbers.
    named : frozenset of str
        Tokens inside a name here.
    """

    index: int
    text: str
    tokens: tuple[str, ...]
    numbers: tuple[str, ...]
    named: frozenset[str]

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"<TextUnit {self.index}: {len(self.tokens)} tokens, {len(self.numbers)} numbers>"


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Accounts of one person and entries of one or several lives, in one feature space.

    Attributes
    ----------
    accounts : UnitTable
        In the order given; `when` is 0 until :meth:`at` dates them.
    entries : UnitTable
        Units sorted by day.
    account_units, entry_units : tuple of TextUnit
        The same units in the same order.
    rarity : dict of str to dict of str to float
        Part → token → ``log((1 + N) / df)``.
    """

    accounts: UnitTable
    entries: UnitTable
    account_units: tuple[TextUnit, ...]
    entry_units: tuple[TextUnit, ...]
    rarity: dict[str, dict[str, float]]

    def at(self, nights: Ints) -> tuple[UnitTable, Ints, Ints]:
        """Return the accounts sorted by their nights, the order of the accounts, and that of their units.

        Parameters
        ----------
        nights : (A,) ints
            Night ordinal of each account.
        """
        order = np.argsort(nights, kind="stable").astype(np.int64)
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size)
        owner = rank[self.accounts.owner]
        units = np.argsort(owner, kind="stable").astype(np.int64)
        return self.accounts.by_owner(owner, nights[order]), order, units


def dated(texts: Sequence[DatedText]) -> list[DatedText]:
    """Return the entries that are dated to the day, or the accounts that belong to a night between two days."""
    return [
        text
        for text in texts
        if text.when is not None and text.when.precision is Precision.DAY and getattr(text, "has_night", True)
    ]


def units_of(text: str, *, labels: Sequence[str] = (), view: str = "all") -> list[TextUnit]:
    """Return the units of a text that hold evidence in a view, after what leaks (dates, ids, `labels`) is blanked."""
    chosen = view_named(view)
    clean = strip_leaks(text, labels=labels)
    if chosen.name != _STYLE_REMOVED:
        seen = chosen.apply(clean, None)
        return _units(seen, text if seen == clean else seen)
    # Without style there are no sentences: the text is cut first. Tokens are stemmed and in small letters already.
    bare = (
        replace(one, text=chosen.apply(one.text, None), numbers=(), named=frozenset()) for one in _units(clean, text)
    )
    return [one for one in bare if one.tokens]


def _units(clean: str, shown: str) -> list[TextUnit]:
    mentions = find_mentions(clean)
    asserted = assert_only(clean)
    return [found for unit in split_units(clean) if (found := _text_unit(unit, shown, asserted, mentions)) is not None]


def _text_unit(unit: Unit, text: str, asserted: str, mentions: Sequence[Any]) -> TextUnit | None:
    inside = [m for m in mentions if unit.start <= m.start < unit.end]
    numbers = tuple(m.key for m in inside if m.kind is MentionKind.NUMBER and not m.negated)
    names = [m for m in inside if m.kind is not MentionKind.NUMBER]
    named = frozenset(token for m in names for token in tokens(m.key))
    found = tuple(tokens(asserted[unit.start : unit.end]))
    if not found and not numbers:
        return None
    return TextUnit(unit.index, text[unit.start : unit.end].strip(), found, numbers, named)


def gather(
    accounts: Sequence[Account],
    entries: Sequence[Entry],
    *,
    encoder: Encoder | None = None,
    view: str = "all",
    known: dict[str, list[TextUnit]] | None = None,
) -> Material:
    """Return the material of these accounts and dated entries.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts.
    entries : sequence of Entry
        Entries dated to the day.
    encoder : Encoder, optional
        Adds the part ``meaning``: cosine of its rows.
    view : str
        What of the texts is compared, a name in :data:`karmalink.account.VIEWS`.
    known : dict, optional
        Units of entries by identifier; it is filled, so that the next gathering for the same life need not split and
        read its entries again.
    """
    kept = {} if known is None else known
    told_units = [units_of(account.text, view=view) for account in accounts]
    for entry in entries:
        if entry.id not in kept:
            kept[entry.id] = units_of(entry.text, labels=(entry.life,), view=view)
    lived = [kept[entry.id] for entry in entries]
    days = np.array([entry.when.ordinal for entry in entries if entry.when is not None], dtype=np.int64)
    every = [unit for text in (*told_units, *lived) for unit in text]
    names = _name_tokens(every)
    bags = {part: [_bag(unit, part, names) for unit in every] for part in _PARTS}
    rows: dict[str, Any] = {}
    rarity: dict[str, dict[str, float]] = {}
    for part in _PARTS:
        rows[part], rarity[part] = _rows(bags[part], unit_length=part == "words")
    if encoder is not None and every:
        rows["meaning"] = encoder.encode([unit.text for unit in every])
    split = sum(len(text) for text in told_units)
    owners = [
        np.repeat(np.arange(len(texts)), [len(text) for text in texts]).astype(np.int64)
        for texts in (told_units, lived)
    ]
    account_table = UnitTable(
        owners[0], np.zeros(len(told_units), dtype=np.int64), {part: table[:split] for part, table in rows.items()}
    )
    entry_table = UnitTable(owners[1], days, {part: table[split:] for part, table in rows.items()})
    order = np.argsort(entry_table.day, kind="stable").astype(np.int64)
    return Material(
        account_table,
        entry_table.take(order),
        tuple(every[:split]),
        tuple(every[split + index] for index in order.tolist()),
        rarity,
    )


def _name_tokens(units: Sequence[TextUnit]) -> frozenset[str]:
    inside: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for unit in units:
        anywhere.update(set(unit.tokens))
        inside.update(unit.named.intersection(unit.tokens))
    return frozenset(token for token, count in inside.items() if count >= _MOSTLY * anywhere[token])


def _bag(unit: TextUnit, part: str, names: frozenset[str]) -> tuple[str, ...]:
    if part == "numbers":
        return unit.numbers
    return tuple(token for token in unit.tokens if (token in names) == (part == "names"))


def _rows(bags: Sequence[tuple[str, ...]], *, unit_length: bool) -> tuple[Any, dict[str, float]]:
    """Return rarity-weighted rows of the bags, and the rarity of each token.

    A product of two rows sums something of what they share. Names and numbers: the rarity ``log((1 + N) / df)``, for a
    row is ``sqrt(rarity)``-weighted presence. Words: rarity squared (TF-IDF), over lengths whose square is raised by
    the mean square: a plain cosine gives two sentences of three words that share one an agreement of .5, and half the
    power is lost to such pairs (pivoted normalisation, Singhal et al. 1996).
    """
    from scipy.sparse import csr_array

    column: dict[str, int] = {}
    pairs = [Counter(bag) for bag in bags]
    for counts in pairs:
        for token in counts:
            column.setdefault(token, len(column))
    index = np.array([column[token] for counts in pairs for token in counts], dtype=np.int64)
    count = np.array([number for counts in pairs for number in counts.values()], dtype=np.float64)
    lengths = [len(counts) for counts in pairs]
    edges = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    frequency = np.bincount(index, minlength=len(column))
    rarity = np.log((1.0 + len(bags)) / np.maximum(1, frequency))
    values = (1.0 + np.log(count)) * rarity[index] if unit_length else np.sqrt(np.maximum(rarity[index], 0.0))
    if unit_length:
        row = np.repeat(np.arange(len(bags)), lengths)
        square = np.bincount(row, weights=values**2, minlength=len(bags))
        norm = np.sqrt(square + max(1e-12, float(square.mean()) if len(square) else 0.0))
        values = values / np.repeat(norm, lengths)
    table = csr_array((values, index, edges), shape=(len(bags), len(column)))
    # Few columns (the names of ten weeks) are quicker as a plain array: a sparse product costs a millisecond to set up.
    return table.toarray() if len(column) <= _FEW_COLUMNS else table, dict(zip(column, rarity.tolist(), strict=True))
