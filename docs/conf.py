"""Sphinx configuration."""

from karmalink import __version__

project = "Karmalink"
author = "The Karmalink authors"
release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Karmalink {release}"
exclude_patterns = ["_build"]
nitpicky = True
