"""Features and encoders of texts."""
