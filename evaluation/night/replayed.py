"""Wake-up rules on nights scored by experts and by machines: the performance to expect on a new night."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from evaluation.figure import Figure
from karmalink import night
from karmalink.night.wake_rules.fusion import FUSED
from karmalink.night.wake_rules.replays import REPLAY_FIGURES
from karmalink.night.wake_rules.rules import Condition, Rule

__all__ = ["run"]

TRUTH, VOCABULARY = "psg/stage_hum", "0-4"
FOLDS = 8


def run(data: Path) -> list[Figure]:
    """Return plain rules, the best rule by nested cross-validation, the frontier, and rules with an oracle."""
    nights = night.read_replay_nights(data / "eeg" / "boas", TRUTH, vocabulary=VOCABULARY)
    case = f"BOAS, {len(nights)} nights of {len({one.who for one in nights})} people"
    streams = sorted({name for one in nights for name in one.streams})
    usable = [one for one in nights if set(one.streams) == set(streams)]
    found = [Figure(case, "left out", reason) for reason in nights.left_out]
    for rule in _plain(streams):
        found += _figures(case, f"{rule.name}: {rule.sentence}", night.replay([rule], usable)[0])
    for rule in _plain(streams)[:2]:
        found += _figures(case, f"oracle: {rule.name}, with an oracle", night.oracle(rule, usable))
    stages = night.search_rules(night.rule_grid(streams), usable, folds=FOLDS)
    found += _searched(case, "stages alone", stages)
    learned = night.search_rules(
        night.probability_grid(FUSED), usable, folds=FOLDS, learn=night.learn_fusion, progress=_said
    )
    return found + _searched(case, "learned fusion of the streams", learned)


def _plain(streams: list[str]) -> list[Rule]:
    first = next((name for name in streams if name.startswith("psg")), streams[0])
    six = Rule("six in a row", (Condition("R", 6, 6, (first,)),))
    return [
        six,
        Rule("ten in a row", (Condition("R", 10, 10, (first,)),)),
        replace(six, name="six in a row, late", not_before_min=60),
        Rule("one", (Condition("R", 1, 1, (first,)),)),
    ]


def _searched(case: str, name: str, search: night.RuleSearch) -> list[Figure]:
    found = _figures(case, f"best of {search.n_rules:,} rules, {name}, nested cross-validation", search.held_out)
    found[0] = replace(found[0], note=f"{search.finding} To use: {search.best.sentence}.")
    found.append(Figure(case, f"rules chosen by the {search.n_folds} folds", str(len(set(search.chosen))), note=name))
    found += [
        Figure(
            case,
            f"frontier ({name}, figures on the nights the rules were chosen on)",
            f"precision {one.precision:.3f}, sensitivity {one.sensitivity:.3f}, {one.delay_min:.1f} min",
            note=one.rule.sentence,
        )
        for one in search.frontier
        if one.precision >= 0.8
    ]
    return found


def _figures(case: str, measure: str, seen: night.Replay) -> list[Figure]:
    between = seen.intervals()
    digits = {"precision": 3, "sensitivity": 3, "delay_min": 1, "triggers_per_night": 2}
    return [
        Figure(
            case,
            f"{measure}: {REPLAY_FIGURES[name][0]}",
            f"{getattr(seen, name):.{n}f}",
            f"{between[name][0]:.{n}f}–{between[name][1]:.{n}f}",
        )
        for name, n in digits.items()
    ]


def _said(done: int, total: int) -> None:
    print(f"  fold {done} of {total}", file=sys.stderr, flush=True)
