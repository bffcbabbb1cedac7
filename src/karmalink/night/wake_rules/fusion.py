"""One learned stream out of several: how likely REM is now, given all that the streams have said so far.

Scorers err in runs, and they err differently: six epochs of REM in a row by one of them are worth less than four by
both, and less in the first hour than in the last. A logistic regression on what can be counted from the past learns
how much, from nights an expert has scored. Its probability is a stream like any other, which rules may ask for
(``min_probability``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.wake_rules.triggers import ReplayNight

__all__ = ["FUSED", "learn_fusion", "past_features"]

FUSED = "fused"
"""Name of the learned stream."""

_R = STAGES.index("R")
_WINDOWS = (2, 4, 6, 10, 16, 30, 60)
_LONGEST_RUN, _LONGEST_SINCE = 40, 120
_STRENGTH = 0.01  # inverse of the ridge on standardised features; .001 to .1 came out alike within .002 nats an epoch


def learn_fusion(nights: Sequence[ReplayNight], *, name: str = FUSED) -> Callable[[ReplayNight], ReplayNight]:
    """Learn P(REM | what all streams said so far) from nights with their truth.

    Parameters
    ----------
    nights : sequence of ReplayNight
        All with the same streams.
    name : str
        Of the stream that is added.

    Returns
    -------
    callable
        Takes a night and returns it with the stream `name`: probabilities whose REM column is the learned one (what
        is left is given to N2), causal epoch by epoch.

    Raises
    ------
    CannotAnswer
        The nights hold no REM, or nothing else.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scored = [night.truth.stages >= 0 for night in nights]
    rem = np.concatenate([night.truth.stages[kept] == _R for night, kept in zip(nights, scored, strict=True)])
    if rem.size == 0 or rem.all() or not rem.any():
        raise CannotAnswer("the nights hold no REM, or nothing else, to learn from")
    table = np.concatenate([past_features(night)[kept] for night, kept in zip(nights, scored, strict=True)])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=500))
    model.fit(table, rem)

    def add(night: ReplayNight) -> ReplayNight:
        likely = model.predict_proba(past_features(night))[:, 1]
        probabilities = np.zeros((likely.size, len(STAGES)))
        probabilities[:, _R], probabilities[:, STAGES.index("N2")] = likely, 1 - likely
        stages = np.where(likely >= 0.5, _R, STAGES.index("N2")).astype(np.int8)
        fused = Hypnogram(
            stages, night.truth.epoch_s, probabilities=probabilities, scorer=name, offset_s=night.truth.offset_s
        )
        return replace(night, streams={**night.streams, name: fused})

    return add


def past_features(night: ReplayNight) -> NDArray[np.float64]:
    """Return what is counted of the past at the end of each epoch, shape (n, features).

    Of REM by each stream, by all of them and by any: the run so far, the time since the last, shares of windows of up
    to 60 epochs, the count so far. Of every other stage by each stream: the time since, and shares. How long it is
    since the first N2, and how often the streams differed.
    """
    streams = [stream.stages for stream in night.streams.values()]
    rem = [stages == _R for stages in streams]
    tracks = [*rem, np.logical_and.reduce(rem), np.logical_or.reduce(rem)]
    columns: list[NDArray[np.float64]] = []
    for track in tracks:
        run = np.minimum(_run(track), _LONGEST_RUN)
        columns += [run, np.sqrt(run), _since(track), np.cumsum(track).astype(float)]
        columns += [_share(track, window) for window in _WINDOWS]
    for stages in streams:
        for code in range(_R):
            track = stages == code
            columns += [_since(track), *(_share(track, window) for window in (3, 6, 12, 30, 90))]
        columns += [_share(np.diff(stages, prepend=stages[:1]) != 0, window) for window in (20, 120)]
        columns.append(_since_first(stages == STAGES.index("N2")))
    differed = np.any([stages != streams[0] for stages in streams], axis=0)
    columns += [_share(differed, window) for window in (10, 60, differed.size)]
    return np.column_stack(columns)


def _run(track: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how many epochs in a row have been true, up to and with each epoch."""
    places = np.arange(1, track.size + 1)
    broken = np.maximum.accumulate(np.where(track, 0, places))
    return (places - broken).astype(float)


def _since(track: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how many epochs ago it was last true; the longest that is told where it never was."""
    places = np.arange(track.size)
    last = np.maximum.accumulate(np.where(track, places, -_LONGEST_SINCE))
    return np.minimum(places - last, _LONGEST_SINCE).astype(float)


def _since_first(track: NDArray[np.bool_]) -> NDArray[np.float64]:
    first = int(np.argmax(track)) if track.any() else track.size
    return (np.arange(track.size) - first).astype(float)


def _share(track: NDArray[np.bool_], window: int) -> NDArray[np.float64]:
    """Return the share of true epochs among the last `window`, fewer at the night's start."""
    total = np.concatenate([[0], np.cumsum(track)])
    ends = np.arange(1, total.size)
    begins = np.maximum(ends - window, 0)
    return np.asarray((total[ends] - total[begins]) / (ends - begins))
