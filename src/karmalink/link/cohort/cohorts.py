"""All dreamers against all lives: screened at once by inner products, the nearest rescored by the exact evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import CannotAnswer, Duplicate
from karmalink.link.cohort.cohort_features import CohortFeatures, features_of_cohort
from karmalink.link.cohort.lag_tables import DreamerLag, LagTable, NearLife
from karmalink.link.cohort.pair_statistics import PairStatistics, every_pair
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.calendar import CONVENTIONS
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks
from karmalink.link.shift_null.lag_curves import curve_means
from karmalink.link.shift_null.lag_results import WINDOWS, LagCurve
from karmalink.link.shift_null.shifts import Means, rank_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.account import Account, Life

    Ints = NDArray[np.int64]

__all__ = ["lag_table", "own_lives"]

Progress = Callable[[int, int], None]

ALPHA = 0.05
FEATURES = 256
_CLAIMS = {Verdict.NOT_USABLE: 0, Verdict.CANNOT_ANSWER: 1, Verdict.NOTHING: 2, Verdict.FOUND: 3}
_DOES_NOT_SHOW = (
    "That a life near in timing is the source: of many pairs some are near by chance, and how many is told.",
    "Which nights draw on which days; that is what pairs are for.",
    "Anything about pairs that could not be compared: lives of another time, or too short a common time.",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    people: tuple[str, ...]
    lives: tuple[str, ...]
    own: Ints
    lags: int
    windows: dict[str, tuple[int, int]]
    top: int
    features: int
    seed: int
    executor: Executor
    progress: Progress | None


def own_lives(people: Sequence[str], lives: Sequence[Life]) -> dict[str, str]:
    """Return each person's own life: the one life that they wrote, or that is called as they are."""
    found: dict[str, str] = {}
    for person in people:
        theirs = [life.id for life in lives if person in (life.author, life.id)]
        if len(theirs) == 1:
            found[person] = theirs[0]
    return found


def lag_table(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    *,
    own: Mapping[str, str] | None = None,
    lags: int = 14,
    top: int = 3,
    features: int = FEATURES,
    cut_retellings: bool = False,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> LagTable:
    """Return how far back the accounts of many people reach into many lives.

    Parameters
    ----------
    accounts : sequence of Account
        Of several people; those without a day are left out.
    lives : sequence of Life
        Theirs and others'.
    own : mapping of str to str, optional
        Person → life; by default the life that they wrote (:func:`own_lives`).
    lags : int
        N.
    top : int
        Lives of each window and dreamer that are rescored exactly and told.
    features : int
        The screen's: words, names and numbers are projected to so many, by seeded random signs.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream first.
    executor : Executor
        Where tiles of pairs and rescorings run.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    CannotAnswer
        No account is dated to the day, or there is no life.
    UsageError
        A window out of range.
    Duplicate
        Two lives of one identifier.
    """
    from karmalink.account import DateMeans, Precision
    from karmalink.account import cut_retellings as cut

    check_window(lags, ALPHA)
    usable = [one for one in accounts if one.when is not None and one.when.precision is Precision.DAY]
    people = tuple(dict.fromkeys(one.person for one in usable))
    if not people or not lives:
        raise CannotAnswer(
            "no account is dated to the day" if not people else "there is no life",
            rule="a lag is a number of days between an account and an entry",
            next_step="give dates to the day, as of formats.md",
        )
    names = [life.id for life in lives]
    if len(set(names)) < len(names):
        raise Duplicate("two lives have one identifier", allowed="each once")
    mine = own_lives(people, lives) if own is None else own
    at = {name: number for number, name in enumerate(names)}
    asked = _Asked(
        people=people,
        lives=tuple(names),
        own=np.array([at.get(mine.get(person, ""), -1) for person in people], dtype=np.int64),
        lags=lags,
        windows=_windows(lags),
        top=min(top, len(lives)),
        features=features,
        seed=seed,
        executor=executor,
        progress=progress,
    )
    lived = [cut(life) for life in lives] if cut_retellings else list(lives)
    held = features_of_cohort(usable, lived, people)
    unknown = any(one.date_means is DateMeans.UNKNOWN for one in usable)
    tables = []
    for convention in CONVENTIONS if unknown else ("",):
        nights = np.array([one.night(convention or None) for one in usable], dtype=np.int64)
        tables.append(replace(_reading(asked, held, nights), convention=convention))
    return min(tables, key=lambda table: (_CLAIMS[table.verdict], -(table.pooled.p if table.pooled else 1.0)))


def _windows(lags: int) -> dict[str, tuple[int, int]]:
    named = {name: (first, min(last, lags)) for name, (first, last) in WINDOWS.items() if first <= lags}
    return {**named, "reach": (1, lags)}


def _reading(asked: _Asked, held: CohortFeatures, nights: Ints) -> LagTable:
    series = held.series(nights, asked.lags, asked.features, asked.seed)
    found: PairStatistics | None = None
    if series is not None:
        found = every_pair(
            *series,
            list(asked.windows.values()),
            own=asked.own,
            top=asked.top,
            executor=asked.executor,
            progress=asked.progress,
        )
    wanted = _wanted(asked, found)
    means = _rescored(asked, held, nights, wanted)
    curves = {pair: rank_curves([one], lags=asked.lags, seed=asked.seed) for pair, one in means.items()}
    mine = [(i, int(j)) for i, j in enumerate(asked.own) if j >= 0]
    pooled = rank_curves([means[pair] for pair in mine], lags=asked.lags, seed=asked.seed) if mine else None
    dreamers = tuple(_dreamer(asked, held, found, curves, i) for i in range(len(asked.people)))
    return _told(asked, found, pooled, dreamers, curves)


def _wanted(asked: _Asked, found: PairStatistics | None) -> list[tuple[int, int]]:
    """Return the pairs that are rescored: everybody's own life, and the nearest of the screen."""
    pairs = {(i, int(j)) for i, j in enumerate(asked.own) if j >= 0}
    if found is not None:
        pairs |= {(i, int(j)) for i, row in enumerate(found.top) for j in row.ravel() if j >= 0}
    return sorted(pairs)


def _rescored(
    asked: _Asked, held: CohortFeatures, nights: Ints, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], Means]:
    pieces = [(nights[held.of_person == i], held.accounts_of(i), held.entries_of(j)) for i, j in wanted]
    found = map_blocks(_exact, pieces, executor=asked.executor)
    return {pair: Means(*one) for pair, one in zip(wanted, found, strict=True)}


