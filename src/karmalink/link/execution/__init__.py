"""How work is cut into blocks, run by an engine and kept in a journal."""
