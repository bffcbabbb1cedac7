"""What an audit gives: per null and mechanism the realised size, beside the nominal and a careless rule's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "AuditRow"]


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
        band (shift) or in which the life asked about had p <= .05 (stranger), with a 95 % interval.
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
                f"The {worst.null} null fails here under {worst.mechanism} ({worst.says}): it realises "
                f"{worst.realised:.2f} ({worst.low:.2f} to {worst.high:.2f}) where {worst.nominal:g} was asked for, "
                f"and {len(failed)} of {len(self.rows)} tests fail. Do not trust it on data like these."
            )
        answered = [row for row in self.rows if row.answers]
        if not answered:
            return (
                f"No error rate was put to the test: in all {len(self.rows)} tests on data laid out like these it "
                "refuses to answer."
            )
        silent = len(self.rows) - len(answered)
        refusing = f" In {silent} of them the null always refuses." if silent else ""
        top = max(self.rows, key=lambda row: row.realised / row.nominal)
        bite = max(self.rows, key=lambda row: row.naive / row.nominal if row.null == "mirror" else 0.0)
        careless = f"; a careless rule realises up to {bite.naive:.2f} ({bite.mechanism})" if bite.naive else ""
        return (
            f"The error rates hold on data laid out like these: in {len(self.rows)} tests of {self.runs} runs the most "
            f"that was realised is {top.realised:.2f} at {top.nominal:g} ({top.null}, {top.mechanism}){careless}."
            + refusing
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
        """Tell the finding."""
        return f"<Audit {self.finding}>"
