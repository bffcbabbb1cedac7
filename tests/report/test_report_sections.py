"""What stands on the page: sections that are missing are left out, and no more of people's words than was asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup
from report_results import (
    DAY,
    REST,
    make_accounts,
    make_curve,
    make_data,
    make_full,
    make_gain,
    make_night,
    make_pairs,
    make_power,
    make_search,
    make_stranger,
)

from karmalink import seek
from karmalink.account import Entry, Life, When
from karmalink.link import Audit, AuditRow, CovariateEffect, OverallVerdict
from karmalink.link import Verdict as Said
from karmalink.night import Events
from karmalink.report import (
    Answered,
    AnswerKind,
    Page,
    ReportData,
    ReportSearch,
    Texts,
    Unanswered,
    page_html,
    sections_of,
)
from karmalink.report.section import Panel
from karmalink.report.sections.methods import texts_notice

ALTAIR_CHARTS = (
    *("strip_plot", "mirror", "lagcurve", "waterfall", "rates", "lives", "hypnogram", "timeline", "reliability"),
    *("segments", "rhythm"),
)


@pytest.fixture(autouse=True)
def plain_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawing out: these tests are about words."""

    def blank(layers: object, *, height: float, title: str = "") -> Panel:
        return Panel(Markup("<svg></svg>"), None, title)

    for name in ALTAIR_CHARTS:
        monkeypatch.setattr(f"karmalink.report.charts.{name}.panel", blank)


def ids(data: ReportData) -> list[str]:
    return [section.id for section in sections_of(data)]


def html(data: ReportData) -> str:
    """Return the body of the page."""
    return page_html(Page(data.title, data.made, sections_of(data), texts=texts_notice(data))).partition("<body>")[2]


def ask(result: Any, question: str = "Is it so?") -> Answered:
    return Answered(question=question, result=result)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"gain": make_gain()}, ["gain"]),
        ({"nights": (make_night(), make_night())}, ["night-1", "night-2"]),
        ({"accounts": make_accounts()}, ["accounts"]),
        ({"answered": (ask(make_pairs()),)}, ["found-1"]),
        ({"answered": (ask(make_curve()),)}, ["found-1"]),
        ({"answered": (ask(make_stranger(Said.FOUND)),)}, ["found-1"]),
        ({"answered": (ask(make_pairs(Said.NOTHING, 0)), ask(make_stranger()))}, ["nothing-1", "nothing-2"]),
        ({"answered": (ask(make_curve(Said.NOTHING)),)}, ["nothing-1"]),
        ({"answered": (ask(make_pairs(Said.CANNOT_ANSWER, 0)),)}, ["unanswered"]),
        ({"answered": (ask(make_pairs(Said.NOT_USABLE, 0)),)}, ["unanswered"]),
        ({"power": make_power()}, ["unanswered"]),
        ({"search": make_search()}, ["map", "plan", "after"]),
        ({"search": replace(make_search(), plan=None, after=None)}, ["map"]),
    ],
)
def test_what_is_missing_is_left_out(given: dict[str, Any], shown: list[str]) -> None:
    assert ids(make_data(**given)) == [*shown, "limits", "methods"]


def test_the_joints_open_the_report_and_nothing_here_comes_next() -> None:
    assert ids(make_full())[:3] == ["gain", "nothing-1", "nothing-2"]


def test_no_text_where_none_was_asked_for() -> None:
    page = html(replace(make_full(), texts=Texts.NONE))
    for words in ("iron bridge", "hummed", "we crossed", "corridor", "whispered"):
        assert words not in page.casefold()
    assert "contains no text of a person" in page


def test_matching_units_and_no_more_by_default() -> None:
    page = html(make_full())
    assert "<mark>iron bridge</mark>" in page
    assert "Names: iron bridge; Words: hum" in page
    assert "corridor" not in page
    assert "whispered" not in page
    assert "contains only the matching sentences of the links it shows" in page


