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
        # "N-NE" and "N. N. E." as well as "north-north-east".
        letters = [*low] if len(low) < 3 else [low[0], low[1:]]
        written |= {sep.join(letters) for sep in ("-", "/")} if len(low) > 1 else set()
        written |= {sep.join(f"{letter}." for letter in low) for sep in ("", " ")}
        if len(parts) == 3:
            written |= {f"{parts[0]}{sep}{rest}" for sep in ("-", " ") for rest in (tail, "-".join(parts[1:]))}
        whole = [word for word in written if word.endswith(("h", "t"))] if len(point) < 4 else []
        written |= {f"{word}{end}" for word in whole for end in ("ern", "erly", "ward", "wards")}
        found |= dict.fromkeys(written, point)
    for point in BY_POINTS:
        main, _, towards = point.partition("B")
        names = [_NAMED[letter] for letter in main]
        wholes = {sep.join(names) for sep in ("", "-", " ")} | {main.casefold(), ".".join(main.casefold()) + "."}
        ends = {_NAMED[towards], towards.casefold(), f"{towards.casefold()}."}
        written = {f"{whole}{sep}{end}" for whole in wholes for sep in ("-by-", " by ", " x ") for end in ends}
        found |= dict.fromkeys(written | {point.casefold()}, point)
    return found | {word: point for point, words in _SUN.items() for word in words}


# Where the sun stands: between the tropics it rises and sets within 24° of east and west all year.
_SUN = {
    "E": (
        *(
            "where the sun rises",
            "where the sun comes up",
            "the rising sun",
            "rising sun",
            "the morning sun",
            "morning sun",
        ),
        *("sunrise", "the sunrise", "the dawn side"),
    ),
    "W": (
        *(
            "where the sun goes down",
            "where the sun sets",
            "the setting sun",
            "setting sun",
            "the evening sun",
            "evening sun",
        ),
        *("sunset", "the sunset", "the afternoon sun"),
    ),
}
_SHOUTS = tuple(
    f"{many} {what}{away} from"
    for many, what in (("a", "shout"), ("one", "shout"), ("two", "shouts"), ("three", "shouts"), ("a", "stone's throw"))
    for away in ("", " away")
)


_UNITS = {
    0.001: ("mm", "millimetre", "millimetres", "millimeter", "millimeters", "㎜"),
    0.01: ("cm", "cm.", "cms", "centimetre", "centimetres", "centimeter", "centimeters", "㎝"),
    0.0254: ("inch", "inches"),
    0.3048: ("ft", "ft.", "foot", "feet"),
    0.75: ("pace", "paces", "step", "steps"),
    40.0: ("sen",),
    0.9144: ("yd", "yd.", "yds", "yds.", "yard", "yards"),
    1.0: ("m", "m.", "meter", "meters", "metre", "metres", "mtr", "mtrs", "mts", "mtr.", "mtrs.", "mts."),
    5.0292: ("rod", "rods"),
    100.0: ("block", "blocks", "blk", "blks"),
    201.168: ("furlong", "furlongs"),
    1000.0: (
        *("km", "km.", "kms", "kms.", "kilometer", "kilometers", "kilometre", "kilometres"),
        *("kilo", "kilos", "klick", "klicks", "k.m.", "k.m", "㎞"),
    ),
    1609.344: ("mi", "mi.", "mile", "miles", "mis", "mls"),
    1852.0: ("nautical mile", "nautical miles", "nm"),
}
# What people go by, other than their feet: a time then says nothing that can be measured.
_VEHICLES = (
    *("motorbike", "motorcycle", "moto", "motodop", "scooter", "moped", "bike", "bicycle", "car", "taxi", "cab", "bus"),
    *(
        "minibus",
        "van",
        "truck",
        "lorry",
        "pickup",
        "jeep",
        "tractor",
        "train",
        "boat",
        "ferry",
        "canoe",
        "ship",
        "raft",
    ),
    *("tuk-tuk", "tuk tuk", "tuktuk", "remork", "cyclo", "rickshaw", "oxcart", "ox-cart", "ox cart", "cart", "horse"),
    *("elephant", "plane", "helicopter", "speedboat", "motorboat"),
)
_RIDES = (
    *(f"by {article}{name}" for name in _VEHICLES for article in ("", "a ", "an ")),
    *(
        f"{word} {whose} {name}"
        for name in _VEHICLES
        for word in ("on", "in")
        for whose in ("a", "my", "his", "her", "our", "their")
    ),
    *(f"on the {name}" for name in ("motorbike", "motorcycle", "moto", "scooter", "bike", "bicycle", "train", "bus")),
    *(
        f"on the back of {whose} {name}"
        for name in ("motorbike", "motorcycle", "moto", "scooter", "bike", "bicycle")
        for whose in ("a", "my", "his", "her", "the")
    ),
    *("on horseback", "drive", "drives", "driving", "drove", "driven", "ride", "rides", "riding", "rode", "cycling"),
    *("cycled", "pedalling", "sailing", "sailed", "rowing", "rowed", "paddling", "flight", "flying", "flew"),
)
# When it was, not where: "in B.E. 2518" is not a place, and "in March" none either.
_WHEN = (
    "b.e.|b.e|a.d.|a.d|ad|c.e.|c.e|ce|b.c.|b.c|bc|bce|a.h.|anno domini|buddhist era|common era|"
    "year|years|month|months|week|weeks|day|days|century|centuries|decade|decades|season|"
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|jan.|feb|feb.|mar.|apr|apr.|jun|jul|aug|aug.|sep|sep.|sept|sept.|oct|oct.|nov|nov.|dec|dec.|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|summer|winter|autumn|"
    "morning|afternoon|evening|night|noon|midday|midnight|dawn|dusk|sunrise|sunset|"
    "today|yesterday|tomorrow|tonight|o'clock|a.m.|p.m.|time|times|moment|age|era|reign|childhood|youth|period|regime|"
    "war|revolution|generation|new year|pchum ben|water festival|christmas|easter|harvest|peacetime"
)

