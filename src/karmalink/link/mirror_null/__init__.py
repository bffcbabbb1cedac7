"""The mirror null: target-decoy competition against the same life's future."""
