"""Ids that look random, never repeat within a world, and are the same for the same seed and the same calls."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

HEX = "0123456789abcdef"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# Multiplying by an odd number permutes the numbers below a power of two; this one scatters neighbours well.
_PERMUTATION_FACTOR = 0x9E3779B1


def fingerprint(data: bytes) -> bytes:
    """Return a digest of 16 bytes."""
    return blake2b(data, digest_size=16).digest()


class Ids:
    """A counter for each kind of id, and a keyed hash (long ids) or a permutation (short ones) of its values."""

    def __init__(self, seed: int) -> None:
        self._key = fingerprint(str(seed).encode())
        self._start = int.from_bytes(self._key[:8], "big")
        self._counts: dict[str, int] = {}

    def text(self, kind: str, length: int, alphabet: str = BASE62) -> str:
        """Return `length` characters of an alphabet: at least 20, so that ids do not collide, and at most 64."""
        return self._hash(kind, length).translate(_table(alphabet)).decode()

    def hex(self, kind: str, digits: int) -> str:
        """Return hexadecimal digits, too few for a hash: all values are used once, then ids get one digit more."""
        count, size = self._count(kind) - 1, 16**digits
        while count >= size:
            count, digits, size = count - size, digits + 1, 16 * size
        return f"{(count * _PERMUTATION_FACTOR + self._start) % size:0{digits}x}"

    def uuid(self, kind: str) -> str:
        """Return a UUID of version 4."""
        value = self._hash(kind, 16).hex()
        variant = HEX[8 + int(value[16], 16) % 4]
        return f"{value[:8]}-{value[8:12]}-4{value[13:16]}-{variant}{value[17:20]}-{value[20:]}"

    def save(self) -> dict[str, int]:
        """Return everything that changes, for a snapshot."""
        return dict(self._counts)

    def load(self, saved: dict[str, int]) -> None:
        """Restore what `save` returned."""
        self._counts = dict(saved)

    def _count(self, kind: str) -> int:
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return count

    def _hash(self, kind: str, size: int) -> bytes:
        message = f"{kind}:{self._count(kind)}".encode()
        return blake2b(message, digest_size=size, key=self._key).digest()


@cache
def _table(alphabet: str) -> bytes:
    """Return the character of an alphabet for every byte, for `bytes.translate`."""
    return bytes(ord(alphabet[value % len(alphabet)]) for value in range(256))
