"""From a text to unconfirmed clues, and to a list of what was not understood."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted, percent
from karmalink.errors import InputError, suggest
from karmalink.seek.clues.clues import Clue
from karmalink.seek.clues.grammar import Match, code_of, matches
from karmalink.seek.clues.lexicons import Lexicon, lexicon
from karmalink.seek.clues.measures import WHOLE, measured
from karmalink.seek.clues.relations import RELATIONS
from karmalink.seek.clues.self_repairs import with_references, without_slips
from karmalink.seek.clues.statements import Statement, speed_of, statements_of, without_article
from karmalink.seek.clues.tokens import Token, tokens_of
from karmalink.seek.clues.transcripts import Turn, turns_of, without_time_codes

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Places
from karmalink.seek.ground.spoken_names import may_be_name

__all__ = ["UNSURE", "Parsed", "Proposal", "Speaker", "Unread", "parse_clues"]

# What came out of a text: clues for somebody to confirm, and the stretches that became none.


@dataclass(frozen=True, slots=True)
class Proposal:
    """A clue that the words seem to state, for somebody to confirm.

    Attributes
    ----------
    clue : Clue
        With the words in `words` and, in `origin`, where they stand.
    start, end : int
        Where in the text the words stand, in characters.
    hint : str
        ``unsure`` or ``sure`` where the witness says so, else empty.
    notes : tuple of str
        What was decided on the way: namesakes with their weights, paces, ranges, unknown names.
    """

    clue: Clue
    start: int
    end: int
    hint: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return clue, place in the text, hint and notes; the words are not repeated."""
        told = {"start": self.start, "end": self.end, "hint": self.hint, "notes": list(self.notes)}
        return {**self.clue.to_dict(), "says": self.clue.phrase(), **told}


