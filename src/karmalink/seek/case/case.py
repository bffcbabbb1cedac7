"""A case: everything about one search, in one folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from karmalink.errors import InputError
from karmalink.seek.answers.lost_persons import LostPerson
from karmalink.seek.case.case_parts import (
    area_of,
    closure_of,
    danger_of,
    rules_of,
    segments_of,
    sensitive_of,
    shared_error_of,
    sought_of,
)
from karmalink.seek.case.case_settings import CASE_FILE, SoughtObject, case_file, read_case_file
from karmalink.seek.case.case_subject import subject_of
from karmalink.seek.case.case_tables import assets_of, clues_of, places_of, witnesses_of
from karmalink.seek.clues.clues import Clue
from karmalink.seek.clues.witnesses import Witness
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.gps_tracks import Track
from karmalink.seek.ground.places import Place, Places
from karmalink.seek.ground.search_segments import Segments
from karmalink.seek.planning.moving_plan import MovingPlan, plan_moving
from karmalink.seek.planning.plans import Plan, PlanOptions, Task, open_ground, plan, task_of
from karmalink.seek.planning.team_jobs import TeamPlan, TeamRules, team_plan
from karmalink.seek.probability_map.posterior import DEPENDENT, REST_OF_WORLD, locate
from karmalink.seek.probability_map.probability_map import ProbabilityMap
from karmalink.seek.probability_map.shared_errors import SharedError
from karmalink.seek.search.assets import Asset, Closure, Danger
from karmalink.seek.search.found_things import FOUND_FILE, FoundThing, read_found
from karmalink.seek.search.logbook import TRACKS_FOLDER, add_to_log, change_log, check_entry, open_log, tracks_of
from karmalink.seek.search.search_log import SearchLog
from karmalink.seek.search.searches import Search

__all__ = ["CASE_FILE", "Case"]


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One search: the ground, what is known, who can search, and what was searched.

    Attributes
    ----------
    path : Path
        The case file.
    name : str
        What is looked for.
    area : Area
        The grid.
    ground : Segments
        Where teams are sent.
    places : Places
        What clues refer to.
    witnesses : tuple of Witness
    clues : tuple of Clue
    assets : dict of str to Asset
        By name.
    closures : tuple of Closure
    dangers : tuple of Danger
        Ground that can hurt those who search it.
    risk_budget : float or None
        How much risk a plan may run, in the unit of the dangers.
    log : SearchLog
        What was searched so far.
    sensitive : str
        Why exact find spots are withheld (``looted``, ``sacred`` …); empty where they are not.
    coarsen_m : float or None
        Side of the blocks of what is withheld.
    sought : SoughtObject or None
        What is looked for, by the fields of Object ID.
    shared_error : SharedError or None
        Between the spot that everybody tells of and the true one; None: a wide prior at the scale of the map.
    subject : LostPerson or None
        Who is looked for, where it is a person.
    rules : TeamRules
        What a job of a team may be.
    rest_of_world, dependent : float
        See :func:`~karmalink.seek.locate`.
    start : date or None
    days : int
        Of the plan.
    doubt : float or None
        Shape of the doubt about sweep widths.
    searches : Path
        Where the log is.
    """

    path: Path
    name: str
    area: Area
    ground: Segments
    places: Places
    witnesses: tuple[Witness, ...]
    clues: tuple[Clue, ...]
    assets: Mapping[str, Asset]
    closures: tuple[Closure, ...]
    log: SearchLog
    rest_of_world: float
    dependent: float
    start: dt.date | None
    days: int
    doubt: float | None
    searches: Path
    dangers: tuple[Danger, ...] = ()
    risk_budget: float | None = None
    sensitive: str = ""
    coarsen_m: float | None = None
    sought: SoughtObject | None = None
    shared_error: SharedError | None = None
    subject: LostPerson | None = None
    rules: TeamRules = field(default_factory=TeamRules)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        places: Iterable[Place] | None = None,
        witnesses: Iterable[Witness] | None = None,
        clues: Iterable[Clue] | None = None,
    ) -> Case:
        """Read a case: its ``case.toml``, or the folder that holds it.

        Parameters
        ----------
        path : str or Path
            The folder or the file.
        places, witnesses, clues : iterable, optional
            In place of the table of the case, which is then not read and need not be named.

        Raises
        ------
        ReadError, ImportFaults, InputError, UnknownName
            Whatever is wrong with the case file or the tables it names.
        """
        place = case_file(path)
        had = {"places": places, "witnesses": witnesses, "clues": clues}
        given = read_case_file(place, had=[name for name, table in had.items() if table is not None])
        files, options = given.get("files", {}), given.get("plan", {})
        area = area_of(given["area"], place.parent)
        searches = place.parent / files.get("searches", "searches.csv")
        assets = assets_of(files["assets"], place.parent) if "assets" in files else ()
        return cls(
            path=place,
            name=given.get("name", place.parent.name),
            area=area,
            ground=segments_of(given["area"], place.parent, area),
            places=places_of(files.get("places", ()), place.parent) if places is None else Places(places),
            witnesses=witnesses_of(files.get("witnesses", ()), place.parent) if witnesses is None else tuple(witnesses),
            clues=clues_of(files.get("clues", ()), place.parent) if clues is None else tuple(clues),
            assets={asset.name: asset for asset in assets},
            closures=tuple(closure_of(closure, place.parent) for closure in given.get("closures", ())),
            log=open_log(searches),
            rest_of_world=float(given["area"].get("rest_of_world", REST_OF_WORLD)),
            dependent=float(options.get("dependent", DEPENDENT)),
            start=options.get("start"),
            days=int(options.get("days", 1)),
            doubt=options.get("doubt"),
            searches=searches,
            dangers=tuple(danger_of(danger, place.parent) for danger in given.get("dangers", ())),
            sensitive=sensitive_of(given.get("sensitive", "")),
            coarsen_m=given.get("coarsen_m"),
            sought=sought_of(given.get("sought", {})),
            risk_budget=options.get("risk_budget"),
            shared_error=shared_error_of(given["area"].get("shared_error")),
            subject=subject_of(given.get("subject"), place.parent),
            rules=rules_of(options),
        )

    def map(self, *, progress: Callable[[int, int], None] | None = None) -> ProbabilityMap:
        """Return where it lies, after the clues and all the searches of the log.

        Raises
        ------
        UnknownName, InputError, CannotAnswer
            See :func:`~karmalink.seek.locate`.
        """
        prior, beyond = (None, 0.0) if self.subject is None else self.subject.prior(self.area)
        found = locate(
            self.area,
            self.places,
            self.clues,
            self.witnesses,
            prior=prior,
            # Not found near the last known point is one way of being off the map, all else another.
            rest_of_world=1.0 - (1.0 - self.rest_of_world) * (1.0 - beyond),
            dependent=self.dependent,
            displacement=self.shared_error,
            progress=progress,
        )
        if not self.log.counting:
            return found
        return found.after(self.log, self.ground, self.assets, shape=self.doubt, tracks=self.tracks())

    def plan(
        self,
        probability_map: ProbabilityMap | None = None,
        *,
        hours: float | None = None,
        days: int | None = None,
        start: dt.date | None = None,
        today: dt.date | None = None,
    ) -> Plan:
        """Return where to look next, with hours that are divided freely.

        Parameters
        ----------
        probability_map : ProbabilityMap, optional
            The map, where it was already made.
        hours : float, optional
            Hours of each asset on each day; without it the assets' own. What the log has of a day is spent.
        days : int, optional
            How many days; without it the case's.
        start : date, optional
            The first day; without it the case's.
        today : date, optional
            Days before it have passed and have no hours.

        Raises
        ------
        InputError
            See :func:`~karmalink.seek.plan`.
        """
        given = self._planned(hours, days, start, today)
        return plan(probability_map or self.map(), tuple(self.assets.values()), **given)

    def task(
        self,
        probability_map: ProbabilityMap | None = None,
        *,
        hours: float | None = None,
        days: int | None = None,
        start: dt.date | None = None,
        today: dt.date | None = None,
    ) -> Task:
        """Return the planning problem that ``asset_values``, ``whole_teams`` and ``team_plan`` of `seek` take.

        Raises
        ------
        InputError
            See :func:`~karmalink.seek.plan`.
        """
        given = self._planned(hours, days, start, today)
        return task_of(probability_map or self.map(), tuple(self.assets.values()), **given)

    def team_plan(
        self,
        probability_map: ProbabilityMap | None = None,
        *,
        rules: TeamRules | None = None,
        hours: float | None = None,
        days: int | None = None,
        start: dt.date | None = None,
        today: dt.date | None = None,
    ) -> TeamPlan:
        """Return the plan that teams walk: whole jobs, and the way between them.

        Parameters
        ----------
        rules : TeamRules, optional
            What a job may be; without it what the case says.
        probability_map, hours, days, start, today
            See :meth:`plan`.

        Raises
        ------
        InputError
            See :func:`~karmalink.seek.plan`.
        """
        found = probability_map or self.map()
        best = self.plan(found, hours=hours, days=days, start=start, today=today)
        task = self.task(found, hours=hours, days=days, start=start, today=today)
        return team_plan(task, best, rules or self.rules)

    def moving_plan(
        self,
        probability_map: ProbabilityMap | None = None,
        *,
        periods: int = 6,
        hours: float = 1.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> MovingPlan:
        """Return where to look period by period for a person who moves on (`speed_kmh` of the subject).

        Parameters
        ----------
        probability_map : ProbabilityMap, optional
            The map, where it was already made.
        periods : int
            How many.
        hours : float
            Of one period.
        progress : callable, optional
            Called with (rounds done, most rounds).

        Raises
        ------
        InputError
            The case says of no subject how it moves; or see :func:`~karmalink.seek.plan_moving`.
        """
        if self.subject is None or self.subject.motion is None:
            raise InputError(
                "the case does not say how the person moves",
                where="subject.speed_kmh",
                rule="a plan for somebody who moves needs a lost person and a speed",
                next_step="add speed_kmh to [subject]; for a thing, or a person who stays: karmalink seek plan",
            )
        motion = self.subject.motion
        return plan_moving(
            probability_map or self.map(),
            tuple(self.assets.values()),
            self.ground,
            speed_kmh=motion.speed_kmh,
            stays=motion.stays,
            periods=periods,
            period_hours=hours,
            is_open=open_ground(self.ground, (self.start,), self.closures)[0],
            progress=progress,
        )

    def _planned(
        self, hours: float | None, days: int | None, start: dt.date | None, today: dt.date | None
    ) -> PlanOptions:
        spent: dict[tuple[str, dt.date], float] = {}
        for entry in self.log.counting:
            if entry.date is not None:
                spent[entry.asset, entry.date] = spent.get((entry.asset, entry.date), 0.0) + entry.hours
        return {
            "ground": self.ground,
            "hours": hours,
            "days": days or self.days,
            "start": start or self.start,
            "closures": self.closures,
            "shape": self.doubt,
            "dangers": self.dangers,
            "risk_budget": self.risk_budget,
            "spent": spent,
            "today": today,
        }

    def record(self, search: Search | None = None, *, undo: str | None = None) -> Case:
        """Write one more search into the log, or take one back (``""``: the last), and return the case with it.

        The log on the disk is read again first: what somebody else wrote down in the meantime is kept.

        Raises
        ------
        UnknownName, Duplicate, InputError
            See :meth:`record_all` and :meth:`~karmalink.seek.SearchLog.undo`.
        """
        if undo is not None:
            return replace(self, log=change_log(self.searches, lambda log: log.undo(undo)))
        return self.record_all([] if search is None else [search])[0]

    def record_all(
        self, searches: Sequence[Search], tracks: Mapping[str, Track] | None = None
    ) -> tuple[Case, tuple[Search, ...]]:
        """Write several searches into the log in one step, and return the case with them and those that were new.

        Parameters
        ----------
        searches : sequence of Search
            One whose `origin` is in the log already is the same search again, and is left out.
        tracks : mapping of str to Track, optional
            The tracks that they name; kept beside the log before it names them.

        Raises
        ------
        UnknownName, InputError
            A segment, asset or track that is not there, an entry that cannot be; then nothing is written.
        """
        for search in searches:
            check_entry(search, self.ground, self.assets)
        log, added = add_to_log(self.searches, searches, tracks or {}, self.tracks_folder)
        return replace(self, log=log), added

    @property
    def tracks_folder(self) -> Path:
        """Where the tracks that the log names are kept."""
        return self.searches.parent / TRACKS_FOLDER

    def tracks(self) -> Mapping[str, Track]:
        """Return the tracks that the log names, by name.

        Raises
        ------
        ReadError, IntegrityError
            One of them is not there, or not what it was.
        """
        return tracks_of(self.tracks_folder, self.log)

    @property
    def found_file(self) -> Path:
        """Where it is kept what teams found."""
        return self.searches.parent / FOUND_FILE

    def found(self) -> tuple[FoundThing, ...]:
        """Return what teams found and did not take back.

        Raises
        ------
        ReadError, ImportFaults
            The table of what was found cannot be read, or with every fault of every line.
        """
        return tuple(thing for thing in read_found(self.found_file) if not thing.taken_back)

    def to_dict(self) -> dict[str, Any]:
        """Return what the case holds, as numbers."""
        return {
            "name": self.name,
            "area": self.area.to_dict(),
            "places": len(self.places),
            "witnesses": len(self.witnesses),
            "clues": len(self.clues),
            "assets": [asset.to_dict() for asset in self.assets.values()],
            "closures": [closure.name for closure in self.closures],
            "dangers": [danger.name for danger in self.dangers],
            "segments": len(self.ground),
            "searches": len(self.log.counting),
            "sensitive": self.sensitive or None,
            "sought": None if self.sought is None else self.sought.to_dict(),
            "subject": None if self.subject is None else self.subject.to_dict(),
        }

    def __repr__(self) -> str:
        """One-line summary: what it holds."""
        return (
            f"Case({len(self.clues)} clues of {len(self.witnesses)} witnesses over {self.area.km2:.3g} km², "
            f"{len(self.log.counting)} searches)"
        )
