"""Nights for the tests of replay, and the slow, obvious reference."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from karmalink.night import Hypnogram
from karmalink.night.wake_rules.rules import Condition, Rule
from karmalink.night.wake_rules.triggers import ReplayNight

__all__ = ["conditions", "night_of", "nights", "reference", "rules"]


def night_of(
    truth: list[int], *streams: list[int], name: str = "n", subject: str = "", epoch_s: float = 30.0
) -> ReplayNight:
    """Return a night of stage codes; its streams are called a, b …"""
    named = {chr(97 + i): Hypnogram(np.array(codes), epoch_s) for i, codes in enumerate(streams)}
    return ReplayNight(name, Hypnogram(np.array(truth), epoch_s), named, subject)


@st.composite
def nights(draw: st.DrawFn) -> ReplayNight:
    """Draw a night with runs, as sleep has them, and two streams that err."""
    seed, n = draw(st.integers(0, 10**6)), draw(st.integers(1, 150))
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.integers(-1, 5, n), rng.integers(1, 12, n))[:n]
    streams = [np.where(rng.random(n) < 0.2, rng.integers(-1, 5, n), truth).tolist() for _ in range(2)]
    return night_of(truth.tolist(), *streams)


conditions = st.builds(
    lambda stage, at_least, more, streams, agree: Condition(stage, at_least, at_least + more, streams, agree),
    st.sampled_from(("R", "N2", "W")),
    st.integers(1, 6),
    st.integers(0, 3),
    st.sampled_from(((), ("a",), ("b",), ("a", "b"))),
    st.sampled_from(("all", "any")),
)
rules = st.builds(
    Rule,
    st.just("r"),
    st.lists(conditions, min_size=1, max_size=3).map(tuple),
    st.sampled_from((0.0, 1.0, 10.0)),
    st.sampled_from(("start", "sleep", "N2")),
    st.sampled_from((0.0, 1.0, 5.0, 30.0)),
    st.sampled_from((0, 1, 2)),
)


def reference(rule: Rule, night: ReplayNight) -> tuple[list[int], list[bool], list[float]]:
    """Play one rule epoch by epoch, as the design says it in words: triggers, truly REM, delays (-1: not caught)."""
    minute = night.truth.epoch_s / 60
    labels = {name: stream.labels for name, stream in night.streams.items()}
    truth = night.truth.labels
    first = (rule.conditions[0].streams or tuple(labels))[0]
    begin, fired = None, []
    for now in range(len(truth)):
        stage = labels[first][now]
        if begin is None and {"start": True, "sleep": stage not in "W?", "N2": stage == "N2"}[rule.counted_from]:
            begin = now
        if rule.not_before_min and (begin is None or (now - begin) * minute < rule.not_before_min):
            continue
        if (fired and (now - fired[-1] - 1) * minute < rule.rest_min) or (rule.most and len(fired) == rule.most):
            continue
        if any(_holds(one, labels, now) for one in rule.conditions):
            fired.append(now)
    delays = []
    for start, end in _periods(truth, minute):
        inside = [one for one in fired if start <= one <= end]
        delays.append((inside[0] + 1 - start) * minute if inside else -1.0)
    return fired, [truth[one] == "R" for one in fired], delays


def _holds(one: Condition, labels: dict[str, tuple[str, ...]], now: int) -> bool:
    names = one.streams or tuple(labels)
    seen = 0
    for epoch in range(max(0, now - one.of_last + 1), now + 1):
        votes = [labels[name][epoch] == one.stage for name in names]
        seen += all(votes) if one.agree == "all" else any(votes)
    return seen >= one.at_least


def _periods(truth: tuple[str, ...], minute: float) -> list[tuple[int, int]]:
    found: list[list[int]] = []
    for epoch, label in enumerate(truth):
        if label != "R":
            continue
        if found and (epoch - found[-1][-1] - 1) * minute <= 15:
            found[-1].append(epoch)
        else:
            found.append([epoch])
    return [(one[0], one[-1]) for one in found if len(one) >= 4]
