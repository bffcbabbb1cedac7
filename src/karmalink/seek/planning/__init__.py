"""Where to look first: allocation, schedules, and how good a plan is."""
