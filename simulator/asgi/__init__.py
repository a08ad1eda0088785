"""The simulator over ASGI: `create_app(…)`, and `app` for servers: `uvicorn simulator.asgi:app`."""

from __future__ import annotations

from simulator.asgi.main import EnvironmentApp, SimulatorApp, create_app, create_app_from_environment

__all__ = ["SimulatorApp", "app", "create_app", "create_app_from_environment"]

app = EnvironmentApp()
