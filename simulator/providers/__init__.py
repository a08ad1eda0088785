"""The built-in providers; each is a package that imports only `simulator.provider`."""
