"""What a study keeps: people, nights, accounts, lives, places, results."""
