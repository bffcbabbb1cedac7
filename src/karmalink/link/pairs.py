"""Which nights draw on which days of a life: accounts and a life in, links out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from karmalink.errors import UsageError, suggest
from karmalink.link.blocks import SERIAL, Executor
from karmalink.link.calendar import CONVENTIONS
from karmalink.link.calibration import Calibration
from karmalink.link.links import Link, NightScore
from karmalink.link.power import Power, check_window
from karmalink.link.rule import GroupRate
from karmalink.link.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.account import Account, Encoder, Life
    from karmalink.link.material import Material

__all__ = ["PairsResult", "one_person", "pairs"]

Progress = Callable[[int, int], None]

# Null → what to call instead of `pairs`; only the mirror names nights.
_NULLS = {"mirror": "", "shift": "lag_curve", "stranger": "stranger"}
# The worse of two readings claims less.
_CLAIMS = {Verdict.NOT_USABLE: 0, Verdict.CANNOT_ANSWER: 1, Verdict.NOTHING: 2, Verdict.FOUND: 3}
_STEPS = 4


@dataclass(frozen=True, slots=True)
class PairsResult:
    """Links between the accounts of one person and one life, and what they are worth.

    Attributes
    ----------
    verdict : Verdict
        Found, nothing, cannot be answered, not usable.
    finding : str
        The answer in one sentence, with its doubt.
    person, life : str
        Whose accounts, which life.
    null : str
        ``mirror``.
    q, lags : float, int
        Nominal false discovery rate and window.
    n_accounts, n_nights : int
        Accounts that were dated to the day, and nights with a sign.
    n_days : int
        Days of the life that hold an entry.
    threshold : float or None
        Least W of a link; None where nothing was rejected.
    fdr, fdr_bound : float or None
        Calibrated false discovery rate at the threshold, and the block-bootstrap 95 % bound on the realised proportion.
    calibration : Calibration
        The pseudo-account calibration that ran first.
    links : tuple of Link
        Nights with a source, surest first.
    nights : tuple of NightScore
        Every night with a sign, in order of time.
    rates : tuple of GroupRate
        Link rate of all nights and per group.
    power : Power
        What these data could have shown; computed before the test.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    other_reading : PairsResult or None
        The other reading of unknown dates; the worse one is the result.
    does_not_show : tuple of str
        What this result does not say.
    settings : dict
        Versions, seed and choices, for the methods page.
    """

    verdict: Verdict
    finding: str
    person: str
    life: str
    null: str
    q: float
    lags: int
    n_accounts: int
    n_nights: int
    n_days: int
    threshold: float | None
    fdr: float | None
    fdr_bound: float | None
    calibration: Calibration
    links: tuple[Link, ...]
    nights: tuple[NightScore, ...]
    rates: tuple[GroupRate, ...]
    power: Power
    convention: str = ""
    other_reading: PairsResult | None = None
    does_not_show: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per night: night, date, account, entry, lag, w, posterior, entry_posterior, group, link."""
        import pandas as pd

        linked = {link.night for link in self.links}
        columns = ["night", "account", "entry", "lag", "w", "posterior", "entry_posterior", "group"]
        table = pd.DataFrame([asdict(score) for score in self.nights], columns=columns)
        table.insert(1, "date", [score.date for score in self.nights])
        table["link"] = [score.night in linked for score in self.nights]
        return table

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return everything, JSON-ready; without anybody's words where `texts` is False."""
        other = self.other_reading
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "person": self.person,
            "life": self.life,
            "null": self.null,
            "q": self.q,
            "lags": self.lags,
            "n_accounts": self.n_accounts,
            "n_nights": self.n_nights,
            "n_days": self.n_days,
            "threshold": self.threshold,
            "fdr": self.fdr,
            "fdr_bound": self.fdr_bound,
            "calibration": self.calibration.to_dict(),
            "links": [link.to_dict(texts=texts) for link in self.links],
            "nights": [{**asdict(score), "date": score.date.isoformat()} for score in self.nights],
            "rates": [asdict(rate) for rate in self.rates],
            "power": self.power.to_dict(),
            "convention": self.convention,
            "other_reading": None if other is None else other.to_dict(texts=texts),
            "does_not_show": list(self.does_not_show),
            "settings": self.settings,
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<PairsResult {self.finding}>"


