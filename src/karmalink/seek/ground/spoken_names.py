"""What people call a place when they do not say its name: the pagoda, the tracks, Sre Ampil school.

A kind that several places have stays ambiguous: each bearer keeps its weight, none is picked in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

__all__ = ["ARTICLES", "MOST_BEARERS", "bare_name", "may_be_name", "spoken_forms"]

_SHORT = 3  # "the Ou" is not what a place called Ta Ou is called
MOST_BEARERS = 12  # "the road" of a city means nothing
ARTICLES = ("the", "that", "this", "those", "these", "our", "my", "your", "his", "her", "their")

# Each row: words for one kind of place, the most usual first; a place is of it if its kind or a word of its name is.
_ROWS = (
    "pagoda wat temple monastery vihara stupa",
    "mosque",
    "church chapel cathedral",
    "market bazaar phsar",
    "school lycée lycee schoolhouse college",
    "clinic hospital dispensary infirmary",
    "factory works plant workshop",
    "brickworks kiln brickyard",
    "mill sawmill",
    "bridge footbridge",
    "culvert",
    "river",
    "stream creek brook rivulet prek",
    "canal channel ditch",
    "lake lagoon boeng reservoir",
    "pond pool crater waterhole",
    "railway railroad rail track",
    "road street highway avenue boulevard lane track path trail",
    "dike dyke levee embankment",
    "hill mountain phnom hillock",
    "mast antenna aerial",
    "tower",
    "village hamlet phum settlement",
    "cemetery graveyard grave tomb",
    "airstrip airfield airport runway",
    "banyan",
    "tree",
    "ferry landing jetty pier wharf ferry_landing",
    "station",
    "sluice",
    "well",
    "fort fortress citadel ruin",
    "field paddy ricefield rice_field farmland",
    "house residence villa mansion",
    "pump caltex petrol_station fuel",
    "cave grotto",
    "forest wood grove jungle",
    "island islet koh",
    "wall fence gate",
    "cross crossroads junction intersection",
    "post checkpoint barracks garrison",
    "statue monument memorial shrine",
    "quarry pit mine",
    "dam weir",
)
_WORDS = tuple(tuple(row.split()) for row in _ROWS)
_IRREGULAR = {"grave": ("graves",), "rail": ("rails",), "track": ("tracks",), "kiln": ("kilns",), "field": ("fields",)}
# Of a railway or a burial ground people speak in the plural; of a bridge they do not.
_LONGER = {
    "railway": ("railway line", "train line", "rail line", "railroad tracks", "railway tracks"),
    "petrol_station": ("petrol station", "gas station", "filling station"),
    "ferry_landing": ("ferry landing", "ferry"),
    "rice_fields": ("rice fields", "paddies", "paddy fields", "paddy"),
    "water_tower": ("water tower",),
    "ring_road": ("ring road", "ring"),
    "river": ("big river",),
}


def bare_name(name: str) -> str:
    """Return a name in lower case with single spaces, without an article before it."""
    words = name.casefold().replace("’", "'").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ARTICLES else words)


def spoken_forms(kind: str, names: Iterable[str]) -> Iterator[str]:
    """Yield what a place may be called besides its names, in lower case.

    Parameters
    ----------
    kind : str
        What it is: ``pagoda``, ``rice_fields``.
    names : iterable of str
        Its name and aliases.
    """
    bare = [bare_name(name) for name in names]
    single = kind.casefold().strip()
    heads = {single, *single.split("_")} | {name.split()[-1] for name in bare if " " in name}
    heads |= {name for name in bare if " " not in name}
    heads |= {name.split()[0] for name in bare if " " in name and name.split()[0] in ("wat", "phsar", "boeng", "phnom")}
    words = [word for row in _WORDS for word in row if heads & {form for one in row for form in (one, *_plural(one))}]
    own = [word for word in words if heads & {word, *_plural(word)}] or words
    short = dict.fromkeys(form for word in (*own, *words) for form in (word, *_plural(word)) if "_" not in form)
    yield from (f"{article} {form}" for form in short for article in ARTICLES)
    longer = _LONGER.get(single, ())
    yield from longer
    yield from (f"{article} {form}" for form in longer for article in ARTICLES)
    cores = {" ".join(word for word in name.split() if word not in short) for name in bare}
    for core, word in product(sorted(core for core in cores if core), words):
        for form in (f"{core} {word}", f"{word} at {core}", f"{word} of {core}", f"{word} in {core}"):
            yield from (form, f"the {form}")
    yield from (f"the {name}" for name in bare)
    yield from (f"the {name.split()[-1]}" for name in bare if " " in name and len(name.split()[-1]) > _SHORT)


def may_be_name(words: str) -> bool:
    """Return whether words can name a place: by a capital or a kind ("bus station"), unlike "in a raincoat"."""
    return any(word[:1].isupper() or _is_kind_word(word.casefold()) for word in words.split())


def _is_kind_word(word: str) -> bool:
    return word in _KIND_WORDS or (word.endswith("s") and word[:-1] in _KIND_WORDS)


_KIND_WORDS = frozenset(word for row in _WORDS for word in row)


def _plural(word: str) -> tuple[str, ...]:
    return _IRREGULAR.get(word, ())
