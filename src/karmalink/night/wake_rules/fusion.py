"""Fusion of several streams into one: the probability of REM now, given all that the streams have scored so far.

Scorers err in runs, and they err differently: six epochs of REM in a row by one of them are weaker evidence than four
by both, and weaker in the first hour than in the last. A logistic regression on features of the past learns the weights
from nights that an expert has scored. Its probability is a stream like any other, which rules can use
(``min_probability``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from karmalink.base.arrays import Bools, Floats
from karmalink.errors import CannotAnswer
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.wake_rules.triggers import ReplayNight

__all__ = ["FUSED", "learn_fusion", "past_features"]

FUSED = "fused"
"""Name of the learned stream."""

_N2, _R = STAGES.index("N2"), STAGES.index("R")
_WINDOWS = (2, 4, 6, 10, 16, 30, 60)
_LONGEST_RUN, _LONGEST_SINCE = 40, 120
# Inverse ridge penalty on standardised features; 0.001 to 0.1 differ by at most 0.002 nats per epoch.
_INVERSE_RIDGE = 0.01


def learn_fusion(nights: Sequence[ReplayNight], *, name: str = FUSED) -> Callable[[ReplayNight], ReplayNight]:
    """Learn P(REM | stages of all streams so far) from nights that an expert has scored.

    Parameters
    ----------
    nights : sequence of ReplayNight
        All with the same streams.
    name : str
        Name of the added stream.

    Returns
    -------
    callable
        Takes a night and returns it with the stream `name`: the probability of REM is the learned one, the rest is
        given to N2. Every epoch depends on the past only.

    Raises
    ------
    CannotAnswer
        The nights hold no REM, or nothing else.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scored = [night.truth.stages >= 0 for night in nights]
    # y, shape (epochs of all nights,): REM by the expert
    rem = np.concatenate([night.truth.stages[kept] == _R for night, kept in zip(nights, scored, strict=True)])
    if rem.size == 0 or rem.all() or not rem.any():
        raise CannotAnswer("the nights have no REM, or nothing but REM, to learn from")
    # X, shape (epochs of all nights, features)
    table = np.concatenate([past_features(night)[kept] for night, kept in zip(nights, scored, strict=True)])
    # P(REM) = 1 / (1 + exp(−(b + w·z))), z the standardised features; minimises log loss + |w|² / (2 C)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_INVERSE_RIDGE, max_iter=500))
    model.fit(table, rem)

    def add(night: ReplayNight) -> ReplayNight:
        rem_probability = model.predict_proba(past_features(night))[:, 1]  # (n,)
        probabilities = np.zeros((rem_probability.size, len(STAGES)))
        probabilities[:, _R], probabilities[:, _N2] = rem_probability, 1 - rem_probability
        stages = np.where(rem_probability >= 0.5, _R, _N2).astype(np.int8)
        fused = Hypnogram(
            stages, night.truth.epoch_s, probabilities=probabilities, scorer=name, offset_s=night.truth.offset_s
        )
        return replace(night, streams={**night.streams, name: fused})

    return add


def past_features(night: ReplayNight) -> Floats:
    """Return features of the past at the end of each epoch, shape (n, features).

    Of REM by each stream, by all of them and by any: length of the current run and its square root, epochs since the
    last, number so far, shares of windows of up to 60 epochs. Of every other stage by each stream: epochs since the
    last, and shares. Of each stream: share of epochs with a change of stage, epochs since the first N2. How often the
    streams differed.
    """
    streams = [stream.stages for stream in night.streams.values()]
    rem = [stages == _R for stages in streams]
    tracks = [*rem, np.logical_and.reduce(rem), np.logical_or.reduce(rem)]
    columns: list[Floats] = []
    for is_rem in tracks:
        run = np.minimum(_run_length(is_rem), _LONGEST_RUN)
        columns += [run, np.sqrt(run), _epochs_since(is_rem), np.cumsum(is_rem).astype(float)]
        columns += [_share(is_rem, window) for window in _WINDOWS]
    for stages in streams:
        for code in range(_R):
            is_stage = stages == code
            columns += [_epochs_since(is_stage), *(_share(is_stage, window) for window in (3, 6, 12, 30, 90))]
        columns += [_share(np.diff(stages, prepend=stages[:1]) != 0, window) for window in (20, 120)]
        columns.append(_epochs_since_first(stages == _N2))
    differed = np.any([stages != streams[0] for stages in streams], axis=0)
    columns += [_share(differed, window) for window in (10, 60, differed.size)]
    return np.column_stack(columns)


def _run_length(flags: Bools) -> Floats:
    """Return the length of the run of True that ends at each epoch, shape (n,): e − (last False at or before e)."""
    epochs = np.arange(1, flags.size + 1)
    last_false = np.maximum.accumulate(np.where(flags, 0, epochs))
    return (epochs - last_false).astype(float)


def _epochs_since(flags: Bools) -> Floats:
    """Return the number of epochs since the last True, at most `_LONGEST_SINCE`, shape (n,)."""
    epochs = np.arange(flags.size)
    last_true = np.maximum.accumulate(np.where(flags, epochs, -_LONGEST_SINCE))
    return np.minimum(epochs - last_true, _LONGEST_SINCE).astype(float)


def _epochs_since_first(flags: Bools) -> Floats:
    """Return the number of epochs since the first True, negative before it, shape (n,)."""
    first = int(np.argmax(flags)) if flags.any() else flags.size
    return (np.arange(flags.size) - first).astype(float)


def _share(flags: Bools, window: int) -> Floats:
    """Return the share of True among the last `window` epochs, shape (n,); among fewer at the start of the night.

    (C[e] − C[max(e − window, 0)]) / number of epochs, with C[e] = Σ_{i < e} flags[i].
    """
    total = np.concatenate([[0], np.cumsum(flags)])
    ends = np.arange(1, total.size)
    begins = np.maximum(ends - window, 0)
    return np.asarray((total[ends] - total[begins]) / (ends - begins))
