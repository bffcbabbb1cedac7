"""From plain files to a study: the town and its papers, one night of sleep, and everything imported and encrypted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import runs
from karmalink.base.progress import Progress
from karmalink.demo.files import write_files, write_truth
from karmalink.demo.gain_worlds import statements_of
from karmalink.demo.search import write_case
from karmalink.demo.story import BOY, Story, build_story
from karmalink.demo.witnesses import WitnessStatement
from karmalink.study import Awakening, Study
from karmalink.study.awakening import awakening_at
from karmalink.study.imports import Options, add_file

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Events, Hypnogram, SleepSummary

__all__ = [
    "NIGHT",
    "PASSPHRASE",
    "PlantedNight",
    "ScoredNight",
    "StoryFiles",
    "add_texts",
    "make_story_files",
    "make_study",
    "record_night",
    "score_night",
    "truth_of",
]

# A demo's passphrase is not a secret: it is printed, so that anyone who runs the demo can open its study.
PASSPHRASE = "born of the demo, heir to the demo"
NIGHT = "dara-night"
_BED = dt.time(22, 0)
_HOURS = 8.0
_LOOKED_FOR = ("spindles", "eye-movements")


@dataclass(frozen=True, slots=True)
class StoryFiles:
    """The story, what its witnesses say, and the files that were written."""

    story: Story
    said: tuple[WitnessStatement, ...]
    files: dict[str, Path]


@dataclass(frozen=True, slots=True)
class PlantedNight:
    """What was planted in the recorded night: its stages, and its events by kind."""

    stages: Hypnogram
    events: Mapping[str, Events]


@dataclass(frozen=True, slots=True)
class ScoredNight:
    """The recorded night: what was planted, what the doctor found, what was seen in it, and who was woken when.

    `planted` is held against `events` of the same kind.
    """

    truth: Hypnogram
    hypnogram: Hypnogram
    doctor: DoctorReport
    summary: SleepSummary
    awakenings: tuple[Awakening, ...]
    events: tuple[Events, ...]
    planted: Mapping[str, Events]


def make_story_files(folder: Path, seed: int) -> StoryFiles:
    """Write the plain files of the demo study, and the truth beside their folder."""
    story = build_story(seed)
    statements = tuple(statements_of(story))
    papers = folder / "files"
    papers.mkdir()
    files = {**write_files(papers, story, statements), **write_case(papers)}
    write_truth(folder / "truth.json", story, statements)
    return StoryFiles(story, statements, files)


def record_night(papers: StoryFiles, *, progress: Progress | None = None) -> tuple[Path, PlantedNight]:
    """Simulate the night that the story has recorded, and write it as EDF beside the other files."""
    from karmalink.night import plant_night, write_edf

    evening = dt.date.fromordinal(papers.story.recorded)
    night = plant_night(
        _HOURS, seed=papers.story.seed, start=dt.datetime.combine(evening, _BED), label=NIGHT, progress=progress
    )
    path = write_edf(night.recording, papers.files["people"].with_name(f"{NIGHT}.edf"))
    return path, PlantedNight(night.stages, night.events)


def make_study(folder: Path, papers: StoryFiles, night: Path, *, progress: Progress | None = None) -> Study:
    """Create the study and import what does not wait for the night to be scored."""
    study = Study.create(folder / "study", title="The demo study", passphrase=PASSPHRASE, keys=folder / "keys")
    kinds = (("people", "people"), ("places", "places"), ("witnesses", "witnesses"), ("clues", "clues"))
    for done, (kind, name) in enumerate(kinds):
        add_file(study, kind, papers.files[name])
        _tell(progress, done, len(kinds) + 1)
    add_file(study, "nights", night, options=Options(person=BOY, id=NIGHT))
    _tell(progress, len(kinds) + 1, len(kinds) + 1)
    return study


def score_night(study: Study, papers: StoryFiles, planted: PlantedNight) -> ScoredNight:
    """Score the recorded night out of the vault, and read the stage of its awakenings off the scoring."""
    from karmalink.night import examine, find_events, stage, summarise

    with study.nights.recording(NIGHT) as recording:
        doctor = examine(recording)
        hypnogram = stage(doctor.recording)
        found = find_events(doctor.recording, hypnogram, _LOOKED_FOR)
    summary = summarise(hypnogram)
    study.nights.score(NIGHT, hypnogram, doctor=doctor, summary=summary)
    truth = planted.stages
    known = {
        "spindle": planted.events["spindle"],
        "rapid eye movement": planted.events["eye movement"].during(truth, ("R",)),
    }
    woken = _woken(papers.story, truth, hypnogram)
    return ScoredNight(truth, hypnogram, doctor, summary, woken, tuple(found.found.values()), known)


def add_texts(study: Study, papers: StoryFiles, night: ScoredNight, *, progress: Progress | None = None) -> None:
    """Import awakenings, accounts, diaries and the register."""
    study.awakenings.add(night.awakenings)
    rest = papers.files["awakenings"]
    for done, (kind, path) in enumerate(
        (
            ("awakenings", rest),
            ("accounts", papers.files["accounts"]),
            ("entries", papers.files["lives"]),
            ("entries", papers.files["register"]),
        ),
        start=1,
    ):
        add_file(study, kind, path)
        _tell(progress, done, 4)


def _woken(story: Story, truth: Hypnogram, scored: Hypnogram) -> tuple[Awakening, ...]:
    """Return the awakenings of the recorded night.

    Each falls into the longest stretch of the stage that the story has for it; what enters the study is the stage that
    the stager saw, with its confidence, not the one that was planted.
    """
    planted = {awakening.id: awakening for awakening in story.awakenings}
    given = [account for account in story.accounts if account.night() == story.recorded]
    wanted = [planted[account.awakening] for account in given if account.awakening]
    awakenings = []
    for number, awakening in enumerate(wanted):
        first, length = _longest(np.array(truth.labels) == awakening.stage)
        start = truth.start or awakening.time
        time = start + dt.timedelta(seconds=round((first + length / (1.3 + number)) * truth.epoch_s))
        awakenings.append(
            awakening_at(
                scored, time, name=awakening.id, person=BOY, rule=f"{awakening.stage} stable 5 min", night=NIGHT
            )
        )
    return tuple(awakenings)


def _longest(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[int, int]:
    """Return first index and length of the longest run of True."""
    first, stop = max(runs(inside), key=lambda run: run[1] - run[0])
    return first, stop - first


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def truth_of(folder: Path) -> dict[str, object]:
    """Return what was planted, for tests and for the report's check of itself."""
    found: dict[str, object] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found
