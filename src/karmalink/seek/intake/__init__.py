"""Files of other programs, as places and tracks: one module a format."""
