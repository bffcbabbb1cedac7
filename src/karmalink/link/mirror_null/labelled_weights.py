"""Weights of the parts from labels: pairs of an account and an entry that judges called linked or not.

They take the place of the pairs in the windows. Judges must not see which of the two came first: a weight knows no
time, so the null would hold all the same, but judges who see dates label the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from karmalink.base.arrays import Bools, Floats
from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.link.evidence.background import background_scores
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.evidence.weights import BETA0, LARGEST_BETA, RIDGE_PAIRS
from karmalink.link.mirror_null.competition import guard_days

__all__ = ["Labels", "fit_labels", "weights_from_labels"]

Labels = Mapping[tuple[str, str], bool]
_STEPS = 30
_FEWEST = 10


def weights_from_labels(
    accounts: UnitTable,
    units: UnitTable,
    labels: Labels,
    *,
    account_ids: Sequence[str],
    entry_ids: Sequence[str],
    lags: int,
) -> Floats:
    """Return the weights of the parts, nats of evidence per nat of −log p, fitted on labelled pairs.

    A pair is represented by its rarest unit: a judge who links an account to an entry means some part of it.

    Parameters
    ----------
    accounts, units : UnitTable
        Sorted by time.
    labels : mapping of (account, entry) to bool
        Identifiers; whether the judge calls them linked.
    account_ids, entry_ids : sequence of str
        Identifier of each owner of `accounts` and of `units`.
    lags : int
        Window; pairs more than three windows apart are the background.

    Returns
    -------
    (J,) floats
        In the order of ``accounts.names``.

    Raises
    ------
    InputError
        Fewer than ten labels, all of them alike, or labels of accounts and entries that are not in these data.
    """
    account_at = {name: at for at, name in enumerate(account_ids)}
    entry_at = {name: at for at, name in enumerate(entry_ids)}
    known = [
        (account_at[account], entry_at[entry], linked)
        for (account, entry), linked in labels.items()
        if account in account_at and entry in entry_at
    ]
    is_linked = np.array([linked for _, _, linked in known], dtype=bool)
    if is_linked.size < _FEWEST or is_linked.all() or not is_linked.any():
        raise InputError(
            f"{counted(is_linked.size, 'label')} of pairs in these data, {int(is_linked.sum())} of them linked",
            rule="weights are learnt from linked and from unlinked pairs",
            allowed=f"at least {_FEWEST} labels, some linked and some not",
            next_step="leave the labels out: the weights then come from the pairs in the windows",
        )
    span = int(units.day[-1] - units.day[0] + 1) if units.n_units else 0
    background = background_scores(accounts, units, guard=guard_days(lags, span))
    best = np.zeros((is_linked.size, len(accounts.names)))  # (n, J) −log p of each pair's rarest unit
    for row, (account, entry, _) in enumerate(known):
        own = np.flatnonzero(units.owner == entry)
        if not own.size:
            continue
        block = score_block(accounts, units, account, account + 1, int(own.min()), int(own.max()) + 1)  # (J, 1, m)
        z = background.minus_log_p(block[:, 0, own - own.min()], np.full(own.size, account), own)
        best[row] = z[int(z.sum(axis=1).argmax())]
    return fit_labels(best, is_linked)


def fit_labels(z: Floats, linked: Bools, *, beta0: float = BETA0, ridge: float = RIDGE_PAIRS) -> Floats:
    """Return the weights that maximise the likelihood of labels, with a ridge towards the default ones.

    ``P(linked | z) = 1 / (1 + exp(−a − beta · z))``: under the exponential tilt of the background
    (`link.evidence.weights`) the log odds of a pair are linear in its −log p, and the intercept a absorbs how many of
    the labelled pairs are linked. Parts that carry the same evidence share their weight, since they are fitted
    together.

    Parameters
    ----------
    z : (n, J) floats
        −log p of the pairs, in nats.
    linked : (n,) bools
        Labels.
    beta0, ridge : float
        Default weight, and how many nats² of pairs it counts as.
    """
    beta, intercept = np.full(z.shape[1], beta0), 0.0
    wide = np.column_stack([z, np.ones(z.shape[0])])  # (n, J + 1), the last column is the intercept's
    penalty = np.append(np.full(z.shape[1], ridge), 1e-6)
    for _ in range(_STEPS):
        # damped Newton on Σ log-likelihood − Σ penalty · (beta − beta0)² / 2
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta + intercept, -40.0, 40.0)))
        gradient = wide.T @ (linked - p) - penalty * np.append(beta - beta0, 0.0)
        hessian = (wide * (p * (1.0 - p))[:, None]).T @ wide + np.diag(penalty) + 1e-9 * np.eye(penalty.size)
        step = np.linalg.solve(hessian, gradient)
        beta = np.clip(beta + 0.7 * step[:-1], 0.0, LARGEST_BETA)
        intercept += 0.7 * float(step[-1])
    return beta
