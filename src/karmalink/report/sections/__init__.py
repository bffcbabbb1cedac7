"""Sections: one question per module. Each takes results and returns a `report.section.Section`."""
