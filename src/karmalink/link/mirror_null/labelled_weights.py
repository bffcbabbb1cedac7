"""Judges' labels as a source of weights: what agreement was worth where somebody said which pairs belong together.

The weights of the parts come from pairs of an account and an entry that people judged, linked or not, instead of from
the pairs in the windows. Judges must not see which of the two came first: weights learnt from pairs of one side only
would still treat past and future alike, since a weight knows no time, but a judge who sees dates labels the past.
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
    """Return the weights of the parts, nats of evidence per nat of surprise, fitted on judged pairs.

    A pair stands for its most surprising unit: a judge who links an account to an entry means some part of it.

    Parameters
    ----------
    accounts, units : UnitTable
        Sorted by time.
    labels : mapping of (account, entry) to bool
        Identifiers; whether the judge says that they belong together.
    account_ids, entry_ids : sequence of str
        Identifier of each owner of `accounts` and of `units`.
    lags : int
        Window; pairs more than three windows apart say how surprising a score is.

    Returns
    -------
    (J,) floats
        In the order of ``accounts.names``.

    Raises
    ------
    InputError
        Fewer than ten labels, all of them alike, or labels of accounts and entries that are not there.
    """
    mine = {name: at for at, name in enumerate(account_ids)}
    theirs = {name: at for at, name in enumerate(entry_ids)}
    known = [(mine[a], theirs[e], linked) for (a, e), linked in labels.items() if a in mine and e in theirs]
    said = np.array([linked for _, _, linked in known], dtype=bool)
    if said.size < _FEWEST or said.all() or not said.any():
        raise InputError(
            f"{counted(said.size, 'label')} of pairs in these data, {int(said.sum())} of them linked",
            rule="weights are learnt from linked and from unlinked pairs",
            allowed=f"at least {_FEWEST} labels, some linked and some not",
            next_step="leave the labels out: the weights then come from the pairs in the windows",
        )
    background = background_scores(accounts, units, guard=guard_days(lags))
    best = np.zeros((said.size, len(accounts.names)))
    for row, (account, entry, _) in enumerate(known):
        own = np.flatnonzero(units.owner == entry)
        if not own.size:
            continue
        block = score_block(accounts, units, account, account + 1, int(own.min()), int(own.max()) + 1)
        z = background.minus_log_p(block[:, 0, own - own.min()], np.full(own.size, account), own)
        best[row] = z[int(z.sum(axis=1).argmax())]
    return fit_labels(best, said)


def fit_labels(z: Floats, linked: Bools, *, beta0: float = BETA0, ridge: float = RIDGE_PAIRS) -> Floats:
    """Return the weights that maximise the likelihood of labels, with a ridge towards the default ones.

    ``P(linked | z) = 1 / (1 + exp(-a - beta · z))``: under the exponential tilt of the null
    (`karmalink.link.evidence.weights`) the log odds of a pair are linear in its surprise, and the intercept a takes
    up how many of the judged pairs are linked. Parts that say the same thing share their weight, since they are
    fitted together.

    Parameters
    ----------
    z : (n, J) floats
        Surprise of the pairs, in nats.
    linked : (n,) bools
        Labels.
    beta0, ridge : float
        Default weight, and how many nats² of pairs it is worth.
    """
    beta, intercept = np.full(z.shape[1], beta0), 0.0
    wide = np.column_stack([z, np.ones(z.shape[0])])
    pull = np.append(np.full(z.shape[1], ridge), 1e-6)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta + intercept, -40.0, 40.0)))
        gradient = wide.T @ (linked - p) - pull * np.append(beta - beta0, 0.0)
        hessian = (wide * (p * (1.0 - p))[:, None]).T @ wide + np.diag(pull) + 1e-9 * np.eye(pull.size)
        step = np.linalg.solve(hessian, gradient)
        beta = np.clip(beta + 0.7 * step[:-1], 0.0, LARGEST_BETA)
        intercept += 0.7 * float(step[-1])
    return beta
