"""Whose memory is this made of? Evidence, nulls, error control, lag curves.

Input are accounts and lives (or plain arrays), output are results that name their null, their calibration and what they
do not show. An honest "these data cannot tell" is a result, never an exception.
"""

from __future__ import annotations

from karmalink.link.align import align
from karmalink.link.alignment import AlignedUnit, Alignment
from karmalink.link.answer import PairsResult
from karmalink.link.audit import audit
from karmalink.link.audited import Audit, AuditRow
from karmalink.link.authorship import Authors, learn_authors
from karmalink.link.blocks import SERIAL, Block, Executor, iter_blocks, map_blocks, pieces
from karmalink.link.calendar import lag_of, mirror_day, night_of, past_day, window_days
from karmalink.link.calibration import Calibration
from karmalink.link.cohort import lag_table
from karmalink.link.counts import power_for
from karmalink.link.covariates import CovariateWorth, covariate_worth
from karmalink.link.curve import LagCurve, LagWindow
from karmalink.link.day_series import DaySeries
from karmalink.link.doubt import Doubt, calibration_error
from karmalink.link.dreamers import DreamerRow, DreamersResult, over_dreamers
from karmalink.link.engines import ENGINES
from karmalink.link.evalues import e_bh, e_from_p, e_mean, e_product
from karmalink.link.every_pair import PairStatistics, every_pair
from karmalink.link.evidence import UnitTable
from karmalink.link.journal import FileJournal, Journal
from karmalink.link.lag import lag_curve, pooled_lag_curve
from karmalink.link.lag_table import DreamerLag, LagTable, NearLife
from karmalink.link.links import Link, NightScore, Part, Rival, UnitMatch
from karmalink.link.material import Material, gather
from karmalink.link.mechanisms import MECHANISMS
from karmalink.link.mirror import Competition, compete
from karmalink.link.nearest import nearest_rows
from karmalink.link.pairs import pairs
from karmalink.link.placement import Placement
from karmalink.link.power import Power, QuestionPower, power
from karmalink.link.pseudo import PseudoResult, TransplantPower, pseudo
from karmalink.link.pseudo_signs import calibrate
from karmalink.link.registers import REGISTERS
from karmalink.link.route import Gait, Route, fit_route, route
from karmalink.link.rule import GroupRate, posteriors, reject
from karmalink.link.samelife import SameLife, across_people, learn_same_life
from karmalink.link.screen import Screened, best_entries
from karmalink.link.screen_llr import ScreenedRatios, best_ratios
from karmalink.link.stranger import StrangerResult, stranger
from karmalink.link.verdict import Verdict

__all__ = [
    "ENGINES",
    "MECHANISMS",
    "REGISTERS",
    "SERIAL",
    "AlignedUnit",
    "Alignment",
    "Audit",
    "AuditRow",
    "Authors",
    "Block",
    "Calibration",
    "Competition",
    "CovariateWorth",
    "DaySeries",
    "Doubt",
    "DreamerLag",
    "DreamerRow",
    "DreamersResult",
    "Executor",
    "FileJournal",
    "Gait",
    "GroupRate",
    "Journal",
    "LagCurve",
    "LagTable",
    "LagWindow",
    "Link",
    "Material",
    "NearLife",
    "NightScore",
    "PairStatistics",
    "PairsResult",
    "Part",
    "Placement",
    "Power",
    "PseudoResult",
    "QuestionPower",
    "Rival",
    "Route",
    "SameLife",
    "Screened",
    "ScreenedRatios",
    "StrangerResult",
    "TransplantPower",
    "UnitMatch",
    "UnitTable",
    "Verdict",
    "across_people",
    "align",
    "audit",
    "best_entries",
    "best_ratios",
    "calibrate",
    "calibration_error",
    "compete",
    "covariate_worth",
    "e_bh",
    "e_from_p",
    "e_mean",
    "e_product",
    "every_pair",
    "fit_route",
    "gather",
    "iter_blocks",
    "lag_curve",
    "lag_of",
    "lag_table",
    "learn_authors",
    "learn_same_life",
    "map_blocks",
    "mirror_day",
    "nearest_rows",
    "night_of",
    "over_dreamers",
    "pairs",
    "past_day",
    "pieces",
    "pooled_lag_curve",
    "posteriors",
    "power",
    "power_for",
    "pseudo",
    "reject",
    "route",
    "stranger",
    "window_days",
]
