"""The simulator on uvicorn."""

# By name, as uvicorn names its own protocols: few clients need it, and importing h11 takes a fifteenth of the start.
H11_PROTOCOL = "simulator.server.h11_protocol:FaultInjectingH11Protocol"
