"""``karmalink live``: a night while it lasts."""
