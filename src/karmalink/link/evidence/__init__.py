"""How far an account and an entry agree: units, scores, background distribution, weights."""
