"""The exact mixture over every witness being right or wrong, and the map it gives."""
