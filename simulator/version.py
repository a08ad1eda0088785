"""The version of the simulator."""

VERSION = "0.1.0"
