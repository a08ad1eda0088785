"""Where a provider answers in a world, and what the control API answers when it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.testing.control_transport import ControlTransport, Json

if TYPE_CHECKING:
    from simulator.testing.transport import RemoteTransport, Transport


class ControlError(Exception):
    """The control API refused; `status` is the HTTP status, the text says why, `problem` is the body of the response."""

    def __init__(self, status: int, detail: str, problem: Json | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.problem: Json = problem or {}


@dataclass(frozen=True)
class ProviderAddress:
    """The base URL and the API keys of a provider in a world."""

    name: str
    keys: tuple[str, ...]
    path: str
    world: str
    _control: ControlTransport = field(repr=False)

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

        All requests go to this world, whatever their host, so a client can keep the real base URL of the provider. A
        simulator in this process responds without a socket.

        Raises:
            ModuleNotFoundError: httpx is not installed; the text names the extra to install.
        """
        return self._control.transport(self.world)
