"""All dreamers against all lives: screened at once by inner products, the nearest rescored by the exact evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.base.progress import Progress
from karmalink.errors import CannotAnswer, Duplicate
from karmalink.link.cohort.cohort_features import CohortFeatures, features_of_cohort
from karmalink.link.cohort.pair_statistics import PairStatistics, every_pair
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.calendar import conventions_of, nights_of
from karmalink.link.evidence.text_units import dated
from karmalink.link.evidence.year_readings import either_year
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.shift_null.circular_shifts import OffsetMeans, rank_curves
from karmalink.link.shift_null.curve_result import WINDOWS, LagCurve
from karmalink.link.shift_null.lag_curves import curve_means

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from karmalink.account import Account, Life
    from karmalink.link.shift_null.curve_result import LagCurve


__all__ = ["DreamerLag", "LagTable", "NearLife", "lag_table", "own_lives"]

# What all dreamers against all lives say: the own curves and their pool, ranks among other lives, the nearest.


@dataclass(frozen=True, slots=True)
class NearLife:
    """A life that fits a dreamer's timing well in one window.

    Attributes
    ----------
    life : str
        Identifier.
    window : str
        ``day residue``, ``dream lag`` or ``reach`` (all lags together).
    z, p : float
        From the screen: the past minus the future in standard deviations of its shifts, and its rank among them.
    exact_p : float
        Of the same window from the exact evidence; NaN where it was not rescored.
    """

    life: str
    window: str
    z: float
    p: float
    exact_p: float


@dataclass(frozen=True, slots=True)
class DreamerLag:
    """One dreamer.

    Attributes
    ----------
    person : str
        Identifier.
    n_nights : int
        Nights with an account.
    life : str
        The own life, "" where there is none.
    curve : LagCurve or None
        The own curve, from the exact evidence.
    rank : dict of str to int
        Window → rank of the own life among all that could be compared, 1 is best; empty without an own life.
    compared : int
        Lives that could be compared.
    nearest : tuple of NearLife
        The best lives of each window.
    """

    person: str
    n_nights: int
    life: str
    curve: LagCurve | None
    rank: dict[str, int]
    compared: int
    nearest: tuple[NearLife, ...]

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<DreamerLag {self.person}: {self.n_nights} nights, {self.compared} lives compared>"


@dataclass(frozen=True, slots=True)
class LagTable:
    """All dreamers against all lives.

    Attributes
    ----------
    verdict : Verdict
        Of the pooled curve of the dreamers and their own lives; of the closest pair, where no dreamer has a life.
    finding : str
        The answer in one sentence, with its doubt.
    dreamers : tuple of DreamerLag
        In the order given.
    pooled : LagCurve or None
        All dreamers with an own life together, each shifted independently.
    n_pairs, n_compared : int
        All pairs, and those that could be compared.
    low_p : dict of str to float
        Window → share of the compared pairs with p <= .05. Other people's lives cannot be sources: where they are most
        of the pairs, this is the realised size of the null, and .05 is what it should be.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    settings : dict
        Features of the screen, how well it agreed with the exact evidence, versions.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    finding: str
    dreamers: tuple[DreamerLag, ...]
    pooled: LagCurve | None
    n_pairs: int
    n_compared: int
    low_p: dict[str, float]
    convention: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    does_not_show: tuple[str, ...] = ()
    null: str = "shift"

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per dreamer and near life: person, life, window, z, p, exact_p, own."""
        import pandas as pd

        rows = [
            {"person": one.person, **asdict(near), "own": near.life == one.life}
            for one in self.dreamers
            for near in one.nearest
        ]
        return pd.DataFrame(rows, columns=["person", "life", "window", "z", "p", "exact_p", "own"])

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "null": self.null,
            "dreamers": [_plain(one) for one in self.dreamers],
            "pooled": None if self.pooled is None else self.pooled.to_dict(),
            "n_pairs": self.n_pairs,
            "n_compared": self.n_compared,
            "low_p": self.low_p,
            "convention": self.convention,
            "settings": self.settings,
            "does_not_show": list(self.does_not_show),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<LagTable {self.finding}>"


def _plain(one: DreamerLag) -> dict[str, Any]:
    nearest = [{k: None if v != v else v for k, v in asdict(near).items()} for near in one.nearest]
    return {
        "person": one.person,
        "n_nights": one.n_nights,
        "life": one.life,
        "curve": None if one.curve is None else one.curve.to_dict(),
        "rank": one.rank,
        "compared": one.compared,
        "nearest": nearest,
    }


ALPHA = 0.05
FEATURES = 256
_DOES_NOT_SHOW = (
    "That a life close in timing is the source: of many pairs some are close by chance; the share is reported.",
    "Which nights draw on which days; that is what pairs are for.",
    "Anything about pairs that could not be compared: lives of another time, or too short a common time.",
)


@dataclass(frozen=True, slots=True, eq=False)
class _CohortQuestion:
    people: tuple[str, ...]
    lives: tuple[str, ...]
    own: Ints
    lags: int
    windows: dict[str, tuple[int, int]]
    top: int
    n_features: int
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


@either_year(lambda table: (table.verdict.claim, -(table.pooled.p if table.pooled else 1.0)))
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
        No account is dated to the day, or no life is given.
    UsageError
        A window out of range.
    Duplicate
        Two lives of one identifier.
    """
    from karmalink.account import cut_retellings as cut

    check_window(lags, ALPHA)
    usable = dated(accounts)
    people = tuple(dict.fromkeys(account.person for account in usable))
    if not people or not lives:
        raise CannotAnswer(
            "no account is dated to the day" if not people else "no life was given",
            rule="a lag is a number of days between an account and an entry",
            next_step="give dates to the day (docs/formats.md)",
        )
    names = [life.id for life in lives]
    if len(set(names)) < len(names):
        raise Duplicate("two lives have the same identifier", allowed="each once")
    own_names = own_lives(people, lives) if own is None else own
    number = {name: at for at, name in enumerate(names)}
    question = _CohortQuestion(
        people=people,
        lives=tuple(names),
        own=np.array([number.get(own_names.get(person, ""), -1) for person in people], dtype=np.int64),
        lags=lags,
        windows=_windows(lags),
        top=min(top, len(lives)),
        n_features=features,
        seed=seed,
        executor=executor,
        progress=progress,
    )
    cohort = features_of_cohort(usable, [cut(life) for life in lives] if cut_retellings else list(lives), people)
    tables = [
        replace(_reading(question, cohort, nights_of(usable, convention)), convention=convention)
        for convention in conventions_of(usable)
    ]
    # Of two readings of unknown dates the one that claims less.
    return min(tables, key=lambda table: (table.verdict.claim, -(table.pooled.p if table.pooled else 1.0)))


