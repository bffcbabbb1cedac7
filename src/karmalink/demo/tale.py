"""The grandmother's tale, told in parts over the weeks, and the dreams that speak of the thing sought.

On some evenings she tells a part of what she saw as a girl: men with a load at night, and where they passed. A part
names a place and never the thing itself; the dreams name the thing and never the place. Only a link joins the two.
"""

from __future__ import annotations

__all__ = ["DETAILS", "SOUGHT", "SOUGHT_DREAMS", "TALES", "TALE_DREAMS"]

# What the searchers look for, as an account may say it.
SOUGHT: tuple[str, ...] = ("gold", "golden", "statue", "buddha")

# Each detail belongs to one part of the tale: as the diary has it, and as a dream may have it.
DETAILS: tuple[tuple[str, ...], ...] = (
    ("a cart with one squeaking wheel", "a wheel that squeaked"),
    ("a lantern with a pane of blue glass", "blue light out of a lamp"),
    ("a man who had only four fingers", "a hand with four fingers"),
    ("dogs that did not bark", "silent dogs"),
    ("oxen with rags around their hooves", "oxen walking without any noise"),
    ("a woman combing her hair on a step", "a woman with a comb"),
    ("a monk who counted under his breath", "a monk who counted"),
    ("wet footprints that led nowhere", "footprints full of water"),
    ("a sack sewn shut with fishing line", "a sack sewn with fishing line"),
    ("a red kerosene drum", "a red drum that smelled of kerosene"),
    ("an owl on the signal post", "an owl that turned its head"),
    ("a boy asleep on the load", "a sleeping boy on top of a load"),
    ("a cup of palm wine left standing", "a cup of palm wine, still full"),
    ("a song that had no end", "a song that went round and round"),
    ("a hat hung on a broken rail", "a hat hanging on iron"),
    ("a spade wrapped in banana leaf", "a spade in a green leaf"),
    ("ashes that were still warm", "warm ashes between my toes"),
    ("two brothers who quarrelled over a knot", "two men and a knot"),
    ("a white mare that limped", "a limping white mare"),
    ("a bell wrapped in wool", "a bell that could not ring"),
    ("a letter that was eaten", "a man chewing a letter"),
    ("a mat rolled around something long", "a rolled mat, heavy as a person"),
    ("a tin whistle blown three times", "three notes on a whistle"),
    ("fireflies in a bottle", "a bottle of fireflies"),
    ("an old soldier with a wooden leg", "a wooden leg in the mud"),
    ("pepper spilled across the path", "the smell of pepper"),
    ("a coat turned inside out", "a coat with its lining outside"),
    ("a thread of smoke from the water", "smoke standing on the water"),
)

TALES: tuple[str, ...] = (
    "In the evening grandmother told of the year she was nine: they passed the {place}, and there was {first}.",
    "Grandmother spoke of that night again, of {first} and {second}; they rested near the {place}.",
    "She says that the men left the road by the {place}, and that she will never forget {first}.",
    "While we shelled beans grandmother said that it was near the {place}, because of {first} and then {second}.",
    "The lady of the memory study asked again and grandmother said: {first}, and after that {second}, by the {place}.",
)

TALE_DREAMS: tuple[str, ...] = (
    "Men were walking ahead of me at night, and there was {first}.",
    "I followed a load through the dark; I remember {first} and then {second}.",
    "There was {first}, quite close, and I was told to be quiet.",
    "I knew the way because of {first}. Behind me came {second}.",
    "Somebody older than me was there, and {first}, and we stopped at {place}.",
)

SOUGHT_DREAMS: tuple[str, ...] = (
    "The golden one lay in the bundle and was heavier than it looked.",
    "I had stolen the gold statue and I was not sorry yet.",
    "A monk stood in the way and asked me what I carried, and it was gold.",
    "We let the statue down into the hole and it smiled the whole time.",
    "I covered the gold with earth and stamped on it, and then with leaves.",
    "I knew that the golden face was under the ground and looking up.",
    "It was I who had hidden the Buddha, in another body.",
    "Something golden shone through the cloth and I pulled it tighter.",
    "I looked for the statue where I had left it, and the field had changed.",
    "They asked me where the gold was, and I knew and did not say.",
    "The statue was as small as my hand, then as big as a man.",
    "I washed earth off a golden shoulder.",
)
