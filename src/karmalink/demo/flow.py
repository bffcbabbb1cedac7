"""The whole demo: from plain files through all four rooms to one page."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.progress import Progress
from karmalink.demo.combined_gain import CombinedGain
from karmalink.demo.files import fresh_folder
from karmalink.demo.page import GainInParallel

if TYPE_CHECKING:
    from karmalink.demo.making import ScoredNight, StoryFiles
    from karmalink.demo.questions import DemoAnswers
    from karmalink.demo.search import DemoSearch

__all__ = ["DemoRun", "run_demo"]

Watch = Callable[[str], AbstractContextManager[Progress]]
WORKERS = 2


@dataclass(frozen=True, slots=True)
class DemoRun:
    """The result of one run of the demo.

    Attributes
    ----------
    report, study, keys : Path
        The page, the study's folder, and the folder of its keys.
    passphrase : str
        Opens the key store; a demo's passphrase is not secret.
    seed : int
        Seed of everything.
    seconds : dict
        Wall time of each step.
    night, answers, search, gain
        Results, step by step.
    """

    report: Path
    study: Path
    keys: Path
    passphrase: str
    seed: int
    seconds: dict[str, float]
    night: ScoredNight
    answers: DemoAnswers
    search: DemoSearch
    gain: CombinedGain

    def to_dict(self) -> dict[str, Any]:
        """Return where everything is, and the findings, JSON-ready."""
        return {
            "report": str(self.report),
            "study": str(self.study),
            "keys": str(self.keys),
            "passphrase": self.passphrase,
            "seed": self.seed,
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
            "findings": list(self.findings()),
            "gain": self.gain.to_dict(),
        }

    def findings(self) -> tuple[str, ...]:
        """Return one sentence per question."""
        return (
            self.gain.finding,
            self.gain.control,
            *(f"{answered.question} {answered.result.finding}" for answered in self.answers.answered),
        )

    def __repr__(self) -> str:
        """One-line summary."""
        return f"DemoRun({self.report}, {sum(self.seconds.values()):.0f} s)"


def run_demo(
    out: str | Path, *, seed: int = 7, worlds: int = 200, workers: int = WORKERS, watch: Watch | None = None
) -> DemoRun:
    """Make the demo study, run the whole flow on it and write its report.

    Parameters
    ----------
    out : str or Path
        A folder of the demo's own; one that an earlier demo made is recreated.
    seed : int
        Seed of everything.
    worlds : int
        Pairs of simulated worlds for the figure of the gain.
    workers : int
        Processes for those worlds.
    watch : callable, optional
        Called with the name of each step; returns a context that gives a progress callable.

    Raises
    ------
    UsageError
        The folder contains something that no demo made.
    """
    from karmalink.demo.making import make_story_files

    folder = fresh_folder(Path(out))
    clock = _Clock(watch)
    with GainInParallel(worlds, workers) as behind:
        with clock.step("A town, its days and its dreams"):
            papers = make_story_files(folder, seed)
        return _through_the_rooms(folder, papers, behind, clock)


def _through_the_rooms(folder: Path, papers: StoryFiles, behind: GainInParallel, clock: _Clock) -> DemoRun:
    from karmalink.demo.making import PASSPHRASE, add_texts, make_study, record_night, score_night
    from karmalink.demo.page import DemoResults, write_report
    from karmalink.demo.questions import ask_study
    from karmalink.demo.search import add_link_clues, run_search
    from karmalink.demo.story import BOY
    from karmalink.demo.town import to_lonlat

    story, files = papers.story, papers.files
    with clock.step("One night of sleep") as tell:
        recording, planted = record_night(papers, progress=tell)
    with clock.step("The study, encrypted") as tell:
        study = make_study(folder, papers, recording, progress=tell)
    with study:
        with clock.step("The night is scored"):
            night = score_night(study, papers, planted)
        with clock.step("Dreams, diaries, register") as tell:
            add_texts(study, papers, night, progress=tell)
        with clock.step("Whose memory is it?") as tell:
            answers = ask_study(study, seed=story.seed, progress=tell)
        with clock.step("Where does it lie?"):
            add_link_clues(study, answers.carried, (BOY,))
            hunted = run_search(study, files["ground"], files["closing"], to_lonlat(*story.truth.spot))
        with clock.step("What combining the sources gains") as tell:
            joined = behind.result(tell)
        with clock.step("The report"):
            told = DemoResults(story, night, answers, hunted, joined)
            report = write_report(study, told, folder / "report.html")
    made = (report, folder / "study", folder / "keys", PASSPHRASE)
    return DemoRun(*made, story.seed, clock.seconds, night, answers, hunted, joined)


class _Clock:
    """Announces each step and measures its time."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self.seconds: dict[str, float] = {}

    def step(self, name: str) -> _Step:
        shown = self._watch(name) if self._watch else nullcontext(_silent)
        return _Step(name, shown, self.seconds)


class _Step:
    def __init__(self, name: str, shown: AbstractContextManager[Progress], seconds: dict[str, float]) -> None:
        self._name, self._shown, self._seconds = name, shown, seconds

    def __enter__(self) -> Progress:
        self._start = time.perf_counter()
        return self._shown.__enter__()

    def __exit__(self, *failure: Any) -> None:
        self._shown.__exit__(*failure)
        self._seconds[self._name] = time.perf_counter() - self._start


def _silent(done: int, total: int) -> None:
    """Report nothing."""
