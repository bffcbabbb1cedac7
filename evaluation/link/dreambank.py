"""Dreams of one DreamBank author against a diary of another century, and against that author's own other dreams."""

from __future__ import annotations

from pathlib import Path

from evaluation.figure import Figure
from evaluation.link.people import people_with
from evaluation.link.texts import dreams_as_life, moved, pepys_diary
from karmalink import link
from karmalink.account import Account, Life

__all__ = ["run"]

_FEWEST = 100
_FROM_EACH = 200


def run(data: Path) -> list[Figure]:
    """Return what each null says of the author whose dated dreams lie closest.

    Another century first as it is (no common day), then with the dreams moved into the middle of the diary: a
    negative control, since nobody dreams of days three centuries before their birth. Own dreams twice: the earlier half
    as the life (nothing after any night, so no mirror), and every second date as the life of the dates between.
    """
    everybody, _ = people_with(data, _FEWEST)
    by_author: dict[str, list[Account]] = {}
    for one in everybody:
        if one.when is not None:
            by_author.setdefault(one.person, []).append(one)
    if not by_author:
        return [Figure("DreamBank", "dated dreams", "none", note=f"no author with {_FEWEST} dreams dates them")]
    author = max(sorted(by_author), key=lambda name: _closeness(by_author[name]))
    dreams = sorted(by_author[author], key=_ordinal)
    case, diary = f"DreamBank, {author}", pepys_diary(data)
    first = (diary.span or (0, 0))[0] + 60
    start = dreams[0].when.ordinal if dreams[0].when else 0
    control = [a for a in moved(dreams, first - start) if a.when and a.when.ordinal <= (diary.span or (0, 0))[1]]
    half = len(dreams) // 2
    # By date, not by dream: two dreams of one night would be each other's source.
    dates = {date: number for number, date in enumerate(sorted({a.when.ordinal for a in dreams if a.when}))}
    even = [a for a in dreams if a.when and dates[a.when.ordinal] % 2 == 0]
    odd = [a for a in dreams if a.when and dates[a.when.ordinal] % 2 == 1]
    cases = {
        "against Pepys' diary, as dated": (dreams, diary),
        "against Pepys' diary, moved onto its days (control)": (control, diary),
        "later half against own earlier half": (dreams[half:], dreams_as_life(dreams[:half], "earlier")),
        "every second date against the dates between": (even, dreams_as_life(odd, "between")),
    }
    found: list[Figure] = []
    for name, (accounts, life) in cases.items():
        pairs = link.pairs(accounts, life, cut_retellings=life is diary)
        odds = pairs.calibration
        interval = f"sign odds {odds.p_plus:.3f} ({odds.low:.3f}–{odds.high:.3f})" if odds.measured else ""
        found.append(Figure(case, f"mirror, {name}", pairs.verdict, interval, pairs.finding))
        curve = link.lag_curve(accounts, life, cut_retellings=life is diary)
        found.append(Figure(case, f"shift, {name}", curve.verdict, f"p = {curve.p:.3f}", curve.finding))
    others = [dreams_as_life(told[:_FROM_EACH], name) for name, told in by_author.items() if name != author]
    return [*found, _authorship(case, author, dreams, others)]


def _closeness(dreams: list[Account]) -> float:
    """Return nights squared by days of the series: many nights, and close together."""
    days = {_ordinal(one) for one in dreams}
    return len(days) ** 2 / (max(days) - min(days) + 1)


def _ordinal(one: Account) -> int:
    return one.when.ordinal if one.when is not None else 0


def _authorship(case: str, author: str, dreams: list[Account], others: list[Life]) -> Figure:
    """Rank the author's earlier dreams among those of others of the corpus: authorship, and called that."""
    half = len(dreams) // 2
    lives = [dreams_as_life(dreams[:half], author), *others]
    ranked = link.stranger(dreams[half::10], lives, author)
    note = f"{ranked.finding} On one's own words this is authorship, not memory."
    return Figure(
        case, f"stranger, own earlier dreams among {len(lives)} authors'", ranked.verdict, f"p = {ranked.p:.3f}", note
    )
