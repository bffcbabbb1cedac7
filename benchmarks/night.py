"""The whole job of a night: read, look, stage, find events, sum up; 8 h, 3 EEG/EOG/EMG channels at 256 Hz.

The peer is YASA by its own calls for the same steps: MNE reads, SleepStaging, spindles, slow waves, eye movements,
sleep_statistics. Each runs in a process of its own, so that peak memory is that of the job.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

HOURS, RATE, RUNS = 8.0, 256.0, 2
LIMIT_MB = 1024


def main() -> None:
    """Print both times, both peaks of memory, and the ratio of the times, run by run in turn."""
    from karmalink.night import Recording, simulate_night, write_edf

    with tempfile.TemporaryDirectory() as folder:
        made, _ = simulate_night(HOURS, sfreq=RATE, seed=5)
        names = ("EEG C4-M1", "EOG E1-M2", "EMG chin")
        three = Recording.from_array(
            np.array([made.signal(name) for name in names]), names, RATE, start=made.start, unit="uV"
        )
        path = write_edf(three, Path(folder) / "night.edf") or Path(folder) / "night.edf"
        told = [(_run("ours", path), _run("peer", path)) for _ in range(RUNS)]
    ratios = [ours["seconds"] / peer["seconds"] for ours, peer in told]
    ours_s, peer_s = (float(np.median([pair[i]["seconds"] for pair in told])) for i in (0, 1))
    ours_mb, peer_mb = (max(pair[i]["mb"] for pair in told) for i in (0, 1))
    slept = [told[0][i]["sleep_min"] for i in (0, 1)]
    print(f"8 h of 3 channels at {RATE:g} Hz; sleep found: {slept[0]:.0f} and {slept[1]:.0f} min")
    print(
        f"karmalink {ours_s:.1f} s, {ours_mb:.0f} MB (the limit is {LIMIT_MB}); YASA {peer_s:.1f} s, {peer_mb:.0f} MB"
    )
    print(f"ratio {float(np.median(ratios)):.2f}")


def _run(who: str, path: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "benchmarks.night", who, str(path)]
    told: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return told


def _ours(path: Path) -> float:
    from karmalink import night

    recording = night.examine(night.read_recording(path)).recording
    hypnogram = night.stage(recording)
    night.find_events(recording, hypnogram, ("spindles", "slow-waves"))
    return night.summarise(hypnogram).total_sleep_min


def _peer(path: Path) -> float:
    import mne
    import yasa

    raw = mne.io.read_raw_edf(path, preload=True, verbose="ERROR")
    staging = yasa.SleepStaging(raw, eeg_name="EEG C4-M1", eog_name="EOG E1-M2", emg_name="EMG chin")
    hypnogram = staging.predict()
    per_sample = hypnogram.upsample_to_data(raw, verbose="ERROR")
    eeg = raw.get_data(picks=["EEG C4-M1"], units="uV")[0]
    yasa.spindles_detect(eeg, RATE, hypno=per_sample, verbose="ERROR")
    yasa.sw_detect(eeg, RATE, hypno=per_sample, verbose="ERROR")
    return float(hypnogram.sleep_statistics()["TST"])


if __name__ == "__main__":
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        minutes = {"ours": _ours, "peer": _peer}[sys.argv[1]](Path(sys.argv[2]))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": peak, "sleep_min": minutes}))
