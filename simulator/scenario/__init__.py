"""Scenario files: their format, how they are read, and what is refused with its line."""