WORDS = Lexicon(
    language="en",
    units={word: metres for metres, words in _UNITS.items() for word in words},
    minutes=valued(
        "min=1|mins=1|minute=1|minutes=1|minute's=1|minutes'=1|h=60|hr=60|hrs=60|hour=60|hours=60|hour's=60|hours'=60|"
        "cigarette=6|cigarettes=6|pot of rice=25|pots of rice=25"
    ),
    numbers=valued(
        "zero=0|one=1|two=2|three=3|four=4|five=5|six=6|seven=7|eight=8|nine=9|ten=10|eleven=11|twelve=12|thirteen=13|"
        "fourteen=14|fifteen=15|sixteen=16|seventeen=17|eighteen=18|nineteen=19|twenty=20|thirty=30|forty=40|fifty=50|"
        "sixty=60|seventy=70|eighty=80|ninety=90|a couple of=2|a couple=2|couple of=2|couple=2"
    ),
    times=valued("hundred=100|thousand=1000|million=1000000|dozen=12|score=20"),
    parts=valued(
        "half=0.5|half's=0.5|halves=0.5|quarter=0.25|quarter's=0.25|quarters=0.25|third=0.3333333333333333|thirds=0.3333333333333333|"
        "fourth=0.25|fourths=0.25|fifth=0.2|fifths=0.2|sixth=0.16666666666666666|sixths=0.16666666666666666|"
        "eighth=0.125|eighths=0.125|tenth=0.1|tenths=0.1|sixteenth=0.0625|sixteenths=0.0625"
    ),
    headings=_headings(),
    tags=listed(
        {
            "of": "of",
            "from": "from|away from|beyond the edge of",
            "outside": "outside|outside of|out of",
            "to": "to|to the|towards|toward|due",
            "and": "and|&",
            "or": "or",
            "but": "but|though|although",
            "near": (
                "near|near to|close to|close by|nearby|next to|beside|by|around|not far from|in the vicinity of|"
                "vicinity of|vic|vic.|vicinity|adjacent to|alongside of|off|in the neighbourhood of|"
                "in the area of|nr|nr.|a short way from|a little way from|within earshot of|a few steps from|"
                "steps from|"
                "right by|hard by|closest to|very near|very close to|quite near|quite close to|just by|right next to|"
                + "|".join(_SHOUTS)
            ),
            "between": "between|in between|halfway between|half way between|midway between|betw|betw.",
            "along": "along|alongside|beside the road|up|down|via|following|on the bank of",
            "on": "on|upon|onto",
            "in": "in|inside|in the middle of|in the centre of|in the center of|inside of",
            "at": "at|@|at the foot of|at the top of|in front of|underneath|on top of|below|right at|beneath",
            "under": "under",
            "beyond": (
                "beyond|past|across|over|behind|on the other side of|on the far side of|across from|"
                "on the opposite side of|opposite|other side of|far side of|far bank of|other bank of|opposite bank of|"
                "on the far bank of|on the other bank of|on the opposite bank of|to the other side of|cross|crosses|"
                "crossed|go over|goes over|went over|get over|got over|go across|goes across|went across|come across"
            ),
            "far bank": (
                "far bank|the far bank|other bank|the other bank|opposite bank|the opposite bank|on the far bank|"
                "on the other bank|on the opposite bank|the bank that isn't the town's|the bank away from town|"
                "the bank that's away from the town|the bank away from the town|on the bank that isn't the town's|"
                "on the bank that's away from the town|on the bank away from the town"
            ),
            "aside": (
                "forbade|forbidden|forbid|slept|sleep|sleeping|not allowed|wasn't allowed|weren't allowed|was born|"
                "i lived|we lived|i live|we live|used to live|used to play|grew up|i worked|we worked|played|"
                "was standing|were standing|i stood|we stood|i sat|we sat|i waited|we waited|he waited|waited|"
                "caught him|caught her|"
                "caught them|got married|went to school"
            ),
            "as far": "as far as|so far as|go as far as|get as far as|reach|reached",
            "stance": (
                "if you stand|when you stand|standing|if one stands|when one stands|seen from|as seen from|"
                "looked at from|looking from|viewed from|if you are standing|when you are"
            ),
            "retract": "no sorry|no, sorry|sorry|i mean|no wait|no, wait|or rather|correction|no, no|no, not there",
            "seen": (
                "could be seen|can be seen|was visible|is visible|were visible|visible|was in view|was in sight|"
                "could still be seen|is in view|is in sight"
            ),
            "hither": "on this side of|this side of|on the near side of|before you reach",
            "sight": (
                "within sight of|in sight of|within view of|in view of|overlooking|you can see|could see|can see|"
                "i saw|we saw|looking at|visible from|see|sees|saw|make out|made out|makes out|catch sight of|glimpse"
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
            "at most": (
                "within|less than|at most|no more than|not more than|up to|at the most|no farther than|"
                "no further than|not further than|not farther than|fewer than|<|≤"
            ),
            "at least": (
                "more than|at least|no less than|not less than|farther than|further than|upwards of|in excess of|"
                "greater than|longer than|>|≥"
            ),
            "about": (
                "about|around|approximately|approx|approx.|roughly|ca|ca.|c.|circa|some|nearly|almost|give or take|"
                "or so|odd|or thereabouts|more or less|say|~|≈|≃"
            ),
            "vague": (
                "several|few|a few|some few|quite a few|many|a good many|numerous|umpteen|countless|hundreds|"
                "thousands|dozens|scores|tens|hundreds of|thousands of|dozens of|scores of|tens of|lots of|"
                "a number of|a handful of|a good few"
            ),
            "point": "point",
            "noise": "er|err|erm|um|umm|uh|uhm|eh|ah|hmm|hm|mm",
            "ride": "|".join(_RIDES),
            "when": _WHEN,
            "not": (
                "nobody|no one|nobody ever|no one ever|none of us|not|not even|never|isn't|wasn't|is not|was not|"
                "don't|doesn't|hadn't|haven't|hasn't|won't|wouldn't|does not|do not|"
                "had not|has not|have not|"
                "nowhere|cannot|can't|no|neither|nor|n't|weren't|aren't|"
                "couldn't|could not|didn't|did not|can not"
            ),
            "unsure": (
                "maybe|perhaps|possibly|might|might be|may be|could be|i think|i believe|i guess|not sure|"
                "i am not sure|i'm not sure|probably|it seemed|it seems|seemed|apparently|i suppose|"
                "as far as i remember|somebody said|they say|supposedly|unsure|?|it may be|i would guess|"
                "i'd guess|i'd say|i would say|if i remember|if i remember right|if i remember rightly|"
                "if i am not mistaken|if i'm not mistaken|they told me|i was told|people say|so they say|they said|"
                "somebody told me|"
                "was the talk|always said|i can't vouch|can't swear|couldn't swear|i don't think|as i recall|i recall|"
                "as far as i know|i suppose so|he told me|she told me"
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
            "article": "the|a|an|my|our|your|his|their|this|that|some|its|which",
            "filler": (
                "by air|by road|airline|by foot path|"
                "it's|that's|is|was|are|were|be|lies|lay|lie|stands|stood|buried|hidden|hid|we|i|he|she|they|you|"
                "and then|then|so|put|left it|found|find|go|went|walked|came|lying|statue|box|gold|somewhere|"
                "place|spot|said|says|that is|just|very|only|still|also|it is|it was|it lies|must|must be|would|"
                "should|had|has|have|been|when|where|with|for|as|did|do|will|"
                "in fact|in general|in total|in secret|in short|in the end|in the beginning|in my dream|in the dream|"
                "in a dream|in my mind|in the dark|in case|at first|at last|at once|at all|on purpose"
            ),
        }
    ),
)
