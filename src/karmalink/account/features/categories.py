"""Categories of content: short lists of words that say what a text is about, written for this package.

They follow the headings of Hall & Van de Castle (1966) where these can be told from single words (characters, emotions,
settings, objects) and leave out what needs a reader (who does what to whom). They are counts of words, no coding.
"""

from __future__ import annotations

from functools import lru_cache

from karmalink.account.language.lexical import stem
from karmalink.account.language.words import listed

__all__ = ["CATEGORIES", "category_stems"]

CATEGORIES: dict[str, tuple[str, ...]] = {
    "husband-like": listed("husband boyfriend hubby fiance fiancé groom"),
    "wife-like": listed("wife girlfriend fiancee fiancée bride"),
    "children": listed("son daughter kid child children baby toddler infant grandson granddaughter grandchild"),
    "parents": listed("mother father mom mum dad mama papa parent stepmother stepfather daddy mommy mummy"),
    "relatives": listed(
        "brother sister aunt uncle cousin niece nephew grandma grandpa grandmother grandfather sibling"
    ),
    "friends": listed("friend buddy pal roommate classmate neighbor neighbour acquaintance"),
    "strangers": listed("stranger crowd somebody someone man woman guy lady boy girl people"),
    "animals": listed(
        "animal dog cat puppy kitten horse cow bird snake fish bear lion tiger wolf rat mouse spider insect elephant "
        "monkey pet vet buffalo chicken pig duck"
    ),
    "water": listed("water sea ocean river lake pool wave swim boat ship rain flood beach stream bath drown"),
    "vehicles": listed(
        "car bus train truck plane airplane bike bicycle taxi drive driver ride road highway motorcycle"
    ),
    "house": listed("house home room door window kitchen bedroom bathroom stairs floor wall roof apartment bed"),
    "outdoors": listed("field forest tree mountain hill garden park street sky sun grass path cave flower"),
    "school": listed("school college university class teacher student exam test lecture campus grade study graduate"),
    "work": listed("work job office boss coworker colleague meeting manager company project interview client"),
    "money": listed("money dollar pay paid cash bank price buy bought sell rent debt bill gold coin"),
    "food": listed(
        "food eat ate dinner lunch breakfast meal restaurant cake bread rice meat drink coffee beer wine cook"
    ),
    "body": listed("body head hand face eye hair leg arm foot feet blood mouth tooth teeth skin heart naked"),
    "health": listed(
        "sick ill hospital doctor nurse surgery pain cancer medicine injury hurt wound pregnant pregnancy"
    ),
    "death": listed("death dead die died funeral kill killed murder grave corpse ghost cemetery bury buried"),
    "anger": listed("angry anger mad furious annoyed argue argument fight yell shout rage irritated"),
    "apprehension": listed(
        "afraid fear scared frightened terrified worried anxious nervous panic horror guilty ashamed"
    ),
    "sadness": listed("sad cry cried tear grief lonely depressed disappointed upset miss heartbroken sorry"),
    "confusion": listed("confused strange weird odd surprised puzzled lost wonder unsure doubt"),
    "happiness": listed("happy joy glad enjoy fun laugh smile love wonderful excited proud pleased relief relieved"),
    "aggression": listed("attack hit beat gun knife shoot shot war soldier police weapon chase threaten bomb"),
    "friendliness": listed("help kiss hug gift thank invite welcome comfort marry wedding party birthday celebrate"),
    "religion": listed("god church temple monk priest pray prayer pagoda heaven hell angel devil buddha altar"),
    "music-and-play": listed("music song sing dance game play movie film show concert guitar piano team ball book"),
    "travel": listed("trip travel vacation holiday flight airport hotel visit journey country city abroad tour"),
    "memory": listed("remember memory remind recall forget forgot memories dream dreamt dreamed"),
}


@lru_cache(maxsize=1)
def category_stems() -> dict[str, frozenset[str]]:
    """Return the stems of each category, as :func:`karmalink.account.tokens` gives them."""
    return {name: frozenset(stem(word) for word in words) for name, words in CATEGORIES.items()}
