"""The demo's report, and the simulated worlds computed beside the other steps."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from karmalink.base.progress import Progress
from karmalink.demo.cast import CAST
from karmalink.demo.combined_gain import CombinedGain
from karmalink.demo.lives_register import register
from karmalink.demo.making import NIGHT
from karmalink.demo.story import BOY, Story
from karmalink.demo.town import TOWN, to_lonlat
from karmalink.demo.witnesses import WITNESSES
from karmalink.report import ReportData, ReportNight, ReportSearch, Texts, render
from karmalink.study.analyses.study_summary import summarise_night

if TYPE_CHECKING:
    from karmalink.demo.combined_gain import CombinedGain
    from karmalink.demo.making import ScoredNight
    from karmalink.demo.questions import DemoAnswers
    from karmalink.demo.search import DemoSearch
    from karmalink.study import Study

__all__ = ["DemoResults", "GainInParallel", "write_report"]

# The worlds of the figure are computed beside the other steps, so that a second core is not idle meanwhile.


class _StoppedError(Exception):
    """The other steps failed, so the worlds are no longer needed."""


class GainInParallel:
    """The simulated worlds: started on entry, waited for by :meth:`result`.

    Parameters
    ----------
    worlds, workers : int
        As for `demo.gain_worlds.measure_gain`. One worker computes them on request, not before.
    """

    def __init__(self, worlds: int, workers: int) -> None:
        self._worlds, self._workers = worlds, workers
        self._stop = threading.Event()
        self._seen = (0, worlds)
        self._progress: Progress | None = None
        self._thread = ThreadPoolExecutor(1)
        self._future: Future[CombinedGain] | None = None

    def __enter__(self) -> Self:
        """Start, if there is a spare process."""
        if self._workers > 1:
            self._future = self._thread.submit(self._compute)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what is still running."""
        self._stop.set()
        self._thread.shutdown(cancel_futures=True)

    def result(self, progress: Progress | None = None) -> CombinedGain:
        """Wait for the worlds, reporting how many are done."""
        self._progress = progress
        if progress is not None:
            progress(*self._seen)
        return self._compute() if self._future is None else self._future.result()

    def _compute(self) -> CombinedGain:
        from karmalink.demo.gain_worlds import measure_gain

        return measure_gain(self._worlds, workers=self._workers, progress=self._advance)

    def _advance(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._seen = (done, total)
        if self._progress is not None:
            self._progress(done, total)


MADE_UP = (
    f"{TOWN}, its people, dreams, diaries and signals are invented, and generated from one seed. The truth was planted "
    "and kept apart from the analysis, so that the analysis can be checked against it."
)
_LIMITS = (
    "The worlds are simulated. That links and nights help here shows that the parts work together and that false links "
    "do no harm, not how much they would help a real search.",
    "The dreams were made to draw on the boy's own last days. Real dreams do so less often, and less clearly.",
)
_SOFTWARE = ("karmalink", "numpy", "scipy", "mne", "yasa", "altair")


@dataclass(frozen=True, slots=True)
class DemoResults:
    """Everything in the demo's report."""

    story: Story
    night: ScoredNight
    answers: DemoAnswers
    search: DemoSearch
    gain: CombinedGain


def write_report(study: Study, results: DemoResults, path: Path) -> Path:
    """Write the demo's report, with the matching units of the invented people's texts."""
    story = results.story
    scored = summarise_night(study, NIGHT)
    night = ReportNight(**scored.parts) if scored else None
    made = results.night
    nights = () if night is None else (replace(night, truth=made.truth, events=made.events, planted=made.planted),)
    data = ReportData(
        title="Where the golden one lies",
        subtitle=f"The demo study: a boy of 13, his grandmother's story, and a search in {TOWN}",
        made=dt.datetime.now().replace(microsecond=0),
        gain=results.gain,
        nights=nights,
        accounts=tuple(study.accounts.list()),
        awakenings=tuple(study.awakenings.list()),
        lives=results.answers.lives,
        answered=results.answers.answered,
        power=results.answers.power,
        search=ReportSearch(
            probability_map=results.search.probability_map,
            places=results.search.places,
            plan=results.search.plan,
            after=results.search.after,
            closures=results.search.closures,
            truth=to_lonlat(*story.truth.spot),
            thing="the golden Buddha",
            questions=results.search.questions,
            influence=results.search.influence,
            asset_values=results.search.asset_values,
        ),
        planted={account: entry for account, entry in story.truth.sources.items() if entry is not None},
        names=_names(story),
        made_up=MADE_UP,
        does_not_show=_LIMITS,
        versions={name: importlib.metadata.version(name) for name in _SOFTWARE},
        seeds={"story": story.seed, "first world of the figure": results.gain.seeds[0]},
        texts=Texts.UNITS,
    )
    return render(data, path)


def _names(story: Story) -> dict[str, str]:
    people = {member.id: f"{member.id}, {member.title}" for member in CAST if member.id != BOY}
    days = {f"{member.id.lower()}-days": f"{member.id}’s days" for member in CAST}
    past = {life.id: f"{life.title} of the register" for life in register(story.seed, story.town)}
    return {**days, **past, **people, **{card.id: card.title for card in WITNESSES}, BOY: f"{BOY}, {CAST[0].title}"}
