"""Stagers, votes among them, and how far their confidence can be relied on."""
