"""The noun `night`."""