def test_full_texts_only_on_request_and_folded() -> None:
    life = Life("diary", "diary", (Entry("e0", "diary", f"{DAY} {REST}", When(dt.date(2031, 2, 1))),))
    page = html(make_data(accounts=make_accounts(), lives=(life,), texts=Texts.FULL))
    assert "corridor" in page
    assert page.count('<details class="text">') == len(make_accounts())
    assert "treat it like the texts themselves" in page


def test_a_link_opens_the_two_texts_it_is_about() -> None:
    life = Life("diary", "diary", (Entry("e0", "diary", f"{DAY} {REST}", When(dt.date(2031, 2, 1))),))
    page = html(
        make_data(answered=(ask(make_pairs(links=1)),), accounts=make_accounts(), lives=(life,), texts=Texts.FULL)
    )
    assert "The whole entry, e0" in page
    assert "The whole account, d0" in page
    assert "The whole entry" not in html(make_data(answered=(ask(make_pairs(links=1)),), lives=(life,)))


def test_the_life_that_was_asked_about_stands_in_its_table() -> None:
    result = make_stranger()
    last = replace(result, own=result.lives[-1])
    page = html(make_data(answered=(ask(last),), names={result.lives[-1]: "the last of them"}))
    assert '<th scope="row">the last of them</th>' in page


def test_nothing_is_said_as_plainly_as_something() -> None:
    (nothing, *_) = sections_of(
        make_data(answered=(ask(make_pairs(Said.NOTHING, 0, "thief")),), names={"thief": "the thief"})
    )
    assert nothing.answer is AnswerKind.NOTHING
    assert nothing.title == "Nothing here: no night draws on the thief more than chance would give"
    assert "none of them can be named at q" in nothing.lead
    assert nothing.figures()


def test_where_all_nights_together_lean_to_the_past_headline_and_text_say_so() -> None:
    """Thirty-three nights to eleven stood under "the days before match no better"."""
    together = OverallVerdict(Said.FOUND, 33, 11, 0.01, 0.5, 40.0)
    result = replace(make_pairs(Said.NOTHING, 0, "thief"), overall=together)
    (found, *_) = sections_of(make_data(answered=(ask(result),), names={"thief": "the thief"}))
    assert found.title == "Taken together the nights lean to the past of the thief; no single one can be named"
    assert "more than chance allows taken together (p" in found.lead


def test_an_uneven_coin_is_not_called_fair() -> None:
    result = make_pairs(Said.NOTHING, 0)
    nights = tuple(replace(night, w=abs(night.w)) for night in result.nights)
    (nothing, *_) = sections_of(make_data(answered=(ask(replace(result, nights=nights)),)))
    assert "coin" not in nothing.lead


def test_open_questions_say_what_it_would_take() -> None:
    named = Unanswered(question="Does it hold?", sentence="Not from 3.", have=3, need=8, unit="interviews")
    page = html(make_data(unanswered=(named,), power=make_power()))
    assert "Two questions need more data" in page.replace("\u00a0", " ")
    assert "3 interviews available" in page
    assert "width:37.5%" in page
    assert "580 days would do." in page


def test_a_question_is_open_once() -> None:
    asks = make_power().questions[1].asks
    data = make_data(power=make_power(), unanswered=(Unanswered(question=asks, sentence="No."),))
    assert html(data).count(asks) == 1


def test_the_lag_curve_says_how_far() -> None:
    (curve, *_) = sections_of(make_data(answered=(ask(make_curve()),)))
    assert curve.title.replace("\u00a0", " ") == "Dreams reach back two days, not a week"
    (flat, *_) = sections_of(make_data(answered=(ask(make_curve(Said.NOTHING)),)))
    assert flat.title == "Nothing here: the days before are no more similar to the dreams than the days after"


def test_links_are_held_against_the_truth_where_it_is_known() -> None:
    page = html(make_data(answered=(ask(make_pairs()),), planted={"d0": "e0"}))
    assert "1 of the 2 nights do have a source" in page
    assert "a coincidence" in page
    assert "truth" not in html(make_data(answered=(ask(make_pairs()),)))


def test_the_night_before_a_morning_is_dated_by_both() -> None:
    page = html(make_data(answered=(ask(make_pairs()),))).replace("\u00a0", " ")
    assert "Night of 1–2 February 2031" in page
    assert "the day before, 1 February 2031" in page


