"""The ground: areas, terrain, places and lines, and the files that hold them."""
