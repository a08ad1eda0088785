"""A socket of the user's own looks up the name in its address by itself; it is stopped as every other lookup is."""

from __future__ import annotations

import socket

import pytest

from simulator import Simulator


@pytest.mark.parametrize("method", ["connect", "connect_ex", "sendto"])
def test_a_socket_of_the_users_own_is_stopped(simulator: Simulator, method: str) -> None:
    """The call raises, and the check fails; afterwards sockets are as before."""
    world = simulator.world()
    arguments = ([b"x"] if method == "sendto" else []) + [("my.cald.ai", 443)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        with world.intercept(), pytest.raises(socket.gaierror, match=r"stopped by world.intercept\(\)"):
            getattr(own, method)(*arguments)
        assert method not in vars(socket.socket)
    with pytest.raises(
        AssertionError, match=r"lookup of my\.cald\.ai: requests of this library cannot be redirected to the world"
    ):
        world.check()
    world.drop()
