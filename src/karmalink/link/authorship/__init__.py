"""Whose writing is it: authorship, and the same author across two lives."""
