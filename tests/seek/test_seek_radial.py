"""The law of the distance from a point: its sums, its quantiles, and what is learned from few distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import CannotAnswer, InputError
from karmalink.seek import Area, RadialLaw, learn_radial
from karmalink.seek.answers.radial_laws import NUGGET_M

LAWS = st.builds(RadialLaw, st.floats(300, 30_000), st.floats(0.8, 3.0), st.floats(0.6, 3.0))


@given(LAWS, st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_quantile_and_cdf_undo_each_other_and_the_density_sums_to_the_cdf(law: RadialLaw, share: float) -> None:
    r = float(law.quantile(share))
    assert float(law.cdf(r)) == pytest.approx(share, rel=1e-9)
    rings = np.concatenate([np.linspace(0.0, NUGGET_M, 100), np.geomspace(NUGGET_M, max(r, 60.0), 20_000)[1:]])
    middle = 0.5 * (rings[1:] + rings[:-1])
    summed = float(np.sum(law.density(middle) * np.pi * np.diff(rings**2)))
    assert summed == pytest.approx(float(law.cdf(rings[-1])), rel=2e-3)


def test_rings_come_back_as_the_nearest_smooth_law() -> None:
    law = RadialLaw(3000.0, 1.4, 1.7)
    shares = (0.25, 0.5, 0.75, 0.95)
    again = RadialLaw.from_quantiles({share: float(law.quantile(share)) for share in shares})
    assert np.log(again.quantile(shares)) == pytest.approx(np.log(law.quantile(shares)), abs=0.06)
    for rings in ({0.5: 100.0}, {0.5: 200.0, 0.75: 100.0}, {0.5: 0.0, 0.75: 100.0}, {0.5: 1.0, 1.0: 2.0}):
        with pytest.raises(InputError, match="no rings"):
            RadialLaw.from_quantiles(rings)
    with pytest.raises(InputError, match="outer"):
        RadialLaw(1.0, 1.0, 0.0)


def test_a_law_is_learned_from_its_own_draws_and_groups_are_shrunk() -> None:
    law = RadialLaw(2000.0, 1.5, 1.6)
    rng = np.random.default_rng(0)
    draws = law.quantile(rng.random(4000))
    found = learn_radial(draws).common
    assert found.quantile([0.25, 0.5, 0.75, 0.95]) == pytest.approx(law.quantile([0.25, 0.5, 0.75, 0.95]), rel=0.08)
    groups = ["many"] * 200 + ["few"] * 2
    r = np.concatenate([law.quantile(rng.random(200)), [40_000.0, 50_000.0]])
    learned = learn_radial(r, groups)
    assert learned.law("never seen") == learned.common
    alone = np.median(r[-2:])
    few, many = float(learned.law("few").quantile(0.5)), float(learned.law("many").quantile(0.5))
    # Two distances move a group's law, but nowhere near to what they alone would say.
    assert many < few < 0.3 * alone


def test_references_are_what_scales_are_learned_relative_to() -> None:
    law = RadialLaw(1.2, 1.5, 1.6)
    rng = np.random.default_rng(1)
    reference = rng.uniform(2000, 20_000, 2000)
    learned = learn_radial(law.quantile(rng.random(2000)) * reference, references_m=reference)
    assert float(learned.law(None, 5000.0).quantile(0.5)) == pytest.approx(5000.0 * float(law.quantile(0.5)), rel=0.06)


def test_a_law_becomes_the_belief_before_the_clues() -> None:
    area = Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=50)
    prior = RadialLaw(400.0, 1.5, 1.6).prior(area, 104.909, 11.559)
    assert prior.sum() == pytest.approx(1.0)
    assert np.hypot(area.x, area.y)[np.argmax(prior)] < 80


def test_distances_that_teach_nothing() -> None:
    with pytest.raises(CannotAnswer, match="teach no law"):
        learn_radial([1.0, 2.0])
    for wrong in (-1.0, float("nan")):
        with pytest.raises(InputError, match="negative or no number"):
            learn_radial([1.0, 2.0, 3.0, 4.0, wrong])
