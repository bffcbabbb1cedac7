"""A case in a folder: its file, its parts, its object."""
