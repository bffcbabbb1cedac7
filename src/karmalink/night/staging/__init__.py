"""Stagers, votes over channels, and calibrated confidence."""