def _windows(lags: int) -> dict[str, tuple[int, int]]:
    named = {name: (first, min(last, lags)) for name, (first, last) in WINDOWS.items() if first <= lags}
    return {**named, "reach": (1, lags)}


def _reading(question: _CohortQuestion, held: CohortFeatures, nights: Ints) -> LagTable:
    series = held.series(nights, question.lags, question.n_features, question.seed)
    found: PairStatistics | None = None
    if series is not None:
        found = every_pair(
            *series,
            list(question.windows.values()),
            own=question.own,
            top=question.top,
            executor=question.executor,
            progress=question.progress,
        )
    wanted = _wanted(question, found)
    means = _rescored(question, held, nights, wanted)
    curves = {pair: rank_curves([one], lags=question.lags, seed=question.seed) for pair, one in means.items()}
    mine = [(i, int(j)) for i, j in enumerate(question.own) if j >= 0]
    pooled = rank_curves([means[pair] for pair in mine], lags=question.lags, seed=question.seed) if mine else None
    dreamers = tuple(_dreamer(question, held, found, curves, i) for i in range(len(question.people)))
    return _finding_table(question, found, pooled, dreamers, curves)


def _wanted(question: _CohortQuestion, found: PairStatistics | None) -> list[tuple[int, int]]:
    """Return the pairs that are rescored: everybody's own life, and the nearest of the screen."""
    pairs = {(i, int(j)) for i, j in enumerate(question.own) if j >= 0}
    if found is not None:
        pairs |= {(i, int(j)) for i, row in enumerate(found.top) for j in row.ravel() if j >= 0}
    return sorted(pairs)


