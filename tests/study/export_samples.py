"""A person and a recording that the tests of exports share."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext

import numpy as np

from karmalink.night import Hypnogram, Recording
from karmalink.study.exports.people import ExportAccount, ExportAwakening, ExportNight, ExportPerson, night_of

START = dt.datetime(2026, 3, 14, 23, 5, 30)


DREAM = 'I stood in the river.\n\tMy aunt said: "dig here", and I dug.'


def recording(minutes: int = 3, *, start: dt.datetime | None = START, kinds: tuple[str, ...] = ()) -> Recording:
    """Return noise on four channels."""
    rng = np.random.default_rng(7)
    names = ["EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin", *(f"{kind} {i}" for i, kind in enumerate(kinds))]
    data = rng.normal(0, 2e-5, (len(names), minutes * 60 * 100))
    found = ["eeg", "eog", "eog", "emg", *kinds]
    return Recording.from_array(data, names, 100.0, start=start, label="grandmother-night", kinds=found)


def hypnogram(epochs: int = 6) -> Hypnogram:
    """Return a scored night with every stage and one unscored epoch."""
    stages = np.array([0, 1, 2, 3, 4, -1][:epochs], dtype=np.int8)
    table = np.full((epochs, 5), 0.05)
    for epoch, stage in enumerate(stages):
        table[epoch, max(stage, 0)] = 0.8
    return Hypnogram(stages, probabilities=table, scorer="yasa 0.7.0", start=START)


def person(label: str = "k3x9", **changes: object) -> ExportPerson:
    """Return one person with two nights and three accounts."""
    woken = ExportAwakening("w001", START + dt.timedelta(seconds=151), 151.0, "R", 0.9, "R stable 5 min")
    nights = (
        ExportNight("n001", START, lambda: nullcontext(recording()), hypnogram(), (woken,)),
        ExportNight("n002", None, lambda: nullcontext(recording(1, start=None)), None),
    )
    accounts = (
        ExportAccount("a001", night_of(START), "night_of", "en", DREAM, woken),
        ExportAccount("a002", night_of(START) + 12, "unknown", "km", "ខ្ញុំយល់សប្តិឃើញទន្លេ", None),
        ExportAccount("a003", None, "unknown", "en", "Some time that spring: the market.", None),
    )
    values = {"role": "minor", "age": 13, "nights": nights, "accounts": accounts, **changes}
    return ExportPerson(label, **values)  # type: ignore[arg-type]
