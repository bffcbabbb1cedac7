"""The shift null: lag curves against every circular shift of the nights."""
