"""Covariates of accounts (stage of the awakening, delay of the report) and their effects.

A covariate has an effect where nights of one kind draw on days more often than nights of another. Two groups are
compared: the two with the most nights, or the nights below and above the median of a number. The difference comes with
an interval over blocks of nights; where that includes 0, no difference is shown. How far the covariate would move the
posteriors is reported with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.errors import Fault, ImportFaults, InputError, ReadError
from karmalink.link.error_control.sign_rule import TIE, link_rates, posteriors, shifted_by_group
from karmalink.rows import TableSource, place_of, read_sheet, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["CovariateEffect", "Covariates", "covariate_effects", "groups_of", "read_covariates"]

Covariates = Mapping[str, Mapping[str, str | float]]
_ACCOUNT = "account"
_BOOTSTRAPS = 1000
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class CovariateEffect:
    """The effect of one covariate.

    Attributes
    ----------
    name : str
        ``stage``, ``delay``, …
    first, second : str
        The two kinds of nights that are compared; "" where there are not two of five nights each.
    n_first, n_second : int
        Nights with a sign of each kind.
    difference, low, high : float
        Share of nights with a source, the first minus the second, with a 95 % interval over blocks of nights.
    moved : float
        How far the posteriors of the nights with a source move on average where the covariate enters.
    """

    name: str
    first: str
    second: str
    n_first: int
    n_second: int
    difference: float
    low: float
    high: float
    moved: float

    @property
    def shows(self) -> bool:
        """Whether the interval leaves 0 out."""
        return bool(self.first) and (self.low > 0 or self.high < 0)

    @property
    def finding(self) -> str:
        """One sentence, with its doubt."""
        if not self.first:
            return (
                f"{self.name}: there are not two kinds of nights with at least {_FEWEST} each, so nothing can be said."
            )
        sides = f"{self.first} ({counted(self.n_first, 'night')}) minus {self.second} ({self.n_second})"
        interval = f"{self.difference:+.2f} ({self.low:+.2f} to {self.high:+.2f}) in the share of nights with a source"
        verdict = "it makes a difference" if self.shows else "no difference is shown"
        return (
            f"{self.name}: {verdict}: {sides}: {interval}; entering it moves the posteriors by {self.moved:.2f} on "
            "average."
        )

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<CovariateEffect {self.finding}>"


def read_covariates(path: TableSource) -> dict[str, dict[str, str | float]]:
    """Return covariate → account → value from a table (a file, or a pandas DataFrame) with a column ``account``
    and one per covariate.

    A column is one of numbers where every cell that is not empty is a number, and one of words otherwise.

    Raises
    ------
    ReadError
        The file cannot be read, or has no column ``account`` or no other.
    ImportFaults
        Rows that cannot be read, or that name no account or one that was named before.
    """
    place = place_of(path)
    sheet = read_sheet(path)
    names = [name for name in sheet.columns if name and name != _ACCOUNT]
    if not sheet.records or _ACCOUNT not in sheet.columns or not names:
        raise ReadError(
            "this table has no covariate",
            where=place,
            rule="a column 'account' and at least one more column",
            allowed="account,delay",
        )
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    first: dict[str, int] = {}
    faults = [*sheet.torn, *sheet.faults]
    for record in sheet.records:
        account = record.cells.get(_ACCOUNT, "").strip()
        before = first.setdefault(account, record.line)
        if not account:
            faults.append(Fault(record.line, _ACCOUNT, "nothing", "must not be empty"))
        elif before != record.line:
            faults.append(Fault(record.line, _ACCOUNT, shown(account), f"is already on line {before}", "each once"))
        faults += [Fault(record.line, shown(name), "value", error.rule) for name, error in record.wrong.items()]
        for name in names:
            cell = record.cells.get(name, "").strip()
            if cell:
                found[name][account] = cell
    if faults:
        raise ImportFaults(sorted(faults, key=lambda fault: fault.line), where=place)
    return {name: _numbers_or_words(cells) for name, cells in found.items()}


def _numbers_or_words(cells: Mapping[str, str]) -> dict[str, str | float]:
    try:
        return {account: float(cell) for account, cell in cells.items()}
    except ValueError:
        return dict(cells)


def groups_of(values: Mapping[str, str | float], *, unit: str = "") -> dict[str, str]:
    """Return account id → group: words as they are, numbers by their median.

    Raises
    ------
    InputError
        A number that is not finite.
    """
    numbers = {name: float(value) for name, value in values.items() if not isinstance(value, str)}
    if not numbers:
        return {name: str(value) for name, value in values.items() if value != ""}
    if not np.isfinite(list(numbers.values())).all():
        raise InputError("a covariate is not a finite number", next_step="leave out what is not known")
    middle = float(np.median(list(numbers.values())))
    median = f"{middle:g}{f' {unit}' if unit else ''}"
    return {name: f"up to {median}" if value <= middle else f"over {median}" for name, value in numbers.items()}


def covariate_effects(
    covariates: Covariates,
    *,
    night: Ints,
    w: Floats,
    account: Sequence[str],
    c: float,
    null_plus: float,
    block: int,
    seed: int = 0,
) -> tuple[CovariateEffect, ...]:
    """Return the effect of each covariate.

    Parameters
    ----------
    covariates : mapping
        Name → account id → value; a word (``R``) or a number (minutes).
    night : (n,) ints
        Nights with a sign.
    w : (n,) floats
        Their W.
    account : sequence of str
        The account that speaks for each night.
    c, null_plus : float
        Calibrated odds, and the share of + with nothing to find.
    block : int
        Days of a block: nights near each other see the same days.
    seed : int
        Of the bootstrap.
    """
    signs = _Signs(night, w, account, c, null_plus, block, seed)
    return tuple(
        _effect(name, groups_of(values, unit="min" if name == "delay" else ""), signs)
        for name, values in covariates.items()
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Signs:
    """The signs of the nights and their calibration: see :func:`covariate_effects`."""

    night: Ints
    w: Floats
    account: Sequence[str]
    c: float
    null_plus: float
    block: int
    seed: int

    def draws(self) -> tuple[Ints, Ints]:
        """Return the block of each night, shape (n,), and how often each block is drawn, shape (draws, blocks)."""
        _, label = np.unique((self.night - self.night.min()) // max(1, self.block), return_inverse=True)
        blocks = int(label.max()) + 1
        rng = np.random.default_rng(self.seed)
        return label, rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=_BOOTSTRAPS)


def _effect(name: str, groups: Mapping[str, str], signs: _Signs) -> CovariateEffect:
    w = signs.w
    signed = np.abs(w) > TIE
    kind = np.array([groups.get(name, "") for name in signs.account], dtype=object)  # (n,)
    count = Counter(kind[signed].tolist())
    count.pop("", None)
    two = [group for group, number in count.most_common(2) if number >= _FEWEST]
    if len(two) < 2:
        return CovariateEffect(name, "", "", 0, 0, 0.0, -1.0, 1.0, 0.0)
    label, draws = signs.draws()
    shares, drawn = zip(*(_share(kind == group, signed, w, label, draws) for group in two), strict=True)
    # P(+) → share with a source is linear with this slope, so it scales the difference
    scale = 1.0 / (1.0 - signs.null_plus)
    low, high = (float(np.clip(edge, -1, 1)) for edge in np.nanquantile((drawn[0] - drawn[1]) * scale, [0.025, 0.975]))
    difference = float(np.clip((shares[0] - shares[1]) * scale, -1, 1))
    moved = _moved(w, kind.tolist(), signs.c, signs.null_plus)
    return CovariateEffect(name, two[0], two[1], count[two[0]], count[two[1]], difference, low, high, moved)


def _share(
    inside: NDArray[np.bool_], signed: NDArray[np.bool_], w: Floats, label: Ints, draws: Ints
) -> tuple[float, Floats]:
    """Return P(+) of a group, and of its bootstrap draws (NaN where a draw has none of it)."""
    use = inside & signed
    plus = np.bincount(label, weights=use & (w > 0), minlength=draws.shape[1])  # (b,)
    total = np.bincount(label, weights=use, minlength=draws.shape[1])  # (b,)
    n = draws @ total  # (1000,)
    return float(plus.sum() / total.sum()), np.divide(draws @ plus, n, out=np.full(n.size, np.nan), where=n > 0)


def _moved(w: Floats, groups: list[str], c: float, null_plus: float) -> float:
    before = posteriors(w, c=c)
    after = shifted_by_group(before, groups, link_rates(w, groups, null_plus=null_plus))
    linked = before > 0
    return float(np.abs(after - before)[linked].mean()) if linked.any() else 0.0
