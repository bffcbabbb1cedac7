"""Features of texts or of their units, as a table: what ``karmalink account features`` prints. Numbers, never words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account.account import Account
from karmalink.account.features.encoders import Encoder, EncoderInfo
from karmalink.account.features.feature_registry import FEATURE_KINDS, FEATURES, Feature, Reading
from karmalink.account.language.lexical import strip_leaks
from karmalink.account.language.names import Gazetteer
from karmalink.account.language.units import Grain, split_units
from karmalink.account.language.views import View, view_named
from karmalink.account.life import Entry
from karmalink.errors import UsageError, suggest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureRow", "FeatureTable", "features_named", "features_of"]

_PER = ("text", "unit")


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """Features of one text or unit.

    Attributes
    ----------
    id, of, day : str
        Identifier, the person or life, the date as written (empty where undated).
    unit : int or None
        Index of the unit in its text; None where the row is a whole text.
    start, end : int
        Characters of the text.
    values : mapping of str to float
        Feature → value.
    """

    id: str
    of: str
    day: str
    unit: int | None
    start: int
    end: int
    values: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return one flat row, JSON-ready; counts are whole numbers."""
        head: dict[str, Any] = {"id": self.id, "of": self.of, "day": self.day}
        if self.unit is not None:
            head |= {"unit": self.unit, "start": self.start}
        found = {
            name: int(value) if float(value).is_integer() else round(value, 4) for name, value in self.values.items()
        }
        return {**head, "characters": self.end - self.start, **found}


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of several texts, in their order.

    Attributes
    ----------
    rows : tuple of FeatureRow
        One a text, or one a unit.
    view : View
        The view they were measured in.
    features : tuple of Feature
        The columns.
    encoder : EncoderInfo or None
        The encoder of `vectors`.
    vectors : ndarray or csr_array or None
        Unit rows, float32, shape (n_rows, d).
    """

    rows: tuple[FeatureRow, ...]
    view: View
    features: tuple[Feature, ...]
    encoder: EncoderInfo | None = None
    vectors: Any = field(default=None, repr=False)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row a text or unit; the columns of a dense encoder follow as ``v0``, ``v1``, …"""
        import pandas as pd

        head = ["id", "of", "day", *(["unit", "start"] if self._of_units() else []), "characters"]
        columns = [*head, *(feature.name for feature in self.features)]
        table = pd.DataFrame([row.to_dict() for row in self.rows], columns=columns)
        if not isinstance(self.vectors, np.ndarray):
            return table
        names = [f"v{number}" for number in range(self.vectors.shape[1])]
        return pd.concat([table, pd.DataFrame(self.vectors, columns=names)], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return the rows, the view, what each column is and the encoder, JSON-ready; no vectors."""
        return {
            "texts": [row.to_dict() for row in self.rows],
            "view": self.view.to_dict(),
            "features": [feature.to_dict() for feature in self.features],
            "encoder": None if self.encoder is None else self.encoder.to_dict(),
        }

    def _of_units(self) -> bool:
        return any(row.unit is not None for row in self.rows)

    def __repr__(self) -> str:
        """One-line summary."""
        what = "units" if self._of_units() else "texts"
        sums = {name: sum(row.values.get(name, 0) for row in self.rows) for name in ("units", "words")}
        if not all(name in {feature.name for feature in self.features} for name in sums):
            return f"FeatureTable({len(self.rows)} {what}, {len(self.features)} features)"
        return (
            f"FeatureTable({len(self.rows)} {what}, {sums['units']} units, {sums['words']} words that carry evidence)"
        )


def features_named(kinds: Sequence[str]) -> tuple[Feature, ...]:
    """Return the features of these kinds (keys of :data:`FEATURE_KINDS`), in the order of the registry.

    Raises
    ------
    UsageError
        No such kind, or none named.
    """
    for kind in kinds:
        if kind not in FEATURE_KINDS:
            near = suggest(kind, FEATURE_KINDS)
            raise UsageError(
                f"unknown kind of features {kind!r}{'; ' + near if near else ''}", allowed=tuple(FEATURE_KINDS)
            )
    if not kinds:
        raise UsageError("no kind of features was given", allowed=tuple(FEATURE_KINDS))
    return tuple(feature for feature in FEATURES.values() if feature.kind in kinds)


def features_of(
    texts: Iterable[Account | Entry],
    *,
    kinds: Sequence[str] = ("counts",),
    view: str = "all",
    per: str = "text",
    gazetteer: Gazetteer | None = None,
    grain: Grain | str = Grain.SENTENCE,
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FeatureTable:
    """Return what is in each text, measured after what leaks is stripped.

    Parameters
    ----------
    texts : iterable of Account or Entry
        The texts.
    kinds : sequence of str
        Keys of :data:`FEATURE_KINDS`.
    view : str
        A name in :data:`karmalink.account.VIEWS`.
    per : str
        ``text``: a row a text; ``unit``: a row a unit, with its place in the text. Units are cut before the view is
        taken, so that their places are those of the text as written.
    gazetteer : Gazetteer, optional
        Names known beforehand.
    grain : Grain or str
        Sentences or clauses.
    encoder : Encoder, optional
        Encodes each row's text in the same view.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        No such kind, view, grain or `per`.
    """
    if per not in _PER:
        raise UsageError(f"unknown unit of features {per!r}", allowed=_PER)
    chosen, features = view_named(view), features_named(kinds)
    given = list(texts)
    rows: list[FeatureRow] = []
    seen: list[str] = []
    for done, item in enumerate(given, start=1):
        for unit, start, end in _pieces(item, per, grain):
            text = chosen.apply(strip_leaks(item.text)[start:end], gazetteer)
            rows.append(_row(item, unit, start, end, _measured(text, features, gazetteer, grain)))
            seen.append(text if encoder is not None else "")
        if progress is not None:
            progress(done, len(given))
    vectors = None if encoder is None else encoder.encode(seen)
    return FeatureTable(tuple(rows), chosen, features, None if encoder is None else encoder.info, vectors)


def _pieces(item: Account | Entry, per: str, grain: Grain | str) -> list[tuple[int | None, int, int]]:
    if per == "text":
        return [(None, 0, len(item.text))]
    return [(unit.index, unit.start, unit.end) for unit in split_units(item.text, grain)]


def _measured(
    text: str, features: Sequence[Feature], gazetteer: Gazetteer | None, grain: Grain | str
) -> dict[str, float]:
    reading = Reading(text, gazetteer, str(grain))
    return {feature.name: feature.measure(reading) for feature in features}


def _row(item: Account | Entry, unit: int | None, start: int, end: int, values: dict[str, float]) -> FeatureRow:
    of = item.person if isinstance(item, Account) else item.life
    day = "" if item.when is None else item.when.written()
    return FeatureRow(item.id, of, day, unit, start, end, values)
