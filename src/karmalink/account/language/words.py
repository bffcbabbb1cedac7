"""Scripts: which are written without spaces between words, and where one of their written clusters ends."""

from __future__ import annotations

import re

__all__ = [
    "BLANKS",
    "MONTHS",
    "NAMES_TOO",
    "NEGATIONS",
    "NOT_NAMES",
    "NUMBER_WORDS",
    "PLACE_WORDS",
    "STOP_WORDS",
    "TITLES",
    "UNSPACED",
    "UNSPACED_RUN",
    "WEEKDAYS",
    "WORD",
    "clusters",
    "listed",
]

# Tables of words: those that carry no evidence, that make a name, that deny, that say a number.


def listed(words: str) -> tuple[str, ...]:
    """Return the words of a block of text: tables of words stay readable as words."""
    return tuple(words.split())


WEEKDAYS = frozenset(listed("monday tuesday wednesday thursday friday saturday sunday"))
MONTHS = frozenset(listed("january february march april may june july august september october november december"))

# Function words of modern and early modern English, and the placeholders of the names-masked view.
STOP_WORDS = frozenset(
    listed("""
    a about above after again against all almost along also although always am among an and another any anyone anything
    are aren't as at away back be became because become been before began begin being below between both but by came can
    can't cannot come could couldn't did didn't do does doesn't doing don't done down during each either else even ever
    every few find for found from further gave get gets getting give given go goes going gone got had hadn't has hasn't
    have haven't having he he'd he'll he's her here here's hers herself him himself his how however i i'd i'll i'm i've
    if in indeed into is isn't it it's its itself just know last least less let like little look looked made make many
    may maybe me might mine more most much must my myself near never no nor not nothing now of off often on once one
    only onto or other others our ours ourselves out over own perhaps put quite rather really said same saw say says see
    seem seemed seems seen several shall she she'd she'll she's should shouldn't since so some somebody someone
    something sometimes somewhere soon still such sure take taken tell than that that's the their theirs them themselves
    then there there's therefore these they they'd they'll they're they've thing things think this those though thought
    through thus till to together told too took toward towards under until up upon us use used very was wasn't way we
    we'd we'll we're we've well went were weren't what what's whatever when where whether which while who who's whom
    whose why will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    doe doth dost hast hath thee thou thy thine ye hither thither thence hence wherein whereof whereby thereof therein
    thereby viz methinks methought hereof nay shalt wilt mr mrs ms sir
    number
    """)
)

_UNITS = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")

# "one" is a pronoun more often than a number, and "a" nearly always: neither is evidence by itself.
NUMBER_WORDS: dict[str, int] = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
}

# Before a name they say that it is a person's.
TITLES = frozenset(
    listed("""
    mr mrs ms miss mister madam madame mademoiselle monsieur sir dame lady lord master dr doctor prof professor captain
    capt colonel col general gen lieutenant lt sergeant sgt major admiral commissioner alderman king queen prince
    princess duke duchess earl count countess baron baroness bishop pope father brother sister mother aunt auntie uncle
    cousin grandma grandpa grandmother grandfather granny saint reverend rev parson judge president minister venerable
    lok ta om bong neak
    """)
)

# At the end or head of a name they say that it is a place's.
PLACE_WORDS = frozenset(
    listed("""
    street st road rd lane avenue ave boulevard alley square court yard place park garden gardens bridge river lake sea
    bay beach island isle hill hills mount mountain valley forest wood woods field fields farm village town city county
    province district country house hall palace castle tower church chapel abbey cathedral temple pagoda wat mosque
    monastery school college university hospital hotel inn tavern market shop store station airport port harbour harbor
    stairs gate dock wharf tunnel museum library theatre theater prison exchange alehouse coffeehouse cemetery
    phnom psar stung tonle boeung
    """)
)

# Written with a capital inside sentences, and no name of anybody.
NOT_NAMES = frozenset(
    listed("""
    i god god's lord lord's christmas easter english french german dutch spanish italian american british chinese khmer
    tv ok okay pm am oh ah dream dreams mom mum dad daddy mommy mummy majesty parliament
    """)
)

# Function words at the head of a sentence, names of people inside it.
NAMES_TOO = frozenset(listed("will mark art grace"))

NEGATIONS = frozenset(
    listed("""
    no not never without nor neither none nobody nothing nowhere cannot hardly scarcely
    """)
)


# Khmer, Thai, Lao, Burmese, kana and Han, as the inside of a character class.
UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17d3\u17d7\u17dc-\u17ff"
    "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")

# Zero-width characters separate nothing a reader sees; U+200B separates words in careful Khmer.
BLANKS = " \t\r\n\f\v\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\u200e\u200f"

# `\w` leaves out the combining vowels of Indic, Arabic and Hebrew, which would cut their words to pieces.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0dff"
)
WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}]|['’](?=[^\W\d_]))*")

# A base, what is stacked below it by a coeng (U+17D2) or virama, and the vowels and signs around it.
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?"
    f"[{UNSPACED}]"
    "(?:[\u17d2\u1039][\u1780-\u17b3\u1000-\u1021]|[\u17b4-\u17d1\u17d3\u17dd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1"
    "\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u3099\u309a\u0e30\u0e32\u0e33\u0eb0\u0eb2\u0eb3])*"
)


def clusters(run: str) -> list[str]:
    """Return the written clusters of a run of unspaced script: what a reader sees as one sign."""
    return _CLUSTER.findall(run)
