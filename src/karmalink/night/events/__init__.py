"""Spindles, slow waves, eye movements, signals and arousals."""
