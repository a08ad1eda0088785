"""The delivery of webhooks: a thread that sends what is due, and where it may be sent."""
