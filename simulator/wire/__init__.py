"""HTTP/1.1 over sockets: what is plain is read at once (heads), everything else by h11 (conversation)."""

from simulator.wire.selector import Selector
from simulator.wire.serving import serve

__all__ = ["Selector", "serve"]
