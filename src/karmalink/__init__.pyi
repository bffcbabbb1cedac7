# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from . import account as account
from . import errors as errors
from . import link as link
from . import live as live
from . import night as night
from . import report as report
from . import seek as seek
from . import study as study
from .errors import CannotAnswer as CannotAnswer
from .errors import KarmalinkError as KarmalinkError

__version__: str