def _exact(block: Block, shared: None) -> tuple[NDArray[np.float64], int, NDArray[np.float64] | None]:
    one = curve_means(*block.data)
    return one.means, one.n_nights, one.counts


def _dreamer(
    asked: _Asked,
    held: CohortFeatures,
    found: PairStatistics | None,
    curves: Mapping[tuple[int, int], LagCurve],
    i: int,
) -> DreamerLag:
    own = int(asked.own[i])
    n_nights = int((held.of_person == i).sum())
    life = asked.lives[own] if own >= 0 else ""
    curve = curves.get((i, own))
    if found is None:
        return DreamerLag(asked.people[i], n_nights, life, curve, {}, 0, ())
    ranks = {}
    if own >= 0 and np.isfinite(found.own_z[i, 0]):
        ranks = {name: 1 + int(found.above[i, at]) for at, name in enumerate(asked.windows)}
    nearest = [
        NearLife(asked.lives[j], name, float(z), float(p), _exact_p(curves[i, j], name))
        for at, name in enumerate(asked.windows)
        for j, z, p in zip(
            found.top[i, at].tolist(), found.top_z[i, at].tolist(), found.top_p[i, at].tolist(), strict=True
        )
        if j >= 0
    ]
    return DreamerLag(asked.people[i], n_nights, life, curve, ranks, int(found.compared[i]), tuple(nearest))


def _exact_p(curve: LagCurve, window: str) -> float:
    if window == "reach":
        return curve.p if curve.n_nights else float("nan")
    return next((one.p for one in curve.windows if one.name == window and curve.n_nights), float("nan"))


def _told(
    asked: _Asked,
    found: PairStatistics | None,
    pooled: LagCurve | None,
    dreamers: tuple[DreamerLag, ...],
    curves: Mapping[tuple[int, int], LagCurve],
) -> LagTable:
    n_pairs = len(asked.people) * len(asked.lives)
    compared = int(found.moments[0, 0]) if found is not None else 0
    low = {
        name: float(found.low_p[at] / compared) if found is not None and compared else 0.0
        for at, name in enumerate(asked.windows)
    }
    pairs = f"Of {n_pairs:,} pairs of dreamers and lives {compared:,} could be compared"
    chance = f"; p <= .05 for the whole reach in {low['reach']:.1%} of them (chance: 5 %)" if compared else ""
    if pooled is not None:
        verdict, finding = pooled.verdict, f"{pooled.finding} {pairs}{chance}."
    else:
        best = min((curve.p for curve in curves.values() if curve.n_nights), default=1.0)
        verdict = Verdict.FOUND if best * max(1, compared) <= ALPHA else Verdict.CANNOT_ANSWER
        finding = (
            f"{pairs}{chance}. The nearest has p = {best:.2g}, {best * max(1, compared):.2g} after so many looks."
            if verdict is Verdict.FOUND
            else f"We cannot tell: nobody's own life is named, and of {compared:,} pairs that could be compared the "
            f"nearest has p = {best:.2g}, no less than so many looks give by chance. {pairs}{chance}."
        )
    settings = {
        "features": asked.features,
        "lags": asked.lags,
        "rescored": len(curves),
        "seed": asked.seed,
        "engine": asked.executor.engine,
    }
    return LagTable(
        verdict, finding, dreamers, pooled, n_pairs, compared, low, "", settings, does_not_show=_DOES_NOT_SHOW
    )
