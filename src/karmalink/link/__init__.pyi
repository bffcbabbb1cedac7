# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .alignment.recall_alignment import (
    AlignedUnit as AlignedUnit,
    Alignment as Alignment,
    align as align,
)
from .alignment.routes import (
    Gait as Gait,
    Route as Route,
    fit_route as fit_route,
    route as route,
)
from .authorship.authors import (
    Authors as Authors,
    Placement as Placement,
    learn_authors as learn_authors,
)
from .authorship.same_author import (
    SameLife as SameLife,
    across_people as across_people,
    learn_same_life as learn_same_life,
)
from .authorship.score_calibration import (
    ScoreCalibration as ScoreCalibration,
    calibration_error as calibration_error,
)
from .claimants.claim_lists import (
    ClaimList as ClaimList,
    ClaimStatement as ClaimStatement,
    read_claim_lists as read_claim_lists,
)
from .claimants.claim_scores import (
    ClaimScores as ClaimScores,
)
from .claimants.claims_test import (
    ClaimFit as ClaimFit,
    ClaimsResult as ClaimsResult,
    claims as claims,
)
from .claimants.life_files import (
    read_life_register as read_life_register,
)
from .claimants.life_records import (
    LifeRecord as LifeRecord,
    LifeRegister as LifeRegister,
)
from .claimants.predicates import (
    Predicate as Predicate,
    predicates_of as predicates_of,
)
from .cohort.cohort_features import (
    DaySeries as DaySeries,
)
from .cohort.lag_tables import (
    DreamerLag as DreamerLag,
    LagTable as LagTable,
    NearLife as NearLife,
    lag_table as lag_table,
)
from .cohort.nearest import (
    nearest_rows as nearest_rows,
)
from .cohort.pair_statistics import (
    PairStatistics as PairStatistics,
    every_pair as every_pair,
)
from .cohort.screening import (
    Screened as Screened,
    ScreenedRatios as ScreenedRatios,
    best_entries as best_entries,
    best_ratios as best_ratios,
)
from .error_control.covariates import (
    CovariateEffect as CovariateEffect,
    covariate_effects as covariate_effects,
)
from .error_control.e_values import (
    e_bh as e_bh,
    e_from_p as e_from_p,
    e_mean as e_mean,
    e_product as e_product,
)
from .error_control.power_analysis import (
    Power as Power,
    QuestionPower as QuestionPower,
    power as power,
)
from .error_control.sign_rule import (
    GroupRate as GroupRate,
    posteriors as posteriors,
    reject as reject,
)
from .error_control.verdicts import (
    SignCalibration as SignCalibration,
    Verdict as Verdict,
)
from .evidence.calendar import (
    lag_of as lag_of,
    mirror_day as mirror_day,
    night_of as night_of,
    past_day as past_day,
    window_days as window_days,
)
from .evidence.text_units import (
    Material as Material,
    gather as gather,
)
from .evidence.unit_scores import (
    UnitTable as UnitTable,
)
from .execution.blocks import (
    Block as Block,
    Executor as Executor,
    SERIAL as SERIAL,
    chunks as chunks,
    iter_blocks as iter_blocks,
    map_blocks as map_blocks,
)
from .execution.engines import (
    ENGINES as ENGINES,
)
from .execution.journal import (
    FileJournal as FileJournal,
    Journal as Journal,
)
from .mirror_null.competition import (
    Competition as Competition,
    compete as compete,
)
from .mirror_null.overall import (
    OverallVerdict as OverallVerdict,
)
from .mirror_null.pairs_result import (
    Link as Link,
    NightScore as NightScore,
    PairsResult as PairsResult,
    Part as Part,
    Rival as Rival,
    UnitMatch as UnitMatch,
)
from .mirror_null.pairs_test import (
    pairs as pairs,
)
from .mirror_null.pooled_test import (
    by_dreamer as by_dreamer,
    pooled_pairs as pooled_pairs,
)
from .mirror_null.pooled_result import (
    PooledDreamer as PooledDreamer,
    PooledPairs as PooledPairs,
)
from .mirror_null.power_from_data import (
    power_for as power_for,
)
from .mirror_null.pseudo_accounts import (
    PseudoResult as PseudoResult,
    TransplantPower as TransplantPower,
    pseudo as pseudo,
)
from .mirror_null.sign_calibration import (
    calibrate as calibrate,
)
from .null_audit.audits import (
    Audit as Audit,
    AuditRow as AuditRow,
    audit as audit,
)
from .null_audit.mechanisms import (
    MECHANISMS as MECHANISMS,
)
from .null_audit.registers import (
    REGISTERS as REGISTERS,
)
from .shift_null.curve_result import (
    LagCurve as LagCurve,
    LagWindow as LagWindow,
)
from .shift_null.lag_curves import (
    lag_curve as lag_curve,
    pooled_lag_curve as pooled_lag_curve,
)
from .shift_null.shared_nights import (
    SameNight as SameNight,
    same_night as same_night,
)
from .stranger_null.best_life import (
    AnyLife as AnyLife,
)
from .stranger_null.statements import (
    StatementFit as StatementFit,
)
from .stranger_null.stranger_test import (
    NAMED as NAMED,
    StrangerResult as StrangerResult,
    stranger as stranger,
)
