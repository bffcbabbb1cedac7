"""The crash-safe recording of what arrived."""
