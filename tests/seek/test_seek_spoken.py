"""Numbers, units and bearings as people say them: read whole, or no clue and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from karmalink.errors import InputError
from karmalink.seek import Place, Places, parse_clues, parse_heading
from karmalink.seek.clues.headings import BY_POINTS, POINTS
from karmalink.seek.clues.lexicons import lexicon
from karmalink.seek.ground.walking import LEVEL_M_PER_MINUTE

PLACES = Places(
    [
        Place("m", "Market", Point(104.904, 11.563), "market"),
        Place("k", "ផ្សារ", Point(104.904, 11.563), "market"),
        Place("d", "Dorris", Point(104.91, 11.556), "town"),
    ]
)


def clues(text: str) -> list[str]:
    """Return what a text is taken to say; Khmer by its letters."""
    return [proposal.clue.phrase() for proposal in parsed(text).proposals]


def parsed(text: str):  # type: ignore[no-untyped-def]
    language = "km" if any("\u1780" <= sign <= "\u17ff" for sign in text) else "en"
    return parse_clues(text, places=PLACES, language=language)


def metres(text: str) -> float | None:
    """Return the one distance that a text states; None where it states none."""
    found = [p.clue.distance_m for p in parsed(text).proposals if p.clue.distance_m is not None]
    assert len(found) <= 1
    return found[0] if found else None


SPOKEN = {
    "two hundred and fifty metres": 250, "two hundred fifty metres": 250, "twelve hundred metres": 1200,
    "a thousand two hundred metres": 1200, "one thousand and fifty metres": 1050, "two thousand five hundred m": 2500,
    "nineteen hundred and fifty metres": 1950, "one hundred and twenty-five metres": 125, "forty five metres": 45,
    "forty-five metres": 45, "2 thousand metres": 2000, "2 hundred and 50 metres": 250, "1.5 thousand metres": 1500,
    "a hundred metres": 100, "hundred metres": 100, "a dozen metres": 12, "half a dozen metres": 6,
    "two score metres": 40,
    "a couple of hundred metres": 200, "a couple hundred metres": 200, "a couple of kilometres": 2000,
    "three and a half kilometres": 3500, "three and a quarter kilometres": 3250, "3 and a half km": 3500,
    "two and three quarter kilometres": 2750, "one and a half thousand metres": 1500, "half a kilometre": 500,
    "half kilometre": 500, "a half kilometre": 500, "one-half kilometre": 500, "half-a-kilometre": 500,
    "three-quarters of a kilometre": 750, "three quarters of a kilometre": 750, "a quarter of a kilometre": 250,
    "quarter kilometre": 250, "two thirds of a kilometre": 2000 / 3, "a third of a kilometre": 1000 / 3,
    "five eighths of a kilometre": 625, "a kilometre and a half": 1500, "two kilometres and a quarter": 2250,
    "two point five kilometres": 2500, "zero point seven five kilometres": 750, "point five kilometres": 500,
    "two hundred er fifty metres": 250, "2 km and 300 m": 2300, "2 km 300 m": 2300,
    "one kilometre two hundred metres": 1200,
}  # fmt: skip
WRITTEN = {
    "1⁄2 km": 500, "1/2 km": 500, "½ km": 500, "2 1⁄2 km": 2500, "2 1/2 km": 2500, "2½ km": 2500, "2 ½ km": 2500,
    "2-1/2 km": 2500,
    "¹⁄₂ km": 500, "2¹⁄₂ km": 2500, "⅝ km": 625, "3/4 of a km": 750, "5㎞": 5000, "5 ㎞": 5000, "50㎝": 0.5,
    "５００ｍ": 500,
    "1,500 m": 1500, "1\u202f500 m": 1500, "10'000 m": 10_000, "10’000 m": 10_000, "2,5 km": 2500, "1·5 km": 1500,
    ".5 km": 500,
    "~200 m": 200, "5 k.m.": 5000, "5 mtrs.": 5, "100m-200m": 150, "200+ m": None, "2 thousand 500 m": 2500,
    "200-metre walk": 200, "two-hundred-metre walk": 200,
}  # fmt: skip
RANGES = {
    "two to three hundred metres": 250, "two or three hundred metres": 250, "two, three hundred metres": 250,
    "two three hundred metres": 250, "a hundred or two metres": 150, "a hundred to two hundred metres": 150,
    "fifty to a hundred metres": 75, "2-3 km": 2500, "2–3 km": 2500, "2 to 3 km": 2500, "between 2 and 3 km": 2500,
    "between two hundred and three hundred metres": 250, "from 2 to 3 km": 2500, "2 km to 3 km": 2500,
    "500 m to 1 km": 750,
    "a kilometre or two": 1500, "two hundred fifty or sixty metres": 255, "about two or three kilometres": 2500,
    "between five hundred metres and a kilometre": 750, "800 m or a kilometre": 900,
}  # fmt: skip
KHMER = {
    "ដប់ពីរម៉ែត្រ": 12, "ម្ភៃប្រាំម៉ែត្រ": 25, "ពីររយហាសិបម៉ែត្រ": 250, "មួយរយម្ភៃប្រាំម៉ែត្រ": 125,
    "មួយពាន់ពីររយម៉ែត្រ": 1200,
    "ប្រាំពីររយម៉ែត្រ": 700, "កៅសិបប្រាំបួនម៉ែត្រ": 99, "ដប់ពាន់ម៉ែត្រ": 10_000, "មួយម៉ឺនម៉ែត្រ": 10_000,
    "១២រយម៉ែត្រ": 1200,
    "២ ពាន់ ម៉ែត្រ": 2000, "កន្លះគីឡូ": 500, "បីគីឡូកន្លះ": 3500, "មួយគីឡូប្រាំរយម៉ែត្រ": 1500,
    "មួយភាគបួនគីឡូម៉ែត្រ": 250,
    "បីភាគបួនគីឡូម៉ែត្រ": 750, "ពីរចុចប្រាំគីឡូម៉ែត្រ": 2500, "២,៥ គ.ម.": 2500, "៥ គ.ម": 5000, "៥០០ ម.": 500,
    "ពីរបីរយម៉ែត្រ": 250,
    "ពីរទៅបីរយម៉ែត្រ": 250, "បួនប្រាំគីឡូ": 4500, "ម្ភៃ\u200bប្រាំ\u200bម៉ែត្រ": 25,
    "ពីរ\u200bរយ\u200bហាសិប\u200bម៉ែត្រ": 250, "ដប់ ពីរ ម៉ែត្រ": 12,
}  # fmt: skip


@pytest.mark.parametrize(("said", "right"), [*SPOKEN.items(), *WRITTEN.items(), *RANGES.items()])
def test_a_distance_is_the_whole_number(said: str, right: float | None) -> None:
    assert metres(f"It lies {said} from the Market.") == (None if right is None else pytest.approx(right, rel=1e-6))
    assert metres(f"{said} north of the Market") == (None if right is None else pytest.approx(right, rel=1e-6))


@pytest.mark.parametrize(("said", "right"), KHMER.items())
def test_a_khmer_distance_is_the_whole_number(said: str, right: float) -> None:
    assert metres(f"{said}ពីផ្សារ") == pytest.approx(right)
    assert metres(f"{said} ខាងជើងផ្សារ") == pytest.approx(right)


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("three quarters of an hour", 45), ("an hour and a half", 90), ("an hour and twenty minutes", 80),
        ("1 h 30 min", 90),
        ("1h30", 90), ("half an hour", 30), ("a quarter of an hour", 15), ("one and a half hours", 90),
        ("ninety-five minutes", 95),
        ("two to three hours", 150), ("twenty or thirty minutes", 25), ("an hour or two", 90),
        ("twenty-five minutes", 25),
    ],
)  # fmt: skip
def test_a_time_on_foot_is_the_whole_number(said: str, minutes: float) -> None:
    for way in (" on foot", "", " walk", "'s walk"):
        if way == "'s walk" and not said.endswith(("hour", "half")):
            continue
        assert metres(f"{said}{way} from the Market") == pytest.approx(minutes * LEVEL_M_PER_MINUTE)


@pytest.mark.parametrize(
    "said",
    [
        "several hundred metres", "a few hundred metres", "many hundred metres", "hundreds of metres",
        "umpteen hundred metres",
        "five hundred and something metres", "two hundred, fifty metres", "two hundred ... fifty metres",
        "fourty five metres",
        "two hundered and fifty metres", "six and twenty metres", "2-300 m", "1 500 m", "1.500,5 m", "1e3 m",
        "2x5 km", "12:30 m",
        "2km500", "5 km/h", "200 m2", "5 m²", "two hundred square metres", "three miles and two miles", "2 km 500",
        "1;500 m",
        "twenty-odd hundred and five metres", "2 5 km", "one two five metres", "two hundred and three hundred metres",
        "a kilometre less two hundred metres", "1 km minus 200 m", "twice 200 m", "half of 200 m", "2 x 100 m",
        "two-fifty metres", "ten or twenty or thirty metres", "5 km, maybe 6 km,",
        "ប៉ុន្មានរយម៉ែត្រ", "រាប់រយម៉ែត្រ", "១ ៥០០ ម៉ែត្រ", "១.៥០០ ម៉ែត្រ", "៥ ៥ ម៉ែត្រ",
    ],
)  # fmt: skip
def test_what_is_only_a_tail_is_no_clue_and_told(said: str) -> None:
    text = f"{said} {'ពីផ្សារ' if said[0] > 'z' else 'from the Market'}"
    assert metres(text) is None
    assert parsed(text).unread


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("more than 5 km from the Market", ["not within 5 km of Market"]),
        ("over 500 m from the Market", ["not within 500 m of Market"]),
        ("at least 200 m north of the Market", ["not within 200 m of Market", "N of Market"]),
        ("more than an hour on foot from the Market", ["not within 60 min on foot of Market"]),
        ("no more than 5 km from the Market", ["within 5 km of Market"]),
        ("<200 m from the Market", ["within 200 m of Market"]),
        ("It is near Dorris and 200 m from the Market", ["near Dorris", "200 m from Market"]),
        ("in house 12, 300 m from the Market", ["in house 12", "300 m from Market"]),
        ("He said one thing: 200 m from the Market", ["200 m from Market"]),
        ("near Third Street", ["near Third Street"]),
        ("near Two Rivers", ["near Two Rivers"]),
        ("near the old market", ["near old market"]),
        ("near the Night Market", ["near Night Market"]),
        ("3 km N and 4 km E of Dorris", ["5 km 53° of Dorris"]),
    ],
)
def test_what_stands_beside_a_number_is_understood(text: str, right: list[str]) -> None:
    assert clues(text) == right


ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
ONES += " eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
KM_ONES = "មួយ ពីរ បី បួន ប្រាំ ប្រាំមួយ ប្រាំពីរ ប្រាំបី ប្រាំបួន"
KM_TENS = "ដប់ ម្ភៃ សាមសិប សែសិប ហាសិប ហុកសិប ចិតសិប ប៉ែតសិប កៅសិប"


def english(number: int, joint: str) -> str:
    """Spell a number, slowly."""
    if number < 20:
        return ONES.split()[number - 1]
    if number < 100:
        rest = f"{joint[0]}{english(number % 10, joint)}" if number % 10 else ""
        return TENS.split()[number // 10 - 2] + rest
    for size, word in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            linked = f"{joint[1:] if rest < 100 else ' '}{english(rest, joint)}" if rest else ""
            return f"{english(number // size, joint)} {word}{linked}"
    raise AssertionError


def khmer(number: int) -> str:
    """Spell a number, slowly."""
    for size, word in ((1000, "ពាន់"), (100, "រយ")):
        if number >= size:
            return khmer(number // size) + word + (khmer(number % size) if number % size else "")
    if number < 10:
        return KM_ONES.split()[number - 1]
    return KM_TENS.split()[number // 10 - 1] + (khmer(number % 10) if number % 10 else "")


@given(st.integers(1, 99_999), st.sampled_from(["- and ", "  and ", "- "]))
def test_every_english_number_is_read_back(number: int, joint: str) -> None:
    assert metres(f"{english(number, joint)} metres from the Market") == number


@given(st.integers(1, 9_999), st.sampled_from(["", "\u200b"]))
def test_every_khmer_number_is_read_back(number: int, between: str) -> None:
    assert metres(f"{khmer(number)}{between}ម៉ែត្រពីផ្សារ") == number


WORDS = [
    *ONES.split(),
    *TENS.split(),
    "hundred",
    "thousand",
    "and",
    "a",
    "half",
    "or",
    "to",
    "of",
    "quarter",
    "3",
    "250",
    "1/2",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_no_heap_of_number_words_breaks_or_loses_its_place(words: list[str]) -> None:
    text = f"{' '.join(words)} metres from the Market"
    found = parsed(text)
    for part in (*found.proposals, *found.unread):
        assert text[part.start : part.end].strip()
    # A clue stands for all of the words, not for the last of them.
    for proposal in found.proposals:
        left = text[: proposal.start].split()
        assert (
            not left
            or proposal.clue.distance_m is None
            or left[-1] in ("of", "to", "or", "a", "half", "and", "quarter")
        )


# Bearings.

BEARINGS = {
    "N45W": 315, "N 45 W": 315, "N45°W": 315, "N45ºW": 315, "N 45 deg W": 315, "north 45 degrees west": 315,
    "S32E": 148,
    "S 32° E": 148, "N 20° E": 20, "N20°15'E": 20.25, "N 20° 15' 36\" E": 20.26, "N by 20 E": 20, "S.32 E.": 148,
    "N0E": 0, "S90W": 270,
    "30 degrees east of north": 30, "30° E of N": 30, "10 degrees south of west": 260, "315°": 315, "045°": 45,
    "315 degrees": 315,
    "a bearing of 315°": 315, "bearing 045": 45, "an azimuth of 120": 120, "a magnetic bearing of 90": 90,
    "NE by E": 56.25,
    "N by E": 11.25, "N.E. by E.": 56.25, "NE x E": 56.25, "northeast by east": 56.25,
    "a little east of north": 11.25,
    "slightly west of south": 191.25, "north and a little east": 11.25, "north, slightly west": 348.75,
    "N-NE": 22.5, "N. N. E.": 22.5,
}  # fmt: skip


@pytest.mark.parametrize(("said", "degrees"), BEARINGS.items())
def test_a_bearing_is_read_whole(said: str, degrees: float) -> None:
    (proposal,) = parsed(f"5 km {said} of Dorris").proposals
    assert proposal.clue.relation == "distance_heading"
    assert proposal.clue.distance_m == 5000
    heading = proposal.clue.heading
    assert heading.degrees == pytest.approx(degrees)
    again = parse_heading(heading.words)
    assert (again.degrees, again.half_width) == pytest.approx((heading.degrees, heading.half_width))
    assert [one.clue.heading.degrees for one in parsed(f"{said} of Dorris").proposals] == [pytest.approx(degrees)]


@pytest.mark.parametrize(
    "said",
    [
        "N120W", "N 95° E", "400°", "N or NE", "N and E", "north to north-east", "NW by NE", "S of W", "N45",
        "45 W", "30° north of south",
        "between north and north-east", "two points west of north", "from north to west",
        "a little north of south", "11°33'N 104°55'E",
    ],
)  # fmt: skip
def test_half_a_bearing_is_no_clue_and_told(said: str) -> None:
    found = parsed(f"5 km {said} of Dorris")
    assert not [proposal for proposal in found.proposals if proposal.clue.heading is not None]
    assert found.unread


@given(
    st.sampled_from("NS"),
    st.integers(0, 90),
    st.sampled_from("EW"),
    st.sampled_from(["{}{}{}", "{} {} {}", "{}{}°{}", "{} {}° {}"]),
)
def test_a_quadrant_bearing_is_what_a_surveyor_means_by_it(start: str, turn: int, end: str, form: str) -> None:
    right = {("N", "E"): turn, ("N", "W"): -turn, ("S", "E"): 180 - turn, ("S", "W"): 180 + turn}[start, end] % 360
    said = form.format(start, turn, end)
    assert parse_heading(said).degrees == pytest.approx(right)
    (proposal,) = parsed(f"2 km {said} of Dorris").proposals
    assert proposal.clue.heading.degrees == pytest.approx(right)


@pytest.mark.parametrize("text", ["N120W", "E45N", "400°", "45 C", "N45", "30° north of south", "N by NE"])
def test_what_is_no_bearing_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a direction"):
        parse_heading(text)


@pytest.mark.parametrize(("point", "degrees"), [*BY_POINTS.items(), *((p, 22.5 * n) for n, p in enumerate(POINTS))])
def test_the_thirty_two_points_in_every_spelling(point: str, degrees: float) -> None:
    spellings = [words for words, name in lexicon("en").headings.items() if name == point]
    assert len(spellings) >= 4
    for said in spellings:
        assert parse_heading(point).degrees == degrees
        if len(said) > 1:
            assert [p.clue.heading.degrees for p in parsed(f"5 km {said} of Dorris").proposals] == [degrees], said


def test_a_surveyor_s_bearing_survives_a_table() -> None:
    assert parse_heading("N45W").degrees == 315
    assert parse_heading("N 45° 30' W").half_width == 0.5
    assert parse_heading("N 40 E").half_width == 5


# When, and how somebody went.


@pytest.mark.parametrize(
    "text",
    [
        "In B.E. 2518", "In BE 2518", "In 2518 B.E.", "in A.D. 1432", "in the year 2518", "in May 1975", "in May",
        "in the morning", "at night",
        "around 1975", "in the 1970s", "by 1979", "at 5 o'clock", "on Monday", "at the age of 12",
        "in the rainy season", "in early April", "in the Pol Pot era", "around the New Year", "in my dream",
        "in the following year", "at dawn",
        "ក្នុង ព.ស. ២៥១៨", "ក្នុងឆ្នាំ ១៩៧៥", "ក្នុងខែមេសា", "នៅពេលព្រឹក",
    ],
)  # fmt: skip
def test_a_time_is_no_place(text: str) -> None:
    assert clues(text) == []
    assert clues(f"{text}, {'ជិតផ្សារ' if text[-1] > 'z' else 'near the Market'}") == [
        "near ផ្សារ" if text[-1] > "z" else "near Market"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "20 minutes from the Market by motorbike",
        "by car 20 minutes from the Market", "we drove 20 minutes from the Market",
        "20 minutes by songthaew from the Market",
        "20 minutes from the Market (by moto)", "20 minutes by tuk-tuk from the Market", "ម្ភៃនាទីជិះម៉ូតូពីផ្សារ",
        "ម្ភៃនាទីពីផ្សារ ជិះម៉ូតូ",
    ],
)  # fmt: skip
def test_a_time_by_another_way_than_on_foot_is_no_clue_and_told(text: str) -> None:
    found = parsed(text)
    assert clues(text) == []
    assert any("another way than on foot" in part.why for part in found.unread)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("by chance near the Market", ["near Market"]),
        ("he came by bus and hid it near the Market", ["near Market"]),
        ("by the Market", ["near Market"]),
        ("by Market", ["near Market"]),
        ("near the bus station", ["near bus station"]),
        ("We drove there. 20 minutes on foot from the Market.", ["20 min on foot from Market"]),
    ],
)
def test_by_is_near_only_before_a_place(text: str, right: list[str]) -> None:
    assert clues(text) == right


def test_a_khmer_point_between_two_is_one_point() -> None:
    assert clues("៥គីឡូខាងជើងឆៀងកើតផ្សារ") == ["5 km NE of ផ្សារ"]
    assert clues("៥គីឡូ ទិសត្បូងឆៀងខាងលិច ផ្សារ") == ["5 km SW of ផ្សារ"]


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("20 minutes by motorbike from the Market", "6.4 km from Market"),
        ("ten minutes by bicycle from the Market", "1.6 km from Market"),
        ("20 minutes' drive from the Market", "9.6 km from Market"),
        ("half an hour by boat from the Market", "1.608 km from Market"),
        ("two hours by ox-cart from the Market", "5.568 km from Market"),
        ("five minutes on the back of a motorbike from the Market", "1.6 km from Market"),
    ],
)
def test_a_time_of_riding_is_a_distance_in_a_straight_line_with_the_way_told(text: str, clue: str) -> None:
    (proposal,) = parsed(text).proposals
    assert clues(text) == [clue]
    assert "in a straight line" in proposal.notes[-1]
