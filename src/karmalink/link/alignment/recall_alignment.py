"""An ordered recall against a timed register: which unit speaks of which moment?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import TimedUnit, Vocabulary, find_mentions, mask_mentions, split_units, strip_leaks
from karmalink.base.arrays import Floats
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.link.alignment.routes import Gait, Route, fit_route, order_gain
from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.account import Encoder


__all__ = ["AlignedUnit", "Alignment", "Move", "agreement", "align"]

# Where each unit of an ordered recall is in a timed register, and how sure that is.

Move = str
"""``start``, ``on`` (stays or goes on), ``skip`` (leaps ahead), ``return`` (leaps back)."""


@dataclass(frozen=True, slots=True)
class AlignedUnit:
    """One unit of the recall.

    Attributes
    ----------
    index : int
        Its position in the recall, from 0.
    at : int
        Position of the register's unit that it speaks of.
    register : str
        Identifier of that unit.
    start : float
        Its time, in seconds.
    confidence : float
        Probability that the unit speaks of the register at this place, give or take the reach.
    off : float
        Probability that it speaks of nothing in the register.
    move : str
        How the recall came here.
    text : str
        The unit. A person's words.
    """

    index: int
    at: int
    register: str
    start: float
    confidence: float
    off: float
    move: Move
    text: str = ""

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"<AlignedUnit {self.index} ~ {self.register} ({self.confidence:.2f}, {self.move})>"


@dataclass(frozen=True, slots=True)
class Alignment:
    """An ordered recall aligned to a timed register.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where the recall follows the register's order more than its units do in any other order.
    finding : str
        The answer in one sentence, with its doubt.
    units : tuple of AlignedUnit
        The path: every unit of the recall, in the order in which it was told.
    n_register : int
        Units of the register.
    reach : int
        Units of the register on either side that count as the same place.
    p : float
        Share of orders of the recall's units (its own included) that fit the register as well.
    smallest_p : float
        Smallest p that was possible.
    gain : float
        How much more probable the recall is in its own order than in none, in nats.
    settings : dict
        Encoder, parameters, versions.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    finding: str
    units: tuple[AlignedUnit, ...]
    n_register: int
    reach: int
    p: float
    smallest_p: float
    gain: float
    settings: dict[str, Any] = field(default_factory=dict)
    does_not_show: tuple[str, ...] = ()

    @property
    def covered(self) -> float:
        """Share of the register within reach of a unit whose confidence is at least one half."""
        sure = [unit.at for unit in self.units if unit.confidence >= 0.5]
        near = {at + step for at in sure for step in range(-self.reach, self.reach + 1)}
        return len(near & set(range(self.n_register))) / max(1, self.n_register)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per unit of the recall, without its text."""
        import pandas as pd

        names = [name for name in AlignedUnit.__slots__ if name != "text"]
        return pd.DataFrame([{name: getattr(unit, name) for name in names} for unit in self.units], columns=names)

    def to_dict(self, *, texts: bool = False) -> dict[str, Any]:
        """Return everything, JSON-ready; the recall's words only where `texts` is True."""
        hidden = () if texts else ("text",)
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "units": [{k: v for k, v in asdict(unit).items() if k not in hidden} for unit in self.units],
            "n_register": self.n_register,
            "reach": self.reach,
            "covered": self.covered,
            "p": self.p,
            "smallest_p": self.smallest_p,
            "gain": self.gain,
            "settings": self.settings,
            "does_not_show": list(self.does_not_show),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<Alignment {self.finding}>"


ALPHA = 0.05
REACH = 3
# Standard deviation, in units of the register, of the stretch that one unit of a recall speaks of.
_WIDTH = 2.0
_ORDERS = 99
_FEWEST_UNITS = 5
_MOST_PAIRS = 20_000_000
_DOES_NOT_SHOW = (
    "That the order of a recall is the order of the register: an alignment is mostly monotone by construction, so that "
    "the correlation of the two proves nothing.",
    "That a moment without a unit was forgotten: it may have been told in words that nothing here knows.",
    "How the person came to know of it.",
)


def align(
    recall: Sequence[str],
    register: Sequence[TimedUnit],
    *,
    encoder: Encoder | None = None,
    mask_names: bool = False,
    reach: int = REACH,
    width: float = _WIDTH,
    seed: int = 0,
    progress: Progress | None = None,
) -> Alignment:
    """Return where each unit of a recall is in a timed register: mostly onwards, with skips and returns.

    Parameters
    ----------
    recall : sequence of str
        What was told, in order: one text, or several one after the other. They are cut into sentences here.
    register : sequence of TimedUnit
        The register, in order of time.
    encoder : Encoder, optional
        Its agreement is added to that of words (rarity-weighted); both count alike.
    mask_names : bool
        Names of people and places are masked on both sides first, so that they can serve as a check.
    reach : int
        Units of the register on either side that count as the same place.
    width : float
        Units of the register, as a standard deviation, that one unit of a recall speaks of.
    seed : int
        Of the random orders that the own order is ranked among.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Alignment
        "Cannot be answered" is an answer: a recall of fewer than 5 units, or one that shares nothing with the register.

    Raises
    ------
    InputError
        An empty register, or more pairs of units than memory should hold.
    """
    units = [unit.text for text in recall for unit in split_units(strip_leaks(text))]
    texts = [unit.text for unit in register]
    if not register:
        raise InputError("the register is empty", rule="a recall is aligned to units that have a time")
    if len(units) * len(register) > _MOST_PAIRS:
        raise InputError(
            f"{len(units):,} units of recall against {len(register):,} of the register",
            rule=f"at most {_MOST_PAIRS:,} pairs of units at once",
            next_step="align the recall part by part",
        )
    if len(units) < _FEWEST_UNITS:
        return _cannot(
            f"We cannot tell from {counted(len(units), 'unit')}: an alignment needs at least {_FEWEST_UNITS}.", register
        )
    views = [[_masked(text) for text in side] for side in (units, texts)] if mask_names else [units, texts]
    score = agreement(views[0], views[1], encoder=encoder, width=width)
    if float(score.std(axis=1).max()) < 1e-12:
        said = "We cannot tell: no unit of the recall is closer to one unit of the register than to another."
        return _cannot(said, register)
    found = fit_route(score, reach=reach)
    p = _p_of_order(score, seed, progress)
    settings = {
        "encoder": "lexical" if encoder is None else f"lexical + {encoder.info.name}",
        "encoder_note": "" if encoder is None else encoder.info.note,
        "names_masked": mask_names,
        "width": width,
        "beta": found.gait.beta,
        "pace": found.gait.pace,
        "leap": found.gait.leap,
        "seed": seed,
    }
    return _told(found, units, register, p, settings)


