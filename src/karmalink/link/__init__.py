"""Whose memory is this made of? Evidence, nulls, error control, lag curves.

Input are accounts and lives (or plain arrays), output are results that name their null, their calibration and what they
do not show. An honest "these data cannot tell" is a result, never an exception.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
