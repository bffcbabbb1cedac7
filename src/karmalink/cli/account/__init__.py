"""The noun `account`."""
