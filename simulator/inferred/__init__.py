"""Providers from a spec alone: an OpenAPI document of others, read as a provider of the author's kit."""
