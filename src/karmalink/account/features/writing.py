"""How a text is written: words with their capitals and stops, pairs of them, and pieces of words, as weighted rows.

Where `account.language.lexical` keeps what a text is about (words that carry evidence, stemmed, in small
letters), this keeps all that a hand leaves: "i" for "I", a comma before "and", "alot". It is what tells authors apart
(Stamatatos 2009, "A survey of modern authorship attribution methods", §3), and so it is not evidence of a memory.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["WRITING_BLOCKS", "WritingBlock", "WritingSpace", "written_tokens"]

Floats = npt.NDArray[np.float64]

# A word with its capitals and apostrophes, a number, or a single mark: "didn't", "12", ",", "(".
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]")
_RUN = re.compile(r"\S+")
_LONGEST_PIECE = 4
# A run of an unspaced script, or of a cat on the keyboard, has as many pieces as signs; beyond this it is cut.
_LONGEST_RUN = 60


def written_tokens(text: str) -> list[str]:
    """Return words, numbers and single marks of a text in order, capitals kept."""
    return _TOKEN.findall(text)


def _pairs(text: str) -> list[str]:
    return [f"{first} {second}" for first, second in itertools.pairwise(written_tokens(text))]


def _runs(text: str) -> list[str]:
    runs = _RUN.findall(text)
    if max(map(len, runs), default=0) <= _LONGEST_RUN:
        return runs
    return [run[at : at + _LONGEST_RUN] for run in runs for at in range(0, len(run), _LONGEST_RUN)]


def _itself(token: str) -> list[str]:
    return [token]


def _pieces(run: str) -> list[str]:
    edged = f" {run} "
    places = ((at, at + length) for length in range(1, _LONGEST_PIECE + 1) for at in range(len(edged) - length + 1))
    # The edge alone stands in every text of every script.
    return [edged[start:end] for start, end in places if edged[start:end] != " "]


@dataclass(frozen=True, slots=True)
class WritingBlock:
    """One kind of column.

    Attributes
    ----------
    name, title : str
        Name in results, and what it is.
    tokens : callable
        Text → tokens. A text is counted by its tokens first, so that each distinct one is taken apart once.
    terms : callable
        Token → the columns it counts in.
    least : int
        Fewest texts that hold a column.
    """

    name: str
    title: str
    tokens: Callable[[str], list[str]]
    terms: Callable[[str], list[str]]
    least: int


WRITING_BLOCKS: dict[str, WritingBlock] = {
    block.name: block
    for block in (
        WritingBlock("words", "words and marks as written", written_tokens, _itself, 2),
        WritingBlock("pairs", "two of them in a row", _pairs, _itself, 3),
        WritingBlock("pieces", "1 to 4 signs inside a word, its edges and marks included", _runs, _pieces, 4),
    )
}
"""Name → one block of what a hand leaves in a text."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    block: WritingBlock
    column: dict[str, int]
    rarity: Floats


