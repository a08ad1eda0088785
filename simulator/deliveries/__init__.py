"""The delivery of webhooks: a thread that sends due webhooks, and the addresses it may send to."""
