"""Pages that leave the house as one file: results in, HTML out. Knows the results of the rooms, and no study.

render(ReportData(title="…", made=datetime.now(), answered=(Answered(question="…", result=pairs(…)),)), "report.html")
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