def test_the_spot_stays_off_the_map_unless_it_is_given() -> None:
    assert 'class="truth"' in html(make_data(search=make_search()))
    hidden = html(make_data(search=replace(make_search(), truth=None)))
    assert 'class="truth"' not in hidden
    assert "truth" not in hidden


def test_closed_ground_says_what_it_costs() -> None:
    page = html(make_data(search=make_search())).replace("\u00a0", " ")
    assert "closed from 12 May 2031" in page
    assert "The closing of the railway’s strip costs" in page


def test_methods_name_nulls_seeds_and_versions() -> None:
    page = html(make_full())
    for words in ("mirror", "shift", "stranger", "Seeds", "numpy", "What this does not show"):
        assert words in page
    assert "It does not say why a dream uses a day." in page


def test_the_headline_names_the_nights_only_where_they_change_the_figure() -> None:
    gain = make_gain()
    links, nights = gain.true_km2[:, 1], gain.true_km2[:, 2]
    assert abs(float((links / nights).mean()) - 1) > 0.01, "the sample's nights do change it"
    with_nights = sections_of(ReportData(title="A study", made=DAY, gain=gain))[0]
    assert with_nights.title.startswith("Dreams and their nights ")
    same = gain.true_km2.copy()
    same[:, 2] = same[:, 1]
    without = sections_of(ReportData(title="A study", made=DAY, gain=replace(gain, true_km2=same)))[0]
    assert without.title.startswith("Dreams save ")
    assert "within the range of chance" in without.lead


def test_an_audit_says_whether_the_rates_hold_and_a_null_that_fails_says_so() -> None:
    row = AuditRow("mirror", "slow", "themes that come and go", 0.4, 40, 0.1, 0.05, 0.02, 0.09, 0.0, 0.9, 0.12, 0.9)
    holds = Audit((row,), 0.1, 7, 40, 0, ("another-life: no life of another person was given.",), 56, 84)
    fails = replace(holds, rows=(replace(row, realised=0.31, low=0.22, high=0.4),))
    for audit, title in ((holds, "The error rates hold on data like these"), (fails, "An error rate fails")):
        data = make_data(answered=(ask(make_curve()),), audits=(audit,))
        section = next(one for one in sections_of(data) if one.id == "audit")
        assert section.title.startswith(title)
        assert section.lead == audit.finding
    assert "audit" not in [one.id for one in sections_of(make_data(answered=(ask(make_curve()),)))]


def test_effect_of_the_stage_is_reported() -> None:
    effect = CovariateEffect("stage", "R", "N2", 30, 26, 0.3, 0.05, 0.5, 0.04)
    result = replace(make_pairs(links=2), covariate_effects=(effect,))
    text = html(make_data(answered=(ask(result),)))
    assert "Stage: it makes a difference: R (30 nights) minus N2 (26): +0.30 (+0.05 to +0.50)" in text


def drawn(search: ReportSearch) -> str:
    data = make_data(search=search)
    return page_html(Page(title="x", made=data.made, sections=sections_of(data)))


def test_danger_is_hatched_in_lotus_and_said_in_words() -> None:
    shown = make_search()
    danger = seek.Danger("mines", 0.001, segments=(shown.plan.ground.names[3],))
    page = drawn(replace(shown, dangers=(danger,), sought=seek.SoughtObject({"type": "statue"})))
    assert 'fill="url(#map-found-danger)"' in page or 'fill="url(#map-near-danger)"' in page
    assert "Danger: mines." in page
    assert "Hatched in the colour of danger: mines." in page
    assert "nine\u00a0fields of the Object ID checklist not known" in page


