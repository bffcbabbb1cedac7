"""The map, the plan and the places in formats of other programs."""
