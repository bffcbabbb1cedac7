"""The background (null) distribution of the evidence: what pairs that cannot be links look like.

Pairs of a night and a day that are far apart cannot be links; they are the *background pairs*. Three things are learnt
from them: how much each unit and each account agrees with anything at all (centring), how widely the scores of an
account vary (scaling), and how rare a score is (its −log p under the background). What a score is worth as evidence
follows from the same pairs (`link.evidence.weights`).

Shapes: A accounts, U units of a life, J parts of the evidence, P pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Bools, Floats, Ints
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.execution.journal import kept_as

__all__ = ["Background", "BackgroundTail", "background_scores"]

# This share of the background is its tail, taken as exponential (peaks over a threshold, Pickands 1975, shape 0).
_TAIL = 0.02
# Quantiles that stand for the body.
_KNOTS = 2000


@kept_as("Tail")
@dataclass(frozen=True, slots=True, eq=False)
class BackgroundTail:
    """Survival function of one part under the background: empirical below a threshold, exponential above it.

    A pair that has nothing in common has a −log p of 0, whatever its centred score: where one background pair in a
    hundred shares a name, the scores of the other ninety-nine are only the noise of the centring.

    Attributes
    ----------
    body : (K,) floats
        Sorted scores of background pairs that have something in common.
    agreeing : float
        Share of background pairs that do.
    threshold : float
        Where the exponential tail begins.
    beyond : float
        Share of all background pairs at or above the threshold.
    scale : float
        Mean excess over the threshold.
    most : float
        −log p of one background pair in all that were seen, in nats: no pair is said to be rarer.
    """

    body: Floats
    agreeing: float
    threshold: float
    beyond: float
    scale: float
    most: float

    @classmethod
    def of(cls, null: Floats, agrees: Bools) -> BackgroundTail:
        """Fit to the scores of background pairs, of which some have something in common.

        Parameters
        ----------
        null : (N,) floats
            Standardised scores of background pairs in one part.
        agrees : (N,) bools
            Whether the two have anything in common in this part.
        """
        body = np.sort(null[agrees])  # (K,)
        # p0 = (K + 1/2) / (N + 1): half a pair for the one that was not seen, or an empty tail would be infinitely rare
        agreeing = (body.size + 0.5) / (null.size + 1.0)
        most = float(np.log(null.size + 1.0))  # −log(1 / (N + 1))
        if not body.size:
            return cls(body, agreeing, 0.0, agreeing, 1.0, most)
        # threshold t: the score that the highest 2 % of all N pairs reach
        at = max(0, body.size - max(1, round(_TAIL * null.size)))
        threshold = float(body[at])
        # exponential tail, maximum likelihood: σ = mean of (s − t) over s ≥ t. Where all of the tail is one value (the
        # only pairs that share a name), σ is that of a tail which falls by L nats over one standard deviation.
        scale = max(float((body[at:] - threshold).mean()), float(null.std()) / most, 1e-9)
        beyond = agreeing * (body.size - at) / body.size  # P(s ≥ t)
        if body.size > _KNOTS:
            body = body[np.linspace(0, body.size - 1, _KNOTS).astype(np.int64)]  # K → 2,000 quantiles
        return cls(body, agreeing, threshold, beyond, scale, most)

    def minus_log_p(self, value: Floats, agrees: Bools) -> Floats:
        """Return −log P(a background pair scores at least as much) in nats, never falling in `value`.

        Never more than `most`: of 750 background pairs none can be rarer than 1 in 751, which is 6.6 nats.

        Parameters
        ----------
        value : (P,) floats
            Standardised scores.
        agrees : (P,) bools
            Whether the pair has anything in common; 0 nats where not.
        """
        return np.asarray(np.minimum(self.extrapolated(value, agrees), self.most))

    def ordering(self, value: Floats, agrees: Bools) -> Floats:
        """Return −log p that rises with the logarithm beyond the rarest pair seen: an order, and no evidence.

        Nights whose best pairs are all rarer than any background pair would else be ties.

        Parameters
        ----------
        value, agrees
            As in :meth:`minus_log_p`.
        """
        extrapolated = self.extrapolated(value, agrees)
        return np.asarray(np.minimum(extrapolated, self.most) + np.log1p(np.maximum(extrapolated - self.most, 0.0)))

    def extrapolated(self, value: Floats, agrees: Bools) -> Floats:
        """Return −log p with the tail drawn on beyond what was seen: an order of rare scores, and no evidence.

        Parameters
        ----------
        value, agrees
            As in :meth:`minus_log_p`.
        """
        if not self.body.size:
            return np.where(agrees, -np.log(self.agreeing), 0.0)
        # (P,) below t: P(s ≥ v) = p0 · (1 − rank(v) / K), never below P(s ≥ t)
        at_least = self.agreeing * (1.0 - np.searchsorted(self.body, value, side="left") / self.body.size)
        below = -np.log(np.maximum(at_least, self.beyond))
        # (P,) from t on: −log P(s ≥ t) + (v − t) / σ
        above = -np.log(self.beyond) + np.maximum(value - self.threshold, 0.0) / self.scale
        return np.where(agrees, np.where(value >= self.threshold, above, below), 0.0)


# Accounts and units of the panel of background pairs; larger tables are thinned evenly to this.
_PANEL_ACCOUNTS = 128
_PANEL_UNITS = 512
# Background means, and spreads, are shrunk with the weight of this many average background pairs.
_SHRINK = 0.5
_SHRINK_SPREAD = 100.0
# Background pairs kept for the weights: the rarest all, the others thinned.
_TAIL_KEPT, _BODY_KEPT = 500, 1500


@kept_as("Far")
@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The background distribution of accounts and units.

    Attributes
    ----------
    account : (J, A) floats
        Mean of each account over background units, after the units are centred.
    unit : (J, U) floats
        Mean of each unit over background accounts.
    spread : (J, A) floats
        Standard deviation of each account's centred scores over background units.
    tails : tuple of BackgroundTail, length J
        The distribution of each part's standardised scores.
    sample : (M, J) floats
        −log p of background pairs: of the rarest all, of the others an even sample.
    weight : (M,) floats
        How many background pairs each of them stands for.
    """

    account: Floats
    unit: Floats
    spread: Floats
    tails: tuple[BackgroundTail, ...]
    sample: Floats
    weight: Floats

    def minus_log_p(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return −log P(a background pair agrees at least as much) of pairs, part by part, in nats: (P, J) floats.

        This makes the parts comparable: a shared number that one background pair in fifty shares too is worth 3.9
        nats, however many of its own spreads it stands out.

        Parameters
        ----------
        raw : (J, P) floats
            Raw scores of P pairs.
        account, unit : (P,) ints
            The pairs.
        """
        z = self.standardise(raw, account, unit)  # (P, J)
        return np.column_stack([tail.minus_log_p(z[:, j], raw[j] > 0) for j, tail in enumerate(self.tails)])

    def ordering(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return the same, rising beyond the rarest pair seen: what orders nights and entries, (P, J) floats.

        Parameters
        ----------
        raw, account, unit
            As in :meth:`minus_log_p`.
        """
        z = self.standardise(raw, account, unit)  # (P, J)
        return np.column_stack([tail.ordering(z[:, j], raw[j] > 0) for j, tail in enumerate(self.tails)])

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
        # z[p, j] = (h[j, p] − mean of the unit − mean of the account) / spread of the account
        return np.asarray(((raw - self.unit[:, unit] - self.account[:, account]) / self.spread[:, account]).T)


def background_scores(accounts: UnitTable, units: UnitTable, *, guard: int, centre: float = 0.5) -> Background:
    """Return the background distribution: means, spreads, tails and a sample of pairs more than `guard` days apart.

    The window around a night never enters, so nothing here changes when past and future are swapped.

    Parameters
    ----------
    accounts, units : UnitTable
        Nights and days; both sorted by time.
    guard : int
        Pairs with ``|day − (night + centre)| > guard`` are background pairs.
    centre : float
        Where an account lies between its day and the next: 1/2 for a night, 0 for an account of a day.
    """
    n_accounts = accounts.when.size
    middle = accounts.when.astype(np.float64) + centre  # (A,)
    rows, columns = _thin(n_accounts, _PANEL_ACCOUNTS), _thin(units.n_units, _PANEL_UNITS)
    panel = accounts if rows.size == n_accounts else _only(accounts, rows)
    raw = score_block(panel, units, 0, rows.size, 0, units.n_units)  # (J, a, U): h of a ≤ 128 accounts
    apart = _are_apart(middle[rows], units.day, guard)  # (a, U): which are background pairs
    # (J,) grand mean: Σ h / #pairs
    grand = (raw * apart).sum(axis=(1, 2)) / max(1, int(apart.sum()))
    # (J, U) unit means, shrunk to the grand mean by k = 1/2 pair: (Σ_a h + k · grand) / (#a + k)
    unit = ((raw * apart).sum(axis=1) + _SHRINK * grand[:, None]) / (apart.sum(axis=0) + _SHRINK)
    if rows.size == n_accounts:
        account, spread = _account_moments(raw, unit, apart)
    else:
        # every account needs a mean and a spread: all A of them against U' ≤ 512 units
        thin = units.take(columns)
        wide = score_block(accounts, thin, 0, n_accounts, 0, columns.size)  # (J, A, U')
        account, spread = _account_moments(wide, unit[:, columns], _are_apart(middle, thin.day, guard))
    scaled = Background(account, unit, spread, tails=(), sample=np.zeros((0, raw.shape[0])), weight=np.zeros(0))
    at_row, at_unit = np.nonzero(apart)  # (N,) the background pairs, flat
    pairs = raw[:, at_row, at_unit]  # (J, N)
    z = scaled.standardise(pairs, rows[at_row], at_unit)  # (N, J)
    tails = tuple(BackgroundTail.of(z[:, j], pairs[j] > 0) for j in range(z.shape[1]))
    rare = np.column_stack([tail.minus_log_p(z[:, j], pairs[j] > 0) for j, tail in enumerate(tails)])  # (N, J)
    kept, weight = _tail_and_body(rare.sum(axis=1))  # (M,), M ≤ 2,000
    return Background(account, unit, spread, tails, rare[kept], weight)


def _tail_and_body(total: Floats) -> tuple[Ints, Floats]:
    """Return which background pairs are kept, and how many each stands for.

    The mean of exp(beta · z) depends on the few rarest pairs: with a random sample of them the weights of the same
    data differed by half. All of those are kept, and every k-th of the others in the order of their −log p.
    """
    order = np.argsort(-total, kind="stable")  # (N,) rarest first
    tail, body = order[:_TAIL_KEPT], order[_TAIL_KEPT:]
    step = max(1, -(-body.size // _BODY_KEPT))  # k = ceil(n_body / 1,500)
    thinned = body[step // 2 :: step]
    # the thinned stand for all of the body: weight n_body / n_thinned each
    weight = np.concatenate([np.ones(tail.size), np.full(thinned.size, body.size / max(1, thinned.size))])
    return np.concatenate([tail, thinned]).astype(np.int64), weight


def _account_moments(raw: Floats, unit: Floats, apart: Bools) -> tuple[Floats, Floats]:
    """Return mean and spread of each account over background units, shrunk towards those of all accounts.

    Parameters
    ----------
    raw : (J, A, U) floats
        Scores.
    unit : (J, U) floats
        Means of the units.
    apart : (A, U) bools
        Which pairs are background pairs.

    Returns
    -------
    mean, spread : (J, A) floats
    """
    centred = (raw - unit[:, None, :]) * apart  # (J, A, U), 0 where the pair is not one of the background
    account = centred.sum(axis=2) / (apart.sum(axis=1) + _SHRINK)  # (J, A): Σ_u / (#u + k), shrunk to 0
    residual = (centred - account[:, :, None]) * apart
    squares = (residual**2).sum(axis=2)  # (J, A)
    pooled = squares.sum(axis=1) / max(1, int(apart.sum()))  # (J,) variance over all pairs
    # An account that shares a name with no background unit has a spread of 0 by its own pairs: shrunk hard,
    # s² = (Σ r² + m · pooled) / (#u + m), m = 100
    spread = np.sqrt((squares + _SHRINK_SPREAD * pooled[:, None]) / (apart.sum(axis=1) + _SHRINK_SPREAD))
    spread[spread <= 0] = 1.0
    return account, spread


def _only(accounts: UnitTable, rows: Ints) -> UnitTable:
    """Return the table of some accounts, renumbered 0 … in their order."""
    units = np.flatnonzero(np.isin(accounts.owner, rows))
    parts = {name: part[units] for name, part in accounts.parts.items()}
    return UnitTable(np.searchsorted(rows, accounts.owner[units]), accounts.when[rows], parts)


def _thin(n: int, most: int) -> Ints:
    """Return at most `most` of the numbers 0 … n − 1, evenly."""
    return np.arange(n) if n <= most else np.unique(np.linspace(0, n - 1, most).astype(np.int64))


def _are_apart(middle: Floats, day: Ints, guard: int) -> Bools:
    """Return which pairs are background pairs, (A, U): |day − middle of the account| > guard."""
    return np.asarray(np.abs(day[None, :] - middle[:, None]) > guard)
