"""Sphinx configuration."""

from karmalink import __version__

project = "Karmalink"
author = "The Karmalink authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "none"  # the docstrings say types in words
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
napoleon_google_docstring = False
napoleon_use_ivar = True
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Karmalink {release}"
exclude_patterns = ["_build"]
nitpicky = True
# The types of numpydoc are words ("sequence of str"), no targets; a name of our own must be found.
nitpick_ignore_regex = [("py:.*", r"(?!karmalink\.).*")]
suppress_warnings = ["ref.python"]
