"""What is in each text, counted: the table that ``karmalink account features`` prints. Counts, never words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from karmalink.account.account import Account
from karmalink.account.lexical import strip_leaks, tokens
from karmalink.account.life import Entry
from karmalink.account.names import Gazetteer, MentionKind, find_mentions
from karmalink.account.units import Grain, split_units

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureTable", "TextFeatures", "features_of"]


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Counts of one text.

    Attributes
    ----------
    id, of, day : str
        Identifier, the person or life, the date as written (empty where undated).
    characters, units, words : int
        Its length; `words` counts those that carry evidence (no stop words).
    people, places, names, numbers, negated : int
        Mentions by kind; `names` are those of which nothing says whether they are people's or places'.
    """

    id: str
    of: str
    day: str
    characters: int
    units: int
    words: int
    people: int
    places: int
    names: int
    numbers: int
    negated: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Counts of several texts, in their order."""

    rows: tuple[TextFeatures, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row a text."""
        import pandas as pd

        return pd.DataFrame([row.to_dict() for row in self.rows], columns=list(TextFeatures.__slots__))

    def to_dict(self) -> dict[str, Any]:
        """Return the rows, JSON-ready."""
        return {"texts": [row.to_dict() for row in self.rows]}

    def __repr__(self) -> str:
        """Tell how much there is."""
        units, words = (sum(getattr(row, name) for row in self.rows) for name in ("units", "words"))
        return f"FeatureTable({len(self.rows)} texts, {units} units, {words} words that carry evidence)"


def features_of(
    texts: Iterable[Account | Entry],
    *,
    gazetteer: Gazetteer | None = None,
    grain: Grain | str = Grain.SENTENCE,
    progress: Callable[[int, int], None] | None = None,
) -> FeatureTable:
    """Return what is in each text, counted after what leaks is stripped.

    Parameters
    ----------
    texts : iterable of Account or Entry
        The texts.
    gazetteer : Gazetteer, optional
        Names known beforehand.
    grain : Grain or str
        Sentences or clauses.
    progress : callable, optional
        Called with (done, total).
    """
    given = list(texts)
    rows: list[TextFeatures] = []
    for done, item in enumerate(given, start=1):
        rows.append(_features(item, gazetteer, grain))
        if progress is not None:
            progress(done, len(given))
    return FeatureTable(tuple(rows))


def _features(item: Account | Entry, gazetteer: Gazetteer | None, grain: Grain | str) -> TextFeatures:
    text = strip_leaks(item.text)
    mentions = find_mentions(text, gazetteer=gazetteer)
    kinds = Counter(mention.kind for mention in mentions)
    return TextFeatures(
        id=item.id,
        of=item.person if isinstance(item, Account) else item.life,
        day="" if item.when is None else item.when.written(),
        characters=len(item.text),
        units=len(split_units(text, grain)),
        words=len(tokens(text)),
        people=kinds[MentionKind.PERSON],
        places=kinds[MentionKind.PLACE],
        names=kinds[MentionKind.NAME],
        numbers=kinds[MentionKind.NUMBER],
        negated=sum(mention.negated for mention in mentions),
    )
