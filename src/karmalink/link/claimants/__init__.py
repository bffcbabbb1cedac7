"""Does a list of statements fit one life of a register better than chance?"""
