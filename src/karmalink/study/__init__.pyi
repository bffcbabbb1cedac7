# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .analyses.links_to_clues import (
    ClueFrom as ClueFrom,
)
from .awakening import (
    Awakening as Awakening,
)
from .erasure import (
    ErasureReport as ErasureReport,
)
from .records.exported import (
    Exported as Exported,
)
from .records.ledger_anchors import (
    Anchor as Anchor,
)
from .records.nights import (
    Night as Night,
)
from .records.records import (
    Added as Added,
    Refusal as Refusal,
)
from .records.results import (
    Result as Result,
)
from .store.keyfile import (
    KdfCost as KdfCost,
)
from .store.keys import (
    KeyCopy as KeyCopy,
    KeyStore as KeyStore,
)
from .store.ledger import (
    LedgerEntry as LedgerEntry,
)
from .store.person import (
    Person as Person,
    ROLES as ROLES,
)
from .store.settings import (
    SETTINGS as SETTINGS,
    Setting as Setting,
    Settings as Settings,
)
from .study import (
    Study as Study,
)
from .verification import (
    VerifyReport as VerifyReport,
)
