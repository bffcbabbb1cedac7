"""What holds for every test: how Hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is not a fault of the code under test, so no example has a deadline. Where a run must come out the same
# twice (CI), the examples are the same each time; on a desk every run looks at new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
