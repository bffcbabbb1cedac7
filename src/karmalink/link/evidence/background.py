"""What pairs that cannot be links look like: the observed null of the evidence.

Accounts and entries are two domains, and some entries are like everything: each unit is centred on its mean over *far*
accounts, each account on its mean over far units, and an account is scaled by its own far spread. How surprising a
score is, and what it is worth as evidence (`link.evidence.weights`), the same far pairs say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.execution.journal import kept_as

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["Background", "BackgroundTail", "background_scores"]

# The observed null distribution of one part: how often far pairs agree at least as much.

# This share of the null is its tail, taken as exponential (peaks over a threshold, Pickands 1975, shape 0).
_TAIL = 0.02
# Quantiles that stand for the body.
_KNOTS = 2000


@kept_as("Tail")
@dataclass(frozen=True, slots=True, eq=False)
class BackgroundTail:
    """Survival function of a null: empirical below a threshold, exponential above it.

    Pairs that have nothing in common carry no surprise, whatever their centred score: where one far pair in a hundred
    shares a name, the scores of the other ninety-nine are only the centring's noise.

    Attributes
    ----------
    body : (K,) floats
        Sorted scores of far pairs that have something in common.
    agreeing : float
        Share of far pairs that do.
    threshold : float
        Where the exponential tail begins.
    beyond : float
        Share of all far pairs at or above the threshold.
    scale : float
        Mean excess over the threshold.
    most : float
        Surprise of one far pair in all that were seen, in nats. Beyond it, where nothing was observed, surprise grows
        with the logarithm only.
    """

    body: Floats
    agreeing: float
    threshold: float
    beyond: float
    scale: float
    most: float

    @classmethod
    def of(cls, null: Floats, agrees: NDArray[np.bool_]) -> BackgroundTail:
        """Fit to the scores of far pairs, of which some have something in common."""
        body = np.sort(null[agrees])
        # Half a pair for the one that was not seen, lest an empty tail be infinitely surprising.
        agreeing = (body.size + 0.5) / (null.size + 1.0)
        most = float(np.log(null.size + 1.0))
        if not body.size:
            return cls(body, agreeing, 0.0, agreeing, 1.0, most)
        at = max(0, body.size - max(1, round(_TAIL * null.size)))
        threshold = float(body[at])
        scale = max(float((body[at:] - threshold).mean()), 1e-9)
        beyond = agreeing * (body.size - at) / body.size
        if body.size > _KNOTS:
            body = body[np.linspace(0, body.size - 1, _KNOTS).astype(np.int64)]
        return cls(body, agreeing, threshold, beyond, scale, most)

    def minus_log_p(self, value: Floats, agrees: NDArray[np.bool_]) -> Floats:
        """Return ``-log P(far pair agrees at least as much)`` in nats, never falling in `value`."""
        if not self.body.size:
            return np.where(agrees, -np.log(self.agreeing), 0.0)
        at_least = self.agreeing * (1.0 - np.searchsorted(self.body, value, side="left") / self.body.size)
        inside = -np.log(np.maximum(at_least, self.beyond))
        outside = -np.log(self.beyond) + np.maximum(value - self.threshold, 0.0) / self.scale
        plain = np.where(value >= self.threshold, outside, inside)
        seen = np.minimum(plain, self.most)
        return np.where(agrees, seen + np.log1p(np.maximum(plain - self.most, 0.0)), 0.0)


# Accounts and units of the far panel; larger tables are thinned evenly to this.
_PANEL_ACCOUNTS = 128
_PANEL_UNITS = 512
# Far means, and far spreads, are shrunk with the weight of so many average far pairs.
_SHRINK = 0.5
_SHRINK_SPREAD = 100.0
# Far pairs kept for the weights.
_TAIL_KEPT, _BODY_KEPT = 500, 1500


@kept_as("Far")
@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What pairs that cannot be links look like.

    Attributes
    ----------
    account : (J, A) floats
        Mean of each account over far units, after the units are centred.
    unit : (J, U) floats
        Mean of each unit over far accounts.
    spread : (J, A) floats
        Standard deviation of each account's centred scores over far units.
    tails : tuple of BackgroundTail
        The null distribution of each part's standardised scores.
    sample : (M, J) floats
        Surprise of far pairs: the most surprising ones all, the others thinned evenly.
    weight : (M,) floats
        How many far pairs each stands for.
    """

    account: Floats
    unit: Floats
    spread: Floats
    tails: tuple[BackgroundTail, ...]
    sample: Floats
    weight: Floats

    def minus_log_p(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return ``-log P(far pair agrees at least as much)`` of pairs, part by part, in nats: (P, J) floats.

        The parts become comparable: a shared number that one far pair in fifty shares too is worth 3.9 nats, however
        many of its own spreads it stands out.

        Parameters
        ----------
        raw : (J, P) floats
            Raw scores of P pairs.
        account, unit : (P,) ints
            The pairs.
        """
        z = self.standardise(raw, account, unit)
        return np.column_stack([tail.minus_log_p(z[:, j], raw[j] > 0) for j, tail in enumerate(self.tails)])

    def standardise(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return standardised scores of pairs.

        Parameters
        ----------
        raw : (J, P) floats
            Raw scores of P pairs.
        account, unit : (P,) ints
            The pairs.

        Returns
        -------
        (P, J) floats
        """
        return np.asarray(((raw - self.unit[:, unit] - self.account[:, account]) / self.spread[:, account]).T)


def background_scores(accounts: UnitTable, units: UnitTable, *, guard: int, centre: float = 0.5) -> Background:
    """Return means, spreads and a null sample from pairs more than `guard` days apart.

    The window around a night never enters, so nothing here changes when past and future are swapped.

    Parameters
    ----------
    accounts, units : UnitTable
        Nights and days; both sorted by time.
    guard : int
        Pairs with ``|day - (night + centre)| > guard`` are far.
    centre : float
        Where an account lies between its day and the next: 1/2 for a night, 0 for an account of a day.
    """
    n_accounts = accounts.when.size
    middle = accounts.when.astype(np.float64) + centre
    rows, columns = _thin(n_accounts, _PANEL_ACCOUNTS), _thin(units.n_units, _PANEL_UNITS)
    panel = accounts if rows.size == n_accounts else _only(accounts, rows)
    raw = score_block(panel, units, 0, rows.size, 0, units.n_units)
    far = _is_far(middle[rows], units.day, guard)
    grand = (raw * far).sum(axis=(1, 2)) / max(1, int(far.sum()))
    unit = ((raw * far).sum(axis=1) + _SHRINK * grand[:, None]) / (far.sum(axis=0) + _SHRINK)
    if rows.size == n_accounts:
        account, spread = _account_moments(raw, unit, far)
    else:
        thin = units.take(columns)
        wide = score_block(accounts, thin, 0, n_accounts, 0, columns.size)
        account, spread = _account_moments(wide, unit[:, columns], _is_far(middle, thin.day, guard))
    model = Background(account, unit, spread, tails=(), sample=np.zeros((0, raw.shape[0])), weight=np.zeros(0))
    at_row, at_unit = np.nonzero(far)
    plain = raw[:, at_row, at_unit]
    null = model.standardise(plain, rows[at_row], at_unit)
    tails = tuple(BackgroundTail.of(null[:, j], plain[j] > 0) for j in range(null.shape[1]))
    surprise = np.column_stack([tail.minus_log_p(null[:, j], plain[j] > 0) for j, tail in enumerate(tails)])
    kept, weight = _tail_and_body(surprise.sum(axis=1))
    return Background(account, unit, spread, tails, surprise[kept], weight)


def _tail_and_body(total: Floats) -> tuple[Ints, Floats]:
    """Return which far pairs are kept, and how many each stands for.

    The mean of exp(beta · z) hangs on the few most surprising pairs: a random sample of them made the weights of the
    same data differ by half. All of those are kept, and every k-th of the others in the order of their surprise.
    """
    order = np.argsort(-total, kind="stable")
    tail, body = order[:_TAIL_KEPT], order[_TAIL_KEPT:]
    step = max(1, -(-body.size // _BODY_KEPT))
    thinned = body[step // 2 :: step]
    weight = np.concatenate([np.ones(tail.size), np.full(thinned.size, body.size / max(1, thinned.size))])
    return np.concatenate([tail, thinned]).astype(np.int64), weight


def _account_moments(raw: Floats, unit: Floats, far: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return mean and spread of each account over far units, shrunk towards those of all accounts."""
    centred = (raw - unit[:, None, :]) * far
    weight = far.sum(axis=1) + _SHRINK
    account = centred.sum(axis=2) / weight
    residual = (centred - account[:, :, None]) * far
    squares = (residual**2).sum(axis=2)
    pooled = squares.sum(axis=1) / max(1, int(far.sum()))
    # A far spread of an account that shares a name with nobody far says little about it: shrunk hard.
    spread = np.sqrt((squares + _SHRINK_SPREAD * pooled[:, None]) / (far.sum(axis=1) + _SHRINK_SPREAD))
    spread[spread <= 0] = 1.0
    return account, spread


def _only(accounts: UnitTable, rows: Ints) -> UnitTable:
    """Return the table of some accounts, renumbered 0 … in their order."""
    units = np.flatnonzero(np.isin(accounts.owner, rows))
    parts = {name: part[units] for name, part in accounts.parts.items()}
    return UnitTable(np.searchsorted(rows, accounts.owner[units]), accounts.when[rows], parts)


def _thin(n: int, most: int) -> Ints:
    return np.arange(n) if n <= most else np.unique(np.linspace(0, n - 1, most).astype(np.int64))


def _is_far(middle: Floats, day: Ints, guard: int) -> NDArray[np.bool_]:
    return np.asarray(np.abs(day[None, :] - middle[:, None]) > guard)
