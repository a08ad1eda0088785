"""Scenario files: their format, the loader, and the validation of rules, which reports errors with their lines."""
