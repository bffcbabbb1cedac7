"""Clues from links: a place named by a linked entry becomes a clue on the map, as reliable as the link is.

A clue takes the calibrated posterior of its link as its prior reliability, so a link that was chance costs little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from karmalink import link
from karmalink.account import Entry, Gazetteer, MentionKind, find_mentions, tokens
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import InputError, UsageError
from karmalink.study.analyses.analyses import accounts_of
from karmalink.study.awakening import stage_groups

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import NightScore, PairsResult
    from karmalink.seek import Clue, Place, Witness
    from karmalink.study.study import Study

__all__ = [
    "LINK_CLUES_Q",
    "ORIGINS",
    "ClueFrom",
    "LinksToClues",
    "accounts_mentioning",
    "add_clues_from_links",
    "clues_and_witnesses",
    "clues_from_links",
    "places_named",
    "sought_words",
]

# Links that give clues are looked for among the accounts that mention the thing sought alone: an error rate over all
# nights says nothing about a part of them (60 nights of which 40 truly draw on days leave room for 20 that mention the
# thing and draw on nothing). They are few, so the rate is wider; each clue carries the posterior of its link.
LINK_CLUES_Q = 0.20


ORIGINS = ("link", "account", "interview")


@dataclass(frozen=True, slots=True)
class ClueFrom:
    """A place named by an account, a linked entry or an interview, as a clue for the map.

    Attributes
    ----------
    origin : str
        ``link``, ``account`` or ``interview``.
    source : str
        Identifier of what it came from (an account's, an entry's, an interview's).
    witness : str
        The source whose reliability it shares. Two links to one entry share that entry's witness: a statement that is
        met twice is one statement.
    place : str
        Identifier of the place it names.
    reliability : float
        Prior probability that it is right, 0 to 1; for a link the calibrated posterior.
    relation : str
        Spatial relation to the place.
    """

    origin: str
    source: str
    witness: str
    place: str
    reliability: float
    relation: str = "near"

    def __post_init__(self) -> None:
        """Check origin and reliability.

        Raises
        ------
        InputError
            If the origin is unknown or the reliability not a probability.
        """
        if self.origin not in ORIGINS:
            raise InputError(f"unknown origin of a clue: {self.origin!r}", allowed=ORIGINS)
        if not 0.0 <= self.reliability <= 1.0:
            raise InputError(
                f"the reliability of a clue from a {self.origin} must be 0 to 1, got {self.reliability:g}",
                rule="the reliability is a probability",
            )


def places_named(text: str, places: Iterable[Place]) -> tuple[str, ...]:
    """Return the identifiers of the places that a text names and does not negate, in order of mention.

    A name that several places share gives all of them: a namesake is never chosen silently.
    """
    by_name: dict[str, list[str]] = {}
    for place in places:
        for name in (place.name, *place.aliases):
            by_name.setdefault(name.casefold(), []).append(place.id)
    gazetteer = Gazetteer(places=frozenset(by_name))
    mentions = [m for m in find_mentions(text, gazetteer=gazetteer) if m.kind is MentionKind.PLACE and not m.negated]
    named = [by_name.get(text[m.start : m.end].casefold(), []) for m in mentions]
    return tuple(dict.fromkeys(place for group in named for place in group))


def clues_from_links(
    scores: Iterable[NightScore],
    accounts: Iterable[Account],
    entries: Iterable[Entry],
    places: Sequence[Place],
    *,
    sought: Iterable[str],
) -> list[ClueFrom]:
    """Return the clues that links add to the map.

    An account that mentions the thing sought, linked to an entry that names places, makes each of those places a clue
    `near`. Its reliability is the posterior that this entry is the account's source, so chance is already in it, shared
    among the places that the entry names: a link does not say which of them is meant. (Unshared, clues of 60 simulated
    worlds claimed .79 and were right in .27; shared, they claim .36.) The witness is the entry, so that a second dream
    of the same entry adds no second statement: the more reliable of the two counts.

    A place that the life names all the time carries no information. Of n linked entries, n · f would name a place that
    a share f of the life's entries names, whatever the dreams were about; k do. What is beyond that,
    ``max(0, 1 - n · f / k)``, is the share of its reliability that a clue keeps; a clue that keeps nothing is left out:
    otherwise a home named on four days of five would make two dozen "independent" clues of thirty links.

    Parameters
    ----------
    scores : iterable of NightScore
        Nights of a result, usually those of its links.
    accounts, entries : iterable
        Where the identifiers in `scores` are found.
    places : sequence of Place
        The places a clue can name.
    sought : iterable of str
        Words for the thing sought; an account without any of them gives no clue to it.
    """
    wanted = {token for word in sought for token in tokens(word)}
    account_of = {account.id: account for account in accounts}
    entry_of = {entry.id: entry for entry in entries}
    mentioning = [score for score in scores if not wanted.isdisjoint(tokens(account_of[score.account].text))]
    # Several dreams often draw on one entry: its places are looked for once.
    linked = dict.fromkeys(score.entry for score in mentioning)
    named = {name: places_named(entry_of[name].text, places) for name in linked}
    excess = _excess(named, entry_of.values(), places)
    best: dict[tuple[str, str], ClueFrom] = {}
    for score in mentioning:
        for place in named[score.entry]:
            # Posterior of the entry, shared among its places, times what the place is named beyond the usual.
            reliability = excess[place] * score.entry_posterior / len(named[score.entry])
            key = (score.entry, place)
            if reliability > 0 and (key not in best or best[key].reliability < reliability):
                best[key] = ClueFrom("link", score.account, f"entry:{score.entry}", place, reliability)
    return list(best.values())


def _excess(
    named: Mapping[str, tuple[str, ...]], entries: Iterable[Entry], places: Sequence[Place]
) -> dict[str, float]:
    """Return, per place named by linked entries, the share of its mentions beyond what any entries would give."""
    linked_mentions = Counter(place for group in named.values() for place in group)
    if not linked_mentions:
        return {}
    spellings = tuple(
        name.casefold() for place in places if place.id in linked_mentions for name in (place.name, *place.aliases)
    )
    usual: Counter[str] = Counter()
    total = 0
    for entry in entries:
        total += 1
        text = entry.text.casefold()
        # The full search for mentions runs only where the letters occur at all.
        if any(name in text for name in spellings):
            usual.update(set(named[entry.id] if entry.id in named else places_named(entry.text, places)))
    # 1 - n · f / k, with n linked entries, f = usual / total, k linked entries that name the place.
    return {place: max(0.0, 1.0 - len(named) * usual[place] / (total * k)) for place, k in linked_mentions.items()}


def clues_and_witnesses(clues: Iterable[ClueFrom]) -> tuple[list[Clue], list[Witness]]:
    """Return clues for the map with their reliabilities, and the witnesses they come from.

    Such a witness has no grade of its own: all that is known of it is the reliability of its clues.
    """
    from karmalink.seek import Clue, Witness

    sources = list(clues)
    statements = [
        Clue(
            f"{clue.origin}:{clue.source}:{clue.place}",
            clue.relation,
            (clue.place,),
            clue.witness,
            reliability=clue.reliability,
            origin=clue.origin,
        )
        for clue in sources
    ]
    return statements, [Witness(name) for name in dict.fromkeys(clue.witness for clue in sources)]


@dataclass(frozen=True, slots=True)
class LinksToClues:
    """The clues that links gave.

    Attributes
    ----------
    clues : tuple of Clue
        The clues from these accounts and this life that are in the study now.
    part : PairsResult or None
        The test of the accounts that mention the thing sought, by themselves; None where no account does.
    n_mentioning : int
        Accounts that mention it.
    """

    clues: tuple[Clue, ...]
    part: PairsResult | None
    n_mentioning: int

    def __repr__(self) -> str:
        """One-line summary."""
        accounts = counted(self.n_mentioning, "account")
        return f"LinksToClues({counted(len(self.clues), 'clue')} from {accounts} that mention the thing sought)"


def add_clues_from_links(
    study: Study,
    result: PairsResult,
    *,
    sought: Iterable[str],
    q: float = LINK_CLUES_Q,
    seed: int = 0,
    progress: Progress | None = None,
) -> LinksToClues:
    """Test the accounts that mention the thing sought by themselves, and add the clues that their links give.

    The error rate of `result` is over all its links; it does not hold for the few that mention one thing. So those are
    tested by themselves, and the clues take their posteriors. Earlier clues from links between these accounts and this
    life that are no longer found are removed. A clue belongs to everybody whose words it was made of, and goes with any
    of them.

    Parameters
    ----------
    study : Study
        Open for writing.
    result : PairsResult
        Of `study.analyses.analyses.find_pairs`: which person, which life, which window.
    sought : iterable of str
        Words for the thing sought: an account without any of them gives no clue to it.
    q : float
        False discovery rate among the accounts that mention it.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        `sought` has no word.
    UnknownName
        An account, or the life, is no longer in the study.
    """
    wanted = sought_words(sought)
    life, accounts = study.lives.get(result.life), accounts_of(study, result.person)
    people = sorted({result.person, *study.lives.contributors(result.life)})
    for name in people:
        study.people.agreed(name)
    mentioning = accounts_mentioning(accounts, wanted)
    part = _pairs_of(study, mentioning, life, result.lags, q, seed, progress) if mentioning else None
    scores = [found.score for found in part.links] if part is not None else []
    places = study.places.list()
    clues, witnesses = clues_and_witnesses(clues_from_links(scores, mentioning, life.entries, places, sought=wanted))
    with study.transaction():
        _remove_stale(study, {clue.id for clue in clues}, accounts, life)
        # A day as a witness belongs to the author of the life, and goes with them.
        study.witnesses.put([replace(witness, person=life.author or "") for witness in witnesses])
        study.clues.put(clues, contributors=people)
    return LinksToClues(tuple(clues), part, len(mentioning))


def _pairs_of(
    study: Study,
    accounts: Sequence[Account],
    life: Life,
    lags: int,
    q: float,
    seed: int,
    progress: Progress | None,
) -> PairsResult:
    return link.pairs(
        accounts,
        life,
        lags=lags,
        q=q,
        cut_retellings=True,
        groups=stage_groups(accounts, study.awakenings) or None,
        with_details=False,
        seed=seed,
        progress=progress,
    )


def accounts_mentioning(accounts: Sequence[Account], words: Iterable[str]) -> list[Account]:
    """Return the accounts that contain one of the words."""
    wanted = {token for word in words for token in tokens(word)}
    return [account for account in accounts if not wanted.isdisjoint(tokens(account.text))]


def sought_words(sought: Iterable[str]) -> tuple[str, ...]:
    """Return the words for the thing sought.

    Raises
    ------
    UsageError
        There is none.
    """
    words = tuple(sought)
    if not any(token for word in words for token in tokens(word)):
        raise UsageError(
            "no word for the thing sought was given",
            rule="only accounts that mention the thing sought give a clue to it",
            allowed="one word or more",
        )
    return words


def _remove_stale(study: Study, kept: set[str], accounts: Sequence[Account], life: Life) -> None:
    prefixes = tuple(f"link:{account.id}:" for account in accounts)
    witnesses = {f"entry:{entry.id}" for entry in life.entries}
    for clue in study.clues.list():
        from_these = clue.origin == "link" and clue.witness in witnesses and clue.id.startswith(prefixes)
        if from_these and clue.id not in kept:
            study.clues.remove(clue.id)
