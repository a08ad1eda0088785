"""The addresses of providers in a world, and the errors of the control API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Never

import msgspec

from simulator.documents import nearest_names
from simulator.testing.control_transport import ControlTransport, Json
from simulator.testing.hosts import Hosts

if TYPE_CHECKING:
    from simulator.testing.transport import RemoteTransport, Transport


ATTRIBUTES = ("base_url", "api_key", "keys", "transport", "name")  # of the address of a provider
MAX_QUOTED = 200  # bytes of a response that an error quotes


class ControlError(Exception):
    """An error of the control API; `status` is the HTTP status, the text the reason, `problem` the body of the response."""

    def __init__(self, status: int, detail: str, problem: Json | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.problem: Json = problem or {}


def decoded(raw: bytes) -> Json:
    """Return the body of a response of the control API; an empty one is an empty object.

    Raises:
        ValueError: it is not JSON, so no simulator answers there.
    """
    try:
        content: Json = msgspec.json.decode(raw) if raw else {}
    except ValueError:
        raise _not_a_simulator(200, raw) from None
    return content


def refusal(status: int, raw: bytes) -> ControlError:
    """Return the error of a response of the control API.

    Raises:
        ValueError: it is not a JSON object, so no simulator answers there.
    """
    try:
        content: Any = msgspec.json.decode(raw) if raw else {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _not_a_simulator(status, raw)
    return ControlError(status, content.get("detail") or content.get("simulator_bug") or raw.decode(), content)


def _not_a_simulator(status: int, raw: bytes) -> ValueError:
    return ValueError(f"it returned {status}: {' '.join(raw[:MAX_QUOTED].decode(errors='replace').split())}")


@dataclass(frozen=True)
class ProviderAddress:
    """The base URL and the API keys of a provider in a world."""

    name: str
    keys: tuple[str, ...]
    path: str
    world: str
    _control: ControlTransport = field(repr=False)
    _hosts: Hosts = field(repr=False)

    @property
    def base_url(self) -> str:
        """The URL that replaces the real base URL of the provider, including its path."""
        return self._control.url + self.path

    @property
    def api_key(self) -> str:
        """The first valid key.

        Raises:
            LookupError: the world has no key for the provider.
        """
        if not self.keys:
            raise LookupError(f"this world has no key for {self.name}: its scenario is closed and lists none")
        return self.keys[0]

    @property
    def transport(self) -> Transport | RemoteTransport:
        """An `httpx` transport for this world, for `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)`.

        All requests go to this world, so a client can keep the real base URL of the provider. A request for a host that is
        neither a provider's nor the simulator's own gets 404 and fails the test; `hosts` of the marker and of
        `simulator.world(…)` adds the host of a gateway. A simulator in this process responds without a socket.

        Raises:
            ModuleNotFoundError: httpx is not installed; the text names the extra to install.
        """
        return self._control.transport(self.world, self._hosts)

    if not TYPE_CHECKING:  # A type checker knows the attributes, and would take any name for one.

        def __getattr__(self, name: str) -> Never:
            near = nearest_names(name, ATTRIBUTES, 1) or ATTRIBUTES
            raise AttributeError(f"world.{self.name} has no attribute {name!r}; did you mean {' or '.join(near)}?")
