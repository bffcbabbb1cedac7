"""Audit of the nulls: their realised error on data laid out like these."""
