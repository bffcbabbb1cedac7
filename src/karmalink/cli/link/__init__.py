"""The noun `link`."""
