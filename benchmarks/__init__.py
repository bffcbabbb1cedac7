"""Speed and memory: every benchmark runs us and a peer on the same work in one run; its last line is the ratio."""
