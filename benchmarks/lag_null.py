"""One dreamer's shift null for all lags on the evidence that the tool uses: texts to A(l) at every shift.

600 nights against 2,000 days of a made-up diary. The peers start from the same units: the plain loop makes the same
scores and goes over all shifts and lags; one FFT correlation per pair transforms the same features by day.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import fft
from scipy.sparse import csr_array

from benchmarks.timing import paired
from karmalink.link import UnitTable
from karmalink.link.shift_null.lag_curves import curve_means, day_scores, pooled_rows
from karmalink.link.shift_null.offset_sums import a_at_every_shift

NIGHTS, DAYS, WORDS, UNITS, LAGS = 600, 2000, 3000, 5, 14


def units(rng: np.random.Generator, when: np.ndarray) -> UnitTable:
    """Five sentences of eight words a day, words as rare as words are."""
    owner = np.repeat(np.arange(when.size), UNITS)
    column = np.minimum(WORDS - 1, rng.zipf(1.3, (owner.size, 8)) - 1)
    rows = csr_array((np.ones(column.size), (np.repeat(np.arange(owner.size), 8), column.ravel())), (owner.size, WORDS))
    rows.sum_duplicates()
    return UnitTable(owner, when, {"words": rows})


def ours(accounts: UnitTable, life: UnitTable) -> np.ndarray:
    """A(l) at every shift."""
    return a_at_every_shift(curve_means(accounts.when, accounts, life).means, LAGS)


def centred(accounts: UnitTable, life: UnitTable) -> np.ndarray:
    """Scores of nights and days, without the mean of either."""
    scores = day_scores(accounts, life)[1]
    return scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()


def loop(accounts: UnitTable, life: UnitTable, shifts: range) -> np.ndarray:
    """The loop over shifts and lags on the same scores."""
    scores, night = centred(accounts, life), accounts.when
    line, order = np.arange(night.size), np.arange(1, LAGS + 1)
    out = np.zeros((len(shifts), LAGS))
    for at, shift in enumerate(shifts):
        for lag in order:
            past, future = ((night + shift + step) % DAYS for step in (1 - lag, lag))
            out[at, lag - 1] = scores[line, past].mean() - scores[line, future].mean()
    return out


def one_fft(accounts: UnitTable, life: UnitTable) -> np.ndarray:
    """One FFT correlation: features by night and by day, all words."""
    left = pooled_rows(accounts.parts["words"], accounts.owner, accounts.when.size).toarray()
    right = pooled_rows(life.parts["words"], life.owner, DAYS).toarray()
    spread = float((left @ right.T).std())
    nights, days = np.zeros((DAYS, WORDS)), np.asarray(right - right.mean(axis=0))
    nights[accounts.when] = (left - left.mean(axis=0)) / spread
    product = np.einsum("tf,tf->t", fft.rfft(nights, axis=0).conj(), fft.rfft(days, axis=0))
    return a_at_every_shift(fft.irfft(product, n=DAYS) / accounts.when.size, LAGS)


def main() -> None:
    """Print the times, the largest differences, and ours over one FFT correlation."""
    rng = np.random.default_rng(0)
    life = units(rng, np.arange(DAYS))
    accounts = units(rng, np.sort(rng.choice(DAYS - 1, NIGHTS, replace=False)))
    found = ours(accounts, life)
    few = range(0, 60)
    start = time.perf_counter()
    slow = loop(accounts, life, few)
    scoring = time.perf_counter()
    centred(accounts, life)
    scoring = time.perf_counter() - scoring
    loop_s = scoring + (time.perf_counter() - start - 2 * scoring) * DAYS / len(few)
    difference = max(np.abs(found[list(few)] - slow).max(), np.abs(found - one_fft(accounts, life)).max())
    ours_s, fft_s, ratio = paired(lambda: ours(accounts, life), lambda: one_fft(accounts, life), runs=3)
    print(f"{NIGHTS} nights, {DAYS:,} days, {WORDS:,} words, ±{LAGS} days; largest difference {difference:.1e}")
    print(f"karmalink {ours_s * 1000:.0f} ms, one FFT correlation {fft_s * 1000:.0f} ms")
    print(f"plain loop {loop_s:.2f} s ({len(few)} shifts measured): {loop_s / ours_s:.0f} times ours")
    print(f"ratio {ratio:.4f}")


if __name__ == "__main__":
    main()
