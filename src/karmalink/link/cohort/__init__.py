"""All against all: many dreamers, many lives."""
