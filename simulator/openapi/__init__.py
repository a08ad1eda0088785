"""OpenAPI documents compiled into routes, parameters and validators; the only package that knows OpenAPI."""
