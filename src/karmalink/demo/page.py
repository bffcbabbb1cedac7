"""The demo's report: what the study answered, in the order in which a reader asks."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from karmalink.base.progress import Progress
from karmalink.demo.cast import CAST
from karmalink.demo.joint_worth import JointWorth
from karmalink.demo.making import NIGHT
from karmalink.demo.register import register
from karmalink.demo.story import BOY, Story
from karmalink.demo.town import TOWN, to_lonlat
from karmalink.demo.witnesses import WITNESSES
from karmalink.report import NightShown, ReportData, SearchShown, Texts, render
from karmalink.study.analyses.study_summary import night_told

if TYPE_CHECKING:
    from karmalink.demo.asking import Answers
    from karmalink.demo.hunting import Hunt
    from karmalink.demo.joint_worth import JointWorth
    from karmalink.demo.making import ScoredNight
    from karmalink.study import Study

__all__ = ["Behind", "Told", "write_report"]

# The figure's worlds are computed behind the other steps, lest a second core be idle while one night is scored.


class _StoppedError(Exception):
    """The other steps failed, so nobody waits for the worlds."""


class Behind:
    """The worlds, begun when it is entered and waited for when they are asked for.

    Parameters
    ----------
    worlds, workers : int
        As for :func:`karmalink.demo.worth.measure_worth`. One worker computes them when they are asked for, not before.
    """

    def __init__(self, worlds: int, workers: int) -> None:
        self._worlds, self._workers = worlds, workers
        self._stop = threading.Event()
        self._seen = (0, worlds)
        self._tell: Progress | None = None
        self._thread = ThreadPoolExecutor(1)
        self._future: Future[JointWorth] | None = None

    def __enter__(self) -> Self:
        """Begin, where there is a process to spare."""
        if self._workers > 1:
            self._future = self._thread.submit(self._compute)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what nobody waits for."""
        self._stop.set()
        self._thread.shutdown(cancel_futures=True)

    def result(self, progress: Progress | None = None) -> JointWorth:
        """Wait for the worlds, telling how many are done."""
        self._tell = progress
        if progress is not None:
            progress(*self._seen)
        return self._compute() if self._future is None else self._future.result()

    def _compute(self) -> JointWorth:
        from karmalink.demo.worth import measure_worth

        return measure_worth(self._worlds, workers=self._workers, progress=self._told)

    def _told(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._seen = (done, total)
        if self._tell is not None:
            self._tell(done, total)


MADE_UP = (
    f"{TOWN}, its people, dreams, diaries and signals are invented, and generated from one seed. The truth was planted "
    "and kept apart from the analysis, so that it can be held against what the analysis says."
)
_LIMITS = (
    "The worlds are generated: that the joints help here says that the parts fit together and that false links do no "
    "harm, not how much they would help a real search.",
    "The dreams were made to draw on the boy's own last days. Real dreams do so less often, and less clearly.",
)
_SOFTWARE = ("karmalink", "numpy", "scipy", "mne", "yasa", "altair")


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that the report tells."""

    story: Story
    night: ScoredNight
    answers: Answers
    hunt: Hunt
    worth: JointWorth


def write_report(study: Study, told: Told, path: Path) -> Path:
    """Write the demo's report; texts of the invented people are carried unit by unit."""
    story = told.story
    scored = night_told(study, NIGHT)
    seen = {"truth": told.night.truth, "events": told.night.events, "planted": told.night.planted}
    nights = (NightShown(**scored.parts, **seen),) if scored else ()
    data = ReportData(
        title="Where the golden one lies",
        subtitle=f"The demo study: a boy of 13, his grandmother's story, and a search in {TOWN}",
        made=dt.datetime.now().replace(microsecond=0),
        worth=told.worth,
        nights=nights,
        accounts=tuple(study.accounts.list()),
        awakenings=tuple(study.awakenings.list()),
        lives=told.answers.lives,
        asked=told.answers.asked,
        power=told.answers.power,
        search=SearchShown(
            found=told.hunt.found,
            places=told.hunt.places,
            plan=told.hunt.plan,
            after=told.hunt.after,
            closures=told.hunt.closures,
            truth=to_lonlat(*story.truth.spot),
            thing="the golden Buddha",
            questions=told.hunt.questions,
            influence=told.hunt.influence,
            barter=told.hunt.barter,
        ),
        planted={account: entry for account, entry in story.truth.sources.items() if entry is not None},
        names=_names(story),
        made_up=MADE_UP,
        does_not_show=_LIMITS,
        versions={name: importlib.metadata.version(name) for name in _SOFTWARE},
        seeds={"story": story.seed, "first world of the figure": told.worth.seeds[0]},
        texts=Texts.UNITS,
    )
    return render(data, path)


def _names(story: Story) -> dict[str, str]:
    people = {member.id: f"{member.id}, {member.title}" for member in CAST if member.id != BOY}
    days = {f"{member.id.lower()}-days": f"{member.id}’s days" for member in CAST}
    past = {life.id: f"{life.title} of the register" for life in register(story.seed, story.town)}
    return {**days, **past, **people, **{card.id: card.title for card in WITNESSES}, BOY: f"{BOY}, {CAST[0].title}"}
