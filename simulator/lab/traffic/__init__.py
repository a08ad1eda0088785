"""Recorded traffic: what of it may be kept, which requests may be sent, and the HAR file that holds it."""
