"""Every null tested by mechanisms that it does not use, in the layout of the user's own data.

Shifting data and finding that shifts look shifted proves nothing. So each null is run where there is nothing to find
for a reason of another kind: themes that fade, entries like everything, gaps, another person's life. The realised size
stands beside each result, and what a careless rule would have said beside that. A null that fails says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import UsageError, suggest
from karmalink.link.error_control.power_analysis import check_window, needed_days
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.text_units import dated
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.null_audit.mechanisms import MECHANISMS, Mechanism, Subject
from karmalink.link.null_audit.registers import REGISTERS, Register, RegisterMechanism
from karmalink.link.null_audit.subject import SIZES, register_of, subject_of
from karmalink.link.null_audit.trials import TRIALS, Outcome

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from karmalink.account import Account, Life

__all__ = ["Audit", "AuditRow", "audit", "audit_subject", "mean_interval"]

# What an audit gives: per null and mechanism the realised size, beside the nominal and a careless rule's.


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One null under one mechanism.

    Attributes
    ----------
    null, mechanism, says : str
        Which null, which mechanism, and what that does.
    planted : float
        Share of nights with a planted source; 0 where there is nothing to find at all.
    runs : int
        Worlds.
    nominal : float
        The rate that was asked for.
    realised, low, high : float
        Mean false share of the discoveries over all runs (mirror; 0 where there is none), share of runs that left the
        band (shift) or in which the life in question had p <= .05 (stranger), with a 95 % interval.
    refused : float
        Share of runs in which the null said that it cannot tell, or that it is not usable.
    power : float or None
        Share of planted sources found.
    naive, naive_power : float, float or None
        What the careless rule realises and finds.
    """

    null: str
    mechanism: str
    says: str
    planted: float
    runs: int
    nominal: float
    realised: float
    low: float
    high: float
    refused: float
    power: float | None
    naive: float
    naive_power: float | None

    @property
    def holds(self) -> bool:
        """Whether the realised rate is within two standard errors of the nominal one, or below it."""
        return self.realised <= self.nominal or self.low <= self.nominal

    @property
    def answers(self) -> bool:
        """Whether the null ever answers under this mechanism."""
        return self.refused < 1.0

    @property
    def verdict(self) -> str:
        """``holds``, ``fails``, or ``refuses`` where it never answers."""
        if not self.holds:
            return "fails"
        return "holds" if self.answers else "refuses"


@dataclass(frozen=True, slots=True)
class Audit:
    """What the nulls do on these data where there is nothing to find.

    Attributes
    ----------
    rows : tuple of AuditRow
        One per null, mechanism and share planted.
    q, lags, runs, seed : float, int, int, int
        What was asked.
    left_out : tuple of str
        What could not be run, and why.
    n_nights, n_days : int
        Of the stretch that was imitated.
    """

    rows: tuple[AuditRow, ...]
    q: float
    lags: int
    runs: int
    seed: int
    left_out: tuple[str, ...]
    n_nights: int
    n_days: int

    @property
    def failed(self) -> tuple[AuditRow, ...]:
        """Return the rows in which a null fails."""
        return tuple(row for row in self.rows if not row.holds)

    @property
    def finding(self) -> str:
        """One sentence: whether the error rates hold on data laid out like these."""
        if not self.rows:
            return "Nothing could be audited: " + " ".join(self.left_out)
        failed = self.failed
        if failed:
            worst = max(failed, key=lambda row: row.realised - row.nominal)
            return (
                f"The {worst.null} null fails here under {worst.mechanism} ({worst.says}): its realised rate is "
                f"{worst.realised:.2f} ({worst.low:.2f} to {worst.high:.2f}) at a nominal {worst.nominal:g}, "
                f"and {len(failed)} of {counted(len(self.rows), 'test')} {'fails' if len(failed) == 1 else 'fail'}. "
                "Do not trust it on data like these."
            )
        answered = [row for row in self.rows if row.answers]
        if not answered:
            return (
                f"No error rate was tested: in all {counted(len(self.rows), 'test')} on data laid out like these the "
                "null refuses to answer."
            )
        silent = len(self.rows) - len(answered)
        refusing = f" In {silent} of them the null always refuses to answer." if silent else ""
        top = max(self.rows, key=lambda row: row.realised / row.nominal)
        bite = max(self.rows, key=lambda row: row.naive / row.nominal if row.null == "mirror" else 0.0)
        careless = f"; a careless rule reaches {bite.naive:.2f} ({bite.mechanism})" if bite.naive else ""
        return (
            f"The error rates hold on data laid out like these: in {counted(len(self.rows), 'test')} of {self.runs} "
            f"runs the highest realised rate is {top.realised:.2f} at a nominal {top.nominal:g} ({top.null}, "
            f"{top.mechanism}){careless}." + refusing
        )

    def of(self, null: str) -> tuple[AuditRow, ...]:
        """Return the rows of one null."""
        return tuple(row for row in self.rows if row.null == null)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per test."""
        import pandas as pd

        return pd.DataFrame([{**asdict(row), "verdict": row.verdict} for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the finding, JSON-ready."""
        rows = [{**asdict(row), "verdict": row.verdict} for row in self.rows]
        return {**asdict(self), "rows": rows, "left_out": list(self.left_out), "finding": self.finding}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Audit:
        """Return an audit from what `to_dict` gave."""
        names = {field.name for field in fields(AuditRow)}
        rows = tuple(AuditRow(**{name: row[name] for name in names}) for row in body["rows"])
        kept = {name: body[name] for name in ("q", "lags", "runs", "seed", "n_nights", "n_days")}
        return cls(rows=rows, left_out=tuple(body["left_out"]), **kept)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<Audit {self.finding}>"


