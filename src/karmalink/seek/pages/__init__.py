"""A case as one page: what is drawn and what can be moved on it."""
