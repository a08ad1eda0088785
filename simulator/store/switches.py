"""The words for on and off in options and environment variables."""

ON, OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
