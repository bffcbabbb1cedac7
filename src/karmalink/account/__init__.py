"""Account: what did they say? Texts with dates, their units, names, numbers and features. Knows no study."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
