"""What holds for every test: how Hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is not a fault of the code under test, so no example has a deadline. The suite gives the same verdict
# every time, on a desk and in CI: the examples are fixed. `make fuzz` looks at new ones.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)
settings.load_profile("fuzz" if os.environ.get("KARMALINK_FUZZ") else "fixed")
