"""Charts: one noun per module. Arrays and words in, one panel or figure out; no chart knows where its numbers come from."""
