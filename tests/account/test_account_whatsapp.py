"""WhatsApp exports: both forms, several lines, system lines, and an order of day and month that is never guessed."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.account import Life, read_lives
from karmalink.errors import CannotAnswer, ImportFaults, KarmalinkError, ReadError, UnknownName, UsageError
from karmalink.rows import LeftOutWarning

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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)
        return read_lives(path, **{"life": "srey", "author": "Srey Leak", **options})[0]


def notes(life: Life) -> list[str]:
    return [str(note) for note in life.notes]


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
    with pytest.raises(UsageError, match="cannot begin at hour 24"):
        life_of(tmp_path, IOS, day_begins=24)
    with pytest.raises(UsageError, match="unknown calendar 'lunar'"):
        life_of(tmp_path, IOS, calendar="lunar")


def test_a_text_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no line begins like a message"):
        life_of(tmp_path, "Dear diary\ntoday\n")


NEW_YEARS_EVE = {
    "Chinese": "2023/12/31 下午9:05 - {}",
    "Chinese, iOS": "[2023/12/31 晚上9:05:10] {}",
    "Chinese, signs": "2023年12月31日 21:05 - {}",
    "Taiwan, night": "2023/12/31 晚上9:05 - {}",
    "Japanese": "2023/12/31 午後9:05 - {}",
    "Korean": "2023. 12. 31. 오후 9:05 - {}",
    "Korean, two figures": "23. 12. 31. 오후 9:05 - {}",
    "Korean, iOS": "[2023. 12. 31. 오후 9:05:10] {}",
    "Arabic": "٣١/١٢/٢٠٢٣، ٩:٠٥ م - {}",
    "Arabic, iOS": "\u200f[31\u200f/12\u200f/2023, 9:05:10\u00a0م] {}",
    "Arabic, Gulf": "\u200f31\u200f/12\u200f/2023، 9:05 مساءً - {}",
    "Farsi": "۲۰۲۳/۱۲/۳۱،\u200f ۲۱:۰۵ - {}",
    "Farsi, halves": "۲۰۲۳/۱۲/۳۱ ۹:۰۵ ب.ظ. - {}",
    "Urdu": "31/12/23, 9:05 شام - {}",
    "Hebrew": "31.12.2023, 21:05 - {}",
    "Hebrew, halves": "[31.12.2023, 9:05:10 אחה״צ] {}",
    "Greek": "31/12/23, 9:05 μ.μ. - {}",
    "Hindi": "31/12/23, 9:05 अपराह्न - {}",
    "Hindi, digits": "३१/१२/२३, ९:०५ रात - {}",
    "Bengali": "৩১/১২/২৩, ৯:০৫ অপরাহ্ণ - {}",
    "Tamil": "31/12/23, பிற்பகல் 9:05 - {}",
    "Khmer": "31/12/23, 9:05 ល្ងាច - {}",
    "Khmer, digits": "៣១/១២/២០២៣, ៩:០៥ ល្ងាច - {}",
    "Khmer, night": "31/12/23, 9:05 យប់ - {}",
    "Thai": "31/12/2023 21:05 - {}",
    "Burmese": "၃၁/၁၂/၂၃, ညနေ ၉:၀၅ - {}",
    "Vietnamese": "21:05, 31/12/2023 - {}",
    "Vietnamese, halves": "9:05 CH, 31/12/2023 - {}",
    "Malay": "31/12/2023, 9:05 PTG - {}",
    "Hungarian": "2023. 12. 31. 21:05 - {}",
    "Hungarian, halves": "2023. 12. 31. du. 9:05 - {}",
    "Finnish": "31.12.2023 klo 21.05 - {}",
    "Swedish": "2023-12-31 21:05 - {}",
    "Swedish, halves": "2023-12-31 em 9:05 - {}",
    "Danish": "31.12.2023 21.05 - {}",
    "Bulgarian": "31.12.23 г., 21:05 ч. - {}",
    "Russian": "31.12.2023, 21:05 - {}",
    "Ukrainian": "31.12.23, 9:05 пп - {}",
    "Czech": "31. 12. 2023 21:05 - {}",
    "Slovene": "31. 12. 23 9:05 pop. - {}",
    "Serbian": "31.12.2023. 21:05 - {}",
    "Croatian, iOS": "[31. 12. 2023. 21:05:10] {}",
    "Lithuanian": "2023-12-31 9:05 popiet - {}",
    "Albanian": "31.12.2023, 9:05 m.d. - {}",
    "Turkish": "31.12.2023 21:05 - {}",
    "Turkish, halves": "31.12.2023 ÖS 9:05 - {}",
    "French": "31/12/2023 à 21:05 - {}",
    "French, Canada": "2023-12-31 21 h 05 - {}",
    "Spanish": "31/12/23, 9:05 p. m. - {}",
    "Spanish, narrow blanks": "31/12/23, 9:05\u202fp.\u00a0m. - {}",
    "Spanish, iOS": "[31/12/23, 9:05:10\u202fp.\u00a0m.] {}",
    "Portuguese": "31/12/23, 9:05 da tarde - {}",
    "Portuguese, at": "31/12/2023 às 21:05 - {}",
    "German": "31.12.23, 21:05 - {}",
    "Dutch": "31-12-2023 21:05 - {}",
    "English, narrow blank": "12/31/23, 9:05\u202fPM - {}",
    "English, long dash": "31/12/2023, 9:05 pm – {}",
    "two marks": "\u200e\u200f[31/12/2023, 21:05:10] {}",
    "a mark without width": "\u200b31/12/23, 21:05 - {}",
    "first of the iPhones": "31/12/13 21:05:10: {}",
    "a language of no table": "31/12/23, 9:05 xyzzy - {}",
}


@pytest.mark.parametrize("language", sorted(NEW_YEARS_EVE))
def test_the_clock_of_every_language(tmp_path: Path, language: str) -> None:
    content = NEW_YEARS_EVE[language].format("Srey Leak: we ate: fish") + "\n"
    (day,) = days(life_of(tmp_path, content)).items()
    year = "2013" if "2013" in content or "/13 " in content else "2023"
    assert day == (f"{year}-12-31", "we ate: fish")


@pytest.mark.parametrize("language", sorted(set(NEW_YEARS_EVE) - {"a language of no table"}))
def test_the_hour_is_that_of_the_evening(tmp_path: Path, language: str) -> None:
    """At nine in the evening the day has begun long ago, for who gets up at ten in the morning, too."""
    content = NEW_YEARS_EVE[language].format("Srey Leak: hi") + "\n"
    (day,) = days(life_of(tmp_path, content, day_begins=10))
    assert day.endswith("12-31")


@pytest.mark.parametrize(
    ("clock", "day"),
    [
        ("12:10 AM", "30"),
        ("上午12:10", "30"),
        ("凌晨3:10", "30"),
        ("中午12:10", "31"),
        ("12:10 PM", "31"),
        ("រាត្រី 1:10", ""),
    ],
)
def test_the_half_of_the_day_decides_about_midnight(tmp_path: Path, clock: str, day: str) -> None:
    content = f"2023/12/31 {clock} - Srey Leak: hi\n"
    if day:
        assert list(days(life_of(tmp_path, content, day_begins=10))) == [f"2023-12-{day}"]
        return
    # A word of no table: the day is known, the hour is not.
    assert list(days(life_of(tmp_path, content))) == ["2023-12-31"]
    with pytest.raises(ImportFaults, match="half of the day in a word that is not known"):
        life_of(tmp_path, content, day_begins=10)


def test_years_of_two_figures_come_first_where_nothing_else_can_be(tmp_path: Path) -> None:
    assert list(days(life_of(tmp_path, "23-12-31 21:05 - Srey Leak: hi\n"))) == ["2023-12-31"]
    # 13 January 2015 or 15 January 2013: as everywhere, the number over 12 is the day.
    assert list(days(life_of(tmp_path, "13/01/15, 21:05 - Srey Leak: hi\n"))) == ["2015-01-13"]


@pytest.mark.parametrize(("date", "year"), [("31/12/2566", 2023), ("31/12/66", 2023), ("2566-12-31", 2023)])
def test_the_buddhist_years_of_phones_are_thailands(tmp_path: Path, date: str, year: int) -> None:
    life = life_of(tmp_path, f"{date}, 21:05 - Srey Leak: hi\n", calendar="buddhist")
    assert [entry.when.day.year for entry in life.entries if entry.when] == [year]


def test_years_of_other_calendars_are_faults_that_say_what_to_do(tmp_path: Path) -> None:
    for date, said in (("31/12/2566", "--calendar buddhist"), ("10/10/1402", "Persian")):
        with pytest.raises(ImportFaults, match=said):
            life_of(tmp_path, f"{date}, 21:05 - Srey Leak: hi\n", day_first=True)


AT = "31/12/23, 21:05 - Srey Leak: "
A_PERSONS_WORDS = [
    "my name was omitted",
    "<the dream of the river>",
    "Missed voice call from mother, and I cried all night",
    "I deleted this message in my dream",
    "This message was deleted by admin? no idea",
    "she sent me a file (attached)",
    "null and void",
    "image",
    "Location: https://example.org/ is a nice page",
    "waiting for this message all day",
    "the media omitted it",
    "you",
    "<3",
]
PROGRAM_WORDS = [
    "<Media omitted>",
    "image omitted",
    "\u200eimage omitted",
    "\u200eein Wort, das in keiner Tabelle steht",
    "<Medien ausgeschlossen>",
    "<Multimedia omitido>",
    "<Médias omis>",
    "<Media omessi>",
    "<Mídia oculta>",
    "<Media weggelaten>",
    "<Без медиафайлов>",
    "<Medya dahil edilmedi>",
    "<המדיה לא נכללה>",
    "<تم استبعاد الوسائط>",
    "<मीडिया के बिना>",
    "<Media tidak disertakan>",
    "<省略多媒体文件>",
    "<メディアは含まれていません>",
    "<미디어 파일 제외됨>",
    "görüntü dahil edilmedi",
    "immagine omessa",
    "This message was deleted",
    "This message was deleted.",
    "You deleted this message",
    "This message was deleted by admin Ty",
    "Diese Nachricht wurde gelöscht.",
    "Se eliminó este mensaje.",
    "Eliminaste este mensaje.",
    "Ce message a été supprimé",
    "Questo messaggio è stato eliminato",
    "Mensagem apagada",
    "Dit bericht is verwijderd",
    "Bu mesaj silindi",
    "Данное сообщение удалено",
    "تم حذف هذه الرسالة",
    "Pesan ini dihapus",
    "此消息已删除",
    "このメッセージは削除されました",
    "삭제된 메시지입니다.",
    "IMG-1.jpg (file attached)",
    "\u200eIMG-20231231-WA0001.jpg (Datei angehängt)",
    "PTT-20231231-WA0002.opus (arquivo anexado)",
    "IMG 1.jpg (archivo adjunto)",
    "<attached: 00000012-PHOTO-2023-12-31.jpg>",
    "\u200e<anexado: 00000012-PHOTO.jpg>",
    "Waiting for this message. This may take a while.",
    "Missed voice call",
    "Missed video call at 21:05",
    "Verpasster Sprachanruf",
    "Report of the pagoda.pdf • 3 pages \u200edocument omitted",
    "Messages and calls are end-to-end encrypted. Only people in this chat can read them.",
    "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Tippe, um mehr zu erfahren.",
    "location: https://maps.google.com/?q=11.55,104.92",
    "ubicación: https://maps.google.com/?q=11.55,104.92",
    "live location shared",
    "null",
]


@pytest.mark.parametrize("words", A_PERSONS_WORDS)
def test_what_a_person_wrote_stays(tmp_path: Path, words: str) -> None:
    life = life_of(tmp_path, f"{AT}{words}\n{AT}end\n")
    assert life.entries[0].text == f"{words}\nend"
    assert life.notes == ()


@pytest.mark.parametrize("words", PROGRAM_WORDS)
def test_what_the_program_wrote_in_their_name_is_left_out_and_counted(tmp_path: Path, words: str) -> None:
    life = life_of(tmp_path, f"{AT}{words}\n{AT}end\n")
    assert life.entries[0].text == "end"
    assert notes(life) == ["1 line of the program (a picture, a call, a deletion): left out (line 1)"]


@pytest.mark.parametrize(
    "mark",
    [
        "<This message was edited>",
        "\u200e<This message was edited>",
        "<Diese Nachricht wurde bearbeitet.>",
        "<Se editó este mensaje.>",
        "<Ce message a été modifié>",
        "<Ta wiadomość została zmieniona>",
        "<ההודעה נערכה>",
    ],
)
def test_the_mark_of_an_edit_is_cut_off(tmp_path: Path, mark: str) -> None:
    assert life_of(tmp_path, f"{AT}we ate fish {mark}\n").entries[0].text == "we ate fish"
    assert life_of(tmp_path, f"{AT}we ate fish <and rice>\n").entries[0].text == "we ate fish <and rice>"


def test_a_caption_stays_beside_its_picture(tmp_path: Path) -> None:
    below = life_of(tmp_path, f"{AT}IMG-1.jpg (file attached)\nthe fish\nnull\n{AT}the boat \u200eimage omitted\n")
    assert below.entries[0].text == "the fish\nnull\nthe boat"


def test_what_stands_in_brackets_again_and_again_is_the_programs(tmp_path: Path) -> None:
    content = f"{AT}<Xyzzy plugh>\n{AT}<a dream>\n" + "31/12/23, 21:06 - Ty: <Xyzzy plugh>\n" * 2
    assert life_of(tmp_path, content).entries[0].text == "<a dream>"


OF_TY = [
    "\u200b31/12/23, 21:06 - Ty: the secret of Ty",
    "\u2068\u200e31/12/23, 21:06 - Ty: the secret of Ty",
    "31/12/23, 21:06 Uhr nachmittags vielleicht - Ty: the secret of Ty",
    "31/12/23, 21:06 » Ty: the secret of Ty",
    "[21:06, 31/12/2023] Ty: the secret of Ty",
    "(31/12/23, 21:06) Ty: the secret of Ty",
    "31/12/23 21:06 ::: Ty: the secret of Ty",
]


@pytest.mark.parametrize("line", OF_TY)
def test_a_line_that_cannot_be_read_is_never_given_to_somebody_else(tmp_path: Path, line: str) -> None:
    life = life_of(tmp_path, f"{AT}river\n{line}\nand more of it\n{AT}end\n")
    assert life.entries[0].text == "river\nend"
    assert len(life.notes) == 1
    assert "secret" not in str(life.notes)
    if "another person" not in notes(life)[0]:
        why = "1 line that begins like a message and cannot be read: left out with what follows (line 2)"
        assert notes(life) == [why]


def test_a_person_may_write_of_dates_and_times(tmp_path: Path) -> None:
    said = "the list:\n31/12/23 market\n12:30 lunch\n1/1 rest"
    assert life_of(tmp_path, f"{AT}{said}\n").entries[0].text == said


def test_signs_that_end_a_line_elsewhere_do_not_end_it_here(tmp_path: Path) -> None:
    said = "one\u2028two\x85three\x0cfour"
    assert life_of(tmp_path, f"{AT}{said}\r\n{AT}end\r\n").entries[0].text == f"{said}\nend"


def test_a_sender_is_known_whatever_marks_surround_the_name(tmp_path: Path) -> None:
    content = "31/12/23, 21:05 - \u200e~\u202fSrey\u00a0Leak\u202c: hi\n"
    assert life_of(tmp_path, content).entries[0].text == "hi"
    assert life_of(tmp_path, content, author="\u202aSrey Leak").entries[0].text == "hi"


def test_what_is_left_out_is_counted_and_said(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(ANDROID + "12/31/23, 9:06\u202fPM - Ty: me too\n", encoding="utf-8")
    with pytest.warns(LeftOutWarning, match="2 notices of the program") as caught:
        (life,) = read_lives(path, life="srey", author="Srey Leak")
    assert notes(life) == [
        "2 notices of the program: left out (line 1, line 2)",
        "3 lines of the program (a picture, a call, a deletion): left out (line 4, line 5, line 7)",
        "1 message of another person: left out",
    ]
    # That others wrote too is not a surprise.
    assert "another" not in str(caught[0].message)
    assert life.to_dict()["notes"][2]["count"] == 1


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [*NEW_YEARS_EVE.values(), *OF_TY, "", "\u200e", "31/02/23, 21:05 - {}", "99/99/99, 99:99 - {}"]
        ),
        min_size=1,
        max_size=6,
    ),
    st.text(max_size=20),
    st.booleans() | st.none(),
)
def test_nothing_but_our_own_errors_leaves_the_reader(
    tmp_path: Path, lines: list[str], words: str, day_first: bool | None
) -> None:
    content = "\n".join(line.replace("{}", f"Srey Leak: {words}") for line in lines)
    with contextlib.suppress(KarmalinkError):
        life_of(tmp_path, content.encode("utf-8", "replace").decode(), day_first=day_first)
