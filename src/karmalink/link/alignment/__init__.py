"""Recalls aligned against a timed register."""
