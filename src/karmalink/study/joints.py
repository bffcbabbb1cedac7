"""The joints: what the night knew enters the account, what the account is linked to enters the map.

Without these the rooms would be four tools. An :class:`Awakening` carries what the night knew when an account was
given; link rates are reported by its stage. A :class:`ClueFrom` carries a place out of an account, a linked entry or an
interview, with a prior reliability: for a link its calibrated posterior, so a link that was chance costs little.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.account import Account, Entry, Gazetteer, MentionKind, find_mentions, tokens
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.night import STAGES

if TYPE_CHECKING:
    from karmalink.link import NightScore
    from karmalink.night import Hypnogram
    from karmalink.seek import Clue, Place, Witness

__all__ = [
    "Awakening",
    "ClueFrom",
    "awakening_at",
    "clues_and_witnesses",
    "clues_from_links",
    "places_named",
    "stage_groups",
]

ORIGINS = ("link", "account", "interview")

# A scorer that is less sure than this of the stage before the awakening tells the link nothing: the account then counts
# among those of unknown stage rather than among those of a stage that may be wrong.
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Awakening:
    """What the night knew when an account was given.

    Attributes
    ----------
    id, person : str
        Identifier, and the sleeper's pseudonym.
    time : datetime
        When the sleeper was woken, local time of the bed.
    stage : str
        Stage just before the awakening: W, N1, N2, N3 or R.
    confidence : float
        The scorer's probability of that stage, 0 to 1.
    rule : str
        The rule that woke them (``"spontaneous"``, ``"R stable 5 min"``, …).
    night : str or None
        Identifier of the recording, where there is one.
    """

    id: str
    person: str
    time: dt.datetime
    stage: str
    confidence: float = 1.0
    rule: str = "spontaneous"
    night: str | None = None

    def __post_init__(self) -> None:
        """Check stage and confidence.

        Raises
        ------
        InputError
            If the stage is none of the five, or the confidence no probability.
        """
        if self.stage not in STAGES:
            raise InputError(
                f"awakening {self.id}: {self.stage!r} is no sleep stage",
                rule="the stage is an AASM stage",
                allowed=STAGES,
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise InputError(
                f"awakening {self.id}: a confidence of {self.confidence}",
                rule="the confidence is a probability",
                allowed="0 to 1",
            )


@dataclass(frozen=True, slots=True)
class ClueFrom:
    """A place that leaves an account, a linked entry or an interview for the map.

    Attributes
    ----------
    origin : str
        ``link``, ``account`` or ``interview``.
    source : str
        Identifier of what it came from (an account's, an entry's, an interview's).
    witness : str
        Whose reliability it shares. Two links to one entry share that entry's witness: a statement that is met twice is
        one statement.
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
            If the origin is unknown or the reliability no probability.
        """
        if self.origin not in ORIGINS:
            raise InputError(f"a clue from {self.origin!r}", rule="a clue has one of three origins", allowed=ORIGINS)
        if not 0.0 <= self.reliability <= 1.0:
            raise InputError(
                f"a clue from {self.origin} with a reliability of {self.reliability}",
                rule="the reliability is a probability",
                allowed="0 to 1",
            )


def awakening_at(
    hypnogram: Hypnogram, time: dt.datetime, *, name: str, person: str, rule: str, night: str | None = None
) -> Awakening:
    """Read what a scored night knew at one moment: the last scored epoch that ended by then.

    Raises
    ------
    InputError
        If the hypnogram has no start time, or no scored epoch ends before `time`.
    """
    if hypnogram.start is None:
        raise InputError(
            f"awakening {name}: the scored night has no start time",
            rule="an awakening is placed by clock time",
            next_step="give the recording's start when it is read",
        )
    ended = int((time - hypnogram.start).total_seconds() // hypnogram.epoch_s)
    scored = np.flatnonzero(~hypnogram.unscored[: max(ended, 0)])
    if not scored.size:
        raise InputError(
            f"awakening {name}: no scored epoch ends before it",
            rule="an awakening lies inside the recording it belongs to",
            allowed=f"{hypnogram.epoch_s:g} s or more after {hypnogram.start:%H:%M:%S}",
        )
    epoch = int(scored[-1])
    confidence = 1.0 if hypnogram.probabilities is None else float(hypnogram.confidence[epoch])
    return Awakening(name, person, time, hypnogram.labels[epoch], min(confidence, 1.0), rule, night)


def stage_groups(accounts: Sequence[Account], awakenings: Iterable[Awakening]) -> dict[str, str]:
    """Return account id → stage at its awakening, for the accounts of which the night knows it well enough.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts; their `awakening` names one of `awakenings` or is None.
    awakenings : iterable of Awakening
        What the nights knew.

    Raises
    ------
    UnknownName
        If an account names an awakening that is not there.
    """
    known = {awakening.id: awakening for awakening in awakenings}
    woken = {account.id: _found(account, known) for account in accounts if account.awakening is not None}
    return {name: found.stage for name, found in woken.items() if found.confidence >= _LEAST_CONFIDENCE}


def places_named(text: str, places: Iterable[Place]) -> tuple[str, ...]:
    """Return the identifiers of the places that a text names and does not negate, in order of mention.

    A name that several places bear gives all of them: a namesake is never picked in silence.
    """
    bearers: dict[str, list[str]] = {}
    for place in places:
        for name in (place.name, *place.aliases):
            bearers.setdefault(name.casefold(), []).append(place.id)
    gazetteer = Gazetteer(places=frozenset(bearers))
    mentions = [m for m in find_mentions(text, gazetteer=gazetteer) if m.kind is MentionKind.PLACE and not m.negated]
    named = [bearers.get(text[m.start : m.end].casefold(), []) for m in mentions]
    return tuple(dict.fromkeys(place for group in named for place in group))


def clues_from_links(
    scores: Iterable[NightScore],
    accounts: Iterable[Account],
    entries: Iterable[Entry],
    places: Sequence[Place],
    *,
    sought: Iterable[str],
) -> list[ClueFrom]:
    """Return the clues that links carry to the map.

    An account that speaks of the thing sought, linked to an entry that names places, makes each of those places a clue
    `near`. Its reliability is the posterior that this entry is the account's source, so chance is in it already, shared
    among the places that the entry names: which of them is meant, no link says. (Unshared, clues of 60 seeded worlds
    claimed .79 and were right in .27; shared, they claim .36.) The witness is the entry, so that a second dream of the
    same entry adds no second statement: the surer of the two counts.

    A place that the life names all the time is no news. Of n linked entries, n · f would name a place that a share f of
    the life's entries names, whatever the dreams were about; k do. What is beyond that, ``max(0, 1 - n · f / k)``, is
    the share of its reliability that a clue keeps, and a clue that keeps nothing is none: else a home named on four
    days of five would make two dozen "independent" clues of thirty links.

    Parameters
    ----------
    scores : iterable of NightScore
        Nights of a result, usually those of its links.
    accounts, entries : iterable
        Where the identifiers in `scores` are found.
    places : sequence of Place
        The places a clue can name.
    sought : iterable of str
        Words for the thing sought; an account without any of them is no clue to it.
    """
    wanted = {token for word in sought for token in tokens(word)}
    account_of = {account.id: account for account in accounts}
    entry_of = {entry.id: entry for entry in entries}
    told = [score for score in scores if not wanted.isdisjoint(tokens(account_of[score.account].text))]
    # Several dreams of one entry are the rule: its places are looked for once.
    named = {name: places_named(entry_of[name].text, places) for name in dict.fromkeys(score.entry for score in told)}
    news = _news(named, entry_of.values(), places)
    surest: dict[tuple[str, str], ClueFrom] = {}
    for score in told:
        for place in named[score.entry]:
            share = news[place] * score.entry_posterior / len(named[score.entry])
            key = (score.entry, place)
            if share > 0 and (key not in surest or surest[key].reliability < share):
                surest[key] = ClueFrom("link", score.account, f"entry:{score.entry}", place, share)
    return list(surest.values())


def _news(named: Mapping[str, tuple[str, ...]], entries: Iterable[Entry], places: Sequence[Place]) -> dict[str, float]:
    """Return, per place named by linked entries, the share of its mentions beyond what any entries would give."""
    met = Counter(place for group in named.values() for place in group)
    if not met:
        return {}
    spelt = tuple(name.casefold() for one in places if one.id in met for name in (one.name, *one.aliases))
    usual: Counter[str] = Counter()
    total = 0
    for entry in entries:
        total += 1
        text = entry.text.casefold()
        # Names are looked for properly only where the letters are there at all.
        if any(name in text for name in spelt):
            usual.update(set(named[entry.id] if entry.id in named else places_named(entry.text, places)))
    return {place: max(0.0, 1.0 - len(named) * usual[place] / (total * k)) for place, k in met.items()}


def clues_and_witnesses(clues: Iterable[ClueFrom]) -> tuple[list[Clue], list[Witness]]:
    """Return what the map takes: the clues with their reliabilities, and the sources whose statements they are.

    A source has no grade of its own: all that is known of it is what its clues are worth.
    """
    from karmalink.seek import Clue, Witness

    moved = list(clues)
    statements = [
        Clue(
            f"{clue.origin}:{clue.source}:{clue.place}",
            clue.relation,
            (clue.place,),
            clue.witness,
            reliability=clue.reliability,
            origin=clue.origin,
        )
        for clue in moved
    ]
    return statements, [Witness(name) for name in dict.fromkeys(clue.witness for clue in moved)]


def _found(account: Account, known: Mapping[str, Awakening]) -> Awakening:
    wanted = account.awakening or ""
    if wanted not in known:
        raise UnknownName(
            f"account {account.id} names the awakening {wanted!r}, which is not there",
            next_step=suggest(wanted, known) or "import the awakenings first",
        )
    return known[wanted]
