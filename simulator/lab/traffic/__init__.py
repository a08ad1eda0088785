"""Recorded traffic: what of it may be kept, which requests may be sent, and the HAR file that it is written to and read from."""
