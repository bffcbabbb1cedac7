"""The noun `seek`."""
