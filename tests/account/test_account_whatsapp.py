"""WhatsApp exports: both forms, several lines, system lines, and an order of day and month that is never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from karmalink.account import Life, read_lives
from karmalink.errors import CannotAnswer, ImportFaults, ReadError, UnknownName, UsageError

IOS = (
    "\u200e[31/12/2023, 21:05:10] Family: \u200eMessages and calls are end-to-end encrypted.\n"
    "[31/12/2023, 21:05:10] Srey Leak: we went to the river\n"
    "and ate: fish\n"
    "[31/12/2023, 21:06:10] Ty: me too\n"
    "[01/01/2024, 00:30:00] Srey Leak: \u200eimage omitted\n"
    "[01/01/2024, 00:31:00] Srey Leak: happy new year \u200e<This message was edited>\n"
)
ANDROID = (
    "12/31/23, 9:05\u202fPM - Messages and calls are end-to-end encrypted. Tap to learn more.\n"
    '12/31/23, 9:05\u202fPM - Ty created group "Friends"\n'
    "12/31/23, 9:06\u202fPM - Srey Leak: we went to the river\n"
    "12/31/23, 9:07\u202fPM - Srey Leak: <Media omitted>\n"
    "12/31/23, 9:08\u202fPM - Srey Leak: IMG-20231231-WA0001.jpg (file attached)\nthe fish\n"
    "12/31/23, 9:09\u202fPM - Srey Leak: This message was deleted\n"
    "1/1/24, 12:10\u202fAM - Srey Leak: happy new year\n"
)


def life_of(folder: Path, content: str, **options: Any) -> Life:
    path = folder / "chat.txt"
    path.write_text(content, encoding="utf-8")
    return read_lives(path, **{"life": "srey", "author": "Srey Leak", **options})[0]


def days(life: Life) -> dict[str, str]:
    return {entry.when.written(): entry.text for entry in life.entries if entry.when}


def test_the_form_of_ios(tmp_path: Path) -> None:
    life = life_of(tmp_path, IOS)
    assert days(life) == {"2023-12-31": "we went to the river\nand ate: fish", "2024-01-01": "happy new year"}
    assert (life.kind, life.author) == ("chat", "Srey Leak")
    assert [entry.id for entry in life.entries] == ["srey-2023-12-31", "srey-2024-01-01"]


def test_the_form_of_android(tmp_path: Path) -> None:
    life = life_of(tmp_path, ANDROID)
    assert days(life) == {"2023-12-31": "we went to the river\nthe fish", "2024-01-01": "happy new year"}


def test_messages_after_midnight_may_belong_to_the_evening(tmp_path: Path) -> None:
    assert list(days(life_of(tmp_path, IOS, day_begins=4))) == ["2023-12-31"]


def test_others_messages_are_kept_only_on_request(tmp_path: Path) -> None:
    assert "me too" not in days(life_of(tmp_path, IOS))["2023-12-31"]
    assert "me too" in days(life_of(tmp_path, IOS, keep_others=True))["2023-12-31"]


@pytest.mark.parametrize("date", ["31.12.23, 21:05", "31-12-2023 21:05", "2023/12/31, 21.05", "2023-12-31, 21:05"])
def test_the_separators_of_other_languages(tmp_path: Path, date: str) -> None:
    assert days(life_of(tmp_path, f"{date} - Srey Leak: hi\n")) == {"2023-12-31": "hi"}


def test_an_order_that_nothing_proves_must_be_stated(tmp_path: Path) -> None:
    content = "[03/04/2024, 21:05:10] Srey Leak: hi\n"
    with pytest.raises(ImportFaults, match="not guessed"):
        life_of(tmp_path, content)
    assert list(days(life_of(tmp_path, content, day_first=True))) == ["2024-04-03"]
    assert list(days(life_of(tmp_path, content, day_first=False))) == ["2024-03-04"]


def test_an_order_that_is_stated_against_the_proof_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ImportFaults, match="this line cannot be read so"):
        life_of(tmp_path, IOS, day_first=False)


def test_two_orders_in_one_file_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ImportFaults, match="the month on line 2"):
        life_of(tmp_path, "[31/12/2023, 21:05:10] Srey Leak: a\n[12/31/2023, 21:05:10] Srey Leak: b\n")


def test_days_that_cannot_be_are_faults_with_their_lines(tmp_path: Path) -> None:
    content = "[31/02/2023, 21:05:10] Srey Leak: secret\n[31/12/2003, 21:05:10] Srey Leak: secret\n"
    with pytest.raises(ImportFaults) as caught:
        life_of(tmp_path, content)
    assert [fault.line for fault in caught.value.faults] == [1, 2]
    assert "secret" not in str(caught.value)


def test_phones_set_to_the_buddhist_calendar(tmp_path: Path) -> None:
    content = "[31/12/2566, 21:05:10] Srey Leak: hi\n"
    with pytest.raises(ImportFaults, match="out of the plausible range"):
        life_of(tmp_path, content)
    life = life_of(tmp_path, content, calendar="buddhist")
    assert days(life) == {"2566-12-31": "hi"}
    assert life.entries[0].when.day.year == 2023  # type: ignore[union-attr]


def test_an_author_who_wrote_nothing_is_unknown_and_the_nearest_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'Srey Leak'"):
        life_of(tmp_path, IOS, author="srey leak")
    with pytest.raises(CannotAnswer, match="no entries"):
        life_of(tmp_path, "[31/12/2023, 21:05:10] Srey Leak: \u200eimage omitted\n")


@pytest.mark.parametrize("missing", ["life", "author"])
def test_what_the_file_does_not_say_must_be_given(tmp_path: Path, missing: str) -> None:
    with pytest.raises(UsageError, match=f"does not say the {missing}"):
        life_of(tmp_path, IOS, **{missing: ""})


def test_options_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot begin at hour 13"):
        life_of(tmp_path, IOS, day_begins=13)
    with pytest.raises(UsageError, match="unknown calendar 'lunar'"):
        life_of(tmp_path, IOS, calendar="lunar")


def test_a_text_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no line begins like a message"):
        life_of(tmp_path, "Dear diary\ntoday\n")
