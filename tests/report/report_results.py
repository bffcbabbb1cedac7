"""Results to report: small, made by hand, with one text that tries to be a script."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from karmalink import seek
from karmalink.account import Account, Entry, Life, When
from karmalink.demo import CombinedGain
from karmalink.link import (
    GroupRate,
    LagCurve,
    LagWindow,
    Link,
    NightScore,
    PairsResult,
    Part,
    Power,
    QuestionPower,
    Rival,
    SignCalibration,
    StrangerResult,
    UnitMatch,
    Verdict,
)
from karmalink.night import DoctorReport, Finding, Hypnogram, Recording
from karmalink.report import Answered, ReportData, ReportNight, ReportSearch, Texts, Unanswered

DREAM = "The iron bridge hummed <script>alert('dream')</script> & I carried a bundle."
DAY = "We crossed the iron bridge today; it hums <img src=x onerror=alert(1)>."
REST = "Afterwards there was a long corridor that nobody needs to read about."
FIRST = dt.date(2031, 2, 1)


@dataclass(frozen=True)
class Woken:
    """What the report needs of an awakening."""

    id: str
    time: dt.datetime
    stage: str
    confidence: float = 0.9
    rule: str = "R stable 5 min"


def make_gain(seeds: int = 40) -> CombinedGain:
    rng = np.random.default_rng(3)
    base = rng.lognormal(-1.0, 0.6, seeds)
    true = np.column_stack([base, base * 0.8, base * 0.6])
    false = np.column_stack([base, base, base * rng.lognormal(0, 0.02, seeds)])
    clues = np.ones((seeds, 3), dtype=np.int64)
    return CombinedGain(tuple(range(seeds)), 12.0, true, false, base * 1.4, clues, clues)


def make_night() -> ReportNight:
    stages = np.array(
        [0] * 10 + [1] * 6 + [2] * 60 + [3] * 40 + [2] * 20 + [4] * 30 + [0] * 4 + [-1] * 2, dtype=np.int8
    )
    table = np.full((stages.size, 5), 0.05)
    table[np.arange(stages.size), np.maximum(stages, 0)] = 0.8
    start = dt.datetime(2031, 3, 7, 22, 41)
    scored = Hypnogram(stages, 30.0, start, table, "yasa 0.7")
    findings = (Finding("units", "corrected", "C3-M2", "2e7 µV cannot be volts", "scaled by 1e-6", "units:C3-M2"),)
    recording = Recording.from_array(np.zeros((1, 10)), ["C3-M2"], 100.0)
    return ReportNight(
        label="Night of 7–8 March 2031",
        hypnogram=scored,
        doctor=DoctorReport(recording, findings),
        awakenings=(Woken("w0", start + dt.timedelta(seconds=30 * 166), "R"),),
        truth=replace(scored, probabilities=None, scorer="planted"),
    )


def make_accounts(count: int = 9) -> tuple[Account, ...]:
    stages = ("w0", "w1", None)
    return tuple(
        Account(f"d{i}", "heng", f"{DREAM} {REST}", When(FIRST + dt.timedelta(days=i)), awakening=stages[i % 3])
        for i in range(count)
    )


def make_power() -> Power:
    questions = (
        QuestionPower("mirror", "Do nights draw on days?", True, 0.25, "", "A quarter of nights would show."),
        QuestionPower("shift", "Do dreams follow its timing?", False, None, "580 days would do.", "There are 70."),
    )
    return Power(9, 70, 0, 1, 0.1, 7, 1.1, questions, ())


def make_link(score: NightScore) -> Link:
    parts = (Part("names", 2.9, "iron bridge"), Part("words", 3.1, "hum"), Part("chance", -1.4))
    matches = (UnitMatch(0, 0, 3.0, DREAM, DAY, ("iron bridge", "hum")),)
    rivals = (Rival("e7", score.night + 2, -1, 1.8), Rival("e2", score.night - 3, 4, 1.2))
    return Link(score, 4.6, parts, matches, rivals)


def make_pairs(verdict: Verdict = Verdict.FOUND, links: int = 2, life: str = "diary") -> PairsResult:
    weights = [5.2, 4.1, 0.6, -0.4, 0.9, -1.2, 0.3, -0.8, -0.2]
    nights = tuple(
        NightScore(
            FIRST.toordinal() + i, f"d{i}", f"e{i}", 1 + i % 3, w, 0.9 if w > 4 else 0.1, 0.7 if w > 4 else 0.05, "R"
        )
        for i, w in enumerate(weights)
    )
    return PairsResult(
        verdict=verdict,
        finding=f"{links} of 9 nights have a source.",
        person="heng",
        life=life,
        null="mirror",
        q=0.1,
        lags=7,
        n_accounts=9,
        n_nights=9,
        n_days=70,
        threshold=4.0 if links else None,
        fdr=0.08 if links else None,
        fdr_bound=0.3 if links else None,
        calibration=SignCalibration(70, 400, 0.5, 0.46, 0.54, 300.0, 1.17, True),
        links=tuple(make_link(night) for night in nights[:links]),
        nights=nights,
        rates=(GroupRate("", 9, 5, 4, 0.2, 0.0, 0.5), GroupRate("R", 9, 5, 4, 0.2, 0.0, 0.5)),
        power=make_power(),
        does_not_show=("It does not say why a dream uses a day.",),
    )


def make_curve(verdict: Verdict = Verdict.FOUND) -> LagCurve:
    lags = np.arange(1, 15)
    a = np.where(lags <= 2, 0.05, 0.002) if verdict is Verdict.FOUND else np.full(14, 0.002)
    windows = (LagWindow("day residue", 1, 2, 0.05, 0.004, 0.003), LagWindow("dream lag", 5, 7, 0.002, 0.4, 0.003))
    band = np.full(14, 0.02)
    return LagCurve(
        verdict, "It says so.", lags, 0.1 + a, np.full(14, 0.1), a, band, 0.004, 0.003, windows, 280, 600, 4, 580
    )


def make_stranger(verdict: Verdict = Verdict.NOTHING) -> StrangerResult:
    lives = tuple(f"life-{i}" for i in range(20))
    return StrangerResult(
        verdict, "life-6", lives, tuple(2.0 - 0.1 * i for i in range(20)), 0.35, 0.05, 0.05, 0.1, (), 9, False
    )


def make_search(cell_m: float = 50.0) -> ReportSearch:
    area = seek.Area.from_bounds(104.20, 12.60, 104.24, 12.63, cell_m=cell_m)
    places = (
        seek.Place("pagoda", "Wat <b>Romduol</b>", shapely.Point(104.215, 12.615), "pagoda"),
        seek.Place("market", "market", shapely.Point(104.228, 12.612), "market"),
        seek.Place("rail", "the railway", shapely.LineString([(104.20, 12.608), (104.24, 12.611)]), "railway"),
        seek.Place("paddy", "lower fields", shapely.box(104.225, 12.60, 104.24, 12.606), "field"),
    )
    clues = (
        seek.Clue("c1", "near", ("pagoda",), "monk", distance_m=300.0, words="he whispered it"),
        seek.Clue("c2", "along", ("rail",), "thief"),
        seek.Clue("c3", "near", ("market",), "link-e0", reliability=0.3, origin="link"),
    )
    witnesses = (
        seek.Witness("monk", source_grade="B"),
        seek.Witness("thief", source_grade="D"),
        seek.Witness("link-e0"),
    )
    found = seek.locate(area, places, clues, witnesses)
    closure = seek.Closure(
        "the railway’s strip", dt.date(2031, 5, 12), geometry=shapely.box(104.20, 12.607, 104.24, 12.612)
    )
    walkers = seek.Asset("walkers", 4.0, 1.5, 6.0)
    plan = seek.plan(found, [walkers], days=2, start=dt.date(2031, 5, 11), closures=[closure])
    log = seek.SearchLog().add(seek.Search("s1", plan.ground.names[plan.order[0]], "walkers", 6.0))
    after = found.after(log, plan.ground, {"walkers": walkers})
    return ReportSearch(
        probability_map=found,
        places=places,
        plan=plan,
        after=after,
        closures=(closure,),
        truth=(104.216, 12.616),
        thing="the statue",
    )


def make_data(**changes: Any) -> ReportData:
    """Return a report with only a title; give it what a test is about."""
    base = {"title": "A study", "made": dt.datetime(2031, 5, 2, 9, 30)}
    return ReportData(**{**base, **changes})


def make_full(**changes: Any) -> ReportData:
    """Return a report with everything in it."""
    life = Life("diary", "diary", (Entry("e0", "diary", f"{DAY} {REST}", When(FIRST)),), "heng")
    answered = (
        Answered(question="Do these dreams know the thief’s life?", result=make_pairs(Verdict.NOTHING, 0, "thief")),
        Answered(question="Whose life, of twenty?", result=make_stranger()),
        Answered(question="Do his dreams draw on his own days?", result=make_pairs()),
        Answered(question="How far back do dreams reach?", result=make_curve()),
    )
    return make_data(
        subtitle="made up",
        gain=make_gain(),
        nights=(make_night(),),
        accounts=make_accounts(),
        awakenings=(Woken("w0", dt.datetime(2031, 2, 1, 4), "R"), Woken("w1", dt.datetime(2031, 2, 2, 4), "N2")),
        lives=(life,),
        answered=answered,
        power=make_power(),
        unanswered=(
            Unanswered(question="Does her story hold?", sentence="Not from 3.", have=3, need=8, unit="interviews"),
        ),
        search=make_search(),
        planted={"d0": "e0"},
        names={"diary": "his diary", "life-6": "Ros Mony", "monk": "the monk & co"},
        made_up="All of this is invented.",
        seeds={"demo": 7},
        texts=Texts.UNITS,
        **changes,
    )
