"""A reader in a process of its own: what ends it, holds it up or eats memory is a message."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from karmalink.base.bounded import try_in_process
from karmalink.errors import ReadError

FILE = Path("a.set")


def test_a_reader_that_ends_its_process_is_told_and_this_process_goes_on() -> None:
    with pytest.raises(ReadError, match="ended the process that read it"):
        try_in_process(lambda: os._exit(139), FILE)


def test_a_reader_that_hangs_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(ReadError, match=r"took over 0\.3 s"):
        try_in_process(lambda: time.sleep(60), FILE, seconds=0.3)
    assert time.monotonic() - began < 20


def test_a_reader_that_wants_too_much_memory_is_told() -> None:
    with pytest.raises(ReadError, match=r"wanted over 0\.25 GB"):
        try_in_process(lambda: bytearray(2**30), FILE, memory=2**28)


def test_a_result_and_an_exception_leave_no_trace() -> None:
    try_in_process(lambda: 7, FILE)
    try_in_process(lambda: int("x"), FILE)
