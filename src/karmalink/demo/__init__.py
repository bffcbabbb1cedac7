"""The demo study: an invented town, a boy's dreams, his grandmother's story and a search; the truth is planted.

Nothing here is about a real person. The names and words are the project's own, and everything follows from one seed.
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
