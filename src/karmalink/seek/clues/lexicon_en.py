"""English words that say where."""

from __future__ import annotations

from karmalink.seek.clues.headings import BY_POINTS, POINTS
from karmalink.seek.clues.lexicons import Lexicon, listed, valued

__all__ = ["WORDS"]

_NAMED = {"N": "north", "E": "east", "S": "south", "W": "west"}


def _headings() -> dict[str, str]:
    """Return every way to write the points: ``ne``, ``n.e.``, ``north-east``, ``north east``, ``northeastern`` …"""
    found: dict[str, str] = {}
    for point in POINTS:
        low, parts = point.casefold(), [_NAMED[letter] for letter in point]
        tail = "".join(parts[-2:])
        written = {low, ".".join(low) + ".", ".".join(low), low + ".", *(sep.join(parts) for sep in ("", "-", " "))}
        if len(parts) == 3:
            written |= {f"{parts[0]}{sep}{rest}" for sep in ("-", " ") for rest in (tail, "-".join(parts[1:]))}
        whole = [word for word in written if word.endswith(("h", "t"))] if len(point) < 4 else []
        written |= {f"{word}{end}" for word in whole for end in ("ern", "erly", "ward", "wards")}
        found |= dict.fromkeys(written, point)
    for point in BY_POINTS:
        main, _, towards = point.partition("B")
        names = [_NAMED[letter] for letter in main]
        wholes = {sep.join(names) for sep in ("", "-", " ")}
        written = {f"{whole}{sep}by{sep}{_NAMED[towards]}" for whole in wholes for sep in ("-", " ")}
        found |= dict.fromkeys(written | {point.casefold()}, point)
    return found


_UNITS = {
    0.3048: ("ft", "ft.", "foot", "feet"),
    0.75: ("pace", "paces", "step", "steps"),
    0.9144: ("yd", "yd.", "yds", "yds.", "yard", "yards"),
    1.0: ("m", "m.", "meter", "meters", "metre", "metres", "mtr", "mtrs"),
    100.0: ("block", "blocks", "blk", "blks"),
    1000.0: ("km", "km.", "kms", "kms.", "kilometer", "kilometers", "kilometre", "kilometres", "klick", "klicks"),
    1609.344: ("mi", "mi.", "mile", "miles", "mis", "mls"),
    1852.0: ("nautical mile", "nautical miles", "nm"),
}

WORDS = Lexicon(
    language="en",
    units={word: metres for metres, words in _UNITS.items() for word in words},
    minutes=valued(
        "min=1|mins=1|minute=1|minutes=1|minute's=1|minutes'=1|h=60|hr=60|hrs=60|hour=60|hours=60|hour's=60|hours'=60"
    ),
    numbers=valued(
        "one=1|two=2|three=3|four=4|five=5|six=6|seven=7|eight=8|nine=9|ten=10|eleven=11|twelve=12|"
        "fifteen=15|twenty=20|thirty=30|forty=40|fifty=50|sixty=60|seventy=70|eighty=80|ninety=90|"
        "a hundred=100|one hundred=100|hundred=100|two hundred=200|three hundred=300|four hundred=400|"
        "five hundred=500|a thousand=1000|thousand=1000|half a=0.5|half an=0.5|half=0.5|quarter of a=0.25|"
        "a quarter of a=0.25|a quarter of an=0.25|three quarters of a=0.75|one and a half=1.5|"
        "two and a half=2.5|a couple of=2"
    ),
    headings=_headings(),
    tags=listed(
        {
            "of": "of",
            "from": "from|away from|out of|outside of|outside|beyond the edge of",
            "to": "to|to the|towards|toward|due",
            "and": "and|&",
            "or": "or",
            "but": "but|though|although",
            "near": (
                "near|near to|close to|close by|nearby|next to|beside|by|around|not far from|in the vicinity of|"
                "vicinity of|vic|vic.|vicinity|adjacent to|alongside of|off|in the neighbourhood of|"
                "in the area of|nr|nr.|a short way from|a little way from"
            ),
            "between": "between|in between|halfway between|half way between|midway between|betw|betw.",
            "along": "along|alongside|beside the road|up|down|via|following|on the bank of",
            "on": "on|upon|onto",
            "in": "in|inside|in the middle of|in the centre of|in the center of|inside of",
            "at": "at|@|at the foot of|at the top of|in front of|under|underneath|on top of|below",
            "beyond": (
                "beyond|past|across|over|behind|on the other side of|on the far side of|across from|"
                "on the opposite side of|opposite|other side of|far side of"
            ),
            "hither": "on this side of|this side of|on the near side of|before you reach",
            "sight": (
                "within sight of|in sight of|within view of|in view of|overlooking|you can see|could see|can see|"
                "i saw|we saw|looking at|visible from"
            ),
            "upstream": "upstream|upstream of|upstream from|upriver of|upriver from|upriver|up the river from",
            "downstream": (
                "downstream|downstream of|downstream from|downriver of|downriver from|downriver|down the river from"
            ),
            "side": "side|bank|shore|edge|end|part|half|corner|slope",
            "left": "left|left-hand|left hand",
            "right": "right|right-hand|right hand",
            "walk": "walk|on foot|walking|by foot|of walking|foot|hike|stroll|away on foot",
            "away": "away|off to|distant|further|further on",
            "at most": "within|less than|at most|no more than|not more than|under|up to",
            "about": "about|around|approximately|approx|approx.|roughly|ca|ca.|c.|circa|some|nearly|almost",
            "not": (
                "not|never|isn't|wasn't|is not|was not|nowhere|cannot|can't|no|neither|nor|n't|weren't|aren't|"
                "couldn't|could not|didn't|did not|can not"
            ),
            "unsure": (
                "maybe|perhaps|possibly|might|might be|may be|could be|i think|i believe|i guess|not sure|"
                "i am not sure|i'm not sure|probably|it seemed|it seems|seemed|apparently|i suppose|"
                "as far as i remember|somebody said|they say|supposedly|unsure|?"
            ),
            "sure": (
                "i am sure|i'm sure|surely|certainly|definitely|i know|i am certain|for sure|without doubt|"
                "no doubt|exactly|i remember clearly|i saw it myself|certain|sure"
            ),
            "junction": (
                "jct|jct.|junction|junct|junct.|junc|junc.|intersection|intersect|crossroads|crossing|jtn|jcn|"
                "int|intersec|confluence|corner of"
            ),
            "there": "it|there|here|that place|this place|them|him|her",
            "article": "the|a|an|my|our|his|their|this|that|some|its|which",
            "filler": (
                "by air|by road|airline|by foot path|"
                "it's|that's|is|was|are|were|be|lies|lay|lie|stands|stood|buried|hidden|hid|we|i|he|she|they|you|"
                "and then|then|so|put|left it|found|find|go|went|walked|came|lying|statue|box|gold|somewhere|"
                "place|spot|said|says|that is|just|very|only|still|also|it is|it was|it lies|must|must be|would|"
                "should|had|has|have|been|when|where|with|for|as|did|do|will"
            ),
        }
    ),
)
