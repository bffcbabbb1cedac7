"""Karmalink: from a night to a place.

An account is what one person remembers and when they said it. Karmalink records the night it came from, asks whose
life it is made of, follows it to a place, and never reports a link without the chance of a coincidence.

    import karmalink as kl

The nouns are loaded when they are first used: ``import karmalink`` itself is quick.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
