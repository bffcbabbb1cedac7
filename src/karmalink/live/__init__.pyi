# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .journal.journal_writer import (
    JournalWriter as JournalWriter,
)
from .journal.recovery import (
    RecoveredJournal as RecoveredJournal,
    read_journal as read_journal,
)
from .session.actions import (
    SINKS as SINKS,
    sink_named as sink_named,
)
from .session.live_night import (
    LiveNight as LiveNight,
    LiveTrigger as LiveTrigger,
)
from .session.playing import (
    PlayedNight as PlayedNight,
    play as play,
    run_source as run_source,
)
from .session.protocol import (
    VETOES as VETOES,
    Protocol as Protocol,
)
from .session.stream_check import (
    StreamCheck as StreamCheck,
    check_source as check_source,
)
from .sources.faults import (
    Fault as Fault,
    FaultySource as FaultySource,
)
from .sources.registry import (
    SOURCES as SOURCES,
    open_source as open_source,
)
from .sources.streams import (
    Chunk as Chunk,
    StreamChannel as StreamChannel,
    StreamInfo as StreamInfo,
)
from .sources.time_line import (
    StreamEvent as StreamEvent,
)
