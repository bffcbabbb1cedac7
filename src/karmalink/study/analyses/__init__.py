"""The rooms' questions asked of a study."""
