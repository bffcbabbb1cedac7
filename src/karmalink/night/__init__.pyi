# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .agreement.hypnodensity import (
    Disagreement as Disagreement,
    consensus as consensus,
)
from .agreement.live_cost import (
    LiveCost as LiveCost,
    live_costs as live_costs,
)
from .agreement.scorers import (
    Agreement as Agreement,
    Interval as Interval,
    ScorerAgreement as ScorerAgreement,
    agree as agree,
    compare_scorers as compare_scorers,
)
from .doctor.examination import (
    CHECKS as CHECKS,
    examine as examine,
)
from .doctor.findings import (
    DoctorReport as DoctorReport,
    Finding as Finding,
)
from .events.arousals import (
    find_arousals as find_arousals,
)
from .events.detectors import (
    DETECTORS as DETECTORS,
    DetectedEvents as DetectedEvents,
    find_events as find_events,
)
from .events.events import (
    EventAgreement as EventAgreement,
    Events as Events,
    agree_events as agree_events,
)
from .events.eye_movements import (
    find_eye_movements as find_eye_movements,
    find_eye_signals as find_eye_signals,
)
from .events.slow_waves import (
    find_slow_waves as find_slow_waves,
)
from .events.spindles import (
    find_spindles as find_spindles,
)
from .hypnograms.bids_events import (
    events_rows as events_rows,
    events_sidecar as events_sidecar,
    write_events as write_events,
)
from .hypnograms.formats import (
    SCORE_FORMATS as SCORE_FORMATS,
    SCORE_WRITERS as SCORE_WRITERS,
    read_events as read_events,
    read_hypnogram as read_hypnogram,
    write_hypnogram as write_hypnogram,
)
from .hypnograms.hypnogram import (
    Hypnogram as Hypnogram,
)
from .hypnograms.stages import (
    STAGES as STAGES,
    UNSCORED as UNSCORED,
    VOCABULARIES as VOCABULARIES,
)
from .recordings.annotations import (
    Annotation as Annotation,
    read_annotations as read_annotations,
)
from .recordings.channels import (
    identify as identify,
)
from .recordings.edf_writer import (
    edf_bytes as edf_bytes,
    write_edf as write_edf,
)
from .recordings.formats import (
    READERS as READERS,
    RECORDING_WRITERS as RECORDING_WRITERS,
    read_recording as read_recording,
    read_recording_bytes as read_recording_bytes,
    write_recording as write_recording,
)
from .recordings.montage import (
    Montage as Montage,
    pick_montage as pick_montage,
)
from .recordings.recording import (
    Channel as Channel,
    Recording as Recording,
)
from .simulation.simulated_night import (
    SimulatedNight as SimulatedNight,
    plant_night as plant_night,
    simulate_night as simulate_night,
)
from .staging.abstention import (
    abstain as abstain,
    epochs_to_review as epochs_to_review,
    risk_coverage as risk_coverage,
)
from .staging.causal_stager import (
    CausalStager as CausalStager,
    StageOfEpoch as StageOfEpoch,
)
from .staging.confidence import (
    CALIBRATIONS as CALIBRATIONS,
    ConfidenceCalibration as ConfidenceCalibration,
    fit_temperature as fit_temperature,
)
from .staging.stagers import (
    STAGERS as STAGERS,
    stage as stage,
)
from .staging.voting import (
    Vote as Vote,
    vote as vote,
)
from .summary import (
    SleepSummary as SleepSummary,
    summarise as summarise,
)
from .wake_rules.files import (
    read_replay_nights as read_replay_nights,
)
from .wake_rules.fusion import (
    learn_fusion as learn_fusion,
)
from .wake_rules.replays import (
    Replay as Replay,
    rem_periods as rem_periods,
    replay as replay,
)
from .wake_rules.rule_search import (
    Goal as Goal,
    RuleSearch as RuleSearch,
    frontier as frontier,
    oracle as oracle,
    search_rules as search_rules,
)
from .wake_rules.rules import (
    Condition as Condition,
    Rule as Rule,
    probability_grid as probability_grid,
    read_rules as read_rules,
    rule_grid as rule_grid,
)
from .wake_rules.triggers import (
    ReplayNight as ReplayNight,
)