def test_tracks_are_searched_ground_too() -> None:
    shown = make_search()
    area, ground = shown.probability_map.area, shown.plan.ground
    lon, lat = ground.centres[shown.plan.order[0]]
    track = seek.Track.of(lon + 1e-5 * np.arange(100), np.full(100, lat), 2.0 * np.arange(100.0))
    log = seek.SearchLog([seek.Search("s1", asset="walkers", track=track.name)])
    after = shown.probability_map.after(
        log, ground, {"walkers": seek.Asset("walkers", 4.0, 2.0)}, tracks={track.name: track}
    )
    page = drawn(replace(shown, after=after))
    assert area.cell_at(lon, lat) is not None
    assert "Finding nothing along one\u00a0track of 110\u00a0m" in page
    assert 'fill="url(#map-after-searched)"' in page


def test_withheld_find_spots_leave_blocks_and_nothing_finer() -> None:
    shown = make_search()
    page = drawn(replace(shown, coarse_m=800.0))
    assert "This report withholds the find spot: probability by blocks of 800\u00a0m" in page
    for word in ("from market", "The clues", "Where do we look first?", "empty hole", 'class="truth"', "Numbers:"):
        assert word not in page
    assert "Coloured lines" in drawn(shown)
    assert "The clues" in drawn(shown)


def searched() -> ReportSearch:
    """Return a search with everything that `seek ask` and `seek barter` tell."""
    shown = make_search()
    walkers = seek.Asset("walkers", 4.0, 1.5, 6.0)
    task = seek.task_of(shown.probability_map, [walkers], days=2)
    return replace(
        shown,
        questions=seek.questions(shown.probability_map, shown.places),
        influence=seek.influence(shown.probability_map),
        asset_values=seek.asset_values(task, [seek.Asset("dog", 40.0, 2.0, 6.0)]),
    )


def test_who_reads_the_map_is_told_whom_to_ask_what_next() -> None:
    shown = searched()
    assert shown.questions is not None
    page = drawn(shown)
    top = shown.questions.ranked[0]
    assert f"What to ask next: {Markup.escape(top.text)} Ask {top.witness}" in page
    assert "link-e0" not in {one.witness for one in shown.questions.ranked}  # a diary's day answers nobody


def test_the_most_influential_clue_is_named_by_its_witness() -> None:
    shown = searched()
    assert shown.influence is not None
    assert f"Influence of each clue: without one clue of {shown.influence.clues[0].witness}" in drawn(shown)


def test_the_plan_reports_asset_values() -> None:
    page = drawn(searched())
    assert "Value of each asset: exchanging walkers for dog adds" in page
    assert "nothing, a gift" in page
    alone = replace(searched(), asset_values=seek.AssetValue(0.4, {"rod": 0.1, "dog": 0.2}, ()))
    assert "Value of each asset: dog most, 20.0\u00a0percentage points" in drawn(alone)


def test_withheld_find_spots_leave_no_question_and_no_asset_value() -> None:
    page = drawn(replace(searched(), coarse_m=800.0))
    for word in ("What to ask next", "Influence of each clue", "Value of each asset"):
        assert word not in page


def test_events_of_a_night_are_counted_by_stage_and_compared_with_the_truth() -> None:
    night = make_night()
    n2 = 30.0 * np.flatnonzero(np.array(night.hypnogram.labels) == "N2")
    spans = np.column_stack([n2, n2 + 1.0])
    found = Events.of("spindle", spans[::2], searched_s=2400.0, scorer="a detector")
    shown = replace(night, events=(found,), planted={"spindle": Events.of("spindle", spans)})
    page = html(make_data(nights=(shown,)))
    assert f"Events of the night: {found.count}\u00a0spindles" in page
    assert "N2\u00a060.0" in page  # one in every second epoch of half a minute
    assert "REM\u00a0" not in page.partition("Events of the night")[2].partition("Compared with the planted")[0]
    row = page.partition("Compared with the planted events")[2].split("<tr>")[2]
    figures = (str(len(n2)), str(found.count), "50\u00a0%", "100\u00a0%", "0.67")
    assert [word for word in figures if f"{word}</td>" not in row] == []


def test_a_night_without_events_draws_none() -> None:
    shown = replace(make_night(), events=(Events.of("spindle", [], searched_s=3600.0),))
    page = html(make_data(nights=(shown,)))
    assert "Events of the night: no\u00a0spindles" in page
    assert 'id="night-1-events"' not in page
