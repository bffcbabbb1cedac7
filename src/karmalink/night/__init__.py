"""The night room: from a recording to a scored night. Pure: files or arrays in, results out; it knows no study.

recording = kl.night.read_recording("night.edf")
report = kl.night.examine(recording)          # the doctor: what was found, what was corrected
hypnogram = kl.night.stage(report.recording)  # stages with probabilities
summary = kl.night.summarise(hypnogram)       # the night in figures
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
