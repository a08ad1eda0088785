"""The command line: one module for each command of `simulator`, and what they share."""
