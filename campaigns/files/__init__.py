"""Mutated files: every reader gives a result or an error of ours, in bounded time and memory, whatever is in a file."""
