"""Words, units, names, numbers and negation in a text."""
