"""Whose memory is this made of? Evidence, nulls, error control, lag curves.

Input are accounts and lives (or plain arrays), output are results that name their null, their calibration and what they
do not show. An honest "these data cannot tell" is a result, never an exception.
"""

from __future__ import annotations

from karmalink.link.alignment.recall_alignment import AlignedUnit, Alignment, align
from karmalink.link.alignment.routes import Gait, Route, fit_route, route
from karmalink.link.authorship.authors import Authors, Placement, learn_authors
from karmalink.link.authorship.same_author import SameLife, across_people, learn_same_life
from karmalink.link.authorship.score_calibration import ScoreCalibration, calibration_error
from karmalink.link.cohort.cohort_features import DaySeries
from karmalink.link.cohort.dreamers import DreamerRow, DreamersResult, over_dreamers
from karmalink.link.cohort.lag_tables import DreamerLag, LagTable, NearLife, lag_table
from karmalink.link.cohort.nearest import nearest_rows
from karmalink.link.cohort.pair_statistics import PairStatistics, every_pair
from karmalink.link.cohort.screening import Screened, ScreenedRatios, best_entries, best_ratios
from karmalink.link.error_control.covariates import CovariateEffect, covariate_effects
from karmalink.link.error_control.e_values import e_bh, e_from_p, e_mean, e_product
from karmalink.link.error_control.power_analysis import Power, QuestionPower, power
from karmalink.link.error_control.sign_rule import GroupRate, posteriors, reject
from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.evidence.calendar import lag_of, mirror_day, night_of, past_day, window_days
from karmalink.link.evidence.text_units import Material, gather
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.execution.blocks import SERIAL, Block, Executor, chunks, iter_blocks, map_blocks
from karmalink.link.execution.engines import ENGINES
from karmalink.link.execution.journal import FileJournal, Journal
from karmalink.link.mirror_null.competition import Competition, compete
from karmalink.link.mirror_null.pairs_result import Link, NightScore, PairsResult, Part, Rival, UnitMatch
from karmalink.link.mirror_null.pairs_test import pairs
from karmalink.link.mirror_null.power_from_data import power_for
from karmalink.link.mirror_null.pseudo_accounts import PseudoResult, TransplantPower, pseudo
from karmalink.link.mirror_null.sign_calibration import calibrate
from karmalink.link.null_audit.audits import Audit, AuditRow, audit
from karmalink.link.null_audit.mechanisms import MECHANISMS
from karmalink.link.null_audit.registers import REGISTERS
from karmalink.link.shift_null.circular_shifts import LagCurve, LagWindow
from karmalink.link.shift_null.lag_curves import lag_curve, pooled_lag_curve
from karmalink.link.stranger_null.stranger_test import StrangerResult, stranger

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
    "Competition",
    "CovariateEffect",
    "DaySeries",
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
    "ScoreCalibration",
    "Screened",
    "ScreenedRatios",
    "SignCalibration",
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
    "chunks",
    "compete",
    "covariate_effects",
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
