"""Hands compiled pipelines to Kubeflow Pipelines and Vertex AI, once if answers get lost.

What remains impossible without an idempotency key is said in `runs`.
"""
