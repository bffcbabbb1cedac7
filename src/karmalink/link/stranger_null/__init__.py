"""The stranger null: rank among other lives."""