@dataclass(frozen=True, slots=True)
class Unread:
    """A stretch of text that became no clue: where it stands, in characters, and why."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks in a transcript.

    Attributes
    ----------
    name : str
        As the first label has it; empty for what stands before the first speaker and under headings.
    witness : str
        Whose clues the words are; empty where they are nobody's: an interviewer's.
    turns : int
        How often they speak.
    """

    name: str
    witness: str
    turns: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, the witness None where there is none."""
        return {"name": self.name, "witness": self.witness or None, "turns": self.turns}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text seems to say about where it lies: nothing of it is confirmed.

    Attributes
    ----------
    proposals : tuple of Proposal
        In the order of the text.
    unread : tuple of Unread
        What was not understood.
    language : str
        Whose words were used.
    speakers : tuple of Speaker
        Who speaks in a transcript; empty where the text is one voice.
    """

    proposals: tuple[Proposal, ...]
    unread: tuple[Unread, ...]
    language: str
    speakers: tuple[Speaker, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the words of the text."""
        return {
            "language": self.language,
            "clues": [proposal.to_dict() for proposal in self.proposals],
            "unread": [{"start": part.start, "end": part.end, "why": part.why} for part in self.unread],
            "speakers": [one.to_dict() for one in self.speakers],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per proposed clue."""
        import pandas as pd

        columns = ["id", "says", "witness", "start", "end", "hint", "notes"]
        rows = [{**p.to_dict(), "notes": "; ".join(p.notes)} for p in self.proposals]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """One-line summary: how much was understood."""
        of = {proposal.clue.witness for proposal in self.proposals}
        said = f" of {counted(len(of), 'witness', 'witnesses')}" if self.speakers else ""
        clues = counted(len(self.proposals), "clue")
        return f"Parsed({clues} to confirm{said}, {counted(len(self.unread), 'stretch', 'stretches')} not understood)"


# What "maybe" makes of a clue's reliability, unless the person who confirms it says otherwise: a judgement. That a
# witness is sure moves nothing: how sure people are says little about how right they are.
UNSURE = 0.35
_LONGEST = 200_000
_ENDS = ("stop", "semicolon", "but")  # of what a "maybe" or a "not" speaks of
_SILENT = frozenset(
    ("article", "filler", "and", "comma", "semicolon", "stop", "but", "sure",
     "unsure", "not", "to", "there", "or", "other", "dash", "about")
)  # fmt: skip
_SAID = frozenset(
    ("from", "at most", "away", "at", "beyond", "between", "hither", "in", "near", "sight", "side", "left", "right")
) | {"heading", "upstream", "downstream", "along", "on", "junction", "walk"}


def parse_clues(
    text: str,
    *,
    witness: str = "witness",
    places: Places | None = None,
    area: Area | None = None,
    language: str = "en",
    written: bool = False,
    origin: str = "text",
    first: int = 1,
    speakers: Mapping[str, str] | None = None,
    one_voice: bool = False,
) -> Parsed:
    """Read a text into unconfirmed clues, by a grammar: the same text always gives the same clues.

    Parameters
    ----------
    text : str
        What was said. In a transcript (``Chhay: …``) the speakers are the witnesses, and what the interviewer says is
        nobody's.
    witness : str
        Whose clues they are, where the text or a label (``A:``, ``Respondent:``) does not say.
    places : Places, optional
        What names may stand for. Their names are found in the text first, and a name that several bear stays the name:
        the readings are told with their weights. Without it every name is taken as written.
    area : Area, optional
        Where a name without any bearer near the area is told.
    language : str
        ``en`` or ``km``.
    written : bool
        A document whose numbers were measured: their digits say how far they reach. Otherwise a distance is somebody's
        guess, of 15 % to either side at least.
    origin : str
        What the text is; the clues' `origin` is this with the place of the words.
    first : int
        Number of the first clue: ``c1``.
    speakers : mapping of str to str, optional
        Whose statements a label's are, by label; an empty text for nobody's. Others are witnesses of their own name.
    one_voice : bool
        Not a transcript, whatever stands before colons.

    Raises
    ------
    UsageError
        A language without words.
    InputError
        A text of more than 200,000 characters.
    """
    if len(text) > _LONGEST:
        raise InputError(
            f"the text has {len(text):,} characters",
            rule="a statement, an interview or an account",
            allowed=f"at most {_LONGEST:,}",
        )
    words = lexicon(language)
    turns = () if one_voice else turns_of(text, witness=witness, said=speakers)
    if not turns:
        turns = (Turn(0, len(text), "", witness),)
        spoken = text
    else:
        spoken = without_time_codes(text)
    proposals: list[Proposal] = []
    unread: list[Unread] = []
    for turn in turns:
        if turn.witness:
            reader = _Reader(spoken, turn, words, places, area, written, origin, first + len(proposals))
            reader.read()
            proposals += reader.proposals
            unread += reader.unread
    told = _speakers(turns) if len(turns) > 1 or turns[0].speaker else ()
    return Parsed(tuple(proposals), tuple(unread), language, told)


def _speakers(turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    counts: dict[tuple[str, str], int] = {}
    for turn in turns:
        counts[turn.speaker, turn.witness] = counts.get((turn.speaker, turn.witness), 0) + 1
    return tuple(Speaker(name, witness, count) for (name, witness), count in counts.items())


@dataclass(slots=True)
class _Reader:
    """Reads what one person says at a stretch; places in it are told in the whole text."""

    text: str
    turn: Turn
    words: Lexicon
    places: Places | None
    area: Area | None
    written: bool
    origin: str
    first: int
    proposals: list[Proposal] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    _before: set[tuple[object, ...]] = field(default_factory=set)

    def read(self) -> None:
        """Fill proposals and what is not understood."""
        names = frozenset() if self.places is None else self.places.spoken
        said = self.text[self.turn.start : self.turn.end]
        tokens = _means(measured(said, tokens_of(said, self.words, names), spaced=self.words.spaced))
        tokens = without_slips(tokens)
        if self.places is not None:
            tokens = with_references(tokens)
        taken: set[int] = set()
        for match in matches(code_of(tokens)):
            _, no = _around(match, tokens)
            further, last = _further(match, tokens, no is not None)
            start, end = (no or tokens[match.first]).start, tokens[last - 1].end
            doubt = _doubt(match, tokens, taken)
            taken |= set(range(match.first, last))
            if doubt:
                self._leave(start, end, doubt)
            else:
                self._propose(match, tokens, further, start, end)
        for part in _unread(taken, tokens):
            self._leave(part.start, part.end, part.why)
        self.unread.sort(key=lambda part: part.start)

    def _leave(self, start: int, end: int, why: str) -> None:
        self.unread.append(Unread(self.turn.start + start, self.turn.start + end, why))

    def _propose(self, match: Match, tokens: Sequence[Token], further: Sequence[Token], start: int, end: int) -> None:
        hint, no = _around(match, tokens)
        statements = list(_spread(match, tokens, further, self.places, written=self.written))
        if not statements:
            self._leave(start, end, "a side, and no line that it is the side of")
        for statement in statements:
            if self.places is not None and any(p.tag != "place" and not may_be_name(p.text) for p in statement.places):
                self._leave(start, end, "the map has no such place")
                continue
            names = tuple(place.text.casefold() for place in statement.places)
            key = (statement.relation, names, statement.distance_m, statement.negated != (no is not None))
            if key in self._before:
                self._leave(start, end, "said before: a repetition is no second clue")
                continue
            self._before.add(key)
            ident = f"c{self.first + len(self.proposals)}"
            try:
                clue = _clue(statement, ident, self.turn.witness, no is not None, hint)
            except InputError as error:
                self._leave(start, end, error.what)
                continue
            first, last = self.turn.start + start, self.turn.start + end
            clue = replace(clue, words=self.text[first:last], origin=f"{self.origin}:{first}-{last}")
            self.proposals.append(Proposal(clue, first, last, hint, _notes(statement, self.places, self.area)))


def _means(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with "by" as what somebody went by where no place can be meant: "by songthaew", "by chance"."""
    found = list(tokens)
    for at, (one, then) in enumerate(pairwise(tokens)):
        if one.tag == "near" and one.text.casefold() == "by" and then.tag == "word" and then.text[:1].islower():
            found[at] = replace(one, tag="ride")
    return found


def _doubt(match: Match, tokens: Sequence[Token], taken: Collection[int]) -> str:
    """Return why a match is not a clue though its words fit: a tail of something, or a time of another way to go."""
    if any(_is_tail(match.parts[part][0], tokens, taken) for part in ("hdg1", "hdg2") if part in match.parts):
        return "a direction that cannot be read whole"
    clause = (*_clause(tokens, match.first - 1, -1), *_clause(tokens, match.last, 1))
    if any(one.tag == "aside" for one in _clause(tokens, match.first - 1, -1)):
        return "it is about somebody, not about what is sought"
    if match.name.startswith(("walk", "travel")):
        ride = match.parts.get("ride")
        if ride and speed_of(" ".join(token.text for token in tokens[ride[0] : ride[1]])) is None:
            return _RIDE
        if not ride and "foot" not in match.parts and any(one.tag == "ride" for one in clause):
            return _RIDE
    return ""


def _is_tail(at: int, tokens: Sequence[Token], taken: Collection[int]) -> bool:
    """Return whether something of a direction is left right before one: a number, a sign, another direction."""
    before = [place for place in range(at - 1, -1, -1) if tokens[place].tag not in ("to", "article", "filler")]
    if not before or before[0] in taken:
        return False
    last, earlier = tokens[before[0]], tokens[before[1]] if len(before) > 1 else None
    if last.tag == "heading" or (last.tag == "unclear" and last.value != WHOLE):
        return True
    if last.tag == "number":
        # A road has a number, and what lies north of its end has a direction: "Highway 33 north of the bridge".
        return earlier is None or earlier.tag not in ("word", "place") or last.end == tokens[at].start
    joined = last.tag in ("and", "or", "dash", "other", "of", "near", "ride", "comma")
    return joined and earlier is not None and before[1] not in taken and earlier.tag in ("heading", "number", "unclear")


def _clue(statement: Statement, ident: str, witness: str, denied: bool, hint: str) -> Clue:
    return Clue(
        ident,
        statement.relation,
        tuple(" ".join(place.text.split()) for place in statement.places),
        witness,
        statement.distance_m,
        statement.heading,
        denied != statement.negated,
        UNSURE if hint == "unsure" else None,
        distance_reach_m=statement.reach_m,
    )


def _around(match: Match, tokens: Sequence[Token]) -> tuple[str, Token | None]:
    """Return how sure the sentence says it is, and the word that denies the match."""
    hint, no = "", None
    for token in reversed(tokens[: match.first]):
        # "not near the river, 200 m from …" and "not near the river and in …" deny the first only.
        if token.tag in (*_ENDS, "comma", "and"):
            break
        if token.tag == "not":
            no = token
            break
    for token in (*_clause(tokens, match.first - 1, -1), *_clause(tokens, match.last, 1)):
        if token.tag in ("sure", "unsure"):
            hint = hint if hint == "unsure" else token.tag
    return hint, no


def _clause(tokens: Sequence[Token], at: int, step: int) -> Iterator[Token]:
    """Yield the tokens of a sentence from one on, in one direction."""
    while 0 <= at < len(tokens) and tokens[at].tag not in _ENDS:
        yield tokens[at]
        at += step


def _spread(
    match: Match, tokens: Sequence[Token], further: Sequence[Token], places: Places | None, *, written: bool
) -> Iterator[Statement]:
    """Yield what a match states, once more for every further place: "near the river and the field"."""

    def is_line(name: Token) -> bool | None:
        if places is None or name.tag != "place":
            return None
        kinds = {n.place.geometry.geom_type for n in places.resolve(str(name.value))}
        return kinds <= {"LineString", "MultiLineString"}

    river = "" if places is None else _one_river(places)
    for statement in statements_of(match, tokens, is_line, written=written, river=river):
        yield statement
        if RELATIONS[statement.relation].places == (1, 1) and statement.distance_m is None:
            yield from (replace(statement, places=(without_article(place),)) for place in further)


def _one_river(places: Places) -> str:
    """Return the name of the river where the map has one only."""
    rivers = [place for place in places if place.kind == "river"]
    return rivers[0].name if len(rivers) == 1 else ""


def _further(match: Match, tokens: Sequence[Token], denied: bool) -> tuple[list[Token], int]:
    """Return the places that are said in one breath with those of a match, and where they end.

    "near A or B" is not "near A and near B", but "not near A or B" denies both.
    """
    found: list[Token] = []
    at = match.last
    while "p2" not in match.parts and "qty1" not in match.parts:
        links, ahead = set(), at
        while ahead < len(tokens) and tokens[ahead].tag in ("and", "or", "not", "comma", "article"):
            links.add(tokens[ahead].tag)
            ahead += 1
        if ahead >= len(tokens) or tokens[ahead].tag != "place" or not links & {"and", "or", "not"}:
            break
        if "or" in links and not denied:
            break
        found.append(tokens[ahead])
        at = ahead + 1
    return found, at


def _notes(statement: Statement, places: Places | None, area: Area | None) -> tuple[str, ...]:
    """Return what was decided, and what each name may stand for."""
    notes = list(statement.notes)
    if places is None:
        return tuple(notes)
    for name in statement.places:
        if name.tag != "place":
            near = suggest(name.text, _alike(name.text, places))
            notes.append(f"no place is called {name.text!r}{'; ' + near if near else ''}")
            continue
        bearers = places.resolve(str(name.value))
        if len(bearers) > 1:
            readings = ", ".join(
                f"{b.place.id} {percent(b.weight)}" for b in sorted(bearers, key=lambda b: -b.weight)[:8]
            )
            more = f" and {len(bearers) - 8} more" if len(bearers) > 8 else ""
            notes.append(f"{name.text!r} may mean {readings}{more}")
        if area is not None:
            away = min(float(area.flat_outline.distance(area.project(b.place.geometry))) for b in bearers)
            if away > 0.0:
                notes.append(f"no {name.text!r} lies in the area; the nearest is {away / 1000:,.1f} km from it")
    return tuple(notes)


def _alike(name: str, places: Places) -> list[str]:
    """Return the names that begin with the same letter and are about as long: a city's fifty thousand take seconds."""
    low = name.casefold()
    return [known for known in places.names if known[:1] == low[:1] and abs(len(known) - len(low)) <= 4]


def _unread(taken: set[int], tokens: Sequence[Token]) -> Iterator[Unread]:
    rest = [at for at in range(len(tokens)) if at not in taken and tokens[at].tag != "stop"]
    # Numbers that run on belong together; a stop or a match ends a stretch.
    for _, group in groupby(enumerate(rest), key=lambda pair: pair[1] - pair[0]):
        stretch = [tokens[at] for _, at in group]
        tags = {token.tag for token in stretch}
        if tags <= _SILENT and not (tags & {"there"} and tags & _SAID):
            continue
        yield Unread(stretch[0].start, stretch[-1].end, _why(tags, stretch))


_RIDE = "a time by another way than on foot: give it as a distance"


def _why(tags: set[str], stretch: Sequence[Token]) -> str:
    if "unclear" in tags:
        said = next(token for token in stretch if token.tag == "unclear").value
        return str(said or "a direction that cannot be read whole")
    if "there" in tags and tags & _SAID:
        return "it points back to something said before: name the place"
    if tags & {"time", "duration"} and "ride" in tags:
        return _RIDE
    if "vague" in tags and tags & {"unit", "time", "times"}:
        return "a number that nobody can tell: ask how many"
    if "when" in tags and not tags & {"length", "duration", "heading"}:
        return "it says when, not where"
    if tags & {"number", "unit", "time", "times", "length", "duration"}:
        return "a number that belongs to no place"
    if tags & _SAID:
        return "a relation without a place"
    if "place" in tags:
        return "a place, and nothing that says how it lies to it"
    return "nothing in it says where"
