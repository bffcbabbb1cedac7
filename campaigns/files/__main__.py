"""Run the campaign: ``python -m campaigns.files [--count N] [--seed S] [--keep FOLDER] [NAME …]``.

A file that gave neither a result nor an error of ours is kept, as it was read, in ``build/fuzz``.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from campaigns.files.mutations import mutated
from campaigns.files.samples import Sample, make_samples
from karmalink.errors import InternalError, KarmalinkError

__all__ = ["main", "outcome", "watched"]

_PROCESSOR_S = 20
_SECONDS = 180  # by the clock: a busy machine takes long for little
_GRACE_S = 10  # beyond which a reader that does not even hear the alarm is stopped from outside
_BYTES = 4 * 2**30


def outcome(sample: Sample, seed: int) -> str:
    """Return what became of one mutated file: ``read``, ``refused``, or what should not be."""
    raw = sample.path.read_bytes()
    place = sample.path.parent
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shutil.copytree(place, folder, dirs_exist_ok=True)
        (Path(folder) / sample.path.name).write_bytes(mutated(raw, random.Random(seed)))
        signal.alarm(_SECONDS)
        signal.setitimer(signal.ITIMER_PROF, _PROCESSOR_S)
        try:
            sample.read(Path(folder) / sample.entry)
        except InternalError as error:
            return f"internal: {error.where}"
        except KarmalinkError:
            return "refused"
        except TimeoutError:
            return "hang"
        except MemoryError:
            return "memory"
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
        finally:
            signal.alarm(0)
            signal.setitimer(signal.ITIMER_PROF, 0)
    return "read"


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def _work(sample: Sample, seeds: range, said: Connection) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    for one in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(one, _stop)
    for seed in seeds:
        said.send(("begins", seed))
        said.send((outcome(sample, seed), seed))
    said.send(("done", 0))


def watched(sample: Sample, seeds: range) -> dict[int, str]:
    """Return the outcome of every seed; a process that dies or hangs is replaced by one that goes on behind it."""
    found: dict[int, str] = {}
    context = get_context("fork")
    rest = seeds
    while rest:
        hears, says = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(sample, rest, says))
        worker.start()
        says.close()
        current, what = rest[0], ""
        try:
            while hears.poll(_SECONDS + _GRACE_S):
                what, seed = hears.recv()
                if what == "done":
                    return found
                if what == "begins":
                    current = seed
                else:
                    found[seed] = what
            found[current] = "hang, stopped from outside"
        except EOFError:
            worker.join()
            found[current] = f"the process died ({worker.exitcode})"
        finally:
            worker.kill()
            worker.join()
        rest = range(current + 1, seeds.stop)
    return found


def _check_sound(sample: Sample) -> None:
    """Read a copy as it is: a sample that is not sound would find nothing. A case is written to when it is read."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shutil.copytree(sample.path.parent, folder, dirs_exist_ok=True)
        sample.read(Path(folder) / sample.entry)


def _kept(sample: Sample, name: str, seed: int, folder: Path) -> Path:
    """Write one mutated file beside what it belongs with, and return where."""
    place = folder / f"{name.replace(' ', '-')}-{seed}"
    shutil.copytree(sample.path.parent, place, dirs_exist_ok=True)
    (place / sample.path.name).write_bytes(mutated(sample.path.read_bytes(), random.Random(seed)))
    return place


def main() -> int:
    """Mutate, read, count; the exit code is 1 where something else than a result or an error of ours came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where files that should not be are kept")
    parser.add_argument("names", nargs="*", help="parts of the names of samples; all by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        samples = {
            name: sample
            for name, sample in make_samples(Path(folder)).items()
            if not asked.names or any(part in name for part in asked.names)
        }
        for sample in samples.values():
            _check_sound(sample)
        each = -(-asked.count // len(samples))
        wrong = 0
        for number, (name, sample) in enumerate(samples.items()):
            first = asked.seed + number * each
            found = watched(sample, range(first, first + each))
            counts = Counter(found.values())
            bad = {what: count for what, count in counts.items() if what not in ("read", "refused")}
            wrong += sum(bad.values())
            sys.stdout.write(f"{name}: {counts['read']} read, {counts['refused']} refused\n")
            for what, count in bad.items():
                seed = next(seed for seed, one in found.items() if one == what)
                kept = _kept(sample, name, seed, asked.keep)
                sys.stdout.write(f"  {count} × {what}; the first is --seed {seed} --count 1 '{name}', kept in {kept}\n")
            sys.stdout.flush()
        sys.stdout.write(f"{each * len(samples)} files, {wrong} that should not be; --seed {asked.seed}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
