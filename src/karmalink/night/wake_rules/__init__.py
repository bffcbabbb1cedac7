"""Rules that wake a sleeper, replayed on scored nights."""
