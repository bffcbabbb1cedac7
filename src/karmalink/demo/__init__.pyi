# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .combined_gain import (
    ARMS as ARMS,
    ArmComparison as ArmComparison,
    CombinedGain as CombinedGain,
    WORLDS as WORLDS,
    compare as compare,
)
from .flow import (
    DemoRun as DemoRun,
    run_demo as run_demo,
)
from .gain_worlds import (
    measure_gain as measure_gain,
)
from .story import (
    Story as Story,
    Truth as Truth,
    build_story as build_story,
)
