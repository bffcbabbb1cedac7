"""A night filtered and resampled in pieces is what it is as a whole."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from mne.filter import filter_data

from karmalink.night import Recording
from karmalink.night.events.signals import amplitude, band_level, band_pass
from karmalink.night.recordings import resampled, zero_phase
from karmalink.night.recordings.resampled import at_rate, resampled_to
from karmalink.night.recordings.zero_phase import band_passed


@pytest.mark.parametrize("size", [1, 2, 50, 900, 5_000, 20_011])
@pytest.mark.parametrize(("band", "widths"), [((0.5, 5.0), None), ((0.3, 1.5), (0.2, 0.2))])
def test_the_filter_in_pieces_is_mnes_own(
    monkeypatch: pytest.MonkeyPatch, size: int, band: tuple[float, float], widths: tuple[float, float] | None
) -> None:
    monkeypatch.setattr(zero_phase, "_PIECE", 3_000)
    x = np.random.default_rng(size).standard_normal(size).cumsum()
    low, high = widths or ("auto", "auto")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = filter_data(x, 100.0, *band, l_trans_bandwidth=low, h_trans_bandwidth=high, verbose="ERROR")
    np.testing.assert_allclose(band_passed(x, 100.0, band, widths=widths), expected, atol=1e-10)


@pytest.mark.parametrize("sfreq", [100.0, 128.0, 200.0, 256.0, 499.9])
@pytest.mark.parametrize("gap", [False, True])
def test_a_channel_at_another_rate_in_pieces(monkeypatch: pytest.MonkeyPatch, sfreq: float, *, gap: bool) -> None:
    monkeypatch.setattr(resampled, "_PIECE", 700)
    x = np.random.default_rng(1).standard_normal(5_003)
    if gap:
        x[2_000:2_100] = np.nan
    filled, missing = at_rate(x, sfreq, 100.0)
    made = resampled_to(Recording.from_array(x[None], ["EEG C4-M1"], sfreq), 100.0)
    np.testing.assert_allclose(made.signal("EEG C4-M1"), np.where(missing, np.nan, filled), atol=1e-12)
    assert made.signal("EEG C4-M1").size == made.channels[0].n_samples


def test_level_and_amplitude_of_a_band_do_not_hang_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(2).standard_normal(20_000)
    whole = band_level(x, 100.0, (4.0, 8.0)), amplitude(x, 100.0, (11.0, 16.0))
    assert band_level(x, 100.0, (4.0, 8.0)).std() > 0
    monkeypatch.setattr("karmalink.night.events.signals._PIECE_S", 50.0)
    np.testing.assert_allclose(band_level(x, 100.0, (4.0, 8.0)), whole[0], atol=1e-9)
    # The Hilbert transform reaches far, and ever less; at the recording's own ends it wraps around.
    inside = slice(100, -100)
    np.testing.assert_allclose(amplitude(x, 100.0, (11.0, 16.0))[inside], whole[1][inside], atol=1e-3)
    assert np.abs(band_pass(x, 100.0, (11.0, 16.0))).max() < np.abs(x).max()
