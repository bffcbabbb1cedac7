"""Charts: one noun per module. Arrays and words in, one panel out; no chart knows where they come from."""
