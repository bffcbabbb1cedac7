"""Links carried to the map: which clues they become, how reliable each is, and what goes when they go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.base.progress import Progress
from karmalink.errors import UsageError
from karmalink.study.analyses.analyses import accounts_of
from karmalink.study.joints import clues_and_witnesses, clues_from_links, stage_groups

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import PairsResult
    from karmalink.seek import Clue
    from karmalink.study.study import Study

__all__ = ["LINK_CLUES_Q", "LinksToClues", "accounts_mentioning", "add_clues_from_links", "sought_words"]

# Links that carry clues are asked for among the accounts that speak of the thing sought alone: an error rate over all
# nights says nothing about a part of them (60 nights of which 40 truly draw on days leave room for 20 that speak of the
# thing and draw on nothing). They are few, so the rate is wider; what a link is worth stands in its posterior.
LINK_CLUES_Q = 0.20


@dataclass(frozen=True, slots=True)
class LinksToClues:
    """What was carried to the map.

    Attributes
    ----------
    clues : tuple of Clue
        Those in the study now from these accounts and this life.
    part : PairsResult or None
        The answer about the accounts that speak of the thing sought, asked alone; None where no account does.
    n_speaking : int
        Accounts that speak of it.
    """

    clues: tuple[Clue, ...]
    part: PairsResult | None
    n_speaking: int

    def __repr__(self) -> str:
        """Tell the counts."""
        return f"<Carried {len(self.clues)} clues of {self.n_speaking} accounts that speak of the thing sought>"


def add_clues_from_links(
    study: Study,
    result: PairsResult,
    *,
    sought: Iterable[str],
    q: float = LINK_CLUES_Q,
    seed: int = 0,
    progress: Progress | None = None,
) -> LinksToClues:
    """Ask about the accounts that speak of the thing sought alone, add the clues that their links carry, return them.

    The rate of `result` is one over all its links; it does not hold for the few that speak of one thing. So those are
    asked about by themselves, and their posteriors are what the clues take. Clues that links between these accounts
    and this life carried earlier, and that are not carried now, go. A clue belongs to everybody whose words made it: it
    goes with any of them.

    Parameters
    ----------
    study : Study
        Open for writing.
    result : PairsResult
        Of :func:`karmalink.study.analyses.analyses.find_pairs`: which person, which life, which window.
    sought : iterable of str
        Words for the thing sought: an account without any of them is no clue to it.
    q : float
        False discovery rate among the accounts that speak of it.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        There is no word among `sought`.
    UnknownName
        An account, or the life, has gone since.
    """
    wanted = sought_words(sought)
    life, accounts = study.lives.get(result.life), accounts_of(study, result.person)
    people = sorted({result.person, *study.lives.contributors(result.life)})
    for name in people:
        study.people.agreed(name)
    speaking = accounts_mentioning(accounts, wanted)
    part = None
    if speaking:
        groups = stage_groups(speaking, study.awakenings) or None
        part = link.pairs(
            speaking,
            life,
            lags=result.lags,
            q=q,
            cut_retellings=True,
            groups=groups,
            with_details=False,
            seed=seed,
            progress=progress,
        )
    scores = [found.score for found in part.links] if part is not None else []
    moved = clues_from_links(scores, speaking, life.entries, study.places.list(), sought=wanted)
    clues, sources = clues_and_witnesses(moved)
    with study.transaction():
        _remove_stale(study, {clue.id for clue in clues}, accounts, life)
        # What a day is worth as a witness goes with whoever wrote it down.
        study.witnesses.put([replace(source, person=life.author or "") for source in sources])
        study.clues.put(clues, contributors=people)
    return LinksToClues(tuple(clues), part, len(speaking))


def accounts_mentioning(accounts: Sequence[Account], words: Iterable[str]) -> list[Account]:
    """Return the accounts that hold one of the words."""
    from karmalink.account import tokens

    wanted = {token for word in words for token in tokens(word)}
    return [account for account in accounts if not wanted.isdisjoint(tokens(account.text))]


def sought_words(sought: Iterable[str]) -> tuple[str, ...]:
    """Return the words that say what is sought.

    Raises
    ------
    UsageError
        There is none.
    """
    from karmalink.account import tokens

    wanted = tuple(sought)
    if not any(token for word in wanted for token in tokens(word)):
        raise UsageError(
            "no word says what is sought",
            rule="only accounts that speak of the thing sought carry a clue to it",
            allowed="one word or more",
        )
    return wanted


def _remove_stale(study: Study, kept: set[str], accounts: Sequence[Account], life: Life) -> None:
    heads = tuple(f"link:{account.id}:" for account in accounts)
    sources = {f"entry:{entry.id}" for entry in life.entries}
    for clue in study.clues.list():
        theirs = clue.origin == "link" and clue.witness in sources and clue.id.startswith(heads)
        if theirs and clue.id not in kept:
            study.clues.remove(clue.id)