def _rescored(
    question: _CohortQuestion, held: CohortFeatures, nights: Ints, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], OffsetMeans]:
    pieces = [(nights[held.of_person == i], held.accounts_of(i), held.entries_of(j)) for i, j in wanted]
    found = map_blocks(_exact, pieces, executor=question.executor)
    return {pair: OffsetMeans(*one) for pair, one in zip(wanted, found, strict=True)}


@kept_as("karmalink.link.cohort._exact")
def _exact(block: Block, shared: None) -> tuple[NDArray[np.float64], int, NDArray[np.float64] | None]:
    one = curve_means(*block.data)
    return one.means, one.n_nights, one.counts


def _dreamer(
    question: _CohortQuestion,
    held: CohortFeatures,
    found: PairStatistics | None,
    curves: Mapping[tuple[int, int], LagCurve],
    i: int,
) -> DreamerLag:
    own = int(question.own[i])
    n_nights = int((held.of_person == i).sum())
    life = question.lives[own] if own >= 0 else ""
    curve = curves.get((i, own))
    if found is None:
        return DreamerLag(question.people[i], n_nights, life, curve, {}, 0, ())
    ranks = {}
    if own >= 0 and np.isfinite(found.own_z[i, 0]):
        ranks = {name: 1 + int(found.above[i, at]) for at, name in enumerate(question.windows)}
    nearest = [
        NearLife(question.lives[j], name, float(z), float(p), _exact_p(curves[i, j], name))
        for at, name in enumerate(question.windows)
        for j, z, p in zip(
            found.top[i, at].tolist(), found.top_z[i, at].tolist(), found.top_p[i, at].tolist(), strict=True
        )
        if j >= 0
    ]
    return DreamerLag(question.people[i], n_nights, life, curve, ranks, int(found.compared[i]), tuple(nearest))


def _exact_p(curve: LagCurve, window: str) -> float:
    if window == "reach":
        return curve.p if curve.n_nights else float("nan")
    return next((one.p for one in curve.windows if one.name == window and curve.n_nights), float("nan"))


def _finding_table(
    question: _CohortQuestion,
    found: PairStatistics | None,
    pooled: LagCurve | None,
    dreamers: tuple[DreamerLag, ...],
    curves: Mapping[tuple[int, int], LagCurve],
) -> LagTable:
    n_pairs = len(question.people) * len(question.lives)
    compared = int(found.moments[0, 0]) if found is not None else 0
    low = {
        name: float(found.low_p[at] / compared) if found is not None and compared else 0.0
        for at, name in enumerate(question.windows)
    }
    pairs = f"Of {n_pairs:,} pairs of dreamers and lives {compared:,} could be compared"
    chance = f"; p <= .05 for the whole reach in {low['reach']:.1%} of them (chance: 5 %)" if compared else ""
    if pooled is not None:
        verdict, finding = pooled.verdict, f"{pooled.finding} {pairs}{chance}."
    else:
        best = min((curve.p for curve in curves.values() if curve.n_nights), default=1.0)
        verdict = Verdict.FOUND if best * max(1, compared) <= ALPHA else Verdict.CANNOT_ANSWER
        finding = (
            f"{pairs}{chance}. The closest has p = {best:.2g}, {best * max(1, compared):.2g} corrected for the "
            "number of pairs (Bonferroni)."
            if verdict is Verdict.FOUND
            else f"We cannot tell: no dreamer's own life is named, and of {compared:,} pairs that could be compared "
            f"the closest has p = {best:.2g}, which so many pairs give by chance. {pairs}{chance}."
        )
    settings = {
        "features": question.n_features,
        "lags": question.lags,
        "rescored": len(curves),
        "seed": question.seed,
        "engine": question.executor.engine,
    }
    return LagTable(
        verdict, finding, dreamers, pooled, n_pairs, compared, low, "", settings, does_not_show=_DOES_NOT_SHOW
    )
