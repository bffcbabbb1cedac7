"""Whose memory is this made of? Evidence, nulls, error control, lag curves.

Input are accounts and lives (or plain arrays), output are results that name their null, their calibration and what they
do not show. An honest "these data cannot tell" is a result, never an exception.
"""

from __future__ import annotations

from karmalink.link.calendar import lag_of, mirror_day, night_of, past_day, window_days
from karmalink.link.calibration import Calibration
from karmalink.link.links import Link, NightScore, Part, Rival, UnitMatch
from karmalink.link.pairs import PairsResult, pairs
from karmalink.link.power import Power, QuestionPower, power
from karmalink.link.pseudo import PseudoResult, TransplantPower, pseudo
from karmalink.link.rule import GroupRate
from karmalink.link.shift import LagCurve, LagWindow
from karmalink.link.stranger import StrangerResult
from karmalink.link.verdict import Verdict

__all__ = [
    "Calibration",
    "GroupRate",
    "LagCurve",
    "LagWindow",
    "Link",
    "NightScore",
    "PairsResult",
    "Part",
    "Power",
    "PseudoResult",
    "QuestionPower",
    "Rival",
    "StrangerResult",
    "TransplantPower",
    "UnitMatch",
    "Verdict",
    "lag_of",
    "mirror_day",
    "night_of",
    "pairs",
    "past_day",
    "power",
    "pseudo",
    "window_days",
]
