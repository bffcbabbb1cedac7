"""What was searched: assets, detection, swaths, the search log."""
