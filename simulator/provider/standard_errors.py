"""The errors that every provider needs, with plain texts; a provider's own class lists what deviates."""

from __future__ import annotations

from simulator.provider.errors import Error


class StandardErrors:
    """The pipeline's errors: `class Errors(StandardErrors)` replaces those that a provider documents.

    Statuses are those of RFC 9110. A provider that documents none of them inherits them as they are, graded `assumed`.
    """

    UNAUTHORIZED = Error(401, None, "Unauthorized", "An API key is required", evidence="assumed")
    INVALID_KEY = Error(401, None, "Unauthorized", "Invalid API key", evidence="assumed")
    WRONG_KEY = Error(403, None, "Forbidden", "The API key does not allow this operation", evidence="assumed")
    NOT_FOUND = Error(404, None, "Not found", evidence="assumed")
    METHOD_NOT_ALLOWED = Error(405, None, "Method not allowed", evidence="assumed")
    MALFORMED = Error(400, None, "Bad request", evidence="assumed")
    TOO_LARGE = Error(413, None, "Payload too large", evidence="assumed")
    INVALID = Error(400, None, "Bad request", evidence="assumed")
    LIMITED = Error(429, None, "Too many requests", evidence="assumed")
    REUSED_KEY = Error(409, None, "Conflict", evidence="assumed")
    UNAVAILABLE = Error(503, None, "Service unavailable", evidence="assumed")
