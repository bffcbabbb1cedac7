"""What was left out of a file is counted, named and said once."""

from __future__ import annotations

import warnings

import pytest

from karmalink.errors import Fault, ImportFaults
from karmalink.rows import LeftOutWarning, Notes, warn_of


def test_equal_things_are_told_together_and_the_first_are_named() -> None:
    notes = Notes()
    for number in range(57):
        notes.add("placemark", "without a position", f"Split {number}")
    notes.add("entry", "without a name", nouns="entries")
    notes.add("entry", "without a name", nouns="entries")
    first, second = notes.told()
    assert str(first) == "57 placemarks without a position: left out (Split 0, Split 1, Split 2 and 54 more)"
    assert str(second) == "2 entries without a name: left out"
    assert (first.count, first.to_dict()["count"], second.to_dict()["which"]) == (57, 57, ["", ""])


def test_a_long_name_is_cut_and_one_thing_is_one() -> None:
    notes = Notes()
    notes.add("way", "with nodes outside the file", "x" * 100, done="read as far as it lies inside")
    (note,) = notes.told()
    assert str(note).startswith("1 way with nodes outside the file: read as far as it lies inside (xxx")
    assert len(str(note)) < 140


def test_one_warning_tells_it_all_and_nothing_warns_of_nothing() -> None:
    notes = Notes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of("a/b.kml", notes.told())
    notes.add("placemark", "without a name")
    notes.add("placemark", "without a position", "Camp")
    said = "b.kml: 1 placemark without a name: left out; 1 placemark without a position: left out"
    with pytest.warns(LeftOutWarning, match=said):
        warn_of("a/b.kml", notes.told())


def test_equal_faults_are_told_together_with_what_to_do() -> None:
    faults = [Fault(line, "date", f"'{line}'", "is not a date", "YYYY-MM-DD") for line in range(2, 59)]
    faults.append(Fault(60, "id", "'a'", "is already on line 3", "each only once"))
    faults.append(Fault(61, "id", "'b'", "is already on line 7", "each only once"))
    said = str(ImportFaults(faults, where="people.csv"))
    assert "59 faults found" in said
    assert "  line 2, date: '2': is not a date (allowed: YYYY-MM-DD)\n" in said
    assert "… and 54 more like it (lines 5, 6, 7, 8, 9, 10, 11, 12, …)\n" in said
    assert said.count("is not a date") == 3
    assert said.count("is already on") == 2
    assert said.count("    next: ") == 2
    assert "next: give each an identifier of its own" in said
    assert len(ImportFaults(faults, where="x").faults) == 59


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (3, 3), (4, 4), (5, 4)])
def test_a_line_is_not_spent_on_saying_that_one_more_is_left(count: int, lines: int) -> None:
    faults = [Fault(n, "id", "nothing", "must not be empty") for n in range(count)]
    told = str(ImportFaults(faults, where="x")).splitlines()
    assert len([line for line in told if "line" in line and "next:" not in line]) == lines


def test_every_fault_says_what_to_do_next() -> None:
    assert Fault(1, "x", "'y'", "is out of range", "0 to 1").advice == "write what is allowed: 0 to 1"
    assert Fault(1, "x", "'y'", "is odd").advice == "correct the x"
    assert Fault(1, "x", "'y'", "is odd", next_step="ask her").to_dict()["next"] == "ask her"
