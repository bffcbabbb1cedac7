"""Pages that leave the house as one file: results in, HTML out. Knows the results of the rooms, and no study.

render(ReportData(title="…", made=datetime.now(), answered=(Answered(question="…", result=pairs(…)),)), "report.html")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
