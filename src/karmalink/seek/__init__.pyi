# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .answers.answers import (
    Answers as Answers,
    read_answers as read_answers,
)
from .answers.fused_answers import (
    Fused as Fused,
    fuse as fuse,
)
from .answers.learned_witnesses import (
    LearnedWitnesses as LearnedWitnesses,
    learn_reliabilities as learn_reliabilities,
)
from .answers.lost_persons import (
    LostPerson as LostPerson,
    Motion as Motion,
    read_behaviour as read_behaviour,
)
from .answers.ring_laws import (
    RING_LAWS as RING_LAWS,
    DistanceLaw as DistanceLaw,
    LognormalLaw as LognormalLaw,
    RingLaw as RingLaw,
)
from .answers.radial_laws import (
    LearnedLaws as LearnedLaws,
    RadialLaw as RadialLaw,
    learn_radial as learn_radial,
)
from .case.case import (
    Case as Case,
)
from .case.case_settings import (
    SoughtObject as SoughtObject,
)
from .clues.clues import (
    Clue as Clue,
    read_clues as read_clues,
)
from .clues.headings import (
    Heading as Heading,
    parse_heading as parse_heading,
)
from .clues.localities import (
    CLAUSE_TYPES as CLAUSE_TYPES,
    clause_type as clause_type,
)
from .clues.parsing import (
    Parsed as Parsed,
    Proposal as Proposal,
    Speaker as Speaker,
    Unread as Unread,
    parse_clues as parse_clues,
)
from .clues.relations import (
    RELATIONS as RELATIONS,
    Relation as Relation,
)
from .clues.sources import (
    ClueGroup as ClueGroup,
    DependentWitnesses as DependentWitnesses,
)
from .clues.witnesses import (
    Witness as Witness,
    read_witnesses as read_witnesses,
)
from .exports.formats import (
    write_export as write_export,
)
from .exports.geojson import (
    to_geojson as to_geojson,
)
from .exports.releases import (
    Release as Release,
    release as release,
)
from .field.field_log import (
    FieldLog as FieldLog,
    log_gpx as log_gpx,
)
from .field.field_page import (
    FieldPage as FieldPage,
    field_page_of as field_page_of,
)
from .field.field_page_import import (
    import_field_page as import_field_page,
)
from .ground.area import (
    Area as Area,
)
from .ground.elevation import (
    read_elevation as read_elevation,
)
from .ground.gps_tracks import (
    Track as Track,
    TrackFinding as TrackFinding,
)
from .intake.gpx import (
    read_gpx as read_gpx,
)
from .intake.place_files import (
    read_places as read_places,
)
from .intake.segment_files import (
    read_segments as read_segments,
)
from .ground.places import (
    Namesake as Namesake,
    Place as Place,
    Places as Places,
)
from .ground.search_segments import (
    Segments as Segments,
    segments as segments,
)
from .ground.terrain import (
    Terrain as Terrain,
    tobler as tobler,
)
from .ground.walking import (
    walking_minutes as walking_minutes,
    with_terrain as with_terrain,
)
from .pages.map_page import (
    MapPage as MapPage,
    Statement as Statement,
    map_page_of as map_page_of,
)
from .planning.allocation import (
    Allocation as Allocation,
    allocate as allocate,
    allocate_with_contacts as allocate_with_contacts,
    stopping_effort as stopping_effort,
)
from .planning.discrete_search import (
    DiscreteSearch as DiscreteSearch,
    search_order as search_order,
)
from .planning.asset_value import (
    AssetValue as AssetValue,
    asset_values as asset_values,
)
from .planning.moving_plan import (
    MovingPlan as MovingPlan,
    plan_moving as plan_moving,
)
from .planning.moving_targets import (
    MovingSearch as MovingSearch,
    moving_search as moving_search,
    moving_transitions as moving_transitions,
)
from .planning.plans import (
    Plan as Plan,
    Task as Task,
    plan as plan,
    task_of as task_of,
)
from .planning.schedules import (
    Schedule as Schedule,
    schedule as schedule,
)
from .planning.team_jobs import (
    Job as Job,
    TeamPlan as TeamPlan,
    TeamRules as TeamRules,
    team_plan as team_plan,
)
from .planning.team_rounding import (
    WholeTeams as WholeTeams,
    whole_teams as whole_teams,
)
from .probability_map.clue_layers import (
    Layer as Layer,
    layer as layer,
    layers as layers,
)
from .probability_map.exact_mixture import (
    Mixture as Mixture,
    mix as mix,
    mixture as mixture,
)
from .probability_map.influences import (
    Influence as Influence,
    influence as influence,
)
from .probability_map.learned_errors import (
    Solved as Solved,
    learn_shared_error as learn_shared_error,
)
from .probability_map.shared_errors import (
    SharedError as SharedError,
)
from .probability_map.map_audit import (
    MECHANISMS as MECHANISMS,
    Layout as Layout,
    MapAudit as MapAudit,
    audit_map as audit_map,
)
from .probability_map.posterior import (
    locate as locate,
)
from .probability_map.probability_map import (
    CluesMap as CluesMap,
    ProbabilityMap as ProbabilityMap,
)
from .probability_map.sliders import (
    with_witness_at as with_witness_at,
)
from .probability_map.witness_questions import (
    Questions as Questions,
    questions as questions,
)
from .search.found_things import (
    FoundThing as FoundThing,
)
from .search.assets import (
    Asset as Asset,
    Closure as Closure,
    Danger as Danger,
    read_assets as read_assets,
)
from .search.detection_laws import (
    POD_LAWS as POD_LAWS,
    beacons as beacons,
)
from .search.regions import (
    Region as Region,
)
from .search.search_log import (
    SearchLog as SearchLog,
)
from .search.searches import (
    Search as Search,
)
from .search.swath_coverage import (
    Swath as Swath,
    swath as swath,
)
