"""The live room: from electrodes to an awakening. A source is recorded, staged by its past only, and acted on by rules.

report = kl.live.check_source(kl.live.open_source("simulated:"))   # can a night be recorded from it?
night = kl.live.play("night.edf", rules=kl.night.read_rules("rules.toml"))
print(night.triggers)
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
