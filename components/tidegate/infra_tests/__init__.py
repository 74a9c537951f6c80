"""InfraTests: whether a model loads, answers, and is safe to serve."""
