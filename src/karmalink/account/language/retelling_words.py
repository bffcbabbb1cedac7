"""The words by which a diary speaks of dreams: one pattern a rule."""

from __future__ import annotations

import re

__all__ = [
    "ANNOUNCED",
    "DREAM",
    "FIGURATIVE",
    "GENERAL",
    "HABITUAL",
    "IN_DREAM",
    "MORNING",
    "NIGHT",
    "OTHERS",
    "OWN",
    "RESUMES",
    "TITLE",
    "TOLD",
]


def _rule(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_DREAM = r"(?:dream\w*|nightmare\w*)"

DREAM = _rule(rf"\b{_DREAM}", "យល់សប្តិ", "យល់សប្ដិ", "សុបិន")

# "a craft that I never dreamed of", "not dreaming of anything but", "my dream job", "a dream come true", "daydream"
FIGURATIVE = _rule(
    r"\b(?:never|not|n['’]t|nor|little|hardly|scarcely|wouldn['’]t|without)\s+(?:\w+\s+){0,2}?dream(?:ed|t|ing|s|)\s+"
    r"(?:of|that|about|it)\b",
    r"\bdream\s+(?:job|house|home|team|come|catcher|world)\b",
    r"\b(?:like|as\s+in|as\s+if\s+(?:it\s+were\s+)?(?:in\s+)?)\s*a\s+(?:bad\s+)?dream\b",
    r"\bbeyond\s+(?:my|our|their|his|her)\s+(?:wildest\s+)?dreams\b",
    r"\b(?:hopes|dreams)\s+and\s+(?:hopes|dreams)\b",
    r"\bAmerican\s+dream\b",
    r"\bday-?\s?dream\w*",
)

# Inside a title words have capitals: "The Parson's Dreame", "Midsummer's Night's Dream".
TITLE = re.compile(
    r"(?:(?!I\b|My\b)[A-Z][\w'’]*\s+)+(?:of\s+(?:a\s+|the\s+)?)?(?:Dream|Nightmare)\w*|\bDreams?\s+(?:of|in)\s+[A-Z]\w+"
)

# "whether there be any difference between waking and dreaming": nobody dreams.
GENERAL = _rule(
    r"\b(?:between|difference|meaning|interpretation|nature|science|theory)\b(?:\W+\w+){0,6}\W+dream",
    r"\b(?:waking|sleep(?:ing)?)\s+(?:and|or|from)\s+dreaming\b",
    r"\bdreams?\s+(?:are|mean|means|come\s+from|is\s+(?:only|but))\b",
)

_OTHERS = (
    r"he|she|they|who|his|her|their|whose|wife|husband|mother|father|sister|brother|son|daughter|aunt|uncle|cousin|"
    r"grandmother|grandfather|friend|boss|teacher|mum|mom|dad|boy|girl|child|maid"
)

# The dreamer is somebody else: "how she dreamt of her uncle", "his dream", "Jane told me her dream".
OTHERS = _rule(
    rf"\b(?:{_OTHERS})\s+(?:(?:had|has|have|did|does|also|too)\s+)?(?:an?\s+|another\s+|the\s+)?(?:\w+\s+)?{_DREAM}",
    rf"\b(?!\w*night)\w{{2,}}['’]s\s+(?:\w+\s+)?{_DREAM}",
    rf"\b(?-i:[A-Z][a-z]+)\s+(?:had|has|told|dreamt|dreamed)\b[^.;]*{_DREAM}",
)

# The writer's own: "I dreamed", "my dream", "I had a dream"; nobody else between the writer and the dream.
_BETWEEN = rf"(?:(?!(?:{_OTHERS})\b)[\w'’]+\s+)"
OWN = _rule(
    rf"\bI\s+{_BETWEEN}{{0,4}}?{_DREAM}",
    rf"\bmy\s+{_BETWEEN}{{0,3}}?(?:dreams?|nightmares?)\b",
    rf"\b(?:I|me|myself)\s+(?:had|was|am|were|being|been)\s+{_BETWEEN}{{0,8}}?{_DREAM}",
    "ខ្ញុំ",
)

# A dream that is told says of what or whom, or what was done in it.
TOLD = _rule(
    rf"\b{_DREAM}\W+(?:of|about|that|in\s+which|where|I|we|how|with|was|were|had)\b",
    rf"\b{_DREAM}\s+(?:\w+\s+){{0,3}}(?:of|about|that|by)\s+\w+",
    rf"\b{_DREAM}[^.!?]{{0,40}}:\s",
    rf"\b{_DREAM}\s*,\s*(?:and|in\s+which|where|I)\b",
    r"\b(?:methought|methoughts|it\s+seemed\s+(?:that|to\s+me))\b",
    "យល់សប្តិ",
    "យល់សប្ដិ",
)

# A dream is announced, and told from the next sentence on: "Weird dream last night."
ANNOUNCED = re.compile(rf"\W*(?:[\w'’]+\W+){{0,8}}{_DREAM}(?:\W+[\w'’]+){{0,4}}\W*", re.IGNORECASE)

# What keeps a sentence inside the dream: "methought", "and then I waked".
IN_DREAM = _rule(
    r"\bmethought\w*",
    r"\b(?:it|which)\s+seemed\b",
    r"\b(?:suddenly|all\s+of\s+a\s+sudden)\b",
    r"\bi\s+(?:woke|awoke|waked|wake)\b",
    r"\bwoke\s+up\b",
)

# At the head of a sentence: the day has begun, or goes on.
RESUMES = re.compile(
    r"\W*(?:(?:and|but|then|so|after\s+(?:that|this)|at\s+last|later|thence)\b,?\s*)*"
    r"(?:I\s+)?(?:up\b|rose\b|got\s+up|arose|thence|to\s+(?:the|my)\s+(?:office|work|church|school)|to\s+(?:work|church|"
    r"school|bed|dinner|sleep)|to\s+sleep\s+again|went\s+(?:to|out|home|back)|home\b|dressed|breakfast\w*|had\s+(?:breakfast|"
    r"lunch|dinner|supper|tea|coffee)|(?:this|in\s+the|that|next)\s+(?:morning|evening|afternoon|day)|today\b|"
    r"(?:at|after|by)\s+(?:noon|breakfast|lunch|dinner|supper|night|the\s+office|work|school|home|church)|here\b|yesterday\b|"
    r"at\s+\d{1,2}\b|by\s+coach|by\s+water|by\s+and\s+by|we\s+left|drove\b|walked\s+to)",
    re.IGNORECASE,
)

HABITUAL = _rule(
    r"\b(?:nowadays|these\s+days|of\s+late|lately|often|every\s+night|in\s+the\s+nights|for\s+many\s+nights)\b"
)

MORNING = _rule(
    r"^\W*(?:so\s+)?up\b",
    r"\b(?:rose|woke|awoke|wake|waked)\b",
    r"\b(?:this|in\s+the|early)\s+morning\b",
    r"\blast\s+night\b",
)

NIGHT = _rule(
    r"\bto\s+bed\b",
    r"\bat\s+night\b",
    r"\bthis\s+night\b",
    r"\ball\s+night\b",
    r"\b(?:fell|went|going)\s+(?:a|to\s+)sleep\b",
)