def pairs(
    accounts: Sequence[Account],
    life: Life,
    *,
    null: str = "mirror",
    lags: int = 7,
    q: float = 0.10,
    cut_retellings: bool = False,
    groups: Mapping[str, str] | None = None,
    encoder: Encoder | None = None,
    material: Material | None = None,
    opened: bool = True,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PairsResult:
    """Return which nights draw on which days of a life, at a calibrated false discovery rate.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person. Accounts without a day are left out and counted.
    life : Life
        The life asked about. Entries without a day are left out.
    null : str
        Only ``mirror`` names nights; ``shift`` and ``stranger`` answer other questions.
    lags : int
        Window L: past days 1 … L against future days 1 … L.
    q : float
        Nominal false discovery rate.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream before scoring.
    groups : mapping, optional
        Account id to covariate (the stage of the awakening, say): link rates per group enter the posterior.
    encoder : Encoder, optional
        Adds the part ``meaning`` to names, numbers and words.
    material : Material, optional
        The features of exactly these accounts and dated entries (:func:`karmalink.link.gather`), where they are asked
        about more than once.
    opened : bool
        False leaves parts, matches and rivals of the links empty: half the time, where only the scores are needed.
    executor : Executor
        Where the calibration's deals run.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PairsResult
        "Nothing", "cannot be answered" and "not usable" are answers, not errors.

    Raises
    ------
    UsageError
        An unknown null, accounts of several persons, a window or rate out of range.
    """
    from karmalink.account import DateMeans, Precision
    from karmalink.account import cut_retellings as cut
    from karmalink.link.material import dated, gather
    from karmalink.link.pseudo_signs import calibrate
    from karmalink.link.reading import Asked, read

    check_window(lags, q)
    _check_null(null)
    person = one_person(accounts)
    told = _Steps(progress)
    entries = dated((cut(life) if cut_retellings else life).entries)
    usable = [one for one in accounts if one.when is not None and one.when.precision is Precision.DAY]
    if material is None:
        material = gather(usable, entries, encoder=encoder)
    told.step()
    calibration = calibrate(material.entries, lags=lags, seed=seed, executor=executor)
    told.step()
    asked = Asked(person, life.id, usable, entries, material, calibration, lags, q, dict(groups or {}), opened, seed)
    unknown = any(account.date_means is DateMeans.UNKNOWN for account in usable)
    readings = [read(asked, convention) for convention in (CONVENTIONS if unknown else ("",))]
    told.step()
    worse = min(readings, key=lambda one: (_CLAIMS[one.verdict], len(one.links)))
    other = next((one for one in readings if one is not worse), None)
    told.step()
    return worse if other is None else replace(worse, other_reading=other)


def one_person(accounts: Sequence[Account]) -> str:
    """Return whose accounts these are.

    Raises
    ------
    UsageError
        Accounts of several persons.
    """
    people = sorted({account.person for account in accounts})
    if len(people) > 1:
        raise UsageError(
            f"accounts of {len(people)} persons at once",
            rule="the dreamer is the unit: nights of one person against one life",
            allowed="accounts of one person",
            next_step="ask for one person at a time",
        )
    return people[0] if people else ""


def _check_null(null: str) -> None:
    if null not in _NULLS:
        raise UsageError(f"there is no null {null!r}", allowed=tuple(_NULLS), next_step=suggest(null, _NULLS))
    if _NULLS[null]:
        raise UsageError(
            f"the {null} null names no nights",
            rule="which decoys are used decides which question is answered",
            allowed="mirror",
            next_step=f"use {_NULLS[null]} for its question",
        )


class _Steps:
    """Counts the steps of a call for its progress."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, _STEPS)
