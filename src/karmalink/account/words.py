"""Tables of words: those that carry no evidence, and those that say a number."""

from __future__ import annotations

__all__ = ["MONTHS", "NUMBER_WORDS", "STOP_WORDS", "WEEKDAYS", "listed"]


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
