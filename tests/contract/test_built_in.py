"""The built-in providers pass the suite that every provider must pass."""

from __future__ import annotations

from simulator.testing import ProviderContract


class TestCald(ProviderContract):
    """Cald."""

    provider = "cald"


class TestCartesia(ProviderContract):
    """Cartesia."""

    provider = "cartesia"


class TestChirp(ProviderContract):
    """Chirp."""

    provider = "chirp"


class TestTruedy(ProviderContract):
    """Truedy."""

    provider = "truedy"


class TestVantax(ProviderContract):
    """Vantax."""

    provider = "vantax"
