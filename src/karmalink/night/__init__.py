"""The night room: from a recording to a scored night. Pure: files or arrays in, results out; it knows no study.

recording = kl.night.read_recording("night.edf")
report = kl.night.examine(recording)          # the doctor: what was found, what was corrected
hypnogram = kl.night.stage(report.recording)  # stages with probabilities
summary = kl.night.summarise(hypnogram)       # the night in figures
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
