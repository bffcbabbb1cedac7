"""Account: what did they say? Texts with dates, their units, names, numbers and features. Knows no study."""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
