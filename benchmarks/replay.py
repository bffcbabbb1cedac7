"""64 nights of replay x 1,000 rules, against the plain loop over epochs (measured on a part, and said)."""

from __future__ import annotations

import time

import numpy as np

from karmalink.night import Hypnogram, ReplayNight, Rule, replay, rule_grid
from karmalink.night.simulation.simulated_night import plant_stages

NIGHTS, RULES, EPOCHS, MEASURED = 64, 1_000, 960, 20


def main() -> None:
    """Print both times, whether the answers are the same, and the ratio."""
    nights = [_night(number) for number in range(NIGHTS)]
    rules = rule_grid(["a", "b"], lengths=range(1, 11), slack=range(5), not_before=(0.0, 40.0, 60.0, 80.0))[:RULES]
    start = time.perf_counter()
    told = replay(rules, nights)
    ours_s = time.perf_counter() - start
    start = time.perf_counter()
    plain = [_plain(rule, night) for rule in rules[:MEASURED] for night in nights]
    peer_s = (time.perf_counter() - start) * len(rules) / MEASURED
    same = plain == [score.triggers.tolist() for one in told[:MEASURED] for score in one.nights]
    print(f"{len(rules):,} rules x {NIGHTS} nights of {EPOCHS} epochs; the same triggers: {same}")
    print(f"karmalink {ours_s:.2f} s (the limit is 10 s), loop over epochs {peer_s:.0f} s ({MEASURED} rules measured)")
    print(f"ratio {ours_s / peer_s:.4f}")


def _night(seed: int) -> ReplayNight:
    rng = np.random.default_rng(seed)
    truth = plant_stages(EPOCHS, rng)
    streams = {name: Hypnogram(np.where(rng.random(EPOCHS) < 0.1, 4, truth)) for name in ("a", "b")}
    return ReplayNight(f"night {seed}", Hypnogram(truth), streams)


def _plain(rule: Rule, night: ReplayNight) -> list[int]:
    condition = rule.conditions[0]
    names = condition.streams or tuple(night.streams)
    codes = [night.streams[name].stages.tolist() for name in names]
    join = all if condition.agree == "all" else any
    begin, fired, window = None, [], []
    for now in range(EPOCHS):
        if begin is None and codes[0][now] == 2:
            begin = now
        window = [*window, join(stages[now] == 4 for stages in codes)][-condition.of_last :]
        early = rule.not_before_min and (begin is None or (now - begin) / 2 < rule.not_before_min)
        rested = not fired or (now - fired[-1] - 1) / 2 >= rule.rest_min
        if sum(window) >= condition.at_least and rested and not early:
            fired.append(now)
    return fired


if __name__ == "__main__":
    main()
