"""The noun `study`."""
