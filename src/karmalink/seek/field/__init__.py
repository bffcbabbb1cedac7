"""What goes into the field and what comes back."""
