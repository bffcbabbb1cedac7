"""How far scorers agree, and where they do not."""
