"""The connections of `http.client` themselves, also while vcrpy has others in their place.

A cassette that a user's test records must neither hold nor replay the requests by which the test controls its world.
"""

from __future__ import annotations

import http.client
from typing import TypeVar

C = TypeVar("C", bound=type)


def genuine(connection: C) -> C:
    """Return the class for which a class of vcrpy stands, or the class itself."""
    stands_for: C = getattr(connection, "_baseclass", connection)
    return stands_for


HTTPConnection = genuine(http.client.HTTPConnection)
HTTPSConnection = genuine(http.client.HTTPSConnection)
