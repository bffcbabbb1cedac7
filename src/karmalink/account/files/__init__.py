"""The files that accounts and diaries come in."""
