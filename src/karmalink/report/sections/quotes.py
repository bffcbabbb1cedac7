"""Two units side by side, with what they share marked; never more of a text than the unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from karmalink.link import UnitMatch

__all__ = ["Quote", "quotes"]

_MOST = 3
_WORTH = 0.2  # of the best pair: what weighs less is agreement on a "behind", and reads as an argument
_LONGEST = 320  # characters; a "sentence" without a stop can be a whole account


@dataclass(frozen=True, slots=True)
class Quote:
    """A unit of the account beside a unit of the entry, escaped, what they share marked."""

    dream: Markup
    day: Markup
    nats: float


def quotes(matches: Sequence[UnitMatch], most: int = _MOST) -> tuple[Quote, ...]:
    """Return the best pairs of units that carry their words, best first."""
    carried = [match for match in matches if match.account_text and match.entry_text]
    least = _WORTH * max((match.llr for match in carried), default=0.0)
    carried = [match for match in carried if match.llr >= least]
    return tuple(
        Quote(_marked(m.account_text, m.shared), _marked(m.entry_text, m.shared), m.llr) for m in carried[:most]
    )


def _marked(text: str, shared: Sequence[str]) -> Markup:
    """Escape a unit and mark the shared words in it; a shared stem marks the word that begins with it."""
    text = _short(text)
    stems = sorted({word for word in shared if word.strip()}, key=len, reverse=True)
    if not stems:
        return escape(text)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(stem)}\w*" for stem in stems), re.IGNORECASE)
    parts, end = [], 0
    for found in pattern.finditer(text):
        parts += [escape(text[end : found.start()]), Markup("<mark>"), escape(found[0]), Markup("</mark>")]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"
