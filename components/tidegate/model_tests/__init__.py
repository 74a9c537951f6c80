"""ModelTests: reports whether an evaluated model is good enough."""
