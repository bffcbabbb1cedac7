"""What ``karmalink night score`` says of the channels' vote, of its confidence, and of what a person should look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, Montage, Recording, Vote

__all__ = ["confidence_text", "vote_text", "voted"]

_FIRST_TO_SEE = 5


def voted(
    recording: Recording,
    stager: str,
    montage: Montage | None,
    *,
    everybody: bool,
    progress: Callable[[int, int], None],
) -> Vote:
    """Return the scoring: from all channels where `everybody` votes, else from the named or the best ones.

    Raises
    ------
    UsageError
        Channels are named, and all are to vote.
    """
    from karmalink.night import pick_montage, vote

    if everybody and montage is not None:
        raise UsageError(
            "--vote takes every usable channel, so none can be named with it",
            next_step="leave --vote, or --eeg, --eog and --emg, away",
        )
    montages = None if everybody else (montage or pick_montage(recording),)
    return vote(recording, stager=stager, montages=montages, progress=progress)


def vote_text(found: Vote) -> str:
    """Return how far each combination of channels is with the vote; nothing where there was only one."""
    if len(found.ballots) < 2:
        return ""
    names = [" + ".join(one.montage.names) for one in found.ballots]
    width = max(map(len, names))
    rows = [f"  {name:{width}}  {one.agreement:>4.0%}" for name, one in zip(names, found.ballots, strict=True)]
    return "\n".join([f"{len(names)} combinations of channels voted; with the vote in", *rows])


def confidence_text(hypnogram: Hypnogram, abstained: float | None) -> str:
    """Return how sure the scorer is, what was left unscored for it, and which epochs a person should see first."""
    from karmalink.night import look_first
    from karmalink.night.hypnograms.hypnogram import CONFIDENT
    from karmalink.night.recordings.wall_clock import clock

    under = CONFIDENT if abstained is None else abstained
    share = hypnogram.uncertain_share(under)
    if share is None:
        return "The scorer gave no probabilities."
    doubtful = look_first(hypnogram, under=under)
    text = f"Confidence: {1 - share:.0%} of the scored epochs reach {under:g}"
    if not doubtful:
        return text
    told = "do not and are left unscored" if abstained is not None else "do not"
    lines = [f"{text}; {len(doubtful)} {told}. Look first at"]
    for one in doubtful[:_FIRST_TO_SEE]:
        when = clock(hypnogram.recording_start, one.onset_s)
        lines.append(f"  {when}  {one.stage:2} {one.confidence:.2f}, or {one.rival} {one.rival_probability:.2f}")
    if len(doubtful) > _FIRST_TO_SEE:
        lines.append(f"  and {len(doubtful) - _FIRST_TO_SEE} more, listed by --json")
    return "\n".join(lines)
