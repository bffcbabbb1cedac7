"""Whose memory is this made of? Evidence, nulls, error control, lag curves.

Input are accounts and lives (or plain arrays), output are results that name their null, their calibration and what they
do not show. An honest "these data cannot tell" is a result, never an exception.
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