@dataclass(frozen=True, slots=True, eq=False)
class WritingSpace:
    """Columns learnt from texts: sublinear TF-IDF, each block scaled to length 1 by itself.

    Attributes
    ----------
    texts : int
        Number of texts it was learnt from.
    columns : dict of str to int
        Block → number of columns. Never the terms: a rare one can name a person.
    """

    texts: int
    columns: dict[str, int]
    _blocks: tuple[_Learnt, ...]

    @classmethod
    def learn(cls, texts: Sequence[str], *, blocks: Sequence[str] = tuple(WRITING_BLOCKS)) -> tuple[WritingSpace, Any]:
        """Return the space of these texts, and their rows in it (the work of counting is the same).

        Parameters
        ----------
        texts : sequence of str
            The texts to learn from.
        blocks : sequence of str
            Names in :data:`WRITING_BLOCKS`.

        Returns
        -------
        WritingSpace
            The columns.
        csr_array, shape (n_texts, n_columns)
            float32 rows, as :meth:`rows` would give them.
        """
        learnt: list[_Learnt] = []
        tables = []
        for name in blocks:
            block = WRITING_BLOCKS[name]
            column: dict[str, int] = {}
            counts = _counts(texts, block, column, grow=True)
            frequency = np.bincount(counts.indices, minlength=counts.shape[1])
            kept = np.flatnonzero(frequency >= min(block.least, max(1, len(texts))))
            terms = list(column)
            rarity = np.log((1.0 + len(texts)) / (1.0 + frequency[kept])) + 1.0
            learnt.append(_Learnt(block, {terms[index]: at for at, index in enumerate(kept.tolist())}, rarity))
            tables.append(_weighted(counts[:, kept], rarity))
        columns = {found.block.name: len(found.column) for found in learnt}
        return cls(len(texts), columns, tuple(learnt)), _side_by_side(tables, len(texts))

    def rows(self, texts: Sequence[str]) -> csr_array:
        """Return float32 rows, shape (n_texts, n_columns); what was never seen has no column."""
        tables = [
            _weighted(_counts(texts, found.block, found.column, grow=False), found.rarity) for found in self._blocks
        ]
        return _side_by_side(tables, len(texts))

    def __repr__(self) -> str:
        """One-line summary, never the terms."""
        sizes = ", ".join(f"{size:,} {name}" for name, size in self.columns.items())
        return f"WritingSpace({sizes}; from {self.texts:,} texts)"


def _counts(texts: Sequence[str], block: WritingBlock, column: dict[str, int], *, grow: bool) -> Any:
    """Return counts, shape (n_texts, n_columns): texts by distinct tokens, times tokens by their columns."""
    vocabulary: dict[str, int] = {}
    by_token = _table([_numbered(block.tokens(text), vocabulary) for text in texts], len(vocabulary))
    numbered = _numbered if grow else _known
    parts = [numbered(block.terms(token), column) for token in vocabulary]
    return _sorted(by_token @ _table(parts, len(column)))


def _numbered(words: Sequence[str], column: dict[str, int]) -> list[int]:
    return [column.setdefault(word, len(column)) for word in words]


def _known(words: Sequence[str], column: dict[str, int]) -> list[int]:
    return [column[word] for word in words if word in column]


def _table(lists: Sequence[list[int]], width: int) -> Any:
    from scipy.sparse import csr_array

    # 32 bits: what scikit-learn takes. 2^31 counts are some 10 GB of text.
    edges = np.concatenate([[0], np.cumsum([len(found) for found in lists], dtype=np.int64)]).astype(np.int32)
    index = np.fromiter(_chained(lists), dtype=np.int32, count=int(edges[-1]))
    table = csr_array((np.ones(index.size, dtype=np.float32), index, edges), shape=(len(lists), width))
    table.sum_duplicates()
    return table


def _chained(lists: Sequence[list[int]]) -> Iterator[int]:
    return itertools.chain.from_iterable(lists)


def _sorted(table: Any) -> Any:
    table.sort_indices()
    return table


def _weighted(counts: Any, rarity: Floats) -> Any:
    """Return ``(1 + log count) · rarity``, each row of length 1; an empty row stays empty."""
    table = counts.astype(np.float32)
    table.data = (1.0 + np.log(table.data)) * rarity[table.indices].astype(np.float32)
    per_row = np.diff(table.indptr)
    row = np.repeat(np.arange(table.shape[0]), per_row)
    norm = np.sqrt(np.bincount(row, weights=table.data.astype(np.float64) ** 2, minlength=table.shape[0]))
    table.data /= np.repeat(np.where(norm > 0, norm, 1.0), per_row).astype(np.float32)
    return table


def _side_by_side(tables: Sequence[Any], height: int) -> csr_array:
    from scipy.sparse import csr_array, hstack

    if not tables or not height:
        return csr_array((height, sum(table.shape[1] for table in tables)), dtype=np.float32)
    table = csr_array(hstack(tables, format="csr", dtype=np.float32))
    table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    return table
