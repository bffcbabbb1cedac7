"""seek: from clues to a place. Clues, densities, witnesses, map, plan, search log; returns data, draws nothing.

area = Area.from_bounds(104.90, 11.55, 104.93, 11.58)
found = locate(area, places, clues, witnesses)        # ProbabilityMap
todo = plan(found, assets=[Asset("walker", sweep_m=4, speed_kmh=2)], hours=6)
found = found.after(SearchLog().add(Search("s1", segment="C4", asset="walker", hours=2)))
"""

from karmalink.base.front import attach_front

__getattr__, __dir__, __all__ = attach_front(__name__, __file__)