def agreement(
    recall: Sequence[str], register: Sequence[str], *, encoder: Encoder | None = None, width: float = _WIDTH
) -> Floats:
    """Return how much each unit of a recall agrees with the register around each of its units, shape (n, m).

    A unit of the register stands for its neighbours too (a Gaussian of `width`): one sentence of a recall sums up what
    a register tells in several.
    """
    from scipy.sparse import csr_array

    words = Vocabulary.learn([*recall, *register])
    near = _neighbours(len(register), width)
    left, right = (csr_array(words.rows(texts)).astype(np.float64) for texts in (recall, register))
    score = _cosines(left, csr_array(near @ right))
    if encoder is None:
        return score
    dense = [_dense(encoder.encode(list(texts))) for texts in (recall, register)]
    meaning = _unit_rows(dense[0] - dense[0].mean(axis=0)) @ _unit_rows(near @ (dense[1] - dense[1].mean(axis=0))).T
    return np.asarray(_scaled(score) + _scaled(meaning))


def _scaled(score: Floats) -> Floats:
    spread = float(score.std())
    return np.asarray((score - score.mean()) / (spread if spread > 0 else 1.0))


def _neighbours(m: int, width: float) -> Any:
    from scipy.sparse import diags_array

    far = min(m - 1, int(np.ceil(4 * width)))
    offsets = np.arange(-far, far + 1)
    weights = np.exp(-(offsets**2) / (2 * width**2)) if width > 0 else (offsets == 0).astype(np.float64)
    band = diags_array([np.full(m - abs(o), w) for o, w in zip(offsets, weights, strict=True)], offsets=offsets)
    return band.tocsr()


def _cosines(left: Any, right: Any) -> Floats:
    product = np.asarray((left @ right.T).toarray(), dtype=np.float64)
    length = np.sqrt(np.asarray(right.power(2).sum(axis=1)).ravel())
    return np.asarray(product / np.where(length > 0, length, 1.0))


def _dense(rows: Any) -> Floats:
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)


def _unit_rows(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))


def _masked(text: str) -> str:
    return mask_mentions(text, find_mentions(text))


def _p_of_order(score: Floats, seed: int, progress: Progress | None) -> float:
    """Return the share of random orders of the recall's units, the own one included, that fit as well.

    One gait for all, fixed beforehand: the one that was fitted to the own order would favour it.
    """
    n, m = score.shape
    gait = Gait(beta=1.0, pace=max(0.5, m / n / 2), leap=0.1)
    rng = np.random.default_rng(seed)
    own = order_gain(score, gait)
    as_good = 1
    for done in range(_ORDERS):
        as_good += order_gain(score[rng.permutation(n)], gait) >= own
        if progress is not None:
            progress(done + 1, _ORDERS)
    return as_good / (_ORDERS + 1)


def _told(
    found: Route, told: Sequence[str], register: Sequence[TimedUnit], p: float, settings: dict[str, Any]
) -> Alignment:
    at = found.at.tolist()
    moves = _moves(at, found)
    units = tuple(
        AlignedUnit(i, j, register[j].id, register[j].start, float(sure), float(off), move, text)
        for i, (j, sure, off, move, text) in enumerate(
            zip(at, found.confidence.tolist(), found.off.tolist(), moves, told, strict=True)
        )
    )
    sure = sum(unit.confidence >= 0.5 for unit in units)
    counts = {move: moves.count(move) for move in ("skip", "return")}
    if p <= ALPHA:
        finding = (
            f"The recall follows the register (p = {p:.2g} among orders of its units): {sure} of {len(units)} units "
            f"have a place that is more likely than not, with {counts['skip']} skips and {counts['return']} returns."
        )
    else:
        finding = (
            f"Nothing here follows the register: the {len(units)} units fit it as well in another order (p = {p:.2g}). "
            f"{sure} of them have a place that is more likely than not, one by one."
        )
    verdict = Verdict.FOUND if p <= ALPHA else Verdict.NOTHING
    smallest = 1.0 / (_ORDERS + 1)
    return Alignment(
        verdict, finding, units, len(register), found.reach, p, smallest, found.gain, settings, _DOES_NOT_SHOW
    )


def _moves(at: Sequence[int], found: Route) -> list[str]:
    """Say how the recall came to each place; a skip is more than three paces beyond the reach."""
    far = found.reach + 3 * found.gait.pace
    moves = ["start"]
    for before, now in itertools.pairwise(at):
        moves.append("return" if now < before - found.reach else "skip" if now > before + far else "on")
    return moves


def _cannot(finding: str, register: Sequence[TimedUnit]) -> Alignment:
    return Alignment(Verdict.CANNOT_ANSWER, finding, (), len(register), REACH, 1.0, 1.0, 0.0, {}, _DOES_NOT_SHOW)
