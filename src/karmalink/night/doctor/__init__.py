"""The doctor: what is wrong with a recording, and what can be corrected."""
