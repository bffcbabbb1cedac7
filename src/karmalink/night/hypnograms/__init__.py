"""Hypnograms, their stages, and the files that hold them."""
