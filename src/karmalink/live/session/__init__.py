"""A night while it lasts: the time line, stages, rules, actions."""
