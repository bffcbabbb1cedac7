"""Charts of results: the finding is the title, its doubt is drawn, past and future keep their colours."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import vl_convert
from link_samples import made

import karmalink as kl
from karmalink.link import LagCurve, PairsResult
from karmalink.link.result_charts import NightDot, RateInterval, lag_chart, nights_chart


@pytest.fixture(scope="module")
def result() -> PairsResult:
    accounts, life, _ = made(1)
    stage = {account.id: "R" if at % 2 else "N2" for at, account in enumerate(accounts)}
    return kl.link.pairs(accounts, life, groups=stage)


@pytest.fixture(scope="module")
def curve() -> LagCurve:
    accounts, life, _ = made(1)
    return kl.link.lag_curve(accounts, life, lags=7)


def values(spec: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Return the records of a chart that have all these fields."""
    tables = spec["datasets"].values()
    return [row for table in tables for row in table if set(names) <= set(row)]


def headline(spec: dict[str, Any]) -> str:
    title = spec["title"]
    return " ".join([*title["text"], *title.get("subtitle", [])])


def test_pairs_plot_draws_every_night_and_the_interval_of_each_share(result: PairsResult) -> None:
    spec = result.plot().to_dict()
    nights = values(spec, "night", "w", "kind")
    assert [row["w"] for row in nights] == pytest.approx([score.w for score in result.nights], rel=1e-3)
    assert sum(row["kind"] == "link" for row in nights) == len(result.links) > 0
    assert {row["kind"] for row in nights if row["w"] < 0} <= {"the future agrees more"}
    shares = values(spec, "rate", "low", "high")
    assert [(row["rate"], row["low"], row["high"]) for row in shares] == [
        (rate.rate, rate.low, rate.high) for rate in result.rates
    ]
    (chance,) = [row for row in values(spec, "low", "high") if "rate" not in row]
    assert chance == {"low": -result.threshold, "high": result.threshold}


def test_pairs_plot_title_is_the_finding_with_its_doubt(result: PairsResult) -> None:
    spec = result.plot().to_dict()
    assert spec["description"] == result.finding
    assert headline(spec).startswith(f"{len(result.links)} of {len(result.nights)} nights draw on one of the 7 days")
    assert f"false discovery rate {result.fdr:.2f}" in headline(spec)


def test_pairs_plot_without_a_night_or_a_link_is_a_chart_all_the_same(result: PairsResult) -> None:
    nothing = replace(result, nights=(), links=(), rates=result.rates[:1], threshold=None, finding="We cannot tell.")
    spec = nothing.plot().to_dict()
    assert values(spec, "night") == []
    assert headline(spec) == "We cannot tell."
    assert vl_convert.vegalite_to_svg(spec).startswith("<svg")


def test_lag_curve_plot_draws_the_band_and_fills_what_leaves_it() -> None:
    a, band = np.array([0.5, -0.1, 0.2]), np.array([0.3, 0.3, 0.25])
    chart = lag_chart(
        [1, 2, 3], a=a, band=band, past=a, future=-a, windows=[("day residue", 1, 2)], finding="The past is nearer."
    )
    rows = values(chart.to_dict(), "lag", "a", "out")
    assert [row["out"] for row in rows] == [True, False, False]
    assert [(row["low"], row["high"]) for row in rows] == [(-0.3, 0.3), (-0.3, 0.3), (-0.25, 0.25)]


def test_lag_curve_plot_shows_both_sides_under_the_finding(curve: LagCurve) -> None:
    spec = curve.plot().to_dict()
    sides = values(spec, "c", "side")
    assert [row["c"] for row in sides if row["side"] == "past"] == curve.past.tolist()
    assert [row["c"] for row in sides if row["side"] == "future"] == curve.future.tolist()
    assert spec["description"] == curve.finding
    assert headline(spec).split()[:3] == curve.finding.split()[:3]


def test_charts_render_without_a_network(result: PairsResult, curve: LagCurve) -> None:
    for chart in (result.plot(), curve.plot()):
        svg = vl_convert.vegalite_to_svg(chart.to_dict())
        assert "#33418f" in svg and "#8a8778" in svg


def test_nights_are_read_as_local_days() -> None:
    dots = [NightDot(dt.date(2024, 5, 1), 1.5, 0.9, True, "a", "e")]
    spec = nights_chart(dots, [RateInterval("", 1, 0.5, 0.1, 0.9)], threshold=1.0, finding="One night.").to_dict()
    assert values(spec, "night")[0]["night"] == "2024-05-01T00:00:00"
