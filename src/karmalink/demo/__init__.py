"""The demo study: an invented town, a boy's dreams, his grandmother's story and a search; the truth is planted.

Nothing here is about a real person. The names and words are the project's own, and everything follows from one seed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