ALPHA = 0.05
# Lives of other people beside which accounts are put on the same dates; of a register all are imitated.
_MOST_OTHERS = 5
# Share of nights with a planted source, where the rate among true discoveries is asked for.
_Z = 1.959963984540054


def audit(
    accounts: Sequence[Account],
    life: Life,
    *,
    others: Sequence[Life] = (),
    nulls: Sequence[str] = ("mirror", "shift"),
    lags: int = 7,
    q: float = 0.10,
    runs: int = 40,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Run every null on the mechanisms that it does not use, in the layout of these accounts and this life.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person; those without a day are left out.
    life : Life
        The life.
    others : sequence of Life
        Lives of other people of about the same length: the accounts beside them can hold no link. For the stranger
        null the others of the register.
    nulls : sequence of str
        ``mirror``, ``pooled`` (the mirror null over three dreamers, each laid out like these data), ``shift``,
        ``stranger``.
    lags, q : int, float
        Window and nominal rate of the mirror null; the band of the shift null and the rank of the stranger null are
        asked at .05.
    runs : int
        Worlds per test.
    executor : Executor
        Where they run; a world is a block.
    seed : int
        One block of randomness per world is spawned from it.
    progress : callable, optional
        Called with (worlds done, worlds).

    Raises
    ------
    UsageError
        An unknown null, accounts of several persons, a window, rate or number of runs out of range.
    """
    check_window(lags, q)
    one_person(accounts)
    _check(nulls, runs)
    usable = dated(accounts)
    beside = others[:_MOST_OTHERS]
    timed = {
        null: subject_of(usable, life, others=beside, size=SIZES[null], lags=lags) for null in nulls if null in SIZES
    }
    there: dict[str, Subject | Register] = {null: subject for null, subject in timed.items() if subject is not None}
    register = register_of(accounts, life, others) if "stranger" in nulls else None
    if register is not None:
        there["stranger"] = register
    left_out = _left_out(nulls, there, lags)
    rows = audit_subject(there, lags=lags, q=q, runs=runs, executor=executor, seed=seed, progress=progress)
    layouts = [subject.layout for subject in there.values() if isinstance(subject, Subject)]
    nights = int(np.unique(layouts[0].night).size) if layouts else 0
    days = int(layouts[0].day[-1] - layouts[0].day[0] + 1) if layouts else 0
    return Audit(rows, q, lags, runs, seed, left_out, nights, days)


def audit_subject(
    subjects: Mapping[str, Subject | Register],
    *,
    lags: int = 7,
    q: float = 0.10,
    runs: int = 40,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[AuditRow, ...]:
    """Return the rows of an audit of subjects, null by null: where there are layouts and no texts.

    Parameters
    ----------
    subjects : dict of str to Subject or Register
        Null → what to imitate; a register of the stranger null.
    lags, q, runs, executor, seed, progress
        As in :func:`audit`.
    """
    plan = [
        (null, mechanism, planted)
        for null, subject in subjects.items()
        if _long_enough(null, subject, lags)
        for mechanism in _mechanisms(null, subject)
        for planted in TRIALS[null].planted
    ]
    worlds = [
        # Seeded by name: one more mechanism in the registry changes nothing for the others.
        (null, mechanism.name, planted, [seed, *mechanism.name.encode(), *null.encode(), round(100 * planted)], run)
        for null, mechanism, planted in plan
        for run in range(runs)
    ]
    shared = (subjects, lags, q)
    found = map_blocks(_run, worlds, shared=shared, seed=seed, executor=executor, progress=progress)
    outcomes = [Outcome(Verdict(verdict), *numbers) for verdict, *numbers in found]
    return tuple(
        _row(null, mechanism, planted, _nominal(null, q), outcomes[number * runs : (number + 1) * runs])
        for number, (null, mechanism, planted) in enumerate(plan)
    )


def _nominal(null: str, q: float) -> float:
    return q if TRIALS[null].rates_discoveries else ALPHA


def _mechanisms(null: str, subject: Subject | Register) -> list[Mechanism | RegisterMechanism]:
    if isinstance(subject, Register):
        return list(REGISTERS.values())
    return [one for one in MECHANISMS.values() if one.tests(null, subject)]


def _trial(name: str, subject: Subject | Register, rng: np.random.Generator, planted: float, lags: int) -> Any:
    if isinstance(subject, Register):
        return REGISTERS[name].trial(subject, rng, planted=planted)
    return MECHANISMS[name].trial(subject, rng, planted=planted, lags=lags)


@kept_as("karmalink.link.audit._run")
def _run(
    block: Block, shared: tuple[Mapping[str, Subject | Register], int, float]
) -> tuple[str, float, float, float, float]:
    """One world: what is said of it, as values that a journal keeps."""
    subjects, lags, q = shared
    null, name, planted, key, run = block.data
    seed = np.random.SeedSequence(key, spawn_key=(run,))
    rng, dreamers = np.random.default_rng(seed), TRIALS[null].dreamers
    worlds = [_trial(name, subjects[null], rng, planted, lags) for _ in range(max(1, dreamers))]
    said = TRIALS[null].run(
        worlds if dreamers else worlds[0], lags=lags, q=_nominal(null, q), seed=int(seed.generate_state(1)[0])
    )
    return str(said.verdict), said.false, said.power, said.naive_false, said.naive_power


def _row(
    null: str, mechanism: Mechanism | RegisterMechanism, planted: float, nominal: float, outcomes: Sequence[Outcome]
) -> AuditRow:
    false = np.array([one.false for one in outcomes])
    low, high = mean_interval(false)
    power, naive_power = (
        _mean([getattr(one, name) for one in outcomes]) if planted else None for name in ("power", "naive_power")
    )
    return AuditRow(
        null=null,
        mechanism=mechanism.name,
        says=mechanism.says,
        planted=planted,
        runs=len(outcomes),
        nominal=nominal,
        realised=float(false.mean()),
        low=low,
        high=high,
        refused=float(np.mean([not one.verdict.answered for one in outcomes])),
        power=power,
        naive=float(np.mean([one.naive_false for one in outcomes])),
        naive_power=naive_power,
    )


def _mean(values: Sequence[float]) -> float | None:
    """Return the mean of what is known: a world in which no day could be planted says nothing of power."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else None


def mean_interval(value: NDArray[np.float64]) -> tuple[float, float]:
    """Return a 95 % interval of the mean of numbers between 0 and 1.

    The wider, on each side, of two standard errors of these numbers and, below, nothing; above, Wilson's limit for a
    mean of 0 where all are 0: forty runs without a false link do not prove a rate of none.
    """
    n, mean = value.size, float(value.mean())
    error = float(value.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.5
    return max(0.0, mean - _Z * error), min(1.0, max(mean + _Z * error, _Z**2 / (n + _Z**2)))


def _check(nulls: Sequence[str], runs: int) -> None:
    for null in nulls:
        if null not in TRIALS:
            raise UsageError(f"unknown null {null!r}", allowed=tuple(TRIALS), next_step=suggest(null, TRIALS))
    if not nulls or runs < 2:
        raise UsageError(
            f"an audit needs at least 2 runs of at least 1 null, got {runs} of {len(nulls)}",
            rule="a realised rate is a mean over runs",
        )


def _long_enough(null: str, subject: Subject | Register, lags: int) -> bool:
    if isinstance(subject, Register):
        return bool(subject.life_units.size * ALPHA >= 1)
    span = int(subject.layout.day[-1] - subject.layout.day[0] + 1)
    return null != "shift" or span >= needed_days(lags)


def _left_out(nulls: Sequence[str], subjects: Mapping[str, Subject | Register], lags: int) -> tuple[str, ...]:
    timed = [subject for subject in subjects.values() if isinstance(subject, Subject)]
    said = []
    if not timed and set(nulls) & set(SIZES):
        said.append("No account dated to the day falls among the days of this life.")
    if "shift" in subjects and not _long_enough("shift", subjects["shift"], lags):
        said.append(
            f"The shift null: it does not answer on lives shorter than {needed_days(lags)} days, so there is nothing "
            "to audit."
        )
    if "stranger" in nulls and ("stranger" not in subjects or not _long_enough("stranger", subjects["stranger"], lags)):
        said.append(
            f"The stranger null: it does not answer with fewer than {round(1 / ALPHA) - 1} other lives that have text."
        )
    if timed and not any(subject.others for subject in timed):
        said.append("another-life: no life of another person was given.")
    if {"mirror", "pooled"} & set(subjects):
        said.append("The mirror null by pseudo-accounts: its calibration uses them, so they cannot test it.")
    return tuple(said)
