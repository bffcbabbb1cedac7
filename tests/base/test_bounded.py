"""A reader in a process of its own: what ends it, holds it up or eats memory is a message."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

import pytest

from karmalink.base.bounded import _processor_s, try_in_process
from karmalink.errors import ReadError

FILE = Path("a.set")


def test_a_reader_that_ends_its_process_is_told_and_this_process_goes_on() -> None:
    with pytest.raises(ReadError, match="ended the process that read it"):
        try_in_process(partial(os._exit, 139), FILE)


def test_a_reader_that_hangs_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(ReadError, match=r"took over 0\.3 s"):
        try_in_process(partial(time.sleep, 60), FILE, seconds=0.3)
    assert time.monotonic() - began < 20


def spin() -> None:
    while True:
        pass


def test_a_reader_that_computes_without_end_is_stopped_by_processor_time() -> None:
    with pytest.raises(ReadError, match="took over 1 s of the processor"):
        try_in_process(spin, FILE, processor_s=1)


def test_processor_time_goes_with_the_size_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.set"
    file.touch()
    os.truncate(file, 5 * 10**6)
    assert (_processor_s(FILE), _processor_s(file)) == (10.0, 15.0)
    os.truncate(file, 10**9)
    assert _processor_s(file) == 120.0


def test_a_reader_that_wants_too_much_memory_is_told() -> None:
    with pytest.raises(ReadError, match=r"wanted over 0\.25 GB"):
        try_in_process(partial(bytearray, 2**30), FILE, memory=2**28)


def test_a_result_and_an_exception_leave_no_trace() -> None:
    try_in_process(partial(int, 7), FILE)
    try_in_process(partial(int, "x"), FILE)
