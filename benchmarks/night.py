"""The whole job of a night: read, look, stage, find events of all kinds, sum up; 8 h, 3 channels at 256 Hz.

The peer is YASA by its own calls for the same steps: MNE reads, SleepStaging, spindles, slow waves, eye movements,
sleep_statistics. Each runs in a process of its own, imports included, so that peak memory is that of the job. Ours runs
in both modes: `yasa` as it comes, and the steady default.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

HOURS, RATE, RUNS = 8.0, 256.0, 2


def main() -> None:
    """Print both times, both peaks of memory, and the ratio of the times, run by run in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.edf"
        run_job("made", path)
        rounds = [{who: run_job(who, path) for who in ("yasa", "steady", "peer")} for _ in range(RUNS)]
    peer = _medians([one["peer"] for one in rounds])
    for who in ("yasa", "steady"):
        ours = _medians([one[who] for one in rounds])
        ratios = {key: float(np.median([one[who][key] / one["peer"][key] for one in rounds])) for key in _KEYS}
        print(
            f"karmalink, {who}: {ours['wall']:.1f} s ({ours['cpu']:.1f} s of processor), {ours['mb']:.0f} MB; "
            f"YASA {peer['wall']:.1f} s ({peer['cpu']:.1f} s), {peer['mb']:.0f} MB; "
            f"ratios: wall {ratios['wall']:.2f}, processor {ratios['cpu']:.2f}, memory {ratios['mb']:.2f}"
        )
        print(f"ratio {ratios['wall']:.2f}")


_KEYS = ("wall", "cpu", "mb")


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.median([one[key] for one in runs])) for key in _KEYS}


def run_job(who: str, path: Path) -> dict[str, float]:
    """Return wall and processor seconds and the peak memory of a process, from its start to its end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = [sys.executable, "-m", "benchmarks.night", who, str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "mb": float(done.stdout.splitlines()[-1])}


def _made(path: Path) -> None:
    """Write the night; in a process of its own, like the others."""
    from karmalink.night import Recording, simulate_night, write_edf

    made, _ = simulate_night(HOURS, sfreq=RATE, seed=5)
    names = ("EEG C4-M1", "EOG E1-M2", "EMG chin")
    data = np.array([made.signal(name) for name in names])
    write_edf(Recording.from_array(data, names, RATE, start=made.start, unit="uV"), path)


def _peak_mb() -> float:
    """Return this program's own peak: the system's count for a process begins with that of the one it came from."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ours(path: Path, stager: str) -> None:
    from karmalink import night
    from karmalink.night.recordings.resampled import resampled_to

    shared = resampled_to(night.examine(night.read_recording(path)).recording, 100.0)
    montages = (night.pick_montage(shared),)
    hypnogram = night.vote(shared, stager=stager, montages=montages).hypnogram
    found = night.find_events(shared, hypnogram).found
    night.summarise(hypnogram, arousals=found["arousals"])


def _peer(path: Path) -> None:
    import mne
    import yasa

    raw = mne.io.read_raw_edf(path, preload=True, verbose="ERROR")
    staging = yasa.SleepStaging(raw, eeg_name="EEG C4-M1", eog_name="EOG E1-M2", emg_name="EMG chin")
    hypnogram = staging.predict()
    per_sample = hypnogram.upsample_to_data(raw, verbose="ERROR")
    eeg = raw.get_data(picks=["EEG C4-M1"], units="uV")[0]
    yasa.spindles_detect(eeg, RATE, hypno=per_sample, verbose="ERROR")
    yasa.sw_detect(eeg, RATE, hypno=per_sample, verbose="ERROR")
    hypnogram.sleep_statistics()


_JOBS = {
    "made": _made,
    "yasa": lambda path: _ours(path, "yasa"),
    "steady": lambda path: _ours(path, "steady"),
    "peer": _peer,
}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        main()
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _JOBS[sys.argv[1]](Path(sys.argv[2]))
        print(_peak_mb())
