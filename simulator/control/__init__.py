"""The control API under `/_simulator`, as `specs/_simulator.yaml` describes it."""

from simulator.control.control import Control, check_handlers, load_spec

__all__ = ["Control", "check_handlers", "load_spec"]
