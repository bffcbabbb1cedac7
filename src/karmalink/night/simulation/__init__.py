"""Simulated nights with planted stages and events."""
