"""Sections: one question per module. Each takes results and returns a :class:`~karmalink.report.section.Section`."""
