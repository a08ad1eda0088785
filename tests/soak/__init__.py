"""A server under many clients with faults and retries, whose accounts must agree in the end."""
